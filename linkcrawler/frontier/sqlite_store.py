"""The embedded frontier: one SQLite file that survives ``kill -9`` and a power cut.

A URL is pending until the transaction that stores its page; being fetched is no state, so a crash
means a second fetch and never a loss, and the guard on the state makes a second commit a no-op.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.exceptions import SchemaVersionError, StorageError
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import (
    Counts,
    Discovery,
    DomainRow,
    OutboxRow,
    PageResult,
    PartRow,
    RefusedRow,
    State,
    UrlRow,
)
from linkcrawler.frontier.sqlite_places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

NO_LIMIT: Final = 2**31 - 1
TALLIED: Final = frozenset({"http_error", "robots", "excluded", "failed"})
"""Outcomes whose reasons are counted: those are few words, media types are not."""


class SqliteFrontierStore:
    """A `FrontierStore` in the file ``path``.

    Args:
        path: the file; it is created where it does not exist.
        track_depth: keep the links inside sites, so that depths stay minimal when a shorter way
            appears; needed where a depth limit is set.

    Raises:
        SchemaVersionError: the file is another version's, or no frontier.
        StorageError: the disk refused.
    """

    def __init__(self, path: Path, *, track_depth: bool = False) -> None:
        self.path = path
        with self._errors():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._places = Places(self._db, track_depth=track_depth)
            try:
                self._open_schema()  # first: a file that is not ours stays as it is
                for pragma in sql.PRAGMAS:
                    self._db.execute(pragma)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # Transactions and errors

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into a `StorageError` that names the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                raise self._refusal("no frontier") from None
            message = f"cannot use {self.path}: {error}; free space or repair the disk, then run the same command again"
            raise StorageError(message) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._places.forget()
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._db.execute(statement, values).fetchall()

    def _open_schema(self) -> None:
        marks = [self._db.execute(f"PRAGMA {name}").fetchone()[0]
                 for name in ("application_id", "user_version")]  # fmt: skip
        if marks == [0, 0] and not self._rows("SELECT 1 FROM sqlite_master"):
            self._db.executescript(
                f"BEGIN IMMEDIATE; {sql.CREATE} PRAGMA application_id = {sql.APPLICATION_ID};"
                f"PRAGMA user_version = {sql.SCHEMA_VERSION}; COMMIT;"
            )
        elif marks != [sql.APPLICATION_ID, sql.SCHEMA_VERSION]:
            found = f"version {marks[1]}" if marks[0] == sql.APPLICATION_ID else "no frontier"
            raise self._refusal(found)

    def _refusal(self, found: str) -> SchemaVersionError:
        return SchemaVersionError(
            f"{self.path} is {found}, this linkcrawler uses version {sql.SCHEMA_VERSION}; "
            "crawl into another folder, or use the linkcrawler that wrote it"
        )

    # The crawl as a whole

    def get_meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def counts(self) -> Counts:
        found = dict(self._rows("SELECT state, count(*) FROM url GROUP BY state"))
        return Counts(*(found.get(state, 0) for state in State))

    def tally(self) -> dict[str, int]:
        return dict(self._rows("SELECT key, n FROM tally"))

    # URLs and domains

    def add_seeds(self, seeds: Iterable[Discovery]) -> int:
        added = 0
        with self._transaction() as db:
            for seed in seeds:
                domain_id = self._places.reach_domain(seed.domain, 0, {})
                added += db.execute(sql.IS_KNOWN, (seed.url,)).fetchone() is None
                self._places.add_url(seed, domain_id, (0, 0), None)
                self._places.follow_moves(seed.url, {})
        return added

    def reconsider(self, verdict: Callable[[str], str | None]) -> None:
        with self._transaction() as db:
            last = 0
            while rows := db.execute(sql.UNDECIDED, (last,)).fetchall():
                last = rows[-1][0]
                judged = [(url_id, rule, verdict(url)) for url_id, url, rule in rows]
                db.executemany(
                    sql.SET_RULE,
                    [(State.EXCLUDED if new else State.PENDING, new, url_id)
                     for url_id, old, new in judged if new != old],
                )  # fmt: skip

    def domains(self) -> Iterator[DomainRow]:
        for row in self._rows("SELECT id, name, hops, pages, next_at FROM domain"):
            yield DomainRow(*row)

    def heads(self) -> Iterator[tuple[int, int]]:
        yield from self._rows(sql.HEADS)

    def pending(
        self, domain_id: int, limit: int, max_depth: int, max_distance: int
    ) -> list[UrlRow]:
        rows = self._rows(
            sql.PENDING, domain_id, max_depth or NO_LIMIT, max_distance or NO_LIMIT, limit
        )
        return [
            UrlRow(url_id, url, distance, depth, attempts, bool(is_seed), parent)
            for url_id, url, distance, depth, attempts, is_seed, parent in rows
        ]

    def refused(
        self, max_hops: int | None, max_depth: int, max_distance: int
    ) -> Iterator[RefusedRow]:
        limits = {
            "hops": NO_LIMIT if max_hops is None else max_hops,
            "depth": max_depth or NO_LIMIT,
            "distance": max_distance or NO_LIMIT,
        }
        with self._errors():
            for row in self._db.execute(sql.REFUSED, limits):
                yield RefusedRow(*row)

    def positions(self) -> Iterator[tuple[str, int, int]]:
        with self._errors():
            yield from self._db.execute(sql.POSITIONS)

    # Committing pages

    def commit(self, results: Sequence[PageResult]) -> list[DomainRow]:
        nearer: dict[int, DomainRow] = {}
        with self._transaction() as db:
            tally: Counter[str] = Counter()
            for result in results:
                self._commit_page(result, nearer, tally)
            db.executemany(sql.ADD_TALLY, tally.items())
        return list(nearer.values())

    def _commit_page(
        self, result: PageResult, nearer: dict[int, DomainRow], tally: Counter[str]
    ) -> None:
        state, distance, depth, domain_id, hops, is_seed = self._db.execute(
            sql.GET_URL, (result.url_id,)
        ).fetchone()
        if state != State.PENDING:
            return
        is_retry = result.state == State.PENDING
        self._db.execute(sql.SET_STATE, (result.state, int(is_retry), result.url_id))
        self._db.execute(sql.TOUCH_DOMAIN, (int(result.counts_as_page), result.next_at, domain_id))
        if is_retry:
            tally["retry"] += 1
            return
        tally[result.outcome] += 1
        if result.reason and result.outcome in TALLIED:
            tally[f"{result.outcome}/{result.reason}"] += 1
        tally["links"] += result.n_links
        if result.rows:
            self._db.execute(sql.ADD_OUTBOX, (result.n_links, result.rows))
        for found in result.discoveries:
            way = (
                replace(found, hop_cost=0, is_seed=True) if is_seed and found.is_redirect else found
            )
            target = self._places.reach(way, domain_id, hops, nearer)
            place = (distance + way.cost, 0 if way.enters else depth + way.cost)
            self._places.add_url(way, target, place, result.url_id)
            if way.is_redirect:
                self._db.execute(sql.SET_MOVED, (way.url, result.url_id))
                self._places.follow_moves(way.url, nearer)

    # The dataset's side: outbox and parts

    def outbox_size(self) -> tuple[int, int]:
        row = self._rows("SELECT count(*), coalesce(sum(n_links), 0) FROM outbox")[0]
        return int(row[0]), int(row[1])

    def outbox(self, limit: int) -> list[OutboxRow]:
        found: list[OutboxRow] = []
        total = 0
        with self._errors():
            for row in self._db.execute("SELECT id, rows, n_links FROM outbox ORDER BY id"):
                found.append(OutboxRow(*row))
                total += row[2]
                if total >= limit:
                    break
        return found

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
