"""What all workers commit in, the dataset's files out: set right at the start, sealed, compacted."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import INTERRUPTED, CorruptPartError, DatasetError, NotADatasetError
from linkcrawler.urls.domains import suffix_list_version
from pipelines.arrays import take_memory_from_system
from pipelines.compaction import CompactionStoppedError
from pipelines.manifest import read_manifest
from pipelines.parts import DatasetFiles
from pipelines.record import RunRecord

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session

COMPACTED: Final = "compacted"
"""Key of the frontier's meta: the rules that the compact files were written under."""


class DatasetKeeper:
    """Keeps the files of one crawl; only the first worker has one.

    Every error is noted in the session, which ends the crawl: none passes as a success.

    Args:
        crawler: the first worker's crawler.
        session: its session, open.
        part_links: link rows after which a raw part is sealed.
        part_secs: seconds after which one is sealed all the same.
    """

    def __init__(
        self, crawler: Crawler, session: Session, part_links: int, part_secs: float
    ) -> None:
        self.crawler = crawler
        self.session = session
        self.part_links = max(1, part_links)
        self.part_secs = part_secs
        self.files = DatasetFiles(
            session.folder, session.store, session.crawl_id, suffix_list_version()
        )
        self._record: RunRecord | None = None
        self._waiting = 0
        self._sealed_at = 0.0
        self._sealing: asyncio.Task[None] | None = None
        self._stop = threading.Event()

    # The start

    def open(self) -> None:
        """Set right what a crash left, and make room for raw parts."""
        take_memory_from_system()
        try:
            self._must_be_same_version()
            self._must_be_same_suffixes()
            self.files.recover()
            self._record = RunRecord(self.crawler, self.session, self.files)
            self.files.announce = partial(self._record.write, "running")
            if self.files.is_compact and self._has_news():
                self.files.reopen()
            self._record.write("running")
            self.look()
        except Exception as error:  # no page may be fetched that could not be stored
            self.session.fail(error)
        self._sealed_at = asyncio.get_running_loop().time()

    def _must_be_same_version(self) -> None:
        """Refuse a dataset of another version before anything of it is touched."""
        with suppress(NotADatasetError, CorruptPartError):  # a crash, or a person; written anew
            read_manifest(self.session.folder)

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
        limits = session.limits.parameters()
        return repr((session.scope.fingerprint(), limits, session.store.counts()))

    # Sealing

    def committed(self, n_links: int) -> None:
        """Note that a page of this worker with ``n_links`` links is in the outbox; seal if it is time."""
        self._waiting += n_links
        self.seal_if_due()

    def look(self) -> None:
        """Count what waits in the outbox: other workers commit too."""
        self._waiting = self.session.store.outbox_size()[1]

    def seal_if_due(self) -> None:
        """Begin to seal where enough waits, or has waited long enough."""
        if self._sealing is not None and not self._sealing.done():
            return
        now = asyncio.get_running_loop().time()
        if self._waiting >= self.part_links or now - self._sealed_at >= self.part_secs:
            self._sealing = asyncio.ensure_future(self._seal())

    async def _seal(self) -> None:
        """Seal one part of the outbox.

        All but one transaction runs on a thread: a disk that takes its time to sync does not hold up what
        is being fetched.
        """
        try:
            rows = await asyncio.to_thread(self.session.store.outbox, self.part_links)
            if rows:
                parts = await asyncio.to_thread(self.files.write_sealed, rows)
                self.files.record_sealed(parts, rows)
                await asyncio.to_thread(self.files.show_sealed, parts)
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

    def stop(self) -> None:
        """Let compaction end now; the raw parts still count, and the next run compacts them."""
        self._stop.set()

    async def end(self, reason: str) -> None:
        """Seal what is left; compact where the crawl is over and not only interrupted."""
        if self._record is None:
            return
        reason = self.session.end_reason or reason
        try:
            await self._seal_all()
            if self.session.error is None:
                if self._is_over(reason) and await self._compact():
                    self._record.write("finished", reason)
                else:
                    if reason not in INTERRUPTED:  # it came once there was nothing left to fetch
                        self.session.end_reason = reason = "interrupted"
                    self._record.write("interrupted", reason)
        except Exception as error:  # as above: an unfinished dataset is never called finished
            self.session.fail(error)
        if self.session.error is not None:
            self._record.write_if_possible("failed", self.session.end_reason or reason)

    def _is_over(self, reason: str) -> bool:
        return self.crawler.crawling and reason not in INTERRUPTED

    async def _compact(self) -> bool:
        """Compact; return whether it came to its end."""
        if self.files.is_compact:
            return True
        try:
            await asyncio.to_thread(self.files.compact, self.session.store.refused(), self._stop)
        except CompactionStoppedError:
            return False
        self.session.store.set_meta(COMPACTED, self._rules())
        return True
