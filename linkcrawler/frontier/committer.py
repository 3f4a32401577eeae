"""Pages in, transactions out: pages that finish close together share one.

Where those lead to many URLs it is one transaction, too, which goes on over turns of the event loop: it must
not hold the reactor up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from linkcrawler.failures import TEMPORARY
from linkcrawler.frontier.discovery import discoveries, finding
from linkcrawler.frontier.results import CommittedPage
from linkcrawler.frontier.steps import SOME, UnderWay, in_turns

if TYPE_CHECKING:
    from linkcrawler.frontier.records import Discovery
    from linkcrawler.frontier.results import Lease
    from linkcrawler.frontier.session import Session
    from linkcrawler.items import Page

RETRY_STATUS: Final = frozenset({408, 429, 500, 502, 503, 504, 522, 524})
"""Answers after which another try may succeed; Scrapy's own list."""


MOST_NEW: Final = 1000
"""URLs that the pages of a group lead to, above which it waits for no more."""
AT_ONCE: Final = 200
"""Likewise, up to which it is committed at once, the sync included: steps would take longer than they spare."""


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
        self._work: UnderWay[frozenset[str]] | None = None
        """A group that is committed a little in each turn of the event loop; others wait for it."""
        self._task: asyncio.Task[None] | None = None

    async def commit(self, page: Page, lease: Lease, rows: bytes) -> bool:
        """Return whether ``page`` is durable now.

        It is not where its URL is to be tried again, nor where the disk refused and the crawl ends.
        """
        return page.url in await self.submit(page, lease, rows)

    def submit(self, page: Page, lease: Lease, rows: bytes) -> asyncio.Future[frozenset[str]]:
        """Add ``page`` to the group; the future holds the URLs of the group that are durable then."""
        if len(page.links) + len(page.listed) > SOME:
            return asyncio.ensure_future(self._find(page, lease, rows))
        return self._add(page, lease, rows, discoveries(page, lease, self.session.scope))

    async def _find(self, page: Page, lease: Lease, rows: bytes) -> frozenset[str]:
        """Add a page with many links, which are looked at a little in each turn of the event loop."""
        found = await in_turns(UnderWay(finding(page, lease, self.session.scope)))
        return await self._add(page, lease, rows, found)

    def _add(
        self, page: Page, lease: Lease, rows: bytes, found: tuple[Discovery, ...]
    ) -> asyncio.Future[frozenset[str]]:
        if self._done is None:
            loop = asyncio.get_running_loop()
            self._done = loop.create_future()
            self._timer = loop.call_later(self.group_secs, self._flush_in_turns)
        done = self._done
        retry = _may_retry(page)
        self._group.append(CommittedPage(lease, page, rows, len(page.links), found, retry))
        if self._leads_to() > MOST_NEW or len(self._group) >= self.group_pages or self._is_last():
            self._flush_in_turns()
        return done

    def _leads_to(self) -> int:
        """Return how many URLs the pages of the group lead to."""
        return sum(len(of.discoveries) for of in self._group)

    def _is_last(self) -> bool:
        """Return whether nothing else is in flight that the group could wait for."""
        return len(self.session.frontier.leases) <= len(self._group)

    def flush(self) -> None:
        """Commit what has gathered, now."""
        if self._work is not None:
            self._work.finish()
        group, done = self._take()
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

    def _take(self) -> tuple[list[CommittedPage], asyncio.Future[frozenset[str]] | None]:
        if self._timer is not None:
            self._timer.cancel()
        taken = self._group, self._done
        self._group, self._done, self._timer = [], None, None
        return taken

    def _flush_in_turns(self) -> None:
        """Commit what has gathered, a little in each turn of the event loop where it leads to many URLs.

        Other workers would have to wait for the lock of the file all the while: then it is done at once.
        """
        if self._work is not None:
            return  # which sees to it at its end
        if self.session.error is not None or self._leads_to() <= AT_ONCE:
            self.flush()
        elif self.session.plan.workers > 1:
            asyncio.get_running_loop().call_soon(self.flush)  # others get their turn in between
        else:
            group, done = self._take()
            self._work = UnderWay(self.session.frontier.commit_in_steps(group))
            self._task = asyncio.ensure_future(self._commit(self._work, done))

    async def _commit(
        self, work: UnderWay[frozenset[str]], done: asyncio.Future[frozenset[str]] | None
    ) -> None:
        recorded: frozenset[str] = frozenset()
        try:
            recorded = await in_turns(work)
        except Exception as error:  # as above
            self.session.fail(error)
        finally:
            self._work = None
            if done is not None and not done.done():
                done.set_result(recorded)
        if self._group:
            self._flush_in_turns()


def _may_retry(page: Page) -> bool:
    if page.outcome == "failed":
        return page.reason in TEMPORARY
    return page.outcome == "http_error" and page.status in RETRY_STATUS
