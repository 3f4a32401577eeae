"""The embedded frontier: one SQLite file that survives ``kill -9`` and a power cut.

A URL is pending until the transaction that stores its page; being fetched is no state, so a crash
means a second fetch and never a loss, and the guard on the state makes a second commit a no-op.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkcrawler.frontier import sqlite_queue_schema as queue_sql
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.limits import ENDLESS, Limits
from linkcrawler.frontier.records import (
    Committed,
    Counts,
    DomainRow,
    PageResult,
    RefusedRow,
    State,
    UrlRow,
)
from linkcrawler.frontier.sqlite_change import Change, uncollected
from linkcrawler.frontier.sqlite_leases import Leases
from linkcrawler.frontier.sqlite_outbox import Outbox
from linkcrawler.frontier.sqlite_queue import domain_row
from linkcrawler.frontier.sqlite_start import Start
from linkcrawler.frontier.steps import UnderWay, finished
from linkcrawler.policies.traps import TRAP_RULES
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from linkcrawler.frontier.steps import Steps


class SqliteFrontierStore(Start, Leases, Outbox):
    """A `FrontierStore` in the file ``path``; arguments and errors as of `Transactions`."""

    def __init__(self, path: Path, limits: Limits = ENDLESS, *, leads: bool = True) -> None:
        super().__init__(path, limits, leads=leads)
        if leads:
            try:
                self._apply_limits()
            except BaseException:
                self._db.close()
                raise

    # The crawl as a whole

    def counts(self) -> Counts:
        found = self.counters()
        return Counts(*(found.get(state.name.lower(), 0) for state in State))

    def counters(self) -> dict[str, int]:
        return dict(self._rows("SELECT name, n FROM counter"))

    def tally(self) -> dict[str, int]:
        return dict(self._rows("SELECT key, n FROM tally"))

    def trapped(self) -> dict[str, int]:
        found = self.counters()
        return {rule: n for rule in sorted(TRAP_RULES) if (n := found.get(f"excluded/{rule}", 0))}

    def domains(self) -> Iterator[DomainRow]:
        yield from map(domain_row, self._rows(queue_sql.DOMAINS))

    def pending(self, domain_id: int, limit: int, *, best_linked: bool = False) -> list[UrlRow]:
        statement = sql.BEST_LINKED if best_linked else sql.PENDING
        return [
            UrlRow(url_id, url, distance, depth, attempts, bool(is_seed), parent, sitemap)
            for url_id, url, distance, depth, attempts, is_seed, parent, sitemap in self._rows(
                statement, domain_id, limit
            )
        ]

    def refused(self) -> Iterator[RefusedRow]:
        with self._errors():
            for row in self._db.execute(sql.REFUSED, self.limits.parameters()):
                yield RefusedRow(*row)

    def tried(self, urls: Iterable[str]) -> set[str]:
        return {
            url
            for url in urls
            if self._rows(sql.IS_TRIED, registered_domain(host_of(url)), sql.url_key(url), url)
        }

    def positions(self) -> Iterator[tuple[str, int, int]]:
        with self._errors():
            yield from self._db.execute(sql.POSITIONS)

    # Committing pages

    def commit(
        self, results: Sequence[PageResult], *, worker: int = 0, now: float = 0.0,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> Committed:  # fmt: skip
        return finished(self._commit_steps(results, worker, now, leaving))

    def commit_in_steps(
        self, results: Sequence[PageResult], *, worker: int = 0, now: float = 0.0,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> Steps[Committed]:  # fmt: skip
        self._finish()
        work = UnderWay(self._commit_steps(results, worker, now, leaving))
        self._under_way = work
        while work.step():
            yield work.aside
        return work.result()

    def _commit_steps(
        self,
        results: Sequence[PageResult],
        worker: int,
        now: float,
        leaving: Sequence[tuple[int, float]],
    ) -> Steps[Committed]:
        with uncollected(), self._transaction() as db:
            change = Change()
            touched = yield from self._pages.commit(results, change)
            for domain_id in touched - change.nearer.keys():
                self._queue.place(domain_id)  # where its lease was taken back meanwhile
            self._queue.give_back(worker, leaving)
            if self.limits.max_pages:
                self._queue.release(worker, len(results))
            self._pages.pace(len(results), now)
            yield None
            self._apply(change, db)
            yield self._sync
        with self._errors():
            queue = self._queue.heads_at_once(worker)
            merits = self._queue.merits(touched | change.votes.keys() | change.hints.keys())
        return Committed(tuple(change.nearer.values()), change.gained, merits, queue)

    # What the crawl knows of the ranking

    def top(self, count: int) -> list[int]:
        return [row[0] for row in self._rows(queue_sql.TOP, count)]

    def links_between(self) -> list[tuple[int, int]]:
        with self._errors(), self._beside() as db:
            return db.execute(queue_sql.LINKS).fetchall()

    def ranks(self) -> dict[int, float]:
        with self._errors(), self._beside() as db:
            return dict(db.execute(queue_sql.RANKS).fetchall())

    def set_ranks(self, ranks: Mapping[int, float]) -> None:
        rows = [(rank, domain_id) for domain_id, rank in ranks.items()]
        with self._transaction(durable=False) as db:
            db.executemany(queue_sql.SET_RANK, rows)
            for domain_id in ranks:
                self._queue.place(domain_id)

    def resting(self) -> int:
        if not self.limits.rest_after:
            return 0
        return int(self._rows(queue_sql.RESTING, self.limits.rest_after)[0][0])
