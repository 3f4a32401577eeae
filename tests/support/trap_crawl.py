"""Crawls a site with traps through the real frontier, reader and store, without a network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from linkcrawler.agent import PRODUCT_TOKEN
from linkcrawler.extraction.html import PageHeaders, read_page
from linkcrawler.frontier.discovery import discoveries
from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.results import CommittedPage
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.items import Link, Page
from linkcrawler.policies.scope import Scope
from linkcrawler.policies.turns import Turns
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain
from tests.support.trap_kinds import Moved, Trap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.real_site import RealSite

GROUP = 16
FETCHED_AT = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class TrapWeb:
    """A real site with traps on it; each way into a trap stands on the home page and in the docs."""

    site: RealSite
    traps: Sequence[Trap] = ()
    others: dict[str, str] = field(default_factory=dict)
    """Pages of other sites."""

    def __post_init__(self) -> None:
        ways = [way for trap in self.traps for way in trap.ways()]
        for url in (self.site.home, f"{self.site.home}docs/", f"{self.site.home}shop/"):
            self.site.hooks[url] = ways

    def answer(self, url: str) -> str | Moved | None:
        trap = self.trap(url)
        if trap is not None:
            return trap.answer(url)
        return self.site.answer(url) or self.others.get(url)

    def trap(self, url: str) -> Trap | None:
        """The trap that a URL belongs to."""
        return next((trap for trap in self.traps if trap.owns(url)), None)


class TrapCrawl:
    """A crawl of ``web`` into the file ``path``; opened again, it goes on."""

    def __init__(self, web: TrapWeb, path: Path, **limits: object) -> None:
        self.web, self.path = web, path
        self.limits = Limits(
            **({"max_hops": 1, "max_pages": 3000, "max_pages_per_domain": 0} | limits)
        )
        self.scope = Scope()
        self.fetched: Counter[str] = Counter()
        self.store: SqliteFrontierStore | None = None

    def open(self) -> TrapCrawl:
        self.store = SqliteFrontierStore(self.path, self.limits)
        self.store._db.execute("PRAGMA synchronous = OFF")
        self.store.add_seeds([self.seed(self.web.site.home)])
        self.frontier = Frontier(self.store, self.limits, Turns(0.0))
        return self

    @staticmethod
    def seed(url: str) -> Discovery:
        domain = registered_domain(host_of(url))
        return Discovery(url, domain, cost=0, enters=True, is_seed=True)

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    def run(self, pages: int | None = None) -> TrapCrawl:
        """Fetch until nothing is left, or ``pages`` pages more."""
        left = pages
        while left is None or left > 0:
            leases = []
            while len(leases) < min(GROUP, left or GROUP) and (lease := self.frontier.lease()):
                leases.append(lease)
                self.frontier.downloaded(lease)
            if not leases:
                break
            self.frontier.commit([self._page(lease) for lease in leases])
            self.fetched.update(lease.url for lease in leases)
            left = None if left is None else left - len(leases)
        return self

    def _page(self, lease) -> CommittedPage:
        page = page_at(lease.url, self.web.answer(lease.url))
        found = discoveries(page, lease, self.scope)
        return CommittedPage(lease, page, b"", 0, found, False)

    # What came of it

    @property
    def excluded(self) -> Counter:
        """URLs kept out, by rule."""
        known = "SELECT rule, count(*) FROM url WHERE state = 3 GROUP BY rule"
        return Counter(dict(self.store._db.execute(known).fetchall()))

    def of(self, trap: Trap) -> int:
        """Pages of a trap that were fetched."""
        return sum(n for url, n in self.fetched.items() if trap.owns(url))

    @property
    def missed(self) -> set[str]:
        """Real pages that were not fetched."""
        return {canonicalize(url) for url in self.web.site.real()} - set(self.fetched)


def page_at(url: str, answer: str | Moved | None) -> Page:
    """Return what the crawl makes of an answer."""
    if isinstance(answer, Moved):
        link = Link(canonicalize(answer.target, url), "redirect")
        return Page(url, "redirect", FETCHED_AT, links=(link,))
    if answer is None:
        return Page(url, "http_error", FETCHED_AT, "404", 404)
    facts = read_page(answer, url, PageHeaders(), PRODUCT_TOKEN)
    return Page(
        url,
        "ok",
        FETCHED_AT,
        links=tuple(facts.links),
        text_key=facts.text_key,
        words_key=facts.words_key,
    )
