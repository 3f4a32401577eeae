"""The domains that one worker has leased, and which of them is next.

It is a cut of the queue on disk: always its first domains, so that memory is bounded by the work at
hand and not by what is known. Domains that have answered before and those that never have wait
apart: where answers come, first contacts take only a share of the requests in flight, so that
thousands of dead names do not hold up the living.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.agenda import Agenda
from linkcrawler.frontier.domain import Domain
from linkcrawler.frontier.fitting import Fitting
from linkcrawler.frontier.records import Queue
from linkcrawler.policies.order import distance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.records import DomainRow
    from linkcrawler.frontier.store import FrontierStore
    from linkcrawler.policies.turns import Turns

MOST_DOMAINS: Final = 4096
"""Domains leased at the most; the last ones go back when more come."""
BATCH: Final = 256
"""Domains leased at a time."""
SHARED_BATCH: Final = 16
"""The same where other workers want some too."""
DRAWN: Final = 16
"""Domains drawn at random at a time."""
FIRST_CONTACTS: Final = 0.15
"""Share of the requests in flight that domains without an answer so far may always have, at least one."""
AHEAD: Final = 3
"""Pages of a domain that may be read and committed while more of it are in flight: each URL handed out
before that is chosen without what they say."""
LONG_WAIT_SECS: Final = 30.0
"""A domain that must wait longer than this goes back to the queue on disk."""


class Window:
    """Leases domains from the store and says whose turn it is.

    Args:
        store: where the queue is.
        limits: what bounds the crawl.
        turns: the politeness of the crawl.
        worker: this worker's number, from 1.
        is_shared: whether there are other workers.
    """

    def __init__(
        self, store: FrontierStore, limits: Limits, turns: Turns, worker: int, *, is_shared: bool
    ) -> None:
        self.store = store
        self.limits = limits
        self.turns = turns
        self.worker = worker
        self.is_shared = is_shared
        self.domains: dict[int, Domain] = {}
        self.agendas = (Agenda(), Agenda())
        """Domains that never answered, and those that have."""
        self.queue = Queue()
        self.share = sys.maxsize
        """Domains that it may hold, where others want some too."""
        self.in_flight = 0
        self._first_contacts: set[int] = set()
        self._leaving: dict[int, float] = {}
        self._drawn: list[int] = []
        """Domains drawn at random, to be asked whatever is known of them."""
        self._undrawn = 0
        """Requests since the last such one."""
        self.fitting = Fitting(limits, self.domains, self.agendas)

    # Whose turn it is

    def next(self, now: float, wall: float, *, may_lease: bool = True) -> Domain | None:
        """Take out and return the domain to ask now, or None where all must wait.

        Args:
            now: of the clock of the turns.
            wall: the same moment, in seconds since the epoch.
            may_lease: whether more domains may be leased where those of the queue come first.
        """
        if self.queue.due_at is not None and self.queue.due_at <= wall:
            self.refresh(wall)
        heads = [self._head(kind, now, wall, may_lease=may_lease) for kind in (0, 1)]
        kinds = [kind for kind in (1, 0) if heads[kind] is not None]
        if not kinds:
            return None
        kind = min(kinds, key=lambda kind: heads[kind] or 0)
        found = self.agendas[kind].pop(now)
        return None if found is None else self.domains[found]

    def _head(self, kind: int, now: float, wall: float, *, may_lease: bool) -> int | None:
        """Return the place of the first domain of a kind, leased now where it was not."""
        agenda = self.agendas[kind]
        head = agenda.peek(now)
        if kind == 0 and not self._may_contact():
            return None
        waiting = self.queue.best[kind]
        if (
            may_lease
            and waiting is not None
            and (head is None or waiting < head)
            and len(self.domains) < self.share
        ):
            self._lease_more(kind, head, now, wall)
            head = agenda.peek(now)
        return head

    def _may_contact(self) -> bool:
        """Return whether one more request may go to a domain that has not answered so far."""
        total = self.limits.concurrency
        answering = len(self.agendas[1]) + self.in_flight - len(self._first_contacts)
        share = max(1, int(total * FIRST_CONTACTS), total - answering)
        return len(self._first_contacts) < share

    def _lease_more(self, kind: int, before: int | None, now: float, wall: float) -> None:
        if len(self.domains) + BATCH > MOST_DOMAINS:
            self._send_last_away(now, wall)
        rows, self.queue = self.store.lease_domains(
            self.worker, wall, proven=bool(kind), before=before, leaving=self.take_leaving(),
            most=min(SHARED_BATCH, self.share - len(self.domains)) if self.is_shared else BATCH,
        )  # fmt: skip
        for row in rows:
            self._enter(row)

    def explore(self) -> Domain | None:
        """Lease a domain that was never asked, drawn at random; None where it is not its turn.

        The order of the crawl goes where it knows most. What it would miss can be told only from
        domains that are chosen whatever is known of them.
        """
        every = self.limits.order.explores
        if not (self.limits.order.is_by_worth and every):
            return None
        # Where no first contact may be made now, the next one that may is made here.
        if self._undrawn + 1 < every or not self._may_contact():
            return None
        self._undrawn = 0
        if not self._drawn:
            self._draw()
        while self._drawn:
            found = self._drawn.pop()
            if found in self.agendas[False] and not self.domains[found].pages:
                self.agendas[False].discard(found)
                return self.domains[found]
        return None

    def _draw(self) -> None:
        """Lease some domains that were never asked, drawn at random."""
        most = min(DRAWN, self.share - len(self.domains))
        for row in self.store.explore(self.worker, most) if most > 0 else ():
            self._enter(row)
            self._drawn.append(row.id)

    def _enter(self, row: DomainRow) -> None:
        domain = Domain(
            row.id, row.name, row.hops, row.pages, row.is_proven,
            next_distance=0 if self.limits.order.is_by_worth else distance_of(row.place or 0),
            troubles={trouble.host: trouble for trouble in row.troubles},
            merit=row.merit, limits=self.limits,
        )  # fmt: skip
        self.domains[row.id] = domain
        self.fitting.know(domain, row.merit)
        self.agendas[domain.is_proven].offer(
            domain.id, order=domain.order, ready_at=self.turns.next_at(domain.name)
        )

    def _send_last_away(self, now: float, wall: float) -> None:
        """Give back a quarter of the domains: the last ones that have nothing in flight."""
        idle = [
            self.domains[found]
            for agenda in self.agendas
            for found in agenda.last(MOST_DOMAINS)
            if not self.domains[found].leased
        ]
        idle.sort(key=lambda domain: domain.order, reverse=True)
        for domain in idle[: MOST_DOMAINS // 4]:
            self.leave(domain, now, wall)

    # Coming and going

    def offer(
        self, domain: Domain, now: float, wall: float, *, may_take: bool, not_before: float = 0.0
    ) -> None:
        """Let ``domain`` wait for its turn where it has room for a request, or leave where it is done.

        Args:
            domain: one of the window's.
            now: of the clock of the turns.
            wall: the same moment, in seconds since the epoch.
            may_take: whether its limits allow a request more.
            not_before: when its turn may come at the earliest, of the clock of the turns.
        """
        if domain.id not in self.domains:
            return
        ready_at = self.turns.next_at(domain.name)
        is_done = not (may_take and domain.may_have_more)
        is_other_s = ready_at - now > LONG_WAIT_SECS or len(self.domains) > self.share
        if not domain.leased and (is_done or is_other_s):
            self.leave(domain, now, wall)
        elif not is_done and self._has_room(domain):
            ready_at = max(ready_at, not_before)
            self.agendas[domain.is_proven].offer(domain.id, order=domain.order, ready_at=ready_at)

    def _has_room(self, domain: Domain) -> bool:
        """Return whether the domain may have a request more: one at a time while a host is in trouble."""
        room = 1 if domain.troubles else self.limits.domain_window
        is_known = len(domain.leased) < self.limits.domain_window + AHEAD
        return is_known and len(domain.in_flight) < room

    def leave(self, domain: Domain, now: float, wall: float) -> None:
        """Give ``domain`` back with the next transaction."""
        del self.domains[domain.id]
        self.fitting.forget(domain)
        for agenda in self.agendas:
            agenda.discard(domain.id)
        wait = self.turns.next_at(domain.name) - now
        self._leaving[domain.id] = wall + wait if wait > 0 else 0.0

    def leave_all(self, now: float, wall: float) -> None:
        """Give every domain back that has nothing in flight, with the next transaction."""
        for domain in list(self.domains.values()):
            if not domain.leased:
                self.leave(domain, now, wall)

    def take_leaving(self) -> Sequence[tuple[int, float]]:
        """Return what is to be given back, as the store takes it, once."""
        leaving = list(self._leaving.items())
        self._leaving.clear()
        return leaving

    def give_back(self, pages: int = 0) -> bool:
        """Give back what has left, and ``pages`` of the budget; return whether there was anything."""
        leaving = self.take_leaving()
        if leaving or pages:
            self.queue = self.store.give_back(self.worker, leaving, pages)
        return bool(leaving or pages)

    def refresh(self, wall: float) -> None:
        """Look at the queue anew."""
        self.queue = self.store.queue(self.worker, wall)

    def share_out(self, now: float, wall: float) -> None:
        """Give back what is more than this worker's share, as far as nothing of it is in flight."""
        self.share = self.store.share()
        idle = [domain for domain in self.domains.values() if not domain.leased]
        for domain in idle[: max(0, len(self.domains) - self.share)]:
            self.leave(domain, now, wall)

    # What is in flight

    def sent(self, domain: Domain, url_id: int) -> None:
        """Note that a URL of ``domain`` was handed out."""
        domain.leased.add(url_id)
        domain.in_flight.add(url_id)
        self.in_flight += 1
        self._undrawn += 1
        self.fitting.count(domain)
        if not domain.is_proven:
            self._first_contacts.add(url_id)

    def arrived(self, domain: Domain, url_id: int) -> bool:
        """Note that an answer has come or was given up; return whether it was waited for."""
        if url_id not in domain.in_flight:
            return False
        domain.in_flight.discard(url_id)
        self._first_contacts.discard(url_id)
        self.in_flight -= 1
        return True

    def prove(self, domain: Domain) -> None:
        """Note that a server of ``domain`` has answered."""
        if not domain.is_proven:
            self.agendas[False].discard(domain.id)
            domain.is_proven = True

    def has_work(self) -> bool:
        """Return whether a domain waits, here or in the queue."""
        return bool(
            len(self.agendas[0]) or len(self.agendas[1]) or self._leaving or not self.queue.is_empty
        )

    def next_time(self, now: float, wall: float) -> float | None:
        """Return when the next domain may be asked, of the clock of the turns; None for unknown."""
        times = [agenda.next_time() for agenda in self.agendas]
        if self.queue.due_at is not None:
            times.append(now + self.queue.due_at - wall)
        return min((time for time in times if time is not None), default=None)
