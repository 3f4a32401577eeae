"""The frontier: limits and order on top of the store. Hands URLs out, takes pages back."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.agenda import Agenda
from linkcrawler.frontier.records import PageResult, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkcrawler.frontier.records import Counts, Discovery, DomainRow, RefusedRow, UrlRow
    from linkcrawler.frontier.store import FrontierStore
    from linkcrawler.items import Page
    from linkcrawler.policies.turns import Turns

BUFFER: Final = 32
"""URLs of a domain that are read from the store at a time."""
FETCHED: Final = frozenset({"ok", "redirect", "http_error", "not_html", "failed"})
"""Outcomes of URLs that were fetched or tried, which count against the page limits."""
DISTANT: Final = 2**31 - 1
"""Order of a domain that came nearer through others, and whose next URL was not looked at."""
MAX_BACKOFF: Final = 300.0
"""Longest wait before another try, in seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the crawl; 0 means no limit, ``max_hops`` None means none."""

    max_hops: int | None = 2
    max_depth: int = 0
    max_distance: int = 0
    max_pages: int = 10_000
    max_pages_per_domain: int = 50
    domain_window: int = 1
    """Requests in flight to one domain."""
    max_retries: int = 2


@dataclass(slots=True)
class Domain:
    """A domain while the crawl runs."""

    id: int
    name: str
    hops: int
    pages: int
    in_flight: set[int] = field(default_factory=set)
    """Handed out and not yet downloaded."""
    leased: set[int] = field(default_factory=set)
    """Handed out and not yet committed."""
    buffer: deque[UrlRow] = field(default_factory=deque)
    may_have_more: bool = True


@dataclass(frozen=True, slots=True)
class Lease:
    """A URL that was handed out to be fetched."""

    row: UrlRow
    domain: Domain

    @property
    def url(self) -> str:
        """The canonical URL."""
        return self.row.url


@dataclass(frozen=True, slots=True)
class CommittedPage:
    """A page on its way into the store."""

    lease: Lease
    page: Page
    rows: bytes
    n_links: int
    discoveries: tuple[Discovery, ...]
    may_retry: bool


class Frontier:
    """Hands out the next URL within `Limits`, breadth-first, and commits what came of it.

    Args:
        store: where everything durable is.
        limits: what bounds the crawl.
        turns: the politeness of the crawl, whose times are read here.
    """

    def __init__(self, store: FrontierStore, limits: Limits, turns: Turns) -> None:
        self.store = store
        self.limits = limits
        self.turns = turns
        self.agenda = Agenda()
        self.domains: dict[int, Domain] = {}
        self.by_name: dict[str, Domain] = {}
        self.leases: dict[str, Lease] = {}
        self.pages = 0
        self._load()

    def _load(self) -> None:
        """Read the domains back, with what is left of their delays."""
        now, wall = time.monotonic(), time.time()
        for row in self.store.domains():
            domain = self._know(row)
            self.pages += domain.pages
            if row.next_at > wall:
                # A clock set back must not stop a domain for longer than its delay ever was.
                wait = min(row.next_at - wall, max(self.turns.delay, MAX_BACKOFF))
                self.turns.hold(domain.name, now + wait)
        for domain_id, distance in self.store.heads():
            self._offer(self.domains[domain_id], distance)

    def _know(self, row: DomainRow) -> Domain:
        domain = self.domains.get(row.id)
        if domain is None:
            domain = Domain(row.id, row.name, row.hops, row.pages)
            self.domains[row.id] = self.by_name[row.name] = domain
        domain.hops = row.hops
        return domain

    # Handing out

    def lease(self) -> Lease | None:
        """Return the next URL to fetch now, or None."""
        now = time.monotonic()
        while not self._all_spent() and (domain_id := self.agenda.pop(now)) is not None:
            domain = self.domains[domain_id]
            if self.turns.next_at(domain.name) > now:  # held back since it was offered
                self._offer(domain, domain.buffer[0].distance if domain.buffer else 0)
                continue
            row = self._next_row(domain)
            if row is None:
                continue
            lease = Lease(row, domain)
            self.leases[row.url] = lease
            domain.leased.add(row.id)
            domain.in_flight.add(row.id)
            self._offer(domain, row.distance)
            return lease
        return None

    def _all_spent(self) -> bool:
        limit = self.limits.max_pages
        return bool(limit) and self.pages + len(self.leases) >= limit

    def _may_take(self, domain: Domain) -> bool:
        """Return whether limits of the domain let one more of its URLs out."""
        limits = self.limits
        if limits.max_hops is not None and domain.hops > limits.max_hops:
            return False
        budget = limits.max_pages_per_domain
        return not budget or domain.pages + len(domain.leased) < budget

    def _next_row(self, domain: Domain) -> UrlRow | None:
        if not self._may_take(domain):
            return None
        if not domain.buffer:
            domain.buffer.extend(self._pending(domain, BUFFER))
        if not domain.buffer:
            domain.may_have_more = False
            return None
        return domain.buffer.popleft()

    def _pending(self, domain: Domain, limit: int) -> list[UrlRow]:
        """Return the domain's first URLs within the limits that nobody has."""
        limits = self.limits
        rows = self.store.pending(
            domain.id, limit + len(domain.leased), limits.max_depth, limits.max_distance
        )
        return [row for row in rows if row.id not in domain.leased]

    def _offer(self, domain: Domain, order: int) -> None:
        """Put ``domain`` on the agenda where it has room for a request."""
        if (
            domain.may_have_more
            and len(domain.in_flight) < self.limits.domain_window
            and self._may_take(domain)
        ):
            self.agenda.offer(domain.id, order=order, ready_at=self.turns.next_at(domain.name))

    def downloaded(self, lease: Lease) -> None:
        """Note that the answer to ``lease`` has arrived or was given up: its domain is free."""
        if lease.row.id in lease.domain.in_flight:
            lease.domain.in_flight.discard(lease.row.id)
            self._offer(lease.domain, lease.row.distance)

    def has_pending(self) -> bool:
        """Return whether a URL may still be handed out, now or after a delay."""
        return len(self.agenda) > 0 and not self._all_spent()

    def is_spent(self) -> bool:
        """Return whether it is the limit of pages alone that keeps URLs from being handed out."""
        return self._all_spent() and any(
            self._may_take(domain) and self._pending(domain, 1) for domain in self.domains.values()
        )

    def next_time(self) -> float | None:
        """Return when the next waiting domain may be asked (monotonic seconds), or None."""
        return self.agenda.next_time()

    # Taking back

    def release(self, lease: Lease) -> None:
        """Take ``lease`` back untried: it stays pending for another run."""
        if self.leases.pop(lease.url, None) is not None:
            lease.domain.leased.discard(lease.row.id)
            lease.domain.in_flight.discard(lease.row.id)

    def commit(self, pages: Sequence[CommittedPage]) -> frozenset[str]:
        """Commit ``pages`` in one transaction, and let what they lead to in.

        Return the URLs that are done with; the others will be tried again. A page that comes a
        second time, or whose lease was taken back, is passed over.

        Raises:
            StorageError: the disk refused; nothing of it was committed.
        """
        now, wall = time.monotonic(), time.time()
        held = [page for page in pages if self.leases.get(page.lease.url) is page.lease]
        pages = list({page.lease.url: page for page in reversed(held)}.values())[::-1]
        results = [self._result(page, now, wall) for page in pages]
        nearer = [self._know(row) for row in self.store.commit(results)]
        for page, result in zip(pages, results, strict=True):
            self._acknowledge(page, result)
        for domain in nearer:
            domain.may_have_more = True
            self._offer(domain, DISTANT)
        return frozenset(
            done.lease.url
            for done, result in zip(pages, results, strict=True)
            if result.state != State.PENDING
        )

    def _result(self, done: CommittedPage, now: float, wall: float) -> PageResult:
        page, lease = done.page, done.lease
        retry = done.may_retry and lease.row.attempts < self.limits.max_retries
        if retry:
            backoff = min(MAX_BACKOFF, max(self.turns.delay, 1.0) * 2.0**lease.row.attempts)
            self.turns.hold(lease.domain.name, now + backoff)
        state = State.PENDING if retry else State.FAILED if page.outcome == "failed" else State.DONE
        return PageResult(
            url_id=lease.row.id,
            state=state,
            outcome=page.outcome,
            reason=page.reason,
            counts_as_page=page.outcome in FETCHED and not retry,
            next_at=self._wall_time(lease.domain.name, now, wall),
            rows=done.rows,
            n_links=done.n_links,
            discoveries=() if retry else done.discoveries,
        )

    def _wall_time(self, domain: str, now: float, wall: float) -> float:
        next_at = self.turns.next_at(domain)
        return wall + next_at - now if next_at > now else 0.0

    def _acknowledge(self, done: CommittedPage, result: PageResult) -> None:
        """Forget the lease and open the domains that have something new."""
        lease = done.lease
        self.release(lease)
        domain = lease.domain
        if result.counts_as_page:
            domain.pages += 1
            self.pages += 1
        if result.state == State.PENDING:
            domain.may_have_more = True
        self._offer(domain, lease.row.distance)
        # In the order of the page: that of a set would change from run to run.
        for name in dict.fromkeys(f.domain for f in result.discoveries if f.rule is None):
            target = self.by_name[name]
            target.may_have_more = True
            target.buffer.clear()  # what was found may be nearer than what waits there
            self._offer(target, lease.row.distance + 1)

    # Looking

    def refused(self) -> Iterator[RefusedRow]:
        """Yield what rules and limits kept out."""
        limits = self.limits
        return self.store.refused(limits.max_hops, limits.max_depth, limits.max_distance)

    def counts(self) -> Counts:
        """Return how many URLs stand where."""
        return self.store.counts()
