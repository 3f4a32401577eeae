"""A small web that is crawled through the frontier without any network."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from linkcrawler.frontier import results as results_module
from linkcrawler.frontier.discovery import discoveries
from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.results import CommittedPage
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.items import Link, Page
from linkcrawler.policies.scope import Scope
from linkcrawler.policies.turns import Turns
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain


class Clock:
    """Time that goes on only when told; both of the module's clocks."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def time(self):
        return 1.7e9 + self.now


class Crawl:
    """A crawl of ``web`` through a `Frontier`.

    Args:
        path: the store's file.
        web: URL to the URLs that its page links to; one with ``>`` before it is a redirect.
        clock: its time.
        limits: see `Limits`; none by default.
    """

    def __init__(self, path, web, clock, *, delay=0.0, scope=None, **limits):
        self.path, self.web, self.clock, self.delay = path, web, clock, delay
        self.scope = scope or Scope()
        nothing = {"max_hops": None, "max_pages": 0, "max_pages_per_domain": 0}
        self.limits = Limits(**(nothing | limits))
        self.fetched = Counter()
        self.order = []
        self.frontier = None

    def open(self, *seeds, is_shared=False):
        """Open (again), as a new process would; return itself."""
        self._open(leads=True)
        self.store.add_seeds(
            Discovery(
                url, registered_domain(host_of(url)), cost=0, enters=True,
                rule=self.scope.reject_reason(url), is_seed=True,
            )
            for url in seeds
        )  # fmt: skip
        self._start(1, is_shared=is_shared)
        return self

    def join(self, worker):
        """Return one more worker on the same crawl, which counts its fetches here too."""
        other = Crawl(self.path, self.web, self.clock, delay=self.delay, scope=self.scope)
        other.limits, other.fetched, other.order = self.limits, self.fetched, self.order
        other._open(leads=False)
        other._start(worker, is_shared=True)
        return other

    def _open(self, *, leads):
        self.close()
        self.store = SqliteFrontierStore(self.path, self.limits, leads=leads)
        # Thousands of small transactions: that each reaches the disk is not what is tested here.
        self.store._db.execute("PRAGMA synchronous = OFF")

    def _start(self, worker, *, is_shared):
        turns = Turns(self.delay)
        self.frontier = Frontier(self.store, self.limits, turns, worker=worker, is_shared=is_shared)

    def close(self):
        if self.frontier is not None:
            self.store.close()
            self.frontier = None

    def lease(self):
        """Return the next lease, which counts as a fetch, or None."""
        lease = self.frontier.lease()
        if lease is not None:
            self.frontier.turns.take(lease.domain.name, self.clock.now)
            self.fetched[lease.url] += 1
            assert self.fetched[lease.url] < 10, "handed out again and again"
            self.order.append(lease.url)
        return lease

    def page(self, lease, *, outcome="ok", reason="", may_retry=False):
        """Return what is committed for ``lease``: the page that the web has there."""
        targets = self.web.get(lease.url, ()) if outcome == "ok" else ()
        kinds = [("redirect" if target.startswith(">") else "a") for target in targets]
        page = Page(
            url=lease.url,
            outcome="redirect" if "redirect" in kinds else outcome,
            fetched_at=datetime(2024, 1, 1, tzinfo=UTC),
            reason=reason,
            links=tuple(
                Link(target.lstrip(">"), kind) for target, kind in zip(targets, kinds, strict=True)
            ),
        )
        found = discoveries(page, lease, self.scope)
        return CommittedPage(lease, page, b"rows", len(page.links), found, may_retry)

    def commit(self, lease, **how):
        """Commit the page of ``lease``."""
        self.frontier.downloaded(lease)
        self.frontier.commit([self.page(lease, **how)])

    def run(self, pages=None):
        """Fetch one page after another, at most ``pages``, and return itself."""
        while (pages is None or pages > 0) and (lease := self.lease()) is not None:
            self.commit(lease)
            pages = None if pages is None else pages - 1
        return self

    def run_shuffled(self, random):
        """Fetch with many pages in flight that finish in any order, in groups of any size."""
        flying = []
        while True:
            while random.random() < 0.7 and (lease := self.lease()) is not None:
                flying.append(lease)
            if not flying:
                lease = self.lease()
                if lease is None:
                    return self
                flying.append(lease)
            random.shuffle(flying)
            size = random.randint(1, len(flying))
            done, flying = flying[:size], flying[size:]
            for lease in done:
                self.frontier.downloaded(lease)
            self.frontier.commit([self.page(lease) for lease in done])

    @property
    def hops(self):
        """Hops of each domain known."""
        return {row.name: row.hops for row in self.store.domains()}

    @property
    def refused(self):
        """Rule by URL of what was kept out."""
        return {row.url: row.rule for row in self.store.refused()}


@pytest.fixture
def clock(monkeypatch):
    """The frontier's time, which stands still."""
    clock = Clock()
    stand_in = SimpleNamespace(monotonic=clock.monotonic, time=clock.time)
    monkeypatch.setattr(results_module, "time", stand_in)
    return clock


@pytest.fixture
def crawl_of(tmp_path, clock):
    """A function from a web and limits to a `Crawl` of it."""
    made = []

    def crawl_of(web, **options):
        path = tmp_path / f"frontier-{len(made)}.sqlite"
        made.append(Crawl(path, web, clock, **options))
        return made[-1]

    yield crawl_of
    for crawl in made:
        crawl.close()
