"""One crawl while it runs: its folder, store, frontier, limits, and how it comes to an end.

Every component of a crawler shares one `Session`; see `session_of`.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from linkcrawler.exceptions import (
    DatasetError,
    InUseError,
    LinkCrawlerError,
    StorageError,
    UsageError,
)
from linkcrawler.frontier.frontier import Frontier, Limits
from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.items import OUTCOMES
from linkcrawler.options import checked_settings
from linkcrawler.policies.scope import Scope
from linkcrawler.policies.turns import Turns
from linkcrawler.seeds import default_folder
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from linkcrawler.frontier.records import Counts

logger = logging.getLogger(__name__)

FRONTIER_NAME: Final = "frontier.sqlite"
LOCK_NAME: Final = ".lock"
DATASET_NAMES: Final = ("run.json", "links.parquet", "pages.parquet", "raw")
"""What a folder holds that a crawl or a merge has written to."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a crawl stands, counted over all its runs."""

    counts: Counts
    tally: dict[str, int]
    """Committed pages by outcome and ``outcome/reason``, and ``links``."""
    pages: int
    """URLs fetched or tried, as the limits count them."""
    domains: int
    """Registered domains known."""
    domains_crawled: int
    """Registered domains of which a page was fetched or tried."""
    has_refused_addresses: bool
    """Whether the guard against private addresses kept something out."""

    @property
    def recorded(self) -> int:
        """Pages recorded: those fetched or tried, and those that robots.txt refused."""
        return sum(self.tally.get(outcome, 0) for outcome in OUTCOMES)


class Session:
    """The crawl of one crawler.

    Args:
        settings: the crawler's settings, final.
        seeds: canonical seed URLs.
        named: the seeds as they were written, for the name of the default folder.

    Raises:
        UsageError: a setting of the crawl cannot be used.
    """

    def __init__(self, settings: BaseSettings, seeds: Sequence[str], named: Sequence[str]) -> None:
        if settings.get("JOBDIR"):
            message = (
                "JOBDIR: not used here, it loses pending requests when a crawl is killed; "
                "crawls resume from their own folder (--out DIR) without it"
            )
            raise UsageError(message)
        values = checked_settings(settings)
        self.seeds = list(seeds)
        self.folder = Path(values["LINKCRAWLER_DIR"] or default_folder(named, seeds))
        self.scope = scope_from(values, settings)
        self.limits = limits_from(values, settings)
        self.turns = Turns(values["DOWNLOAD_DELAY"])
        self.proxy: str = values["LINKCRAWLER_PROXY"]
        """The proxy that carries all traffic, as ``http://host:port``, or empty."""
        self.error: LinkCrawlerError | None = None
        self.end_reason = ""
        """Why the crawl is to end, where that is more than Scrapy knows."""
        self.stopping = asyncio.Event()
        """Set when nothing new may be sent: an interrupt, a limit of time, a failure."""
        self.downloads: set[asyncio.Task[Any]] = set()
        """What is being fetched."""
        self.is_cut_off = False
        """Whether `cut_off` was called."""
        self.crawl_id = ""
        self.new_seeds = 0
        self.standing: Standing | None = None
        """Where the crawl stood when it ended; None while it runs."""
        self._store: SqliteFrontierStore | None = None
        self._frontier: Frontier | None = None
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
    def is_open(self) -> bool:
        """Whether the store can be used."""
        return self._frontier is not None

    def open(self) -> None:
        """Lock the folder, open its frontier and add the seeds.

        Raises:
            InUseError: another process crawls into the folder.
            DatasetError: it holds a dataset whose frontier is gone.
            SchemaVersionError: another version wrote its frontier.
            StorageError: the disk refused.
        """
        self._lock = lock_folder(self.folder)
        try:
            self._open_store()
        except BaseException:
            self.close()
            raise

    def _must_not_be_orphaned(self) -> None:
        """Refuse a dataset without its frontier: starting anew would throw its rows away."""
        path = self.folder / FRONTIER_NAME
        if path.exists() and path.stat().st_size > 0:
            return
        for name in DATASET_NAMES:
            if (self.folder / name).exists():
                raise DatasetError(
                    f"{self.folder} holds a dataset ({name}) but no {FRONTIER_NAME} to go on from: "
                    "crawl into another folder, or restore the file; a merge cannot be crawled into"
                )

    def _open_store(self) -> None:
        self._must_not_be_orphaned()
        store = SqliteFrontierStore(
            self.folder / FRONTIER_NAME, track_depth=self.limits.max_depth > 0
        )
        self._store = store
        self.crawl_id = store.get_meta("crawl_id") or self._name_crawl(store)
        if store.get_meta("scope") != self.scope.fingerprint():
            store.reconsider(self.scope.reject_reason)
            store.set_meta("scope", self.scope.fingerprint())
        self.new_seeds = store.add_seeds(self._seed(url) for url in self.seeds)
        self._frontier = Frontier(store, self.limits, self.turns)

    @staticmethod
    def _name_crawl(store: SqliteFrontierStore) -> str:
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
        frontier = self.frontier
        return Standing(
            counts=frontier.counts(),
            tally=self.store.tally(),
            pages=frontier.pages,
            domains=len(frontier.domains),
            domains_crawled=sum(domain.pages > 0 for domain in frontier.domains.values()),
            has_refused_addresses=any(row.rule == "address" for row in frontier.refused())
            or any(key.startswith("excluded/address") for key in self.store.tally()),
        )

    def fail(self, error: Exception) -> None:
        """Note what makes going on impossible; the first error counts."""
        own = as_own(error)
        if self.error is None:
            # Without its traceback, whose frames would keep files and databases open.
            own.__cause__ = own.__context__ = None
            self.error = own.with_traceback(None)
            logger.error("%s", own)
        self.stop("storage_failure" if isinstance(own, StorageError) else "failure")

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
        self._frontier = None
        if self._store is not None:
            self._store.close()
            self._store = None
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


