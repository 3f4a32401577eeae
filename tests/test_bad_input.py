"""Wrong input, damaged data, a refusing disk: one line, the documented exit code, nothing lost."""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
from contextlib import closing

import pytest
from support.crawling import Web, grid, link_multiset, linkcrawler, rows, scrapy

from linkcrawler.loopback import Answer

FAST = ("--delay", "0", "--quiet", "--hops", "0")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crawled") / "c"
    with Web(grid(3, 6)) as web:
        assert (
            linkcrawler("crawl", "h0.example", "--out", folder, "--proxy", web.url, *FAST).code == 0
        )
    return folder


@pytest.fixture
def crawl(crawled, tmp_path):
    return shutil.copytree(crawled, tmp_path / "crawl")


def says(ended, code: int, *words: str) -> None:
    """The command ended with ``code`` and one line on stderr that holds ``words``."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    errors = [line for line in ended.err.splitlines() if "error:" in line]
    assert len(errors) == 1, ended.err
    for word in words:
        assert word in errors[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("not a url",), ("'not a url'", "no seed")),
        (("mailto:ann@example.com",), ("mailto", "no seed")),
        (("@missing.txt",), ("missing.txt", "No such file")),
        (("@.",), ("cannot read seeds", "directory")),
        (("http://ann:secret@a.example/",), ("password",)),
        (("a.example", "--hops", "two"), ("hops", "'two'")),
        (("a.example", "--hops", "-1"), ("hops", "'-1'")),
        (("a.example", "--max-pages", "1.5"), ("max_pages", "'1.5'")),
        (("a.example", "--delay", "nan"), ("delay", "'nan'")),
        (("a.example", "--concurrency", "0"), ("concurrency", "'0'")),
        (("a.example", "--concurrency", "-2"), ("concurrency", "at least 1", "'-2'")),
        (("a.example", "--workers", "two"), ("workers", "at least 1", "'two'")),
        (("a.example", "--scope", "everything"), ("scope", "seeds, co-linked or discovered")),
        (("a.example", "--include", "("), ("include", "regular expression")),
        (("a.example", "--allow-address", "localhost"), ("allow_address", "localhost")),
        (("a.example", "--proxy", "socks5://x:1"), ("proxy", "http://host:port")),
        (("a.example", "-s", "NOTHING"), ("-s", "NAME=VALUE")),
        (("a.example", "-s", "JOBDIR=/x"), ("JOBDIR", "--out DIR")),
        (("a.example", "-s", "DOWNLOAD_DELAY=soon"), ("DOWNLOAD_DELAY", "soon")),
        (("a.example", "-s", "RETRY_TIMES=x"), ("RETRY_TIMES", "'x'")),
        (("a.example", "-s", "LINKCRAWLER_PROXI=x"), ("LINKCRAWLER_PROXI", "LINKCRAWLER_PROXY?")),
        (("a.example", "-s", "LOG_LEVEL=FOO"), ("-s", "FOO")),
        (("a.example", "-s", "EXTENSIONS=x"), ("-s", "cannot be used")),
        (("a.example", "-s", "LOG_FILE=/dev/null/log"), ("-s", "/dev/null/log")),
        (("a.example", "-s", "TWISTED_DNS_RESOLVER=mine"), ("-s", "'mine'")),
        (("a.example", "-s", "REACTOR_THREADPOOL_MAXSIZE=x"), ("-s", "'x'")),
        (("a.example", "-s", "SCHEDULER=scrapy.core.scheduler.Nobody"), ("SCHEDULER", "Nobody")),
        (
            ("a.example", "-s", "SCHEDULER=scrapy.core.scheduler.Scheduler"),
            ("SCHEDULER", "leave it"),
        ),
        (
            ("a.example", "-s", "TWISTED_REACTOR=twisted.internet.pollreactor.PollReactor"),
            ("TWISTED_REACTOR", "leave it"),
        ),
    ],
)
def test_a_bad_argument_is_one_line_that_names_it(tmp_path, arguments, words):
    says(linkcrawler("crawl", *arguments, "--out", tmp_path / "c", cwd=tmp_path), 2, *words)
    assert not (tmp_path / "c").exists()


def test_a_crawl_whose_pages_nobody_would_keep_says_so_and_goes_on_once_somebody_does(tmp_path):
    with Web(grid(1, 2)) as web:
        command = ("crawl", "h0.example", "--out", tmp_path / "c", "--proxy", web.url, *FAST)
        ended = linkcrawler(*command, "-s", "ITEM_PIPELINES={}")
        says(ended, 2, "ITEM_PIPELINES", "pipelines.parquet.ParquetPipeline")
        assert "next:" not in ended.out
        assert linkcrawler(*command).code == 0
        assert linkcrawler("check", tmp_path / "c").code == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"\n# nothing\n", ("empty.txt", "no seeds")),
        ("bad.txt", b"a.example\n\nno seed here\n", ("bad.txt, line 3", "no seed here")),
        ("latin.txt", "é.example".encode("latin-1"), ("latin.txt", "UTF-8")),
        ("table.csv", b"name,link\nx,http://a.example/\n", ("table.csv", "url or domain")),
    ],
)
def test_a_bad_seed_file_is_one_line_that_names_it(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    says(linkcrawler("crawl", f"@{name}", "--out", "c", cwd=tmp_path), 2, *words)


def test_a_crawl_that_fetched_nothing_names_no_command_that_would_refuse_it(tmp_path):
    with Web({}) as web:
        ended = linkcrawler("crawl", "a.example", "--out", tmp_path, "--proxy", web.url, *FAST)
    says(ended, 4, "nothing could be fetched")
    assert "next:" not in ended.out
    assert linkcrawler("rank", tmp_path).code == 5


def test_plain_scrapy_says_a_bad_argument_in_one_line_too(tmp_path):
    ended = scrapy("crawl", "links", "-a", "seeds=a.example", "-a", "max_page=3")
    says(ended, 2, "max_page", "did you mean max_pages?")
    says(scrapy("crawl", "links"), 2, "no seeds")


def test_misuse_of_the_command_line_is_exit_code_2():
    assert linkcrawler("crawl").code == 2
    assert linkcrawler("crawl", "a.example", "--no-such-option").code == 2
    assert linkcrawler("nonsense").code == 2
    assert linkcrawler().code in (0, 2)


@pytest.mark.parametrize("command", ["rank", "report", "check", "export"])
def test_a_folder_that_is_no_crawl_is_refused(tmp_path, command):
    extra = ("--format", "gexf") if command == "export" else ()
    says(linkcrawler(command, tmp_path, *extra), 5, str(tmp_path), "no crawl")
    says(linkcrawler(command, tmp_path / "absent", *extra), 5, "absent")


def test_the_command_that_an_error_names_can_be_pasted_whatever_the_folder_is_called(
    crawl, tmp_path
):
    (tmp_path / "-my $crawls").mkdir()
    folder = crawl.rename(tmp_path / "-my $crawls" / "a b")
    for command in (["report"], ["explain", "--", "h0.example"], ["prospect"], ["methods"]):
        ended = linkcrawler(command[0], folder, *command[1:])
        says(ended, 5, f"run `linkcrawler rank '{folder}'`")
    ended = linkcrawler("decisions", "--", "-my $crawls/a b", cwd=tmp_path)
    says(ended, 5, "run `linkcrawler rank './-my $crawls/a b'`")


def test_a_dataset_of_another_schema_version_is_refused(crawl):
    manifest = json.loads((crawl / "run.json").read_text())
    (crawl / "run.json").write_text(json.dumps(manifest | {"schema_version": 99}))
    for command in ("rank", "check"):
        says(linkcrawler(command, crawl), 5, "schema version 99", str(crawl))


def test_a_damaged_manifest_is_refused(crawl):
    (crawl / "run.json").write_text("{")
    for command in ("rank", "check"):
        says(linkcrawler(command, crawl), 5, "run.json", "damaged")


@pytest.mark.parametrize("command", ["rank", "check"])
def test_a_truncated_part_is_found_and_named(crawl, command):
    path = crawl / "links.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    says(linkcrawler(command, crawl), 5, "links.parquet")


def test_a_missing_part_is_found_and_named(crawl):
    (crawl / "pages.parquet").unlink()
    for command in ("rank", "check"):
        says(linkcrawler(command, crawl), 5, "pages.parquet", "missing")


def test_a_flipped_bit_is_found_by_check(crawl):
    path = crawl / "links.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    says(linkcrawler("check", crawl), 5, "links.parquet")


def test_a_frontier_of_another_version_is_refused(crawl):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(crawl / "frontier.sqlite")) as db:
        db.execute("PRAGMA user_version = 77")
    with Web({}) as web:
        ended = linkcrawler("crawl", "h0.example", "--out", crawl, "--proxy", web.url, *FAST)
    says(ended, 5, "frontier.sqlite", "version 77")


def empty_database():
    """Return a database without tables, as other programs make one."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("VACUUM")
        return db.serialize()


