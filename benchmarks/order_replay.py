"""A graph, an order and seeds in, what a crawl in that order has found after each budget out.

The order is the project's own: the same `Order`, page leads and standings, `domain_rank` and `Agenda`
that the frontier on disk uses, over lists in memory instead of SQLite.
"""

from __future__ import annotations

import heapq
import random
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import weightedtau

from benchmarks.order_graph import site_rank, top_of
from linkcrawler.frontier.agenda import Agenda
from linkcrawler.policies.domain_rank import domain_rank
from linkcrawler.policies.order import FIRST_WORTH, PAGERANK, Order
from linkcrawler.policies.pages import INNER, lead, share_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.order_graph import PageGraph

RANKED_EVERY: Final = 100
"""Pages after which `pagerank` looks at the domains anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a crawl has found, held against the whole graph."""

    top: float
    """Share of the true top 100 sites among its own."""
    tau: float
    """Weighted tau of all sites' PageRank."""
    mass: float
    """PageRank of the pages fetched."""
    arcs: float
    """Share of the links between sites that it has seen."""
    coverage: float
    """Good-Turing: share of the links to sites that lead to a known one, as the crawl estimates it."""
    known: float
    """The same as it is: of the links between sites of pages not fetched, those to sites linked to."""


class Crawl(ABC):
    """A crawl of a graph in memory; a subclass says in which order.

    Args:
        graph: what there is.
        seeds: pages to begin with.
    """

    def __init__(self, graph: PageGraph, seeds: Sequence[int]) -> None:
        self.graph = graph
        self.begin, self.targets, self.site = graph.lists
        self.can = graph.fetchable.tolist()
        self.seeds = seeds
        self.arcs: set[int] = set()
        self.referrers = [0] * graph.sites
        self.fetched: list[int] = []
        self.pages = [0] * graph.sites
        self.done = bytearray(len(self.site))
        self.seen = bytearray(len(self.site))
        for page in seeds:
            self.seen[page] = 1

    @abstractmethod
    def next(self) -> int | None:
        """Return the next page to fetch, or None where nothing is left."""

    @abstractmethod
    def take(self, page: int, links: list[int], fresh: list[int]) -> None:
        """Look at a page that was fetched, and the sites that its site had not linked to before."""

    def run(self, budgets: Iterable[float]) -> list[Outcome]:
        """Return what is found after each share of all pages."""
        found = []
        for budget in budgets:
            while len(self.fetched) < int(budget * self.graph.pages):
                page = self.next()
                if page is None:
                    break
                self._fetch(page)
            found.append(self._outcome())
        return found

    def _fetch(self, page: int) -> None:
        site, here = self.site, self.site[page]
        self.done[page] = 1
        self.fetched.append(page)
        self.pages[here] += 1
        links = self.targets[self.begin[page] : self.begin[page + 1]]
        fresh = []
        for other in {site[target] for target in links} - {here}:
            arc = here * self.graph.sites + other
            if arc not in self.arcs:
                self.arcs.add(arc)
                self.referrers[other] += 1
                fresh.append(other)
        self.take(page, links, fresh)

    def _outcome(self) -> Outcome:
        graph = self.graph
        arcs = np.fromiter(self.arcs, np.int64, len(self.arcs))
        # Sites that nobody has seen are in no ranking.
        source, target = np.divmod(arcs, graph.sites)
        seen = np.unique(np.concatenate([source, target, graph.site[list(self.seeds)]]))
        number = np.zeros(graph.sites, np.int64)
        number[seen] = np.arange(len(seen))
        rank = np.zeros(graph.sites)
        rank[seen] = site_rank(number[source] * len(seen) + number[target], len(seen))
        once = self.referrers.count(1)
        return Outcome(
            top=len(graph.top & top_of(rank)) / len(graph.top),
            tau=float(weightedtau(rank, graph.truth)[0]),
            mass=sum(graph.mass[page] for page in self.fetched),
            arcs=len(arcs) / len(graph.arcs),
            coverage=1 - once / max(1, len(arcs)),
            known=self._known(),
        )

    def _known(self) -> float:
        """Return the share of the arcs not seen whose target has been linked to."""
        rest = self.graph.arcs[~np.isin(self.graph.arcs, list(self.arcs))]
        linked = np.array(self.referrers)[rest % self.graph.sites] > 0
        return float(linked.mean()) if len(rest) else 1.0


class BestFirst(Crawl):
    """Pages in one queue, by a value that links may raise: breadth-first, OPIC and the omniscient."""

    def __init__(self, graph: PageGraph, seeds: Sequence[int], value: str, cap: int = 0) -> None:
        super().__init__(graph, seeds)
        self.value = value
        self.cap = cap
        self.cash = dict.fromkeys(seeds, 1.0)
        self._heap = [(self._key(page, 0), page) for page in seeds]
        heapq.heapify(self._heap)
        self._depth = dict.fromkeys(seeds, 0)

    def _key(self, page: int, depth: int) -> tuple[float, int]:
        if self.value == "omniscient":
            return (-self.graph.mass[page], 0)
        return (-self.cash[page] if self.value == "opic" else depth, len(self.cash))

    def next(self) -> int | None:
        while self._heap:
            page = heapq.heappop(self._heap)[1]
            if not self.done[page] and not 0 < self.cap <= self.pages[self.site[page]]:
                return page
        return None

    def take(self, page: int, links: list[int], fresh: list[int]) -> None:
        depth, share = self._depth[page] + 1, (self.cash[page] + 1e-3) / max(1, len(links))
        for target in links:
            if self.done[target] or not self.can[target]:
                continue
            is_new = not self.seen[target]
            self.seen[target] = 1
            self.cash[target] = self.cash.get(target, 0.0) + share
            self._depth.setdefault(target, depth)
            if is_new or self.value == "opic":
                heapq.heappush(self._heap, (self._key(target, depth), target))


