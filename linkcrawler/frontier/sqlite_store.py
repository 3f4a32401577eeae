"""The embedded frontier: one SQLite file that survives ``kill -9`` and a power cut.

A URL is pending until the transaction that stores its page; being fetched is no state, so a crash
means a second fetch and never a loss, and the guard on the state makes a second commit a no-op.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, deque
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

NO_LIMIT: Final = 2**31 - 1
TALLIED: Final = frozenset({"http_error", "robots", "excluded", "failed"})
"""Outcomes whose reasons are counted: those are few words, media types are not."""
KNOWN_URLS: Final = 200_000
"""URLs whose best position is kept in memory: links that stand on every page cost no query."""


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
        self.track_depth = track_depth
        self._domains: dict[str, tuple[int, int]] = {}
        self._domain_links: set[tuple[int, int, int]] = set()
        self._known: dict[str, tuple[int, int]] = {}
        with self._errors():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
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
                # What memory holds may now be ahead of the disk.
                self._domains.clear()
                self._domain_links.clear()
                self._known.clear()
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
                domain_id = self._reach_domain(seed.domain, 0, {})
                added += db.execute(sql.IS_KNOWN, (seed.url,)).fetchone() is None
                self._add_url(seed, domain_id, (0, 0), None)
                self._follow_moves(seed.url, {})
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
            target = self._reach(way, domain_id, hops, nearer)
            place = (distance + way.cost, 0 if way.enters else depth + way.cost)
            self._add_url(way, target, place, result.url_id)
            if way.is_redirect:
                self._db.execute(sql.SET_MOVED, (way.url, result.url_id))
                self._follow_moves(way.url, nearer)

    def _follow_moves(self, url: str, nearer: dict[int, DomainRow]) -> None:
        """Make seeds of what ``url`` redirects to, and that in turn, where ``url`` is one now."""
        while row := self._db.execute(sql.MOVED_SEED, (url,)).fetchone():
            source, domain_id, hops, distance, depth, url, name, enters = row
            found = Discovery(url, name, cost=0, enters=bool(enters), is_seed=True)
            target = self._reach(found, domain_id, hops, nearer)
            self._add_url(found, target, (distance, 0 if enters else depth), source)

    def _reach(self, found: Discovery, source: int, hops: int, nearer: dict[int, DomainRow]) -> int:
        """Return the id of the domain found, brought as near to the seeds as this way allows."""
        if not found.enters:
            return source
        target = self._reach_domain(found.domain, hops + found.hop_cost, nearer)
        link = (source, target, found.hop_cost)
        if link not in self._domain_links:
            self._db.execute(sql.ADD_DOMAIN_LINK, link)
            self._domain_links.add(link)
        return target

    def _reach_domain(self, name: str, hops: int, nearer: dict[int, DomainRow]) -> int:
        """Return the id of ``name``, added or brought nearer where ``hops`` is news."""
        known = self._domains.get(name)
        if known is None:
            row = self._db.execute(sql.GET_DOMAIN, (name,)).fetchone()
            if row is None:
                domain_id = self._db.execute(sql.ADD_DOMAIN, (name, hops)).lastrowid or 0
                nearer[domain_id] = DomainRow(domain_id, name, hops, 0, 0.0)
                row = (domain_id, hops)
            known = self._domains[name] = row
        if hops < known[1]:
            self._set_hops(known[0], name, hops, nearer)
            self._relax_hops(deque([(known[0], hops)]), nearer)
        return known[0]

    def _set_hops(self, domain_id: int, name: str, hops: int, nearer: dict[int, DomainRow]) -> None:
        self._db.execute(sql.SET_HOPS, (hops, domain_id))
        self._domains[name] = (domain_id, hops)
        nearer[domain_id] = DomainRow(domain_id, name, hops, 0, 0.0)

    def _relax_hops(self, queue: deque[tuple[int, int]], nearer: dict[int, DomainRow]) -> None:
        """Bring nearer whatever the queued domains link to: a breadth-first shortest path."""
        while queue:
            source, hops = queue.popleft()
            for target, name, closer in self._rows(sql.NEARER_DOMAINS, hops, source, hops):
                self._set_hops(target, name, closer, nearer)
                queue.append((target, closer))

    def _add_url(
        self, found: Discovery, domain_id: int, place: tuple[int, int], parent: int | None
    ) -> None:
        """Add the URL found at ``place`` (distance, depth), or bring it there if that is nearer."""
        best = self._known.get(found.url)
        news = best is None or place[0] < best[0] or place[1] < best[1] or found.is_seed
        if news:
            shallower = (
                self.track_depth
                and self._db.execute(sql.DEEPER_URL, (found.url, place[1])).fetchone()
            )
            state = State.PENDING if found.rule is None else State.EXCLUDED
            self._db.execute(
                sql.ADD_URL,
                (found.url, domain_id, state, *place, int(found.is_seed), parent, found.rule),
            )
            self._remember(found.url, place, best)
            if shallower:
                self._relax_depth(deque([(shallower[0], place[1])]))
        if self.track_depth and parent is not None and not found.enters:
            self._db.execute(sql.ADD_INNER_LINK, (parent, found.cost, found.url))

    def _remember(self, url: str, place: tuple[int, int], best: tuple[int, int] | None) -> None:
        if len(self._known) >= KNOWN_URLS:
            self._known.clear()
        self._known[url] = (
            place if best is None else (min(place[0], best[0]), min(place[1], best[1]))
        )

    def _relax_depth(self, queue: deque[tuple[int, int]]) -> None:
        """Make shallower whatever the queued URLs link to inside their site."""
        while queue:
            source, depth = queue.popleft()
            for target, closer in self._rows(sql.SHALLOWER_URLS, depth, source, depth):
                self._db.execute(sql.SET_DEPTH, (closer, target))
                queue.append((target, closer))

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
