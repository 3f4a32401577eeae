"""Watches the clock and the end of the crawl: time limit, interrupts, what is still in flight."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from scrapy import signals

from linkcrawler.frontier.ranker import Ranker
from linkcrawler.frontier.session import session_of
from linkcrawler.memory import collect_as_usual, give_back_large_blocks
from linkcrawler.signals import crawl_ended

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session

TICK_SECS: Final = 0.2
LOOK_SECS: Final = 1.0


class CrawlWatch:
    """Turns an interrupt, a failure or the time limit into an end within seconds.

    Args:
        crawler: the crawler watched.
        session: its session.
        max_time: seconds that the run may take; 0 means no limit.
        stop_secs: seconds that downloads in flight get once the end has begun.
    """

    def __init__(
        self, crawler: Crawler, session: Session, max_time: float, stop_secs: float
    ) -> None:
        self.crawler = crawler
        self.session = session
        self.max_time = max_time
        self.stop_secs = stop_secs
        self._ranker = Ranker(session)
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        watch = cls(
            crawler,
            session_of(crawler),
            settings.getfloat("LINKCRAWLER_BUDGET_TIME_SECS"),
            settings.getfloat("LINKCRAWLER_FRONTIER_STOP_SECS"),
        )
        crawler.signals.connect(watch.opened, signals.spider_opened)
        # Once the crawl has ended, compaction takes its time: no limit or signal changes the reason.
        crawler.signals.connect(watch.closed, crawl_ended)
        crawler.signals.connect(watch.closed, signals.spider_closed)
        return watch

    def opened(self) -> None:
        """Start to watch."""
        # What is there now stays: to look through it for garbage now and then takes 60 ms each time.
        gc.freeze()
        collect_as_usual()
        give_back_large_blocks()
        self._task = asyncio.ensure_future(self._watch())

    def closed(self) -> None:
        """Stop to watch."""
        gc.unfreeze()
        self._ranker.cancel()
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        seen_at = 0.0
        while not self.session.stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.session.stopping.wait(), TICK_SECS)
            # Scrapy's own sign that a signal or a caller asked for the end.
            if not self.crawler.crawling:
                self.session.stop("interrupted")
            elif self.max_time and loop.time() - begun >= self.max_time:
                self.session.stop("max_time")
            self.session.turns.forget(loop.time())
            if loop.time() - seen_at >= LOOK_SECS:
                seen_at = loop.time()
                self._look()
        # Apart from this task, which is cancelled once the crawl has ended: the engine's own closing
        # must not be.
        self._ending = asyncio.ensure_future(self._end())
        await asyncio.sleep(self.stop_secs)
        self.session.cut_off()

    def _look(self) -> None:
        """Say that this worker lives, and see that the disk has room."""
        session = self.session
        if not session.is_open or session.store.is_busy:  # with a page, for a moment
            return
        try:
            session.store.see(session.worker, len(session.downloads), time.time())
            session.check_disk()
            session.examples.look()
            if 0 < session.plan.max_bytes <= session.store.counters().get("bytes", 0):
                session.stop("max_mb")
            if session.leads:
                self._ranker.look()
        except Exception as error:  # whatever it is: who watches no more would hear of no interrupt
            session.fail(error)

    async def _end(self) -> None:
        """Ask the engine to close; it may already be at it."""
        if self.crawler.crawling:
            await self.crawler.engine.close_spider_async(reason=self.session.end_reason)