class TwoLevels(Crawl):
    """The project's order: which domain, then which of its pages."""

    def __init__(self, graph: PageGraph, seeds: Sequence[int], order: Order) -> None:
        super().__init__(graph, seeds)
        self.order = order
        self.worth = [FIRST_WORTH] * graph.sites
        self.rank: dict[int, float] = {}
        self.out: dict[int, list[int]] = {}
        self.depth = dict.fromkeys(seeds, 0)
        self.cash = dict.fromkeys(seeds, 1.0)
        self._lead: dict[int, int] = {}
        self._standing: dict[int, int] = {}
        self._queues: dict[int, tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]] = {}
        self._agenda = Agenda()
        self._untried: list[tuple[float, int]] = []
        self._chance = random.Random(7)
        for page in seeds:
            self._enter(page, is_led_out=False, enters=True)
            self._offer(self.site[page])

    # Which domain

    def next(self) -> int | None:
        while (domain := self._draw()) is not None:
            page = self._pop(domain)
            if page is not None:
                return page
        return None

    def _draw(self) -> int | None:
        explores = self.order.explores if self.order.is_by_worth else 0
        if explores and len(self.fetched) % explores == explores - 1:
            while self._untried:
                domain = heapq.heappop(self._untried)[1]
                if not self.pages[domain]:
                    self._agenda.discard(domain)
                    return domain
        return self._agenda.pop(0.0)

    def _offer(self, domain: int) -> None:
        if domain in self._queues:
            self._agenda.offer(domain, order=self._place(domain), ready_at=0.0)

    def _place(self, domain: int) -> int:
        worth = self.worth[domain]
        if self.order.name == PAGERANK:
            worth = self.rank.get(domain, FIRST_WORTH)
        nearest = self._queues[domain][0]
        return self.order.place(nearest[0][0] if nearest else 0, self.pages[domain], worth)

    # Which page

    def _enter(self, page: int, *, is_led_out: bool, enters: bool) -> None:
        """Let a page in that was not known, or move it up where this way to it is better."""
        domain = self.site[page]
        if domain not in self._queues:
            self._queues[domain] = ([], [])
            heapq.heappush(self._untried, (self._chance.random(), domain))
        order = self.order
        first = self.depth[page] if not order.is_by_worth else lead(
            enters=enters,
            is_led_out=is_led_out and order.prefers_outward,
            hint=self.graph.hints[page] if order.reads_urls else INNER,
            depth=self.depth[page],
        )  # fmt: skip
        if first < self._lead.get(page, first + 1):
            self._lead[page] = first
            heapq.heappush(self._queues[domain][0], (first, len(self._lead), page))
        standing = standing_of(self.cash[page])
        if self._standing.get(page) != standing:
            self._standing[page] = standing
            heapq.heappush(self._queues[domain][1], (-standing, len(self._standing), page))

    def _pop(self, domain: int) -> int | None:
        lead_queue, standing_queue = self._queues[domain]
        is_best_linked = self.order.takes_best_linked(self.pages[domain])
        for queue in (standing_queue, lead_queue) if is_best_linked else (lead_queue,):
            while queue:
                page = heapq.heappop(queue)[2]
                if not self.done[page]:
                    return page
        return None

    def take(self, page: int, links: list[int], fresh: list[int]) -> None:
        here = self.site[page]
        out = self.out.setdefault(here, [])
        for other in fresh:
            self.worth[other] += self.order.vote(len(out))
        out.extend(fresh)
        share = share_of(standing_of(self.cash[page]), len(links))
        touched = {here, *fresh}
        for target in links:
            if self.done[target] or not self.can[target]:
                continue
            enters = self.site[target] != here
            depth = 0 if enters else self.depth[page] + 1
            if not self.order.is_by_worth:
                depth = self.depth[page] + 1
            if not self.seen[target]:
                self.seen[target] = 1
                touched.add(self.site[target])
            self.depth[target] = min(depth, self.depth.get(target, depth))
            self.cash[target] = self.cash.get(target, 0.0) + share
            self._enter(target, is_led_out=bool(fresh), enters=enters)
        for domain in touched:
            self._offer(domain)
        if self.order.name == PAGERANK and len(self.fetched) % RANKED_EVERY == 0:
            self._rank()

    def _rank(self) -> None:
        """Look at all domains anew."""
        known = {*self._queues, *(other for out in self.out.values() for other in out)}
        links = {domain: out for domain, out in self.out.items() if out}
        self.rank = domain_rank(known, links, self.rank)
        for domain in self._queues:
            if domain in self._agenda:
                self._agenda.discard(domain)
                self._offer(domain)
