"""A crawl of made-up hosts out of `Frontier`, by a clock of its own: hours pass in seconds.

A downloader of a number of slots takes what the frontier hands out, as Scrapy's does; each answer
takes as long as its host needs, and answers of one moment are committed together.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from linkcrawler.frontier import results as results_module
from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.limits import ENDLESS, Limits
from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.results import CommittedPage, Lease
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.items import Page
from linkcrawler.policies.turns import Turns
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SLOTS: Final = 64
AT: Final = datetime(2024, 1, 1, tzinfo=UTC)
RETRIED: Final = frozenset({"failed", "http_error"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host says."""

    secs: float = 0.1
    """How long it takes."""
    outcome: str = "ok"
    reason: str = ""
    retry_after: float = 0.0
    """Seconds that it asks to be left alone."""


@dataclass(slots=True)
class Downloads:
    """A crawl of ``urls``, all known from the start.

    Args:
        path: the frontier's file.
        answer: what is answered to a URL, now (seconds since the start).
        delay: seconds between two requests to a domain.
        limits: what bounds the crawl.
    """

    path: Path
    answer: Callable[[str, float], Answer]
    delay: float = 0.0
    limits: Limits = ENDLESS
    now: float = 1000.0
    fetched: list[tuple[float, str]] = field(default_factory=list)
    """When an answer to which URL came."""
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by host."""
    store: SqliteFrontierStore = field(init=False)
    frontier: Frontier = field(init=False)

    def run(self, urls: Iterable[str] = (), until: float = float("inf")) -> Downloads:
        """Fetch all that can be fetched, at most ``until`` a time; return itself.

        A run opens the store anew, as a new process would.
        """
        clock = SimpleNamespace(monotonic=lambda: self.now, time=lambda: 1.7e9 + self.now)
        with patch.object(results_module, "time", clock):
            self.store = SqliteFrontierStore(self.path, self.limits)
            self.store._db.execute("PRAGMA synchronous = OFF")  # nothing here is to be kept
            self.store.add_seeds(map(_seed, urls))
            self.frontier = Frontier(self.store, self.limits, Turns(self.delay))
            self._fetch(until)
        return self

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _fetch(self, until: float) -> None:
        flying: list[tuple[float, int, Lease, Answer]] = []
        number = count()
        while self.now < until:
            while len(flying) < SLOTS and (lease := self.frontier.lease()) is not None:
                at = self._turn(lease.domain.name)
                self.asked[host_of(lease.url)] += 1
                said = self.answer(lease.url, at)
                heapq.heappush(flying, (at + said.secs, next(number), lease, said))
            times = [flying[0][0]] if flying else []
            due = self.frontier.next_time()
            if due is not None and len(flying) < SLOTS and due > self.now:
                times.append(due)
            if not times:
                return
            self.now = min(times)
            done = deque[tuple[Lease, Answer]]()
            while flying and flying[0][0] <= self.now:
                _, _, lease, said = heapq.heappop(flying)
                done.append((lease, said))
            self._commit(done)

    def _turn(self, domain: str) -> float:
        """Return when a request leaves that waits from now on."""
        at = self.now
        while (later := self.frontier.turns.take(domain, at)) > at:
            at = later
        return at

    def _commit(self, done: Iterable[tuple[Lease, Answer]]) -> None:
        pages = []
        for lease, said in done:
            self.frontier.downloaded(lease)
            self.fetched.append((self.now, lease.url))
            page = Page(
                lease.url, said.outcome, AT, reason=said.reason, retry_after=said.retry_after
            )
            pages.append(CommittedPage(lease, page, b"", 0, (), said.outcome in RETRIED))
        if pages:
            self.frontier.commit(pages)


def _seed(url: str) -> Discovery:
    return Discovery(url, registered_domain(host_of(url)), cost=0, enters=True, is_seed=True)
