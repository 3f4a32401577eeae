"""A web answers as its description says; one that cannot be used is told in one line."""

import pytest
from support.sample_pages import links_of

from linkcrawler.exceptions import LinkCrawlerError, UsageError
from linkcrawler.sample_html import Frame, render
from linkcrawler.sample_web import load, sample_web_folder


@pytest.fixture(scope="module")
def web():
    return load(sample_web_folder())


def test_loading_twice_gives_the_same_bytes(web):
    again = load(sample_web_folder())
    assert again.answers == web.answers
    assert (again.seeds, again.hosts) == (web.seeds, web.hosts)


def test_seeds_answer_200_and_hosts_are_unique(web):
    assert [web.handler(seed).status for seed in web.seeds] == [200] * 4
    assert len(set(web.hosts)) == len(web.hosts)


def test_the_seed_file_holds_the_seeds():
    seeds = (sample_web_folder().parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    named = [line for line in seeds if line and not line.startswith("#")]
    assert named == load(sample_web_folder()).seeds


def test_tracking_parameters_change_no_page(web):
    page = web.handler("http://www.quill-and-nib.example/")
    source = web.handler("http://thursdaynib.example/").body
    assert b"http://www.quill-and-nib.example/?utm_source=thursdaynib&amp;utm_medium" in source
    tracked = web.handler("http://www.quill-and-nib.example/?utm_source=thursdaynib&utm_medium=b")
    assert tracked == page


@pytest.mark.parametrize("month", [-1_000_000, -1, 0, 11, 12, 123_456_789])
def test_the_calendar_never_ends(web, month):
    url = f"http://northshire-penclub.example/calendar/?month={month}"
    answer = web.handler(url)
    found = {target for _, target, _ in links_of(url, answer) if "month=" in target}
    calendar = url.partition("?")[0]
    assert found == {f"{calendar}?month={month - 1}", f"{calendar}?month={month + 1}"}
    assert answer.status == 200


def test_the_calendar_starts_without_a_query_and_knows_only_months(web):
    calendar = "http://northshire-penclub.example/calendar/"
    assert web.handler(calendar) == web.handler(f"{calendar}?month=0")
    assert "January 2025" in web.handler(calendar).body.decode()
    assert web.handler(f"{calendar}?month=May").status == 404


def test_a_character_that_the_charset_lacks_becomes_a_reference():
    page = render(Frame("Plume", charset="iso-8859-1"), "Encre 墨\nété")
    assert b"<h1>Encre &#22696;</h1>\n<p>\xe9t\xe9</p>" in page


def test_markup_of_hostile_text_is_escaped():
    page = render(Frame("A & B"), 'x </title><script>\nalert("1") ![a"b](/i.svg)').decode()
    assert "<script>" not in page
    assert '<img src="/i.svg" alt="a&quot;b">' in page


def test_a_folder_without_description_is_named(tmp_path):
    with pytest.raises(UsageError, match=f"Cannot read {tmp_path}"):
        load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "seeds = [",
        "seeds = []",
        'seeds = []\n[[site]]\nhost = "a.example"\nname = "A"',
        'seeds = []\n[[site]]\nhost = "a.example"\nname = "A"\nlayout = "odd"\n[site.pages]',
        'seeds = []\n[[site]]\nhost = "a b"\nname = "A"\n[site.pages]',
        'seeds = []\n[[site]]\nhost = "a.example"\nname = "A"\ncolour = "red"\n[site.pages]',
        'seeds = []\n[[site]]\nhost = "a.example"\nname = "A"\n[site.pages]\n"/" = { to = 1',
    ],
)
def test_a_description_that_cannot_be_used_is_one_line(tmp_path, text):
    (tmp_path / "web.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"web\.toml cannot be used") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_sample_web_says_where_it_was_sought(tmp_path, monkeypatch):
    monkeypatch.setattr("linkcrawler.sample_web.__file__", str(tmp_path / "lib" / "sample_web.py"))
    with pytest.raises(LinkCrawlerError, match="reinstall linkcrawler"):
        sample_web_folder()


def test_an_installed_package_finds_the_copy_inside_it(tmp_path, monkeypatch):
    inside = tmp_path / "lib" / "sample-web"
    inside.mkdir(parents=True)
    (inside / "web.toml").touch()
    monkeypatch.setattr("linkcrawler.sample_web.__file__", str(tmp_path / "lib" / "sample_web.py"))
    assert sample_web_folder() == inside
