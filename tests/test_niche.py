"""A crawl with a niche, seen from outside: what comes first, what is kept, what is learnt."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections import Counter

import pyarrow.parquet as pq
import pytest
from support.browser import browser_or_skip
from support.crawling import (
    Web,
    end,
    link_multiset,
    linkcrawler,
    page_multiset,
    rows,
    scrapy,
    start,
)
from support.scripted_web import running

from linkcrawler.loopback import Answer

ON = "<h1>Mail servers</h1><p>" + "A queue of mail waits for the server. We speak SMTP here. " * 12
OFF = "<h1>Gardens</h1><p>" + "Roses and tulips grow in the garden behind the house. " * 12


def body(text, *links, title=""):
    anchors = "".join(f"<li><a href='{url}'>{label}</a></li>" for url, label in links)
    return f"<title>{title}</title><body>{text}<ul>{anchors}</ul>"


@pytest.fixture(scope="module")
def web():
    """A seed that links to a site on mail, and to gardens; all of many pages."""
    pages = {
        "http://seed.example/": body(
            "<p>Links", ("http://garden.example/", "roses"), ("http://post.example/", "an SMTP server"),
            ("http://beds.example/", "tulips"),
        ),
        "http://moved.example/": Answer(301, b"", (("Location", "http://post.example/0"),)),
    }  # fmt: skip
    for host, text in (("post", ON), ("garden", OFF), ("beds", OFF)):
        links = [(f"/{n}", f"part {n}") for n in range(30)]
        pages[f"http://{host}.example/"] = body(text, *links, title=host)
        pages |= {f"http://{host}.example/{n}": body(text, title=host) for n in range(30)}
    with Web(pages) as web:
        yield web


def crawl(web, folder, *arguments, seeds=("http://seed.example/",)):
    return linkcrawler(*command(web, folder, *arguments, seeds=seeds))


def command(web, folder, *arguments, seeds=("http://seed.example/",)):
    return (
        "crawl", *seeds, "--out", folder, "--proxy", web.url, "--quiet", "--delay", 0, "--js", "off",
        "--max-pages-per-domain", 0, "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0", *arguments,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(web, tmp_path_factory):
    folder = tmp_path_factory.mktemp("niche") / "out"
    ended = crawl(web, folder, "--niche", "mail server, SMTP", "--max-pages", 24)
    assert ended.code == 0, ended.err
    return folder


def hosts(folder):
    return [row["host"].split(".")[0] for row in rows(folder, "pages") if row["outcome"] == "ok"]


def test_the_niche_is_fetched_first(web, found, tmp_path):
    assert hosts(found).count("post") >= 14
    ended = crawl(web, tmp_path, "--order", "breadth-first", "--max-pages", 24)
    assert ended.code == 0
    assert hosts(tmp_path).count("post") <= 12


def test_relevance_is_kept_by_page_and_by_domain_and_over_a_restart(web, found):
    by_host = {}
    for row in rows(found, "pages"):
        if row["outcome"] == "ok":
            by_host.setdefault(row["host"], []).append(row["relevance"])
    assert min(by_host["post.example"]) > 0.5
    assert max(by_host.get("garden.example", [0])) == 0
    with sqlite3.connect(found / "frontier.sqlite") as db:
        judged, hints, hint = db.execute(
            "SELECT judged, hints, hint FROM domain WHERE name = 'post.example'"
        ).fetchone()
    assert judged >= 14
    assert hints == 1
    assert hint > 0.3
    ended = crawl(web, found, "--niche", "mail server, SMTP", "--max-pages", 30)
    assert ended.code == 0
    with sqlite3.connect(found / "frontier.sqlite") as db:
        (more,) = db.execute("SELECT judged FROM domain WHERE name = 'post.example'").fetchone()
    assert more > judged
    assert json.loads((found / "run.json").read_text())["arguments"]["niche"] == [
        "mail server",
        "SMTP",
    ]


def test_another_niche_on_the_same_folder_is_refused_and_changes_nothing(web, found):
    before = content_of(found / "frontier.sqlite")
    ended = crawl(
        web, found, "--niche", "http://other.example/", "--order", "breadth-first",
        "--exclude", "post", seeds=("http://new.example/",),
    )  # fmt: skip
    assert ended.code == 2
    assert "this crawl's niche is another one (mail server, SMTP)" in ended.err
    assert content_of(found / "frontier.sqlite") == before


def content_of(path):
    with sqlite3.connect(path) as db:
        return list(db.iterdump())


def test_an_example_is_fetched_learnt_from_and_followed_where_it_moved(web, tmp_path):
    (tmp_path / "niche.txt").write_text("http://moved.example/\n")
    ended = crawl(web, tmp_path / "out", "--niche", f"@{tmp_path / 'niche.txt'}", "--max-pages", 40)
    assert ended.code == 0, ended.err
    with sqlite3.connect(tmp_path / "out" / "frontier.sqlite") as db:
        known = dict(db.execute("SELECT key, value FROM meta WHERE key LIKE 'example:%'"))
    assert json.loads(known["example:http://post.example/0"])["smtp"] > 5
    judged = {row["url"]: row["relevance"] for row in rows(tmp_path / "out", "pages")}
    assert judged["http://post.example/0"] > 0.5  # of itself
    late = [row for row in rows(tmp_path / "out", "pages") if row["outcome"] == "ok"]
    late.sort(key=lambda row: row["fetched_at"])
    after = late[len(late) // 2 :]
    post = [row["relevance"] for row in after if row["host"] == "post.example"]
    other = [row["relevance"] for row in after if row["host"] in ("garden.example", "beds.example")]
    assert post
    assert min(post) > 0.5
    assert max(other, default=0) < 0.2


def test_examples_that_cannot_be_read_judge_nothing_and_are_told_of(web, tmp_path):
    ended = crawl(web, tmp_path, "--niche", "http://post.example/gone", "--max-pages", 5)
    assert ended.code == 0, ended.err
    assert "No example of the niche could be read" in ended.err
    assert all(row["relevance"] != row["relevance"] for row in rows(tmp_path, "pages"))


NICHE = ("--niche", "mail server, SMTP", "--niche", "http://moved.example/",
         "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=3", "-s", "LINKCRAWLER_DATASET_PART_LINKS=20")  # fmt: skip


def test_killed_again_and_again_a_crawl_with_a_niche_judges_each_page_once(web, tmp_path):
    assert crawl(web, tmp_path / "whole", *NICHE).code == 0
    folder = tmp_path / "killed"
    for request in (4, 12, 30):
        process = start(*command(web, folder, *NICHE))
        web.signal_at(process, request, signal.SIGKILL)
        ended = end(process)
        assert ended.code == -signal.SIGKILL, ended.err
    ended = crawl(web, folder, *NICHE)
    assert ended.code == 0, ended.err
    assert link_multiset(folder) == link_multiset(tmp_path / "whole")
    assert page_multiset(folder) == page_multiset(tmp_path / "whole")
    known = [row for row in rows(folder, "pages") if row["relevance"] >= 0]
    assert len(known) >= 90
    with sqlite3.connect(folder / "frontier.sqlite") as db:
        judged = {name: (n, total) for name, n, total in db.execute(
            "SELECT name, judged, relevance FROM domain WHERE judged > 0"
        )}  # fmt: skip
        examples = dict(db.execute("SELECT key, value FROM meta WHERE key LIKE 'example:%'"))
    assert {name: n for name, (n, _) in judged.items()} == Counter(row["host"] for row in known)
    for name, (_, total) in judged.items():
        kept = sum(row["relevance"] for row in known if row["host"] == name)
        assert total == pytest.approx(kept, abs=0.01), name
    assert json.loads(examples["example:http://post.example/0"])["smtp"] > 5
    assert linkcrawler("check", folder).code == 0


@pytest.mark.browser
def test_pages_that_scripts_write_are_judged_and_learnt_from_as_they_are_in_the_end(tmp_path):
    writing = (
        f"document.body.insertAdjacentHTML('beforeend', `{ON}`); add('/next' + location.pathname)"
    )
    pages = {
        "http://seed.example/": body(OFF, *[(f"http://{name}.example/", "x") for name in ("app", "beds")]),
        "http://beds.example/": body(OFF),
        "http://app.example/": running(writing, "<script src=/app.js></script>"),
        "http://app.example/example": running(writing, "<script src=/app.js></script>"),
    }  # fmt: skip
    browser = ("--js", "auto", "-s", f"LINKCRAWLER_RENDER_BROWSER={browser_or_skip()}")
    niches = {"words": "mail server, SMTP", "example": "http://app.example/example"}
    with Web(pages) as served:
        for name, niche in niches.items():
            ended = crawl(served, tmp_path / name, *browser, "--niche", niche)
            assert ended.code == 0, ended.err
            assert "No example" not in ended.err
    judged = {row["url"]: row for row in rows(tmp_path / "words", "pages")}
    assert judged["http://app.example/"]["rendered"]
    assert judged["http://app.example/"]["relevance"] > 0.5
    assert judged["http://beds.example/"]["relevance"] == 0
    judged = {row["url"]: row for row in rows(tmp_path / "example", "pages")}
    assert judged["http://app.example/example"]["rendered"]
    assert judged["http://app.example/example"]["relevance"] == 1
    with sqlite3.connect(tmp_path / "example" / "frontier.sqlite") as db:
        known = dict(db.execute("SELECT key, value FROM meta WHERE key LIKE 'example:%'"))
    assert json.loads(known["example:http://app.example/example"])["smtp"] > 5


def test_plain_scrapy_takes_a_niche_and_two_workers_share_it(web, tmp_path):
    ended = scrapy(
        "crawl", "links", "-a", "seeds=http://seed.example/", "-a", "niche=mail server,SMTP", "-a", f"out={tmp_path}",
        "-a", f"proxy={web.url}", "-a", "workers=2", "-a", "delay=0", "-a", "js=off", "-a", "max_pages=20",
        "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0", "-s", "LOG_LEVEL=ERROR",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    table = pq.read_table(
        tmp_path / "pages.parquet", columns=["host", "relevance", "outcome"]
    ).to_pylist()
    post = [
        row["relevance"]
        for row in table
        if row["host"] == "post.example" and row["outcome"] == "ok"
    ]
    assert len(post) >= 8
    assert min(post) > 0.5


def test_without_a_niche_nothing_is_judged(web, tmp_path):
    assert crawl(web, tmp_path, "--max-pages", 5).code == 0
    assert all(row["relevance"] != row["relevance"] for row in rows(tmp_path, "pages"))


def test_the_ranking_is_gated_by_the_niche_and_says_so(found):
    ended = linkcrawler("rank", found, "--lens", "niche", "--format", "json")
    assert ended.code == 0, ended.err
    assert "niche: " in ended.err
    table = {row["domain"]: row for row in pq.read_table(found / "domains.parquet").to_pylist()}
    assert table["post.example"]["relevance"] > 0.5
    assert table["post.example"]["in_niche"]
    assert table["post.example"]["authority"] > 0
    assert not table["garden.example"]["in_niche"]
    assert table["garden.example"]["authority"] == 0
    assert table["post.example"]["rank"] < table["garden.example"]["rank"]
    said = linkcrawler("methods", found)
    assert "inside of the niche" in said.out
    assert "'mail server', 'SMTP'" in said.out
    assert linkcrawler("methods", found, "--repeat").code == 0


def test_a_ranking_can_have_a_niche_of_its_own(found):
    ended = linkcrawler("rank", found, "--niche", "garden, tulips")
    assert ended.code == 0, ended.err
    table = {row["domain"]: row for row in pq.read_table(found / "domains.parquet").to_pylist()}
    assert table["garden.example"]["relevance"] > 0.2
    assert (
        table["post.example"]["relevance"] != table["post.example"]["relevance"]
    )  # titles do not say
    ended = linkcrawler("rank", found, "--niche", "http://a.example/")
    assert ended.code == 2
    assert "name keywords or files" in ended.err
    ended = linkcrawler("rank", found, "--niche", "garden", "--lens", "all")
    assert ended.code == 2
