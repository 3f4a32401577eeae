"""The queue of domains as workers see it: whole domains leased and given back (in SQLite).

Each method is one transaction; what it changes, a power cut may take back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.sqlite_transactions import Transactions
from linkcrawler.policies.backoff import GIVE_UP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.frontier.records import DomainRow, Queue, WorkerRow


class Leases(Transactions):
    """The part of a `FrontierStore` that says which domain is next, and who has it."""

    def begin(self, now: float, longest_wait: float) -> None:
        with self._transaction():
            self._queue.begin(now, longest_wait)

    def queue(self, worker: int, now: float) -> Queue:
        with self._transaction(durable=False):
            self._queue.wake(now)
            return self._queue.heads(worker)

    def share(self) -> int:
        with self._errors():
            return self._queue.share()

    def lease_domains(
        self, worker: int, now: float, *, proven: bool, most: int, before: int | None = None,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> tuple[list[DomainRow], Queue]:  # fmt: skip
        with self._transaction(durable=False):
            self._queue.give_back(worker, leaving)
            self._queue.wake(now)
            rows = self._queue.take(worker, proven, most, before)
            return rows, self._queue.heads(worker)

    def explore(self, worker: int, most: int) -> list[DomainRow]:
        with self._transaction(durable=False):
            return self._queue.explore(worker, most)

    def give_back(self, worker: int, leaving: Sequence[tuple[int, float]], pages: int = 0) -> Queue:
        with self._transaction(durable=False):
            self._queue.give_back(worker, leaving)
            self._queue.release(worker, pages)
            return self._queue.heads(worker)

    def hosts_given_up(self) -> int:
        return int(self._rows("SELECT count(*) FROM host WHERE strikes >= ?", GIVE_UP)[0][0])

    def bar(self, url_ids: Sequence[int]) -> None:
        with self._transaction(durable=False) as db:
            db.executemany(sql.BAR, [(url_id,) for url_id in url_ids])

    def enrol(self, worker: int, pid: int, now: float) -> None:
        with self._transaction(durable=False):
            self._queue.enrol(worker, pid, now)

    def see(self, worker: int, in_flight: int, now: float) -> None:
        with self._transaction(durable=False):
            self._queue.see(worker, in_flight, now)

    def dismiss(self, worker: int, next_at: float) -> None:
        with self._transaction(durable=False):
            self._queue.dismiss(worker, next_at)

    def workers(self) -> list[WorkerRow]:
        with self._errors():
            return self._queue.workers()

    def reserve(self, worker: int, wanted: int) -> int:
        with self._transaction(durable=False):
            return self._queue.reserve(worker, wanted)
