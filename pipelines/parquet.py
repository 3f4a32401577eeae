"""The item pipeline: each Page durable before it is let go, the dataset sealed as it grows."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from scrapy import signals

from linkcrawler.exceptions import DatasetError
from linkcrawler.frontier.committer import Committer
from linkcrawler.frontier.session import session_of
from linkcrawler.items import Page
from linkcrawler.signals import crawl_ended
from linkcrawler.urls.domains import suffix_list_version
from pipelines.parts import DatasetFiles
from pipelines.record import RunRecord
from pipelines.rows import encode_page

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session

COMPACTED: Final = "compacted"
"""Key of the frontier's meta: the rules that the compact files were written under."""


class ParquetPipeline:
    """Commits pages with the frontier, seals them into raw parts, compacts them at the end.

    Args:
        crawler: the crawler whose pages these are.
        session: its session.
        part_links: link rows after which a raw part is sealed.
        part_secs: seconds after which one is sealed all the same.
    """

    def __init__(
        self, crawler: Crawler, session: Session, part_links: int, part_secs: float
    ) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.session = session
        self.part_links = max(1, part_links)
        self.part_secs = part_secs
        self.committer = Committer(
            session,
            settings.getint("LINKCRAWLER_FRONTIER_COMMIT_PAGES"),
            settings.getfloat("LINKCRAWLER_FRONTIER_COMMIT_SECS"),
        )
        self._files: DatasetFiles | None = None
        self._record: RunRecord | None = None
        self._waiting = 0
        self._sealed_at = 0.0
        self._sealing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        pipeline = cls(
            crawler,
            session_of(crawler),
            settings.getint("LINKCRAWLER_DATASET_PART_LINKS"),
            settings.getfloat("LINKCRAWLER_DATASET_PART_SECS"),
        )
        crawler.signals.connect(pipeline.ended, crawl_ended)
        crawler.signals.connect(pipeline.idle, signals.spider_idle)
        return pipeline

    @property
    def files(self) -> DatasetFiles:
        """The dataset's files."""
        if self._files is None:
            raise RuntimeError("the pipeline is not open")
        return self._files

    def open_spider(self) -> None:
        """Set right what a crash left, and make room for raw parts.

        An error is noted in the session, which ends the crawl.
        """
        session = self.session
        if not session.is_open:
            return
        self._files = DatasetFiles(
            session.folder, session.store, session.crawl_id, suffix_list_version()
        )
        try:
            self._must_be_same_suffixes()
            self.files.recover()
            self._record = RunRecord(self.crawler, session, self.files)
            self.files.announce = partial(self._record.write, "running")
            if self.files.is_compact and self._has_news():
                self.files.reopen()
            self._record.write("running")
        except Exception as error:  # no page may be fetched that could not be stored
            session.fail(error)
        self._waiting = session.store.outbox_size()[1]
        self._sealed_at = asyncio.get_running_loop().time()

    def _must_be_same_suffixes(self) -> None:
        """Refuse to go on where domains would be cut differently than those already stored."""
        store, now = self.session.store, self.files.suffix_list
        known = store.get_meta("suffix_list")
        if known is None:
            store.set_meta("suffix_list", now)
        elif known != now:
            raise DatasetError(
                f"{self.session.folder} was begun with the Public Suffix List {known}, this "
                f"tldextract has {now}: crawl into another folder, or install the tldextract of then"
            )

    def _has_news(self) -> bool:
        """Return whether this run may change what the compact files hold."""
        session = self.session
        return session.frontier.has_pending() or session.store.get_meta(COMPACTED) != self._rules()

    def _rules(self) -> str:
        """Return a text that changes with what is refused, and why."""
        session = self.session
        return repr((session.scope.fingerprint(), session.limits, session.frontier.counts()))

    async def process_item(self, item: Any) -> Any:
        """Return ``item`` once it is durable; items that are no `Page` are passed on."""
        lease = self.session.frontier.leases.get(item.url) if isinstance(item, Page) else None
        if lease is None:
            return item
        rows = encode_page(item)
        if await self.committer.commit(item, lease, rows):
            self._count(item)
            self._seal_if_due()
        return item

    def _count(self, page: Page) -> None:
        stats = self.crawler.stats
        stats.inc_value("linkcrawler/pages")
        stats.inc_value(f"linkcrawler/outcome/{page.outcome}")
        stats.inc_value("linkcrawler/links", len(page.links))
        self._waiting += len(page.links)

    # Sealing

    def _seal_if_due(self) -> None:
        if self._sealing is not None and not self._sealing.done():
            return
        now = asyncio.get_running_loop().time()
        if self._waiting >= self.part_links or now - self._sealed_at >= self.part_secs:
            self._sealing = asyncio.ensure_future(self._seal())

    async def _seal(self) -> None:
        """Seal one part of the outbox; encoding runs on a thread, so that fetching goes on."""
        try:
            rows = self.session.store.outbox(self.part_links)
            if rows:
                parts = await asyncio.to_thread(self.files.write_sealed, rows)
                self.files.publish_sealed(parts, rows)
                self._waiting -= sum(row.n_links for row in rows)
                self.crawler.stats.inc_value("linkcrawler/parts", len(parts))
            self._sealed_at = asyncio.get_running_loop().time()
        except Exception as error:  # a fault here must end the crawl, never pass as a success
            self.session.fail(error)

    async def _seal_all(self) -> None:
        if self._sealing is not None:
            await self._sealing
        while self.session.error is None and self.session.store.outbox_size()[0]:
            await self._seal()

    # The end

    def idle(self) -> None:
        """Commit what waits for others that will not come."""
        self.committer.flush()

    async def ended(self, reason: str) -> None:
        """Seal what is left; compact where the crawl is over and not only interrupted."""
        if self._record is None:
            return
        try:
            await self._seal_all()
            if self.session.error is None and self._is_over(reason):
                if not self.files.is_compact:
                    await asyncio.to_thread(self.files.compact, self.session.frontier.refused())
                    self.session.store.set_meta(COMPACTED, self._rules())
                self._record.write("finished", self.session.end_reason or reason)
            elif self.session.error is None:
                self._record.write("interrupted", self.session.end_reason or reason)
        except Exception as error:  # as above: an unfinished dataset is never called finished
            self.session.fail(error)
        if self.session.error is not None:
            self._record.write_if_possible("failed", self.session.end_reason or reason)

    def _is_over(self, reason: str) -> bool:
        return self.crawler.crawling and reason not in ("shutdown", "interrupted")
