"""The frontier: limits and order on top of the store. Hands URLs out, takes pages back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.allowance import Allowance
from linkcrawler.frontier.records import State
from linkcrawler.frontier.results import CommittedPage, Judge, Lease, Moment, this_moment
from linkcrawler.frontier.supply import Supply
from linkcrawler.frontier.window import Window
from linkcrawler.policies.backoff import LONGEST_HOLD_SECS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.frontier.domain import Domain
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.records import Committed, PageResult
    from linkcrawler.frontier.steps import Steps
    from linkcrawler.frontier.store import FrontierStore
    from linkcrawler.policies.turns import Turns

HELD_SECS: Final = 0.5
"""After which a domain outside of the niche, that had to let others go first, is looked at again."""
POLL_SECS: Final = 0.2
"""How often a worker without work looks whether others have found some."""


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
        self._supply = Supply(store, limits, turns)
        self._allowance = Allowance(store, limits, worker, is_shared=is_shared)
        self._polled_at = 0.0
        self._judge = Judge(limits, turns)
        wall = this_moment().wall
        if worker == 1:
            store.begin(wall, max(turns.delay, LONGEST_HOLD_SECS))
        store.enrol(worker, os.getpid(), wall)
        self.window.refresh(wall)

    # Handing out

    def lease(self) -> Lease | None:
        """Return the next URL to fetch now, or None."""
        if self.store.is_busy:  # with pages whose end lets Scrapy ask again
            return None
        at = this_moment()
        has_looked = self.is_shared and self._look_again(at)
        lease = self._try(at)
        is_idle = lease is None and not self.leases
        if self.is_shared and is_idle and (has_looked or not self.window.domains):
            self._share(at)
        return lease

    def _try(self, at: Moment) -> Lease | None:
        # Who has nothing to hand out takes no pages from others.
        if not (self.window.has_work() and self._allowance.allows()):
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
        held: list[Domain] = []
        try:
            return self._first(at, held)
        finally:
            for domain in held:
                self._offer(domain, at, not_before=at.now + HELD_SECS)

    def _first(self, at: Moment, held: list[Domain]) -> Lease | None:
        """Return what is first; domains that have to let others go first are added to ``held``."""
        drawn = self.window.explore()
        while domain := drawn or self.window.next(at.now, at.wall, may_lease=not held):
            is_drawn, drawn = drawn is not None, None
            if self.turns.next_at(domain.name) > at.now:  # held back since it was offered
                self._offer(domain, at)
                continue
            if not is_drawn and self.window.fitting.holds_back(domain):
                held.append(domain)
                continue
            row = self._supply.next_row(domain, at)
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

    def _share(self, at: Moment) -> None:
        """Let other workers have what this one has no use for: pages, or domains without pages."""
        mine = self._allowance
        if mine.is_out:
            self.window.leave_all(at.now, at.wall)
        if mine.is_out or mine.pages > 0:
            self.window.give_back(max(0, mine.pages))
            mine.give_up()

    def _offer(self, domain: Domain, at: Moment, not_before: float = 0.0) -> None:
        may_take = self._supply.may_take(domain)
        if may_take:
            self._supply.fill(domain, at.wall)  # who has nothing must not be waited for
        self.window.offer(domain, at.now, at.wall, may_take=may_take, not_before=not_before)

    def downloaded(self, lease: Lease) -> None:
        """Note that the answer to ``lease`` has arrived or was given up: its domain is free."""
        if self.window.arrived(lease.domain, lease.row.id):
            self._offer(lease.domain, this_moment())

    def has_pending(self) -> bool:
        """Return whether a URL may still be handed out, now or later, here or by other workers."""
        if self.store.is_busy:
            return True
        # Where this worker still holds leases it is asked because they came to nothing: to be settled.
        if self.is_shared and self.window.queue.is_shared and not self.leases:
            return True
        return self.window.has_work() and self._allowance.allows()

    def is_spent(self) -> bool:
        """Return whether it is the limit of pages alone that keeps URLs from being handed out."""
        limit = self.limits.max_pages
        if not limit or self.pages + len(self.leases) < limit:
            return False
        self.window.give_back()  # a domain that has left may have nothing more
        self.window.refresh(this_moment().wall)
        return self.window.has_work()

    def next_time(self) -> float | None:
        """Return when the next waiting domain may be asked (monotonic seconds), or None.

        Where no page is left to be handed out, nothing but a commit can change that: who asked again
        at once would ask without end until the last answers are there. So it is while a page that leads
        far is being committed.
        """
        if self.store.is_busy:
            return None
        at = this_moment()
        found = self.window.next_time(at.now, at.wall) if self._allowance.allows() else None
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
        self.store.dismiss(self.worker, this_moment().wall + self.turns.delay)

    def commit(self, pages: Sequence[CommittedPage]) -> frozenset[str]:
        """Commit ``pages`` in one transaction, and let what they lead to in.

        Return the URLs that are done with; the others will be tried again. A page that comes a
        second time, or whose lease was taken back, is passed over.

        Raises:
            StorageError: the disk refused; nothing of it was committed.
        """
        at = this_moment()
        pages, results = self._judge.results(pages, self.leases, at)
        committed = self.store.commit(
            results, worker=self.worker, now=at.wall, leaving=self.window.take_leaving()
        )
        return self._take_note(pages, results, committed, at)

    def commit_in_steps(self, pages: Sequence[CommittedPage]) -> Steps[frozenset[str]]:
        """Do the same in steps, still in one transaction; nothing new is handed out meanwhile.

        Raises:
            StorageError: as above.
        """
        at = this_moment()
        pages, results = self._judge.results(pages, self.leases, at)
        committed = yield from self.store.commit_in_steps(
            results, worker=self.worker, now=at.wall, leaving=self.window.take_leaving()
        )
        done = self._take_note(pages, results, committed, at)
        self.window.refresh(this_moment().wall)  # others may have written since
        return done

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
        domain.settle(result)
        if result.is_answer:
            self.window.prove(domain)

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
                self._supply.gain(domain, distance)
                self._offer(domain, at)

    # Looking

    @property
    def pages(self) -> int:
        """URLs fetched or tried, as the limits count them."""
        return self.store.counters().get("pages", 0)
