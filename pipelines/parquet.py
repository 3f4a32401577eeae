"""The item pipeline: each Page durable before it is let go, and none without an outcome."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from scrapy import signals

from linkcrawler.frontier.committer import Committer
from linkcrawler.frontier.session import session_of
from linkcrawler.items import Page
from linkcrawler.page import Place, page_without_answer
from linkcrawler.signals import crawl_ended
from pipelines.foreign import shaped
from pipelines.rows import encode_page

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from linkcrawler.frontier.results import Lease
    from linkcrawler.frontier.session import Session
    from pipelines.keeper import DatasetKeeper

DROPPED: Final = "dropped"
"""Reason of pages that another component of the crawl kept from the dataset."""
LOOK_SECS: Final = 1.0
"""How often the first worker looks what others have committed."""


class ParquetPipeline:
    """Commits pages with the frontier; the first worker's also keeps the dataset's files.

    Args:
        crawler: the crawler whose pages these are.
        session: its session.
    """

    def __init__(self, crawler: Crawler, session: Session) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.session = session
        self.committer = Committer(
            session,
            settings.getint("LINKCRAWLER_FRONTIER_COMMIT_PAGES"),
            settings.getfloat("LINKCRAWLER_FRONTIER_COMMIT_SECS"),
        )
        self.keeper: DatasetKeeper | None = None
        self._looking: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        pipeline = cls(crawler, session_of(crawler))
        crawler.signals.connect(pipeline.ended, crawl_ended)
        crawler.signals.connect(pipeline.idle, signals.spider_idle)
        crawler.signals.connect(pipeline.dropped, signals.item_dropped)
        crawler.signals.connect(pipeline.failed, signals.item_error)
        crawler.signals.connect(pipeline.stopped, signals.engine_stopped)
        return pipeline

    def open_spider(self) -> None:
        """Let the first worker set right what a crash left, and make room for raw parts.

        An error is noted in the session, which ends the crawl.
        """
        if not (self.session.is_open and self.session.leads):
            return
        # Here, so that further workers do without what only the first one needs.
        from pipelines.keeper import DatasetKeeper

        settings = self.crawler.settings
        self.keeper = DatasetKeeper(
            self.crawler,
            self.session,
            settings.getint("LINKCRAWLER_DATASET_PART_LINKS"),
            settings.getfloat("LINKCRAWLER_DATASET_PART_SECS"),
        )
        self.keeper.open()
        if self.session.plan.workers > 1:
            self._looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        """Seal what other workers commit, too."""
        while self.keeper is not None and self.session.error is None:
            await asyncio.sleep(LOOK_SECS)
            try:
                self.keeper.look()
                self.keeper.seal_if_due()
            except Exception as error:  # whatever it is, it must end the crawl
                self.session.fail(error)

    # Pages

    async def process_item(self, item: Any) -> Any:
        """Return ``item`` once it is durable; items that are no `Page` are passed on."""
        lease = self.session.frontier.leases.get(item.url) if isinstance(item, Page) else None
        if lease is not None:
            await self._commit(item, lease)
        return item

    async def _commit(self, page: Page, lease: Lease) -> None:
        page = shaped(page)
        if await self.committer.commit(page, lease, encode_page(page)):
            self._count(page)

    def _count(self, page: Page) -> None:
        stats = self.crawler.stats
        stats.inc_value("linkcrawler/pages")
        stats.inc_value(f"linkcrawler/outcome/{page.outcome}")
        stats.inc_value("linkcrawler/links", len(page.links))
        if self.keeper is not None:
            self.keeper.committed(len(page.links))

    # Pages that others kept back

    def dropped(self, item: Any) -> None:
        """Settle the URL of a page that another pipeline dropped: it is excluded, and not asked again."""
        self._settle(item, "excluded", DROPPED)

    def failed(self, item: Any, failure: Failure) -> None:
        """Settle the URL of a page over which another pipeline failed."""
        self._settle(item, "failed", f"error:{type(failure.value).__name__}")

    def _settle(self, item: Any, outcome: str, reason: str) -> None:
        if not (isinstance(item, Page) and self.session.is_open):
            return
        lease = self.session.frontier.leases.get(item.url)
        if lease is not None:
            self._give_outcome(lease, outcome, reason)

    def _give_outcome(self, lease: Lease, outcome: str, reason: str) -> None:
        page = page_without_answer(Place.of(lease), outcome, reason)
        done = self.committer.submit(page, lease, encode_page(page))

        def count(done: asyncio.Future[frozenset[str]]) -> None:
            if page.url in done.result():
                self._count(page)

        done.add_done_callback(count)

    def idle(self) -> None:
        """Commit what waits for others that will not come, and settle what came to nothing.

        Nothing is in flight any more: what is still leased, a component has swallowed.
        """
        self.committer.flush()
        if not self.session.is_open or self.session.stopping.is_set():
            return
        for lease in list(self.session.frontier.leases.values()):
            self._give_outcome(lease, "excluded", DROPPED)
        self.committer.flush()

    # The end

    async def ended(self, reason: str) -> None:
        """Seal what is left; compact where the crawl is over and not only interrupted."""
        if self._looking is not None:
            self._looking.cancel()
        if self.keeper is not None:
            await self.keeper.end(reason)

    async def stopped(self) -> None:
        """Let a signal that comes while the dataset is compacted end that, and wait for the end."""
        if self.keeper is not None and self.session.is_open:
            self.keeper.stop()
            await self.session.closed.wait()
