"""The embedded frontier: one SQLite file that survives ``kill -9`` and a power cut.

A URL is pending until the transaction that stores its page; being fetched is no state, so a crash
means a second fetch and never a loss, and the guard on the state makes a second commit a no-op.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.exceptions import CorruptPartError, StorageError
from linkcrawler.frontier import sqlite_queue_schema as queue_sql
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier import sqlite_trap_schema as trap_sql
from linkcrawler.frontier.limits import ENDLESS, Limits
from linkcrawler.frontier.records import (
    Committed,
    Counts,
    Discovery,
    DomainRow,
    OutboxRow,
    PageResult,
    PartRow,
    Queue,
    RefusedRow,
    State,
    UrlRow,
    WorkerRow,
)
from linkcrawler.frontier.sqlite_change import Change, Source, uncollected
from linkcrawler.frontier.sqlite_file import open_frontier, refusal
from linkcrawler.frontier.sqlite_pages import Pages
from linkcrawler.frontier.sqlite_places import Places
from linkcrawler.frontier.sqlite_queue import DomainQueue, domain_row
from linkcrawler.policies.backoff import GIVE_UP
from linkcrawler.policies.traps import TRAP_RULES
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


def _what_to_do(error: sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return "another program holds the file; end it, then run the same command again"
    return "free space or repair the disk, then run the same command again"


SOME: Final = 1000
"""Seeds that are written together."""


class SqliteFrontierStore:
    """A `FrontierStore` in the file ``path``.

    Args:
        path: the file; the leader creates it where it does not exist.
        limits: what bounds the crawl.
        leads: whether to set up the file; False for further workers on a file that is set up.

    Raises:
        SchemaVersionError: the file is of a later version, or no frontier.
        StorageError: the disk refused.
    """

    def __init__(self, path: Path, limits: Limits = ENDLESS, *, leads: bool = True) -> None:
        self.path = path
        self.limits = limits
        with self._errors():
            self._db = open_frontier(path, leads=leads)
        self._places = Places(self._db, limits)
        self._queue = DomainQueue(self._db, limits)
        self._pages = Pages(self._db, self._places, self._queue)
        self._is_closed = False
        if leads:
            try:
                self._apply_limits()
            except BaseException:
                self._db.close()
                raise

    def _apply_limits(self) -> None:
        """Sort what may be handed out from what the limits keep out, where they have changed."""
        asked = self.limits.parameters()
        known = json.loads(self.get_meta("limits") or "{}")
        if known != asked:
            ways = any(known.get(name) != asked[name] for name in ("depth", "distance"))
            with self._change() as change:
                self._apply_traps(known.get("traps"), asked["traps"], change)
                if known.get("order") != asked["order"]:
                    self._queue.lead_all()
                self._queue.place_all(ways=ways)
                self._db.execute(
                    "INSERT OR REPLACE INTO meta VALUES ('limits', ?)", (json.dumps(asked),)
                )

    def _apply_traps(self, before: int | None, now: int, change: Change) -> None:
        """Let in what was held, where the rules on traps are off now or their shares larger."""
        if before and not now:
            for rule in TRAP_RULES:
                freed = self._db.execute(trap_sql.FREE_ALL, (rule,)).rowcount
                change.counted.update(
                    {"pending": freed, "excluded": -freed, f"excluded/{rule}": -freed}
                )
        elif before and now != before:
            self._pages.traps.accounts.scale(before, change)

    def close(self) -> None:
        """Close the file.

        Raises:
            StorageError: the disk refused to take the log over; nothing is lost, it is kept.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            with self._errors():
                # SQLite keeps the errors of the checkpoint that closing makes to itself.
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            self._db.close()

    # Transactions and errors

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into a `StorageError` that names the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                raise refusal(self.path, "no frontier") from None
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT:
                raise CorruptPartError(
                    f"{self.path} is damaged ({error}); restore it from a copy, or crawl into another folder"
                ) from error
            raise StorageError(f"cannot use {self.path}: {error}; {_what_to_do(error)}") from error

    @contextmanager
    def _transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Open a transaction; one that is not durable may be taken back by a power cut."""
        with self._errors():
            if not durable:
                self._db.execute("PRAGMA synchronous = NORMAL")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._places.forget()
                self._pages.traps.forget()
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                if not durable:
                    self._db.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def _change(self) -> Iterator[Change]:
        """Open a transaction whose `Change` is applied at its end."""
        change = Change()
        with self._transaction() as db:
            yield change
            self._queue.apply(change)
            db.executemany(sql.ADD_COUNTER, change.counted.items())
            db.executemany(sql.ADD_TALLY, change.tallied.items())

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._db.execute(statement, values).fetchall()

    # The crawl as a whole

    def get_meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

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

    # URLs and domains

    def add_seeds(self, seeds: Iterable[Discovery]) -> int:
        with self._change() as change:
            found = iter(seeds)
            while some := list(islice(found, SOME)):
                fresh = self._places.arrive(some, Source(), change)
                for one in fresh:
                    one.admit(change)
                    if one.is_again and one.found.rule is None:  # somebody asks for it
                        self._pages.traps.accounts.free(one, TRAP_RULES, change)
                self._places.write(fresh, None, change)
                for seed in some:
                    self._places.follow_moves(seed, Source(), change)
        return change.counted["pending"] + change.counted["excluded"]

    def reconsider(self, verdict: Callable[[str], str | None]) -> None:
        with self._change() as change:
            last = 0
            kept = TRAP_RULES if self.limits.traps else ()
            while rows := self._rows(sql.UNDECIDED, last):
                last = rows[-1][0]
                judged = [
                    (url_id, rule, verdict(url) or (rule if rule in kept else None))
                    for url_id, url, rule in rows
                ]
                self._db.executemany(
                    sql.SET_RULE,
                    [(State.EXCLUDED if new else State.PENDING, new, url_id)
                     for url_id, old, new in judged if new != old],
                )  # fmt: skip
                for _, old, new in judged:
                    if old in kept and new != old:
                        change.counted[f"excluded/{old}"] -= 1
                out = sum(bool(new) - bool(old) for _, old, new in judged)
                change.counted.update(excluded=out, pending=-out)
            self._queue.place_all()

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

    # The queue of domains

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

    # Committing pages

    def commit(
        self, results: Sequence[PageResult], *, worker: int = 0, now: float = 0.0,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> Committed:  # fmt: skip
        with uncollected(), self._change() as change:
            touched = self._pages.commit(results, change)
            for domain_id in touched - change.nearer.keys():
                self._queue.place(domain_id)  # where its lease was taken back meanwhile
            self._queue.give_back(worker, leaving)
            if self.limits.max_pages:
                self._queue.release(worker, len(results))
            self._pages.pace(len(results), now)
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

    # The dataset's side: outbox and parts

    def outbox_size(self) -> tuple[int, int]:
        row = self._rows("SELECT count(*), coalesce(sum(n_links), 0) FROM outbox")[0]
        return int(row[0]), int(row[1])

    def outbox(self, limit: int) -> list[OutboxRow]:
        found: list[OutboxRow] = []
        total = 0
        # A connection of its own sees only what is committed, on whatever thread this runs.
        with self._errors(), self._beside() as db:
            for row in db.execute("SELECT id, rows, n_links FROM outbox ORDER BY id"):
                found.append(OutboxRow(*row))
                total += row[2]
                if total >= limit:
                    break
        return found

    @contextmanager
    def _beside(self) -> Iterator[sqlite3.Connection]:
        """Open the file once more; it must be there: a new one would look empty."""
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            yield db

    def parts(self) -> list[PartRow]:
        rows = self._rows("SELECT kind, path, rows, bytes, sha256 FROM part ORDER BY path")
        return [PartRow(*row) for row in rows]

    def replace_parts(
        self, added: Sequence[PartRow], removed: Sequence[str], sealed_to: int | None = None
    ) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM part WHERE path = ?", [(path,) for path in removed])
            db.executemany(
                sql.ADD_PART, [(p.path, p.table, p.rows, p.bytes, p.sha256) for p in added]
            )
            if sealed_to is not None:
                db.execute("DELETE FROM outbox WHERE id <= ?", (sealed_to,))
