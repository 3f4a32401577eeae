"""Groups of pages, and what must not leave anyone waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from scrapy.settings import Settings

from linkcrawler.exceptions import LinkCrawlerError, StorageError
from linkcrawler.frontier.committer import Committer
from linkcrawler.frontier.session import Session
from linkcrawler.items import Page

SEEDS = ["http://a.example/", "http://b.example/"]


@pytest.fixture
def session(tmp_path):
    settings = Settings()
    settings.setmodule("linkcrawler.settings")
    settings.set("LINKCRAWLER_DIR", str(tmp_path / "c"))
    settings.set("DOWNLOAD_DELAY", 0)
    session = Session(settings, SEEDS, SEEDS)
    session.open()
    yield session
    session.close()


def commit_all(session, group_pages: int) -> list[bool]:
    """Lease and commit every seed; a group waits for at most a day."""

    async def run():
        committer = Committer(session, group_pages, 86_400.0)
        leases = [session.frontier.lease() for _ in SEEDS]
        pages = [Page(lease.url, "ok", datetime.now(UTC), status=200) for lease in leases]
        jobs = [committer.commit(p, s, b"rows") for p, s in zip(pages, leases, strict=True)]
        return await asyncio.wait_for(asyncio.gather(*jobs), 30)

    return asyncio.run(run())


@pytest.mark.parametrize("group_pages", [1, 2, 99])
def test_pages_are_durable_once_their_group_is_full_or_nothing_else_is_in_flight(
    session, group_pages
):
    assert commit_all(session, group_pages) == [True, True]
    assert session.store.counts().done == 2


@pytest.mark.parametrize("error", [StorageError("no room"), KeyError("nobody foresaw this")])
def test_whatever_fails_nobody_waits_for_ever_and_the_crawl_ends(session, monkeypatch, error):
    def refuse(_):
        raise error

    monkeypatch.setattr(session.store, "commit", refuse)
    assert commit_all(session, 2) == [False, False]
    assert isinstance(session.error, LinkCrawlerError)
    assert session.stopping.is_set()
    assert session.store.counts().pending == 2
