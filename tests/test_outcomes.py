"""No URL without an outcome: whatever another component does with its request, answer or page."""

from __future__ import annotations

import resource
import sqlite3
import sys
from contextlib import closing

import pytest
from support.crawling import Web, grid, linkcrawler, rows, run

SETTINGS = """
from linkcrawler.settings import *  # noqa: F403
from linkcrawler.settings import DOWNLOADER_MIDDLEWARES, ITEM_PIPELINES, SPIDER_MIDDLEWARES

DOWNLOAD_DELAY = 0
LINKCRAWLER_CONTACT = "a@b.example"
DOWNLOADER_MIDDLEWARES = DOWNLOADER_MIDDLEWARES | {"mine.parts.Refusing": 200}
SPIDER_MIDDLEWARES = SPIDER_MIDDLEWARES | {"mine.parts.Swallowing": 100}
ITEM_PIPELINES = ITEM_PIPELINES | {"mine.parts.Judging": 100}
"""
PARTS = """
from dataclasses import replace

from scrapy.exceptions import DropItem, IgnoreRequest

from linkcrawler.items import Link


class Refusing:
    def process_request(self, request):
        if request.url.endswith("/1"):
            raise IgnoreRequest("not this one")


class Swallowing:
    async def process_spider_output(self, response, result):
        async for item in result:
            if not response.url.endswith("/2"):
                yield item


class Judging:
    def process_item(self, item):
        print("more than a pipe holds" * 1000)
        if item.url.endswith("/3"):
            raise DropItem("no")
        if item.url.endswith("/4"):
            raise ZeroDivisionError
        if item.url.endswith("/5"):
            return replace(item, outcome="weird")
        if item.url.endswith("/6"):
            return replace(item, links=[Link("HTTP://H0.example:80/#x", "a"), Link("mailto:a@b", "a")])
        return item
"""
EXPECTED = {
    "/1": ("failed", "error:IgnoreRequest"),
    "/2": ("excluded", "dropped"),
    "/3": ("excluded", "dropped"),
    "/4": ("failed", "error:ZeroDivisionError"),
    "/5": ("failed", "error:ValueError"),
}

SEEDS = ",".join(
    f"http://h{n}.example/{page}" for n in range(3) for page in ("", "3", "4", "5", "6")
)


@pytest.fixture
def project(tmp_path):
    """A Scrapy project with components that keep pages back."""
    folder = tmp_path / "project"
    (folder / "mine").mkdir(parents=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = mine.settings\n")
    (folder / "mine" / "__init__.py").write_text("")
    (folder / "mine" / "settings.py").write_text(SETTINGS)
    (folder / "mine" / "parts.py").write_text(PARTS)
    return folder


@pytest.mark.parametrize("workers", [1, 2])
def test_what_others_keep_back_has_an_outcome_and_the_crawl_ends(project, tmp_path, workers):
    out = tmp_path / "out"
    with Web(grid(3, 7)) as web:
        done = run(
            [sys.executable, "-m", "scrapy", "crawl", "links", "-a", f"seeds={SEEDS}",
             "-a", f"out={out}", "-a", f"proxy={web.url}", "-a", "hops=0", "-a", f"workers={workers}"],
            project,
        )  # fmt: skip
        asked = web.fetched()
    assert done.code == 0, done.err[-2000:]
    pages = {row["url"]: (row["outcome"], row["reason"]) for row in rows(out, "pages")}
    for url, outcome in pages.items():
        assert outcome == EXPECTED.get(url[url.rindex("/") :], outcome), url
    kept_back = [url for url in pages if url[url.rindex("/") :] in EXPECTED]
    assert len(kept_back) == 15
    assert len(asked) == len(set(asked))
    with closing(sqlite3.connect(out / "frontier.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM url WHERE state = 0").fetchone() == (0,)
    check = linkcrawler("check", out)
    assert check.code == 0, check.out


@pytest.mark.timing
def test_running_out_of_sockets_ends_the_crawl_and_blames_no_page(tmp_path):
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (28, 28))

    with Web(grid(30, 4), latency=0.1) as web:
        command = ["crawl", *(f"http://h{n}.example/" for n in range(30)), "--out", str(tmp_path),
                   "--proxy", web.url, "--delay", "0", "--quiet", "--hops", "0"]  # fmt: skip
        starved = linkcrawler(*command, preexec_fn=few_files)
        assert starved.code == 6, starved
        assert linkcrawler(*command).code == 0
    assert {row["outcome"] for row in rows(tmp_path, "pages")} <= {"ok", "redirect", "http_error"}
    assert len(rows(tmp_path, "pages")) >= 120


LOW_DISK = """
import shutil, sys
left = [int(sys.argv.pop(1))]
usage = shutil.disk_usage
def nearly_full(path):
    left[0] -= 1
    found = usage(path)
    return found if left[0] >= 0 else found._replace(free=100 * 2**20)
shutil.disk_usage = nearly_full
from linkcrawler.cli import main
main()
"""


@pytest.mark.timing
@pytest.mark.parametrize("looks", [0, 2])
def test_a_disk_that_is_nearly_full_ends_the_crawl_before_it_is_full(tmp_path, looks):
    with Web(grid(4, 40), latency=0.05) as web:
        command = ["crawl", "http://h0.example/", "--out", str(tmp_path), "--proxy", web.url,
                   "--delay", "0", "--quiet", "--hops", "0", "--max-pages-per-domain", "0"]  # fmt: skip
        done = run([sys.executable, "-c", LOW_DISK, str(looks), *command], None)
        assert done.code == 6, done
        last = done.err.splitlines()[-1]
        assert str(tmp_path) in last
        assert "100 MiB are free" in last
        assert bool(web.fetched()) == bool(looks)
        assert linkcrawler(*command).code == 0
        assert len(set(web.fetched())) == len(rows(tmp_path, "pages"))
    assert linkcrawler("check", tmp_path).code == 0