# SQLite takes one byte for an empty file.
@pytest.mark.parametrize("left", [None, b"", b"\0", empty_database()])
def test_a_dataset_whose_frontier_is_gone_is_refused_and_left_alone(crawl, left):
    (crawl / "frontier.sqlite").unlink()
    if left is not None:
        (crawl / "frontier.sqlite").write_bytes(left)
    before = link_multiset(crawl)
    with Web({}) as web:
        ended = linkcrawler("crawl", "h0.example", "--out", crawl, "--proxy", web.url, *FAST)
        assert web.requests == []
    says(ended, 5, "frontier.sqlite", "another folder")
    assert link_multiset(crawl) == before


def test_a_frontier_of_another_crawl_is_refused_and_the_dataset_left_alone(crawl):
    with closing(sqlite3.connect(crawl / "frontier.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = 'c20200102-abcdef' WHERE key = 'crawl_id'")
    kept = {name: (crawl / name).read_bytes() for name in ("run.json", "frontier.sqlite")}
    before = link_multiset(crawl)
    with Web({}) as web:
        # Another seed and rule, which a frontier that is gone on with would take up.
        command = ("crawl", "h7.example", "--out", crawl, "--exclude", "x", *FAST)
        ended = linkcrawler(*command, "--proxy", web.url)
        says(ended, 5, "run.json is of crawl", "c20200102-abcdef", "another folder")
        assert web.requests == []
    assert {name: (crawl / name).read_bytes() for name in kept} == kept
    assert link_multiset(crawl) == before


def test_a_merge_is_not_crawled_into(crawl, tmp_path):
    assert linkcrawler("rank", crawl, "--out", tmp_path / "merge").code == 0
    with Web({}) as web:
        command = ("crawl", "h0.example", "--out", tmp_path / "merge", "--proxy", web.url, *FAST)
        says(linkcrawler(*command), 5, "merge")


def test_a_folder_that_cannot_be_made_is_a_storage_failure(tmp_path):
    (tmp_path / "file").write_text("in the way")
    ended = linkcrawler("crawl", "a.example", "--out", tmp_path / "file" / "c", *FAST)
    says(ended, 6, str(tmp_path / "file"))


def test_several_crawls_need_a_folder_of_their_own(crawl, tmp_path):
    says(linkcrawler("rank", crawl, crawl), 2, "--out")


def test_nothing_that_can_be_fetched_is_exit_code_4(tmp_path):
    with Web({}) as web:
        ended = linkcrawler("crawl", "h0.example", "--out", tmp_path, "--proxy", web.url, *FAST)
    assert ended.code == 4
    assert "nothing could be fetched" in ended.err
    assert [row["outcome"] for row in rows(tmp_path, "pages")] == ["http_error"]
    ranked = linkcrawler("rank", tmp_path)
    assert ranked.code == 5
    assert "was fetched" in ranked.err
    assert not (tmp_path / "domains.parquet").exists()


@pytest.mark.parametrize("kilobytes", [150, 400, 900])
def test_a_full_disk_stops_the_crawl_with_exit_code_6_and_loses_nothing(tmp_path, kilobytes):
    """Files may not grow past a limit, so that writes fail as on a full disk."""
    web_pages = {
        f"http://a.example/{n or ''}": "<p>".join(
            f'<a href="/{m % 400}?q={n}-{m}">a link with some text {n} {m}</a>' if m > 3 else
            f'<a href="/{(n * 4 + m + 1) % 120}">on</a>' for m in range(120)
        )
        for n in range(120)
    }  # fmt: skip
    web_pages |= {"http://a.example/0": Answer(404)}

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    arguments = ("--max-pages", "60", "--max-pages-per-domain", "0", "--exclude", "[?]q=")
    with Web(web_pages) as web:
        command = ("crawl", "a.example", "--proxy", web.url, *FAST, *arguments)
        ended = linkcrawler(*command, "--out", tmp_path / "full", preexec_fn=small_files)
        says(ended, 6, str(tmp_path / "full"))
        assert linkcrawler(*command, "--out", tmp_path / "full").code == 0
        assert linkcrawler(*command, "--out", tmp_path / "whole").code == 0
    assert linkcrawler("check", tmp_path / "full").code == 0
    assert link_multiset(tmp_path / "full") == link_multiset(tmp_path / "whole")
