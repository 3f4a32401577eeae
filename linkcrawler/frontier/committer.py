"""Pages in, transactions out: pages that finish close together share one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from linkcrawler.failures import TEMPORARY
from linkcrawler.frontier.discovery import discoveries
from linkcrawler.frontier.results import CommittedPage

if TYPE_CHECKING:
    from linkcrawler.frontier.results import Lease
    from linkcrawler.frontier.session import Session
    from linkcrawler.items import Page

RETRY_STATUS: Final = frozenset({408, 429, 500, 502, 503, 504, 522, 524})
"""Answers after which another try may succeed; Scrapy's own list."""


MOST_NEW: Final = 1000
"""URLs that the pages of a group lead to, above which it waits for no more: a transaction must not
hold the reactor up."""


class Committer:
    """Commits pages in groups, in the order in which they came.

    Args:
        session: the crawl.
        group_pages: pages in one transaction at the most.
        group_secs: longest time that a page waits for others.
    """

    def __init__(self, session: Session, group_pages: int, group_secs: float) -> None:
        self.session = session
        self.group_pages = max(1, group_pages)
        self.group_secs = group_secs
        self._group: list[CommittedPage] = []
        self._done: asyncio.Future[frozenset[str]] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def commit(self, page: Page, lease: Lease, rows: bytes) -> bool:
        """Return whether ``page`` is durable now.

        It is not where its URL is to be tried again, nor where the disk refused and the crawl ends.
        """
        return page.url in await self.submit(page, lease, rows)

    def submit(self, page: Page, lease: Lease, rows: bytes) -> asyncio.Future[frozenset[str]]:
        """Add ``page`` to the group; the future holds the URLs of the group that are durable then."""
        if self._done is None:
            loop = asyncio.get_running_loop()
            self._done = loop.create_future()
            self._timer = loop.call_later(self.group_secs, self.flush)
        done = self._done
        found = discoveries(page, lease, self.session.scope)
        retry = _may_retry(page)
        self._group.append(CommittedPage(lease, page, rows, len(page.links), found, retry))
        if sum(len(of.discoveries) for of in self._group) > MOST_NEW:
            asyncio.get_running_loop().call_soon(self.flush)  # others get their turn in between
        elif len(self._group) >= self.group_pages or self._is_last():
            self.flush()
        return done

    def _is_last(self) -> bool:
        """Return whether nothing else is in flight that the group could wait for."""
        return len(self.session.frontier.leases) <= len(self._group)

    def flush(self) -> None:
        """Commit what has gathered, now."""
        if self._timer is not None:
            self._timer.cancel()
        group, done = self._group, self._done
        self._group, self._done, self._timer = [], None, None
        if done is None or not group:
            return
        recorded: frozenset[str] = frozenset()
        try:
            if self.session.error is None:
                recorded = self.session.frontier.commit(group)
        except Exception as error:  # whatever it is, nobody may wait for it for ever
            self.session.fail(error)
        finally:
            if not done.done():
                done.set_result(recorded)


def _may_retry(page: Page) -> bool:
    if page.outcome == "failed":
        return page.reason in TEMPORARY
    return page.outcome == "http_error" and page.status in RETRY_STATUS
