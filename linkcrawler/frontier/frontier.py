"""The frontier: limits and order on top of the store. Hands URLs out, takes pages back."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.records import State
from linkcrawler.frontier.results import CommittedPage, Judge, Lease, Moment
from linkcrawler.frontier.window import Window
from linkcrawler.policies.backoff import AWAY, LONGEST_HOLD_SECS, is_given_up
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkcrawler.frontier.domain import Domain
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.records import Committed, Counts, PageResult, RefusedRow, UrlRow
    from linkcrawler.frontier.steps import Steps
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
RESERVE: Final = 256
"""Pages of the budget that are reserved at a time."""
SHARED_RESERVE: Final = 8
POLL_SECS: Final = 0.2
"""How often a worker without work looks whether others have found some."""


@dataclass(slots=True)
class Allowance:
    """Pages of the crawl's budget that this worker may still hand out."""

    pages: int = 0
    is_out: bool = False
    """The store had none left when it was last asked."""


def moment() -> Moment:
    """Return this moment."""
    return Moment(time.monotonic(), time.time())


class Frontier:
    """Hands out the next URL within the limits, in the order of the crawl, and commits what came of it.

    Args:
        store: where everything durable is.
        limits: what bounds the crawl; those that the store was opened with.
        turns: the politeness of the crawl, whose times are read here.
        worker: this worker's number; 1 leads, and takes back what a run before it had leased.
        is_shared: whether there are other workers.
    """

    def __init__(
        self,
        store: FrontierStore,
        limits: Limits,
        turns: Turns,
        *,
        worker: int = 1,
        is_shared: bool = False,
    ) -> None:
        self.store = store
        self.limits = limits
        self.turns = turns
        self.worker = worker
        self.is_shared = is_shared
        self.leases: dict[str, Lease] = {}
        self.window = Window(store, limits, turns, worker, is_shared=is_shared)
        self._allowance = Allowance()
        self._polled_at = 0.0
        self._judge = Judge(limits, turns)
        wall = moment().wall
        if worker == 1:
            store.begin(wall, max(turns.delay, LONGEST_HOLD_SECS))
        store.enrol(worker, os.getpid(), wall)
        self.window.refresh(wall)

    # Handing out

    def lease(self) -> Lease | None:
        """Return the next URL to fetch now, or None."""
        if self.store.is_busy:  # with pages whose end lets Scrapy ask again
            return None
        at = moment()
        has_looked = self.is_shared and self._look_again(at)
        lease = self._try(at)
        is_idle = lease is None and not self.leases
        if self.is_shared and is_idle and (has_looked or not self.window.domains):
            self._share(at)
        return lease

    def _try(self, at: Moment) -> Lease | None:
        # Who has nothing to hand out takes no pages from others.
        if not (self.window.has_work() and self._may_hand_out()):
            return None
        lease = self._lease(at)
        while lease is None and self.window.give_back():  # what left may be what is next
            lease = self._lease(at)
        return lease

    def _look_again(self, at: Moment) -> bool:
        """Look now and then at what other workers have left; return whether it was time."""
        if at.now - self._polled_at < POLL_SECS:
            return False
        self._polled_at = at.now
        self._allowance.is_out = False
        self.window.share_out(at.now, at.wall)
        self.window.give_back()
        self.window.refresh(at.wall)
        return True

    def _lease(self, at: Moment) -> Lease | None:
        drawn = self.window.explore()
        while (domain := drawn or self.window.next(at.now, at.wall)) is not None:
            is_drawn, drawn = drawn is not None, None
            if self.turns.next_at(domain.name) > at.now:  # held back since it was offered
                self._offer(domain, at)
                continue
            if not is_drawn and self.window.fitting.holds_back(domain):
                self._offer(domain, at)
                return None
            row = self._next_row(domain, at)
            if row is None:
                self._offer(domain, at)
                continue
            lease = Lease(row, domain, at.now)
            self.turns.book(domain.name, at.now)
            self.leases[row.url] = lease
            self.window.sent(domain, row.id)
            self._allowance.pages -= 1
            domain.next_distance = row.distance
            self._offer(domain, at)
            return lease
        return None

    def _may_hand_out(self) -> bool:
        """Return whether the crawl's budget allows a page more; ask the store for some where not."""
        mine = self._allowance
        if not self.limits.max_pages or mine.pages > 0:
            return True
        if not mine.is_out:
            wanted = SHARED_RESERVE if self.is_shared else RESERVE
            mine.pages = self.store.reserve(self.worker, wanted)
            mine.is_out = mine.pages == 0
        return mine.pages > 0

    def _share(self, at: Moment) -> None:
        """Let other workers have what this one has no use for: pages, or domains without pages."""
        mine = self._allowance
        if mine.is_out:
            self.window.leave_all(at.now, at.wall)
        if mine.is_out or mine.pages > 0:
            self.window.give_back(max(0, mine.pages))
            self._allowance = Allowance()

    def _may_take(self, domain: Domain) -> bool:
        """Return whether limits of the domain let one more of its URLs out."""
        if self.limits.rests(domain.merit):
            return False
        return domain.pages + len(domain.leased) < self.limits.budget_of(domain.merit)

    def _next_row(self, domain: Domain, at: Moment) -> UrlRow | None:
        """Return the domain's next URL, or None where it has none now.

        URLs of hosts that were given up are sorted out on the way, some at a time.
        """
        if not self._may_take(domain):
            return None
        self._fill(domain)
        if not domain.buffer:
            return None
        dead = self._given_up(domain, at.wall)
        if dead:
            barred = [row.id for row in domain.buffer if None in dead or host_of(row.url) in dead]
            if barred:
                self.store.bar(barred)
                out = set(barred)
                kept = [row for row in domain.buffer if row.id not in out]
                domain.buffer.clear()
                domain.buffer.extend(kept)
        if not domain.buffer:
            self.turns.hold(domain.name, at.now + POLL_SECS)  # others first: there may be a million
            return None
        return domain.buffer.popleft()

    def _given_up(self, domain: Domain, wall: float) -> set[str | None]:
        """Return the hosts that are left alone; None among them stands for all of the domain."""
        return {
            trouble.host if trouble.strikes < AWAY else None
            for trouble in domain.troubles.values()
            if is_given_up(trouble.strikes, trouble.retry_at, wall)
        }

    def _fill(self, domain: Domain) -> None:
        """Read the domain's first URLs that nobody has, where none wait in memory."""
        if domain.buffer or not domain.may_have_more:
            return
        most = WORTH_BUFFER if self.limits.order.is_by_worth else BUFFER
        size = min(most, FIRST_BUFFER << domain.reads)
        if domain.reads and self._given_up(domain, time.time()):
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

    def _offer(self, domain: Domain, at: Moment) -> None:
        may_take = self._may_take(domain)
        if may_take:
            self._fill(domain)  # who has nothing must not be waited for
        self.window.offer(domain, at.now, at.wall, may_take=may_take)

    def downloaded(self, lease: Lease) -> None:
        """Note that the answer to ``lease`` has arrived or was given up: its domain is free."""
        if self.window.arrived(lease.domain, lease.row.id):
            self._offer(lease.domain, moment())

    def has_pending(self) -> bool:
        """Return whether a URL may still be handed out, now or later, here or by other workers."""
        if self.store.is_busy:
            return True
        # Where this worker still holds leases it is asked because they came to nothing: to be settled.
        if self.is_shared and self.window.queue.is_shared and not self.leases:
            return True
        return self.window.has_work() and self._may_hand_out()

    def is_spent(self) -> bool:
        """Return whether it is the limit of pages alone that keeps URLs from being handed out."""
        limit = self.limits.max_pages
        if not limit or self.pages + len(self.leases) < limit:
            return False
        self.window.give_back()  # a domain that has left may have nothing more
        self.window.refresh(moment().wall)
        return self.window.has_work()

    def next_time(self) -> float | None:
        """Return when the next waiting domain may be asked (monotonic seconds), or None.

        Where no page is left to be handed out, nothing but a commit can change that: who asked again
        at once would ask without end until the last answers are there. So it is while a page that leads
        far is being committed.
        """
        if self.store.is_busy:
            return None
        at = moment()
        found = self.window.next_time(at.now, at.wall) if self._may_hand_out() else None
        if not self.is_shared:
            return found
        poll = max(at.now, self._polled_at + POLL_SECS)
        return poll if found is None else min(found, poll)

    # Taking back

    def release(self, lease: Lease) -> None:
        """Take ``lease`` back untried: it stays pending for another run."""
        if self._forget(lease):
            self._allowance.pages += 1

    def _forget(self, lease: Lease) -> bool:
        if self.leases.pop(lease.url, None) is None:
            return False
        self.window.arrived(lease.domain, lease.row.id)
        lease.domain.leased.discard(lease.row.id)
        return True

    def leave(self) -> None:
        """Give everything back to the queue: this worker hands out no more.

        Raises:
            StorageError: the disk refused.
        """
        self.leases.clear()
        self.window = Window(
            self.store, self.limits, self.turns, self.worker, is_shared=self.is_shared
        )
        self.store.dismiss(self.worker, time.time() + self.turns.delay)

    def commit(self, pages: Sequence[CommittedPage]) -> frozenset[str]:
        """Commit ``pages`` in one transaction, and let what they lead to in.

        Return the URLs that are done with; the others will be tried again. A page that comes a
        second time, or whose lease was taken back, is passed over.

        Raises:
            StorageError: the disk refused; nothing of it was committed.
        """
        at = moment()
        pages, results = self._results(pages, at)
        committed = self.store.commit(
            results, worker=self.worker, now=at.wall, leaving=self.window.take_leaving()
        )
        return self._take_note(pages, results, committed, at)

    def commit_in_steps(self, pages: Sequence[CommittedPage]) -> Steps[frozenset[str]]:
        """Do the same in steps, still in one transaction; nothing new is handed out meanwhile.

        Raises:
            StorageError: as above.
        """
        at = moment()
        pages, results = self._results(pages, at)
        committed = yield from self.store.commit_in_steps(
            results, worker=self.worker, now=at.wall, leaving=self.window.take_leaving()
        )
        return self._take_note(pages, results, committed, at)

    def _results(
        self, pages: Sequence[CommittedPage], at: Moment
    ) -> tuple[list[CommittedPage], list[PageResult]]:
        """Return those of ``pages`` that count, and what is committed for each."""
        held = [page for page in pages if self.leases.get(page.lease.url) is page.lease]
        kept = list({page.lease.url: page for page in reversed(held)}.values())[::-1]
        return kept, [self._judge.result(page, at) for page in kept]

    def _take_note(
        self,
        pages: Sequence[CommittedPage],
        results: Sequence[PageResult],
        committed: Committed,
        at: Moment,
    ) -> frozenset[str]:
        """Note what is committed; return the URLs that are done with."""
        self.window.queue = committed.queue
        self._allowance.is_out = False
        for page, result in zip(pages, results, strict=True):
            self._acknowledge(page.lease, result)
        self._let_in(committed, at)
        for domain in {page.lease.domain.id: page.lease.domain for page in pages}.values():
            self._offer(domain, at)
        return frozenset(
            done.lease.url
            for done, result in zip(pages, results, strict=True)
            if result.state != State.PENDING
        )

    def _acknowledge(self, lease: Lease, result: PageResult) -> None:
        """Forget the lease, and note what its page says about the domain."""
        domain = lease.domain
        self._forget(lease)
        domain.pages += int(result.counts_as_page)
        if result.state == State.PENDING:
            domain.may_have_more = True
            domain.buffer.clear()  # it comes before what waits there
        if result.is_answer:
            self.window.prove(domain)
        trouble = result.trouble
        if trouble is not None and trouble.strikes:
            domain.troubles[trouble.host] = trouble
        elif trouble is not None:
            domain.troubles.pop(trouble.host, None)

    def _let_in(self, committed: Committed, at: Moment) -> None:
        """Open the domains of this worker that came nearer or have something new."""
        mine = self.window.domains
        for row in committed.nearer:
            if row.id in mine:
                mine[row.id].hops = row.hops
        for domain_id, merit in committed.merits.items():
            domain = mine.get(domain_id)
            if domain is not None:
                self.window.fitting.know(domain, merit)
                if domain_id not in committed.gained and self.limits.order.is_by_worth:
                    self._offer(domain, at)
        for domain_id, distance in committed.gained.items():
            domain = mine.get(domain_id)
            if domain is not None:
                self._gain(domain, distance)
                self._offer(domain, at)

    def _gain(self, domain: Domain, distance: int) -> None:
        is_by_worth = self.limits.order.is_by_worth
        if domain.buffer and not is_by_worth and distance < domain.buffer[-1].distance:
            domain.buffer.clear()  # what was found is nearer than what waits there
        if not domain.may_have_more or distance < domain.next_distance:
            domain.next_distance = distance
        domain.may_have_more = True

    # Looking

    @property
    def pages(self) -> int:
        """URLs fetched or tried, as the limits count them."""
        return self.store.counters().get("pages", 0)

    def refused(self) -> Iterator[RefusedRow]:
        """Yield what rules and limits kept out."""
        return self.store.refused()

    def counts(self) -> Counts:
        """Return how many URLs stand where."""
        return self.store.counts()
