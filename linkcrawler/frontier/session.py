"""One crawl while it runs: its folder, store, frontier, limits, and how it comes to an end.

Every component of a crawler shares one `Session`; see `session_of`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sqlite3
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from linkcrawler.decisions import seeds_in
from linkcrawler.disk import sync_folder
from linkcrawler.exceptions import LinkCrawlerError, StorageError, UsageError
from linkcrawler.frontier.belonging import must_be_first, must_belong_together
from linkcrawler.frontier.examples import Examples
from linkcrawler.frontier.folder import (
    FRONTIER_NAME,
    lock_folder,
    must_have_space,
    must_not_be_orphaned,
)
from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.ledger import FileLedger
from linkcrawler.frontier.plan import plan_from
from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.frontier.standing import recorded, take_stock
from linkcrawler.niche import example_urls
from linkcrawler.policies.turns import Turns
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from linkcrawler.frontier.standing import Standing

logger = logging.getLogger(__name__)


class Session:
    """The crawl of one crawler.

    Args:
        settings: the crawler's settings, final.
        seeds: canonical seed URLs.
        named: the seeds as they were written, for the name of the default folder.
        worker: the number of this process among the workers; 1 leads: it sets the folder up, and
            seals and compacts what all of them commit.

    Raises:
        UsageError: a setting of the crawl cannot be used.
    """

    def __init__(
        self, settings: BaseSettings, seeds: Sequence[str], named: Sequence[str], worker: int = 1
    ) -> None:
        self.plan = plan = plan_from(settings, seeds, named)
        self.folder, self.scope, self.limits = plan.folder, plan.scope, plan.limits
        more = (*seeds_in(plan.scope.decisions), *example_urls(plan.niche))
        self.seeds = list(dict.fromkeys([*seeds, *more]))
        self.examples = Examples(plan.niche)
        self.turns = Turns(self.plan.delay, self.plan.address_delay)
        self.worker = worker
        self.error: LinkCrawlerError | None = None
        self.end_reason = ""
        """Why the crawl is to end, where that is more than Scrapy knows."""
        self.stopping = asyncio.Event()
        """Set when nothing new may be sent: an interrupt, a limit of time, a failure."""
        self.downloads: set[asyncio.Task[Any]] = set()
        """What is being fetched."""
        self.is_cut_off = False
        """Whether `cut_off` was called."""
        self.closed = asyncio.Event()
        """Set when the end is reached: everything is written and the store is closed."""
        self.crawl_id = ""
        self.new_seeds = 0
        self.recorded_before = 0
        """Pages recorded by earlier runs."""
        self.no_browser = ""
        """Why there is no browser after all."""
        self.standing: Standing | None = None
        """Where the crawl stood when it ended; None while it runs."""
        self._store: SqliteFrontierStore | None = None
        self._frontier: Frontier | None = None
        self._ledger: FileLedger | None = None
        self._lock: int | None = None

    @property
    def store(self) -> SqliteFrontierStore:
        """The open store."""
        if self._store is None:
            raise RuntimeError("the session is not open")
        return self._store

    @property
    def frontier(self) -> Frontier:
        """The frontier over the open store."""
        if self._frontier is None:
            raise RuntimeError("the session is not open")
        return self._frontier

    @property
    def lock(self) -> int:
        """The descriptor of the folder's lock, which the first worker holds."""
        if self._lock is None:
            raise RuntimeError("the session is not open")
        return self._lock

    @property
    def is_open(self) -> bool:
        """Whether the store can be used."""
        return self._frontier is not None

    @property
    def leads(self) -> bool:
        """Whether this process is the first worker."""
        return self.worker == 1

    def open(self) -> None:
        """Lock the folder, open its frontier and add the seeds; a further worker joins the first.

        Raises:
            InUseError: another process crawls into the folder.
            UsageError: the crawl has another niche.
            DatasetError: it holds a dataset whose frontier is gone, or another crawl's.
            SchemaVersionError: another version wrote its frontier.
            StorageError: the disk refused, or has too little free space.
        """
        try:
            if self.leads:
                self._lock = lock_folder(self.folder)
                self.check_disk()
                must_belong_together(self.folder)
                self.examples.must_fit(self.folder / FRONTIER_NAME)
                self._open_store()
            else:
                self._store = SqliteFrontierStore(
                    self.folder / FRONTIER_NAME, self.limits, leads=False
                )
                self.crawl_id = self._store.get_meta("crawl_id") or ""
            self.examples.open(self.store, leads=self.leads)
            self._ledger = self.turns.ledger = FileLedger(self.folder)
            self._frontier = Frontier(
                self.store, self.limits, self.turns,
                worker=self.worker, is_shared=self.plan.workers > 1,
            )  # fmt: skip
        except BaseException:
            self.close()
            raise

    def check_disk(self) -> None:
        """Refuse to go on where the disk is nearly full.

        Raises:
            StorageError: less space is free than the reserve.
        """
        must_have_space(self.folder, self.plan.reserve_bytes)

    def _open_store(self) -> None:
        must_not_be_orphaned(self.folder)
        path = self.folder / FRONTIER_NAME
        is_new = not path.exists()
        store = SqliteFrontierStore(path, self.limits)
        self._store = store
        if is_new:
            sync_folder(self.folder)
        self.crawl_id = store.get_meta("crawl_id") or self._name_crawl(store)
        if store.get_meta("scope") != self.scope.fingerprint():
            store.reconsider(self.scope.reject_reason)
            store.set_meta("scope", self.scope.fingerprint())
        self.new_seeds = store.add_seeds(self._seed(url) for url in self.seeds)
        self.recorded_before = recorded(store.tally())

    def _name_crawl(self, store: SqliteFrontierStore) -> str:
        must_be_first(self.folder)
        crawl_id = f"c{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(3)}"
        store.set_meta("crawl_id", crawl_id)
        return crawl_id

    def _seed(self, url: str) -> Discovery:
        domain = registered_domain(host_of(url))
        return Discovery(
            url, domain, cost=0, enters=True, rule=self.scope.reject_reason(url), is_seed=True
        )

    def take_stock(self) -> Standing:
        """Return where the crawl stands now.

        Raises:
            StorageError: the disk refused.
        """
        return take_stock(self.store)

    def fail(self, error: Exception) -> None:
        """Note what makes going on impossible; the first error counts."""
        own = as_own(error)
        if self.error is None:
            # Without its traceback, whose frames would keep files and databases open.
            own.__cause__ = own.__context__ = None
            self.error = own.with_traceback(None)
            logger.error("%s", own)
        self.stop("storage_failure" if isinstance(own, StorageError) else "failure")

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Note an error of ours that is raised inside, as `fail` does, and go on after it."""
        try:
            yield
        except LinkCrawlerError as error:
            self.fail(error)

    def stop(self, reason: str) -> None:
        """Let nothing new be sent, because of ``reason``; the first reason counts."""
        self.end_reason = self.end_reason or reason
        self.stopping.set()

    def cut_off(self) -> None:
        """End what is still being fetched; those URLs stay pending."""
        self.is_cut_off = True
        for task in list(self.downloads):
            task.cancel()

    def close(self) -> None:
        """Close the store and let go of the folder."""
        if self._frontier is not None and not self.leads:
            with suppress(LinkCrawlerError):  # the first worker takes back what is left
                self.store.dismiss(self.worker, time.time() + self.turns.delay)
        self._frontier = None
        ledger, self._ledger, self.turns.ledger = self._ledger, None, None
        if ledger is not None:
            ledger.close()
        store, self._store = self._store, None
        with self.failures():
            if store is not None:
                store.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def as_own(error: Exception) -> LinkCrawlerError:
    """Return ``error`` as one of ours; one that nobody foresaw is logged with its traceback."""
    if isinstance(error, LinkCrawlerError):
        return error
    logger.error("Unexpected error", exc_info=error)
    if isinstance(error, (OSError, sqlite3.Error)):
        return StorageError(f"the disk refused: {error}")
    return LinkCrawlerError(f"{type(error).__name__}: {error}")


_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


def session_of(crawler: Crawler, spider: Spider | None = None) -> Session:
    """Return the session of ``crawler``, made when first asked for.

    Args:
        crawler: the crawler.
        spider: its spider, where the crawler does not know it yet; holds ``seeds``.

    Raises:
        UsageError: the crawl's settings or seeds cannot be used.
    """
    session = _sessions.get(crawler)
    if session is None:
        spider = spider or crawler.spider
        seeds = getattr(spider, "seeds", None)
        if not seeds:
            # A spider of others in a project of linkcrawler's settings, `scrapy fetch` and `scrapy shell`
            raise UsageError(
                f"spider {getattr(spider, 'name', '')!r} has no seeds to crawl from: linkcrawler.settings are for "
                "linkcrawler.spiders.links.LinkSpider and what derives from it; how to keep other spiders "
                'beside it is told in docs/how-to.md, "Use it beside spiders of your own"'
            )
        worker = getattr(crawler, "linkcrawler_worker", 1)
        session = Session(crawler.settings, seeds, getattr(spider, "named_seeds", seeds), worker)
        _sessions[crawler] = session
    return session
