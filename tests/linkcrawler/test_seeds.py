"""What a person may write as a seed, and what they are told when it is none."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.exceptions import SeedError, UsageError
from linkcrawler.niche import read_niche
from linkcrawler.opt_outs import read_domains
from linkcrawler.seeds import default_folder, read_seeds, seed_url
from linkcrawler.urls.canonical import canonicalize


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("example.com", "http://example.com/"),
        ("Example.COM.", "http://example.com/"),
        ("www.example.com/a?b=c#d", "http://www.example.com/a?b=c"),
        ("example.com:8080", "http://example.com:8080/"),
        ("example.com:8080/a", "http://example.com:8080/a"),
        ("example.com?utm_source=x", "http://example.com/"),
        ("bücher.example", "http://xn--bcher-kva.example/"),
        ("http://example.com", "http://example.com/"),
        ("HTTPS://example.com/a b", "https://example.com/a%20b"),
        ("  https://example.com/ ", "https://example.com/"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ("[::1]:8000", "http://[::1]:8000/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_a_seed_is_a_url_or_a_domain(written, url):
    assert seed_url(written) == url


@pytest.mark.parametrize(
    "written",
    ["", "example", "two words.example", "mailto:ann@example.com", "ann@example.com", "ftp://example.com/",
     "javascript:alert(1)", "http://", "http://a b/", "//example.com", "/etc/passwd.txt", "http://[::1",
     "example.com:99999", "-", "a..", "*.example", "https://*.example/", "?a.b", "http://256.256.256.256/", "\x1b[31m.\u202e", "file:///x"],
)  # fmt: skip
def test_what_is_no_seed_is_refused_in_one_harmless_line(written):
    with pytest.raises(SeedError) as caught:
        seed_url(written)
    message = str(caught.value)
    assert "is no seed" in message
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    assert caught.value.exit_code == 2


@given(st.text(max_size=40))
def test_any_text_is_a_seed_or_refused(text):
    try:
        outcome = seed_url(text)
    except SeedError as error:
        outcome = error
    if isinstance(outcome, SeedError):
        assert len(str(outcome).splitlines()) == 1
    else:
        assert canonicalize(outcome) == outcome


def test_seeds_keep_their_order_and_count_once():
    named = ["b.example", "http://a.example/", "B.example.", "", " ", "http://b.example/#x"]
    assert read_seeds(named) == ["http://b.example/", "http://a.example/"]


@pytest.mark.parametrize("named", [[], [""], ["  ", ""]])
def test_no_seed_at_all_is_told(named):
    with pytest.raises(SeedError, match="no seeds: name URLs or domains"):
        read_seeds(named)


@pytest.mark.parametrize(
    "read", [read_seeds, partial(read_domains, "opt_out"), partial(read_niche, "niche")]
)
@pytest.mark.parametrize("written", ["@", "@ "])
def test_an_at_sign_without_a_file_is_told(read, written):
    """And not that the folder it was typed in is no file."""
    with pytest.raises(UsageError, match="'@' names no file"):
        read([written])


@pytest.fixture
def seeds_of(tmp_path):
    """A function from a file's content (and name) to the seeds in it."""

    def seeds_of(content, name="seeds.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_seeds([f"@{path}"])

    return seeds_of


A, B, C = (f"http://{name}.example/" for name in "abc")


@pytest.mark.parametrize(
    "content",
    [
        "a.example\nb.example\nhttp://c.example/\n",
        "a.example\r\nb.example\r\nc.example",
        "\ufeffa.example\nb.example\nc.example",
        "# my seeds\n\na.example   # the first\n  b.example\n\t\n#b.example\nc.example\na.example\n",
        "a.example\thttp://x".partition("\t")[0] + "\nB.EXAMPLE\nc.example#x",
    ],
)
def test_a_file_holds_one_seed_a_line(seeds_of, content):
    assert seeds_of(content) == [A, B, C]


@pytest.mark.parametrize(
    "content",
    [
        "url\na.example\nb.example\nc.example\n",
        "URL\na.example\nb.example\nc.example\n",
        "rank,url,title\n1,a.example,A\n2,http://b.example/,\"B, the second\"\n3,c.example,\n",
        "title;domain\nA;a.example\n\"B;b\";b.example\n\nC;c.example\n",
        "domain\ttitle\na.example\tA\nb.example\tB\nc.example\n",
        '"title", "Domain" \nA,a.example\nB, b.example \nC,c.example\n',
        "domain,url\nx.example,a.example\ny.example,b.example\nz.example,c.example\n",
        "\ufeffurl,title\na.example,A\nb.example,B\nc.example,C",
        "# exported\n\n  \nurl,title\na.example,A\n# b is next\nb.example,B\n,empty\nc.example,C,D,E\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["seeds.csv", "seeds.txt"])
def test_a_table_holds_seeds_in_its_url_or_domain_column(seeds_of, content, name):
    assert seeds_of(content, name) == [A, B, C]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a.example\n\n# x\nnonsense\nb.example", 4),
        ("url,title\na.example,A\nnonsense,B\n", 3),
        ("\n\nurl,title\n# x\na.example,A\nnonsense,B\n", 6),
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number(seeds_of, tmp_path, content, line):
    with pytest.raises(SeedError) as caught:
        seeds_of(content)
    assert str(caught.value).startswith(
        f"{tmp_path / 'seeds.txt'}, line {line}: 'nonsense' is no seed"
    )
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        ("", "seeds.txt", "holds no seeds"),
        ("# nothing\n\n", "seeds.txt", "holds no seeds"),
        ("url\n", "seeds.csv", "holds no seeds"),
        ("url,title\n,x\n", "seeds.csv", "holds no seeds"),
        ("name,site\na,a.example\n", "seeds.csv", "has no column named url or domain"),
        (b"\xff\xfea\x00", "seeds.txt", "is not UTF-8 text"),
        ("x" * 200_000, "seeds.txt", "is no seed"),
        ("x" * 200_000, "seeds.csv", "no column named"),
        ("url\n" + "x" * 200_000, "seeds.csv", "no readable CSV"),
        ('url\n"' + "x" * 200_000, "seeds.csv", "no readable CSV"),
        ("url\n\x00.example", "seeds.csv", "is no seed"),
    ],
)
def test_a_file_without_usable_seeds_is_named(seeds_of, tmp_path, content, name, told):
    with pytest.raises(SeedError, match=told) as caught:
        seeds_of(content, name)
    assert str(tmp_path / name) in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("written", ["missing.txt", ".", "a\x00b", "missing/../x"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SeedError, match="cannot read seeds from"):
        read_seeds([f"@{written}"])


def test_the_default_folder_is_the_same_each_time_and_stays_inside_data():
    for named, seeds, folder in (
        (["example.com/a"], ["http://www.example.com/a"], r"www\.example\.com-\w{6}"),
        (["example.com"], ["http://example.com/"], r"example\.com"),
        (["a", "b", "c"], [A, B, C], r"a\.example-\w{6}"),
        (["[::1]:80"], ["http://[::1]/"], "--1"),
        (["@../my seeds!.txt"], [A], r"my-seeds-\w{6}"),
        (["@.."], [A], r"crawl-\w{6}"),
        (["@/"], [A], r"crawl-\w{6}"),
    ):
        found = default_folder(named, seeds)
        assert found == default_folder(named, seeds)
        assert found.parent == Path("data/crawls")
        assert re.fullmatch(folder, found.name)


def test_other_seeds_go_into_another_default_folder():
    folders = {
        default_folder(["a", "b"], [A, B]),
        default_folder(["a", "c"], [A, C]),
        default_folder(["a"], ["http://a.example/x"]),
        default_folder(["a"], ["http://a.example/"]),
        default_folder(["@s.txt"], [A]),
        default_folder(["@s.txt"], [B]),
    }
    assert len(folders) == 6
