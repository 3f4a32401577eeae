"""What looks after a crawl while it runs ends the crawl where it fails, and never by itself alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from scrapy.settings import Settings

from linkcrawler.exceptions import LinkCrawlerError
from linkcrawler.extensions.watch import CrawlWatch
from linkcrawler.frontier import ranker
from linkcrawler.frontier.session import Session

SEEDS = ["http://a.example/"]


@pytest.fixture
def session(tmp_path):
    settings = Settings()
    settings.setmodule("linkcrawler.settings")
    settings.set("LINKCRAWLER_DIR", str(tmp_path / "c"))
    session = Session(settings, SEEDS, SEEDS)
    session.open()
    yield session
    session.close()


def refuse(*_):
    raise KeyError("nobody foresaw this")


def watch_to_its_end(session):
    """Watch a crawl until it is asked to end; return why the engine was closed."""
    closed = []

    async def close(reason):
        closed.append(reason)

    crawler = SimpleNamespace(crawling=True, engine=SimpleNamespace(close_spider_async=close))

    async def run():
        await asyncio.wait_for(CrawlWatch(crawler, session, 0.0, 0.0)._watch(), 30)

    asyncio.run(run())
    return closed


@pytest.mark.parametrize(
    "fails",
    [
        lambda session: (session.examples, "look"),
        lambda session: (session.store, "counters"),
        lambda session: (session, "check_disk"),
    ],
    ids=["examples", "counters", "disk"],
)
def test_a_look_that_fails_ends_the_crawl(session, monkeypatch, fails):
    monkeypatch.setattr(*fails(session), refuse)
    assert watch_to_its_end(session) == ["failure"]
    assert isinstance(session.error, LinkCrawlerError)
    assert "nobody foresaw this" in str(session.error)
    assert session.is_cut_off


def test_ranks_that_cannot_be_computed_end_the_crawl(session, monkeypatch):
    monkeypatch.setattr(ranker, "fresh_ranks", refuse)
    asyncio.run(ranker.Ranker(session)._rank())
    assert "nobody foresaw this" in str(session.error)
    assert session.stopping.is_set()