def lock_folder(folder: Path) -> int:
    """Make ``folder`` and lock it against other processes; return the lock's file descriptor.

    Raises:
        InUseError: another process holds it.
        StorageError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(f"cannot crawl into {folder}: {error.strerror or error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        message = f"{folder} is in use by another process; wait for it, or name another folder"
        raise InUseError(message) from None
    except OSError as error:
        os.close(handle)
        raise StorageError(f"cannot lock {folder}: {error.strerror or error}") from error
    return handle


def scope_from(values: dict[str, Any], settings: BaseSettings) -> Scope:
    """Return the scope that the settings ask for."""
    return Scope(
        include=tuple(values["LINKCRAWLER_SCOPE_INCLUDE"]),
        exclude=tuple(values["LINKCRAWLER_SCOPE_EXCLUDE"]),
        allowed_addresses=frozenset(values["LINKCRAWLER_GUARD_ALLOW"]),
        through_proxy=bool(values["LINKCRAWLER_PROXY"]),
        max_length=settings.getint("URLLENGTH_LIMIT"),
        nofollow=settings.getbool("LINKCRAWLER_SCOPE_NOFOLLOW"),
    )


def limits_from(values: dict[str, Any], settings: BaseSettings) -> Limits:
    """Return the limits that the settings ask for."""
    hops: int | None = values["LINKCRAWLER_SCOPE_HOPS"] or None
    if values["LINKCRAWLER_SCOPE"] == "seeds":
        hops = 0
    return Limits(
        max_hops=hops,
        max_depth=values["LINKCRAWLER_SCOPE_DEPTH"],
        max_distance=settings.getint("DEPTH_LIMIT"),
        max_pages=values["LINKCRAWLER_BUDGET_PAGES"],
        max_pages_per_domain=values["LINKCRAWLER_BUDGET_PAGES_PER_DOMAIN"],
        domain_window=max(1, settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")),
        max_retries=settings.getint("RETRY_TIMES"),
    )


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
            raise UsageError("seeds: none given; run the spider with -a seeds=URL,DOMAIN,@FILE")
        session = Session(crawler.settings, seeds, getattr(spider, "named_seeds", seeds))
        _sessions[crawler] = session
    return session
