"""Which domains nobody has, and who has the others (in SQLite): leasing whole domains to workers.

What is written here is no loss when a power cut takes it back: a start takes all leases back
anyway. So these transactions do not wait for the disk, unlike those that commit pages.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.frontier import sqlite_queue_schema as queue_sql
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.limits import NO_LIMIT
from linkcrawler.frontier.records import DomainRow, HostTrouble, Queue, WorkerRow
from linkcrawler.policies.merit import Merit
from linkcrawler.policies.pages import hint_of, lead

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.sqlite_change import Change

ANYWHERE: Final = 2**63 - 1
"""A place behind every domain's."""


def domain_row(row: tuple[Any, ...]) -> DomainRow:
    """Return a row of `queue_sql.TAKE` or `queue_sql.DOMAINS` by names."""
    domain_id, name, hops, pages, next_at, is_proven, place, *merit = row
    return DomainRow(
        domain_id, name, hops, pages, next_at, bool(is_proven), place, Merit(*merit)
    )  # fmt: skip


class DomainQueue:
    """The queue's side of the tables; the store opens the transactions.

    Args:
        db: the store's connection.
        limits: what bounds the crawl.
    """

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self._db = db
        self.limits = limits
        self._parameters: dict[str, Any] = limits.parameters()
        db.create_function("place_of", -1, self._place_of, deterministic=True)
        db.create_function("lead_of", 4, self._lead_of, deterministic=True)

    def _place_of(self, distance: int, *merit: Any) -> int:
        """Return a domain's place, for statements."""
        return self.limits.place(distance, Merit(*merit))

    def _lead_of(self, url: str, distance: int, depth: int, is_seed: int) -> int:
        """Return a page's place in its domain, as far as its row tells it, for statements."""
        if not self.limits.order.is_by_worth:
            return distance
        enters = bool(is_seed) or depth == 0
        return lead(enters=enters, is_led_out=False, hint=hint_of(url), depth=depth)

    # Places

    def begin(self, now: float, longest_wait: float) -> None:
        """Take back what workers of an earlier run held, and let tried again what may be.

        Args:
            now: seconds since the epoch.
            longest_wait: a clock set back must not stop a domain for longer than this.
        """
        known = "SELECT id FROM domain WHERE worker > 0 UNION SELECT domain FROM host WHERE retry_at > 0 AND retry_at <= ?"
        doubtful = [row[0] for row in self._db.execute(known, (now,))]
        self._db.execute("UPDATE domain SET worker = 0 WHERE worker > 0")
        self._db.execute("DELETE FROM worker")
        self._db.execute(queue_sql.CLAMP_TIMES, {"latest": now + longest_wait})
        self._db.execute(sql.UNBAR, self._parameters | {"now": now})
        for domain_id in doubtful:
            self.place(domain_id)

    def relieve(self, host: str, domain_id: int, change: Change) -> None:
        """Forget the trouble of ``host``; where it had been given up, its URLs come back.

        It may answer after it was given up, where several requests were in flight.
        """
        if self._one(sql.GIVEN_UP, host):
            self._db.execute(sql.UNBAR_DOMAIN, self._parameters | {"id": domain_id})
            nearest = self._one(sql.NEAREST, domain_id)
            if nearest is not None:
                change.gain(domain_id, nearest)
        self._db.execute(sql.DROP_TROUBLE, (host,))

    def lead_all(self) -> None:
        """Order the pages of every domain anew: the order of the crawl is another one."""
        self._db.execute(sql.LEAD_ALL)

    def place_all(self, *, ways: bool = True) -> None:
        """Place every domain anew: the limits or the rules have changed.

        Args:
            ways: whether URLs may have come within the limits of depth and distance, or fallen out
                of them, which takes a look at each URL.
        """
        if ways:
            self._db.execute(sql.BAR_BY_LIMITS, self._parameters)
        self._db.execute(queue_sql.PLACE_ALL, self._parameters)

    def place(self, domain_id: int) -> None:
        """Find the domain's place anew, where nobody has leased it."""
        self._db.execute(queue_sql.PLACE_ONE, self._parameters | {"id": domain_id})

    def apply(self, change: Change) -> None:
        """Place the domains that came nearer, gained URLs or have more that speaks for them."""
        spoken_for = self._speak(change)
        for domain_id in change.nearer.keys() - change.added:
            self.place(domain_id)
        up = self._parameters
        gained = [
            up | {"id": domain_id, "distance": distance}
            for domain_id, distance in change.gained.items()
            if domain_id in change.added or domain_id not in change.nearer
        ]
        self._db.executemany(queue_sql.MOVE_UP, gained)
        if self.limits.order.is_by_worth or self.limits.co_links or self.limits.earned:
            for domain_id in spoken_for - change.gained.keys() - change.nearer.keys():
                self.place(domain_id)

    def _speak(self, change: Change) -> set[int]:
        """Write what speaks for domains now; return those that are known better than before."""
        new = [
            (number, votes, domain_id)
            for domain_id, (number, votes) in change.votes.items()
            if domain_id in change.added
        ]
        # Nobody has spoken for these before: thousands on one page are told in one statement.
        self._db.executemany(queue_sql.VOTE_FIRST, new)
        change.counted["referred"] += len(new)
        change.counted["referred_once"] += sum(number == 1 for number, _, _ in new)
        for domain_id in change.votes.keys() - change.added:
            number, votes = change.votes[domain_id]
            found = (number, votes, domain_id)
            (referrers,) = self._db.execute(queue_sql.VOTE, found).fetchone()
            change.counted["referred"] += referrers == number
            change.counted["referred_once"] += (referrers == 1) - (referrers - number == 1)
        hints = [(total, number, domain_id) for domain_id, (total, number) in change.hints.items()]
        self._db.executemany(queue_sql.HINT, hints)
        return change.votes.keys() | change.hints.keys()

    def merits(self, domain_ids: Iterable[int]) -> dict[int, Merit]:
        """Return what speaks for domains."""
        rows = self._db.execute(queue_sql.MERITS, (json.dumps(list(domain_ids)),))
        return {domain_id: Merit(*merit) for domain_id, *merit in rows}

    # Leases

    def wake(self, now: float) -> None:
        """Let the domains whose wait is over be asked."""
        self._db.execute(queue_sql.WAKE, (now,))

    def take(self, worker: int, proven: bool, most: int, before: int | None) -> list[DomainRow]:
        """Lease up to ``most`` domains whose place is before ``before`` to ``worker``."""
        rows = self._db.execute(
            queue_sql.TAKE, (int(proven), ANYWHERE if before is None else before, most)
        ).fetchall()
        return self._lease(worker, rows)

    def explore(self, worker: int, most: int) -> list[DomainRow]:
        """Lease up to ``most`` domains drawn at random among those never asked."""
        return self._lease(worker, self._db.execute(queue_sql.TAKE_UNTRIED, (most,)).fetchall())

    def _lease(self, worker: int, rows: list[tuple[Any, ...]]) -> list[DomainRow]:
        self._db.executemany(queue_sql.LEASE, [(worker, row[0]) for row in rows])
        found = {row[0]: domain_row(row) for row in rows}
        for domain_id, *trouble in self._db.execute(sql.TROUBLES, (json.dumps(list(found)),)):
            found[domain_id].troubles += (HostTrouble(*trouble),)
        return list(found.values())

    def give_back(self, worker: int, leaving: Iterable[tuple[int, float]]) -> None:
        """Take back what ``worker`` does not need: pairs of domain id and earliest next request."""
        for domain_id, next_at in leaving:
            self._db.execute(queue_sql.GIVE_BACK, (next_at, domain_id, worker))
            self.place(domain_id)

    def heads(self, worker: int) -> Queue:
        """Return the queue in short, as ``worker`` sees it."""
        best = [self._one(queue_sql.BEST, proven) for proven in (0, 1)]
        return Queue(
            (best[0], best[1]),
            self._one(queue_sql.DUE_AT),
            is_shared=any(
                self._one(statement, worker) is not None for statement in queue_sql.OTHERS
            ),
        )

    def heads_at_once(self, worker: int) -> Queue:
        """Return the same outside a transaction, all of one moment."""
        self._db.execute("BEGIN")
        try:
            return self.heads(worker)
        finally:
            self._db.execute("COMMIT")

    def share(self) -> int:
        """Return how many domains each worker may hold, so that all have some."""
        domains, workers = map(int, self._db.execute(queue_sql.SHARES).fetchone())
        return max(1, math.ceil(domains / max(1, workers)))

    def _one(self, statement: str, *values: Any) -> Any:
        row = self._db.execute(statement, values).fetchone()
        return None if row is None else row[0]

    # Workers

    def enrol(self, worker: int, pid: int, now: float) -> None:
        """Note that ``worker`` fetches."""
        self._db.execute(sql.ADD_WORKER, (worker, pid, now, now))

    def see(self, worker: int, in_flight: int, now: float) -> None:
        """Note that ``worker`` lives."""
        self._db.execute(sql.SEE_WORKER, (now, in_flight, worker))

    def dismiss(self, worker: int, next_at: float) -> None:
        """Take back what ``worker``, which has ended, had; nobody asks there before ``next_at``."""
        leased = [row[0] for row in self._db.execute(queue_sql.LEASED_BY, (worker,))]
        self._db.execute(queue_sql.GIVE_ALL_BACK, {"worker": worker, "next_at": next_at})
        self._db.execute("DELETE FROM worker WHERE id = ?", (worker,))
        for domain_id in leased:
            self.place(domain_id)

    def workers(self) -> list[WorkerRow]:
        """Return who fetches."""
        return [WorkerRow(*row) for row in self._db.execute(sql.WORKERS)]

    # The budget of pages, which workers share

    def reserve(self, worker: int, wanted: int) -> int:
        """Let ``worker`` hand out up to ``wanted`` pages more; return how many it may."""
        used = self._one("SELECT n FROM counter WHERE name = 'pages'") or 0
        held = self._one("SELECT sum(reserved) FROM worker") or 0
        granted = max(0, min(wanted, (self.limits.max_pages or NO_LIMIT) - used - held))
        self.release(worker, -granted)
        return granted

    def release(self, worker: int, pages: int) -> None:
        """Give back ``pages`` that ``worker`` had reserved."""
        self._db.execute(
            "UPDATE worker SET reserved = max(0, reserved - ?) WHERE id = ?", (pages, worker)
        )
