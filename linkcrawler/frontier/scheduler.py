"""Scrapy's scheduler over the frontier: the next URL out, as a request."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from scrapy import Request, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.utils.defer import deferred_from_coro

from linkcrawler.exceptions import LinkCrawlerError, UsageError
from linkcrawler.frontier.session import session_of
from linkcrawler.guard import must_be_guarded
from linkcrawler.signals import crawl_ended, crawl_ending

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

    from linkcrawler.frontier.results import Lease
    from linkcrawler.frontier.session import Session

logger = logging.getLogger(__name__)

UNKEPT: Final = (
    "ITEM_PIPELINES: no page is kept without pipelines.parquet.ParquetPipeline; name it beside yours, "
    "at 900 (a value given with -s takes the place of the default)"
)
LEASE: Final = "linkcrawler_lease"
"""Key of a request's meta that holds its `Lease`."""


class FrontierScheduler(BaseScheduler):
    """Hands out what the frontier allows now, and wakes the engine when a delay has run.

    Requests that others make (a subclass of the spider, a middleware) are taken too; they wait in
    memory and are lost when the process dies, unlike URLs of the frontier.
    """

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self.crawler = crawler
        self.session = session
        self._others: deque[Request] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        scheduler = cls(crawler, session_of(crawler))
        crawler.signals.connect(scheduler._left, signals.request_left_downloader)
        crawler.signals.connect(scheduler._idle, signals.spider_idle)
        return scheduler

    def open(self, spider: Spider) -> Deferred[None] | None:
        return deferred_from_coro(self._open())

    async def _open(self) -> None:
        # On a thread: judging millions of URLs by new rules must not keep a signal waiting.
        try:
            must_be_guarded(self.crawler)
            await asyncio.to_thread(self.session.open)
        except LinkCrawlerError as error:
            # The engine closes at once: nothing is pending. Raising here would skip its own steps.
            self.session.fail(error)
        stats = self.crawler.stats
        stats.set_value("linkcrawler/frontier/new_seeds", self.session.new_seeds)

    def close(self, reason: str) -> Deferred[None] | None:
        if self._timer is not None:
            self._timer.cancel()
        return deferred_from_coro(self._close(reason))

    async def _close(self, reason: str) -> None:
        try:
            await self._wind_up(reason)
        finally:
            self.session.close()
            self.session.closed.set()

    async def _wind_up(self, reason: str) -> None:
        session, send = self.session, self.crawler.signals.send_catch_log_async
        if not session.is_open:
            return
        with session.failures():
            session.frontier.leave()
        await send(crawl_ending, reason=reason)
        with session.failures():
            if reason == "finished" and session.frontier.is_spent():
                session.stop("max_pages")
        await send(crawl_ended, reason=reason)
        with session.failures():
            session.standing = session.take_stock()
            self._count_traps()

    def _count_traps(self) -> None:
        for rule, n in self.session.store.trapped().items():
            self.crawler.stats.set_value(f"linkcrawler/excluded/{rule}", n)

    def has_pending_requests(self) -> bool:
        if self._others:
            return True
        if self.session.stopping.is_set() or not self.session.is_open:
            return False
        try:
            return self.session.frontier.has_pending()
        except Exception as error:  # whatever it is, the crawl must end and not spin
            self.session.fail(error)
            return False

    def enqueue_request(self, request: Request) -> bool:
        self._others.append(request)
        return True

    def next_request(self) -> Request | None:
        if self._others:
            return self._others.popleft()
        if self.session.stopping.is_set() or not self.session.is_open or self._is_behind():
            return None
        try:
            lease = self.session.frontier.lease()
        except Exception as error:  # as above
            self.session.fail(error)
            return None
        if lease is None:
            self._wake_in_time()
            return None
        return self._request(lease)

    def _is_behind(self) -> bool:
        """Return whether fetched pages wait to be read; the engine asks again after each that was."""
        reader = getattr(self.crawler.spider, "reader", None)
        return reader is not None and reader.is_behind()

    def _request(self, lease: Lease) -> Request:
        spider = self.crawler.spider
        return Request(
            lease.url,
            # The spider names what takes a failure; without it a failed URL would stay pending.
            errback=getattr(spider, "failed", None),
            dont_filter=True,
            meta={
                LEASE: lease,
                "verbatim_url": True,  # the canonical spelling is what is sent
                "download_slot": lease.domain.name,
                "depth": lease.row.distance,
            },
        )

    def _wake_in_time(self) -> None:
        """Call the engine when the first waiting domain may be asked."""
        at = self.session.frontier.next_time()
        if at is None:
            return
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(max(at, loop.time()), self._wake)

    def _wake(self) -> None:
        self._timer = None
        # The engine has no public call for "ask the scheduler again"; without this one it asks
        # on its heartbeat, every five seconds.
        slot = getattr(self.crawler.engine, "_slot", None)
        if slot is not None:
            slot.nextcall.schedule()

    def _left(self, request: Request) -> None:
        lease = request.meta.get(LEASE)
        if lease is not None and self.session.is_open:
            try:
                self.session.frontier.downloaded(lease)
            except Exception as error:  # as above
                self.session.fail(error)

    def _idle(self) -> None:
        """Give back what nobody has settled: the dataset's pipeline is off. Go on where there is more."""
        if not self.session.is_open:
            return
        for lease in list(self.session.frontier.leases.values()):
            logger.error("%s was handed out and came to nothing; it stays pending", lease.url)
            self.session.frontier.release(lease)
            self.session.fail(UsageError(UNKEPT))
        if self.has_pending_requests():
            self._wake()
