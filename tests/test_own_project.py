"""The spider in a Scrapy project of somebody else, beside spiders that have nothing to do with it."""

from __future__ import annotations

import json
import sys

import pytest
from support.crawling import Web, grid, linkcrawler, page, rows, run

SPIDERS = """
from scrapy import Request, Spider

from linkcrawler import settings
from linkcrawler.spiders.links import LinkSpider


class Other(Spider):
    name = "other"

    async def start(self):
        yield Request("http://h1.example/", meta={"proxy": self.proxy})

    def parse(self, response):
        yield {"found": response.url}


class OurLinks(LinkSpider):
    name = "ourlinks"
    custom_settings = {name: value for name, value in vars(settings).items() if name.isupper()} | {
        "LINKCRAWLER_CONTACT": "a@b.example",
        "DOWNLOAD_DELAY": 0,
    }
"""
THEIRS = """
SPIDER_MODULES = ["mine.spiders"]
"""
GUARDED = """
TWISTED_DNS_RESOLVER = "linkcrawler.resolver.GuardedResolver"
"""
OURS = """
from linkcrawler.settings import *  # noqa: F403

SPIDER_MODULES = ["linkcrawler.spiders", "mine.spiders"]
"""


WRITING = """
from linkcrawler.settings import *  # noqa: F403
from linkcrawler.settings import ITEM_PIPELINES

ITEM_PIPELINES = ITEM_PIPELINES | {"mine.spiders.Writing": 300}
"""
PIPELINE = """
import json
from pathlib import Path

from itemadapter import ItemAdapter


class Writing:
    def process_item(self, item):
        with Path("found.jsonl").open("a") as file:
            file.write(json.dumps(ItemAdapter(item).asdict(), default=str) + "\\n")
        return item
"""


@pytest.fixture
def project(tmp_path):
    """Return a function that makes a project of given settings, with both spiders."""

    def make(settings):
        folder = tmp_path / "project"
        (folder / "mine").mkdir(parents=True)
        (folder / "scrapy.cfg").write_text("[settings]\ndefault = mine.settings\n")
        (folder / "mine/__init__.py").touch()
        (folder / "mine/settings.py").write_text(settings)
        (folder / "mine/spiders.py").write_text(SPIDERS + PIPELINE)
        return folder

    return make


def scrapy(folder, *arguments):
    return run([sys.executable, "-m", "scrapy", *map(str, arguments)], folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_it_brings_its_settings_along(project, tmp_path, workers):
    folder = project(THEIRS + GUARDED)
    with Web(grid(2, 3)) as web:
        ended = scrapy(
            folder, "crawl", "ourlinks", "-a", "seeds=h0.example", "-a", f"out={tmp_path / 'c'}",
            "-a", f"proxy={web.url}", "-a", f"workers={workers}",
        )  # fmt: skip
    assert ended.code == 0, ended
    assert json.loads((tmp_path / "c/run.json").read_text())["state"] == "finished", ended.err
    assert len(rows(tmp_path / "c", "pages")) == 8


def test_other_spiders_stay_as_they_were(project):
    folder = project(THEIRS)
    with Web(grid(2, 3)) as web:
        ended = scrapy(folder, "crawl", "other", "-a", f"proxy={web.url}", "-o", "found.jsonl")
    assert ended.code == 0, ended
    assert json.loads((folder / "found.jsonl").read_text()) == {"found": "http://h1.example/"}


def test_a_resolver_that_the_process_lacks_is_asked_for_by_its_name(project, tmp_path):
    folder = project(THEIRS)
    with Web(grid(2, 3)) as web:
        ended = scrapy(
            folder, "crawl", "ourlinks", "-a", "seeds=h0.example", "-a", f"out={tmp_path / 'c'}",
            "-a", f"proxy={web.url}",
        )  # fmt: skip
        assert web.fetched() == []
    assert "TWISTED_DNS_RESOLVER = 'linkcrawler.resolver.GuardedResolver'" in ended.err


def test_a_spider_of_others_under_its_settings_is_told_what_they_are_for(project):
    ended = scrapy(project(OURS), "crawl", "other", "-a", "proxy=")
    assert ended.code == 1
    assert "spider 'other' has no seeds to crawl from: linkcrawler.settings are for" in ended.err


def test_pipelines_of_others_get_small_and_large_pages_as_items_with_items_in_them(
    project, tmp_path
):
    folder = project(WRITING)
    links = {"/": 2, "/1": 700}
    web = {
        f"http://a.example{path}": page(*(f"/{n}" for n in range(1, 1 + n)))
        for path, n in links.items()
    }
    with Web(web) as served:
        ended = scrapy(
            folder, "crawl", "links", "-a", "seeds=a.example", "-a", f"out={tmp_path / 'c'}",
            "-a", f"proxy={served.url}", "-a", "delay=0", "-a", "max_pages=2", "-a", "js=off",
        )  # fmt: skip
    assert ended.code == 0, ended
    found = [json.loads(line) for line in (folder / "found.jsonl").read_text().splitlines()]
    assert {item["n_links"]: len(item["links"]) for item in found} == {2: 2, 700: 700}
    assert all(
        link["target"].startswith("http://a.example/") for item in found for link in item["links"]
    )
    assert len(rows(tmp_path / "c", "links")) == 702
    assert linkcrawler("check", tmp_path / "c").code == 0
