"""A domain that this worker has in, its next URL out: read from the store some at a time.

What keeps its URLs back is sorted out here: the limits of the domain, hosts that were given up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.policies.backoff import AWAY, is_given_up
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from linkcrawler.frontier.domain import Domain
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.records import UrlRow
    from linkcrawler.frontier.results import Moment
    from linkcrawler.frontier.store import FrontierStore
    from linkcrawler.policies.turns import Turns

BUFFER: Final = 64
"""URLs of a domain that are read from the store at a time, at the most."""
FIRST_BUFFER: Final = 4
"""The first time; twice as many each time after."""
WORTH_BUFFER: Final = 8
"""The same where links that are found meanwhile change which URLs are first."""
SKIPPED: Final = 20_000
"""URLs read at a time of a domain whose URLs are mostly those of a host that was given up."""
ASIDE_SECS: Final = 0.2
"""How long a domain steps aside whose URLs were sorted out and none was left."""


class Supply:
    """Says which URL of a domain is next.

    Args:
        store: where its URLs are.
        limits: what bounds the crawl.
        turns: the politeness of the crawl, where a domain that steps aside is held back.
    """

    def __init__(self, store: FrontierStore, limits: Limits, turns: Turns) -> None:
        self.store = store
        self.limits = limits
        self.turns = turns

    def may_take(self, domain: Domain) -> bool:
        """Return whether limits of the domain let one more of its URLs out."""
        if self.limits.rests(domain.merit):
            return False
        return domain.pages + len(domain.leased) < self.limits.budget_of(domain.merit)

    def next_row(self, domain: Domain, at: Moment) -> UrlRow | None:
        """Return the domain's next URL, or None where it has none now.

        URLs of hosts that were given up are sorted out on the way, some at a time.
        """
        if not self.may_take(domain):
            return None
        self.fill(domain, at.wall)
        if not domain.buffer:
            return None
        self._sort_out(domain, at.wall)
        if not domain.buffer:
            # Others first: there may be a million.
            self.turns.hold(domain.name, at.now + ASIDE_SECS)
            return None
        return domain.buffer.popleft()

    def _sort_out(self, domain: Domain, wall: float) -> None:
        """Bar the URLs in memory whose hosts are left alone."""
        dead = self._given_up(domain, wall)
        if not dead:
            return
        barred = [row.id for row in domain.buffer if None in dead or host_of(row.url) in dead]
        if barred:
            self.store.bar(barred)
            out = set(barred)
            kept = [row for row in domain.buffer if row.id not in out]
            domain.buffer.clear()
            domain.buffer.extend(kept)

    def _given_up(self, domain: Domain, wall: float) -> set[str | None]:
        """Return the hosts that are left alone; None among them stands for all of the domain."""
        return {
            trouble.host if trouble.strikes < AWAY else None
            for trouble in domain.troubles.values()
            if is_given_up(trouble.strikes, trouble.retry_at, wall)
        }

    def fill(self, domain: Domain, wall: float) -> None:
        """Read the domain's first URLs that nobody has, where none wait in memory.

        Args:
            domain: one of this worker's.
            wall: now, in seconds since the epoch.
        """
        if domain.buffer or not domain.may_have_more:
            return
        most = WORTH_BUFFER if self.limits.order.is_by_worth else BUFFER
        size = min(most, FIRST_BUFFER << domain.reads)
        if domain.reads and self._given_up(domain, wall):
            size = SKIPPED
        domain.reads += 1
        rows = self._pending(domain, size + len(domain.leased))
        domain.buffer.extend(row for row in rows if row.id not in domain.leased)
        domain.may_have_more = bool(domain.buffer)

    def _pending(self, domain: Domain, size: int) -> list[UrlRow]:
        """Return the domain's first pages, those that most links lead to between the others."""
        rows = self.store.pending(domain.id, size)
        order = self.limits.order
        if not (order.is_by_worth and order.alternates) or len(rows) < size:
            return rows
        first = [iter(rows), iter(self.store.pending(domain.id, size, best_linked=True))]
        found: dict[int, UrlRow] = {}
        fetched = domain.pages + len(domain.leased)
        for page in range(fetched, fetched + 2 * size):
            row = next(first[order.takes_best_linked(page)], None)
            if row is not None:
                found.setdefault(row.id, row)
        return list(found.values())[:size]

    def gain(self, domain: Domain, distance: int) -> None:
        """Note that the domain has a URL more, ``distance`` from the seeds."""
        is_by_worth = self.limits.order.is_by_worth
        if domain.buffer and not is_by_worth and distance < domain.buffer[-1].distance:
            domain.buffer.clear()  # what was found is nearer than what waits there
        if not domain.may_have_more or distance < domain.next_distance:
            domain.next_distance = distance
        domain.may_have_more = True
