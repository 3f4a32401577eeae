"""A frontier open for reading in, how far its crawl is out; no scan of the URLs.

Counts come from the counters, domains from the partial indexes of the queue, so that asking stays
cheap however much is known.
"""

# Statements are put together of constants only:
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.exceptions import SchemaVersionError
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import Counts, HostTrouble, State, WorkerRow
from linkcrawler.frontier.sqlite_file import refusal
from linkcrawler.frontier.sqlite_migrations import MIGRATIONS
from linkcrawler.frontier.sqlite_reader import reading, version_of
from linkcrawler.policies.backoff import GIVE_UP

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

MOST_HOSTS: Final = 10
"""Hosts in trouble that are named."""
MOST_COUNTED: Final = 100_000
"""Domains that are ready, or that wait, are counted up to this many."""

# URLs are never removed and have no gaps in their ids: the last id is how many there are.
KNOWN: Final = "SELECT coalesce(max(id), 0) FROM url"
_WAITING: Final = "worker = 0 AND next_at > 0 AND place IS NOT NULL"
_READY: Final = "worker = 0 AND next_at = 0 AND place IS NOT NULL"
# The indexes find these domains, and each is looked at: there may be millions, so not all are.
READY: Final = f"SELECT count(*) FROM (SELECT 1 FROM domain WHERE {_READY} LIMIT {MOST_COUNTED})"
# Their time has come, and nobody has looked since.
DUE: Final = f"""
SELECT count(*) FROM (SELECT 1 FROM domain WHERE {_WAITING} AND next_at <= ? LIMIT {MOST_COUNTED})
"""
WAITING: Final = f"""
SELECT count(*) FROM (SELECT 1 FROM domain WHERE {_WAITING} AND next_at > ? LIMIT {MOST_COUNTED})
"""
NEXT_AT: Final = f"SELECT min(next_at) FROM domain WHERE {_WAITING} AND next_at > ?"
LEASED: Final = "SELECT count(*) FROM domain WHERE worker > 0"
PACE: Final = "SELECT at, pages FROM pace WHERE at <= ? ORDER BY at"
PARTS: Final = "SELECT count(*), coalesce(sum(bytes), 0) FROM part"
WORST: Final = """
SELECT name, failures, strikes, retry_at FROM host ORDER BY strikes DESC, failures DESC, name LIMIT ?
"""
IN_TROUBLE: Final = (
    "SELECT count(*), count(*) FILTER (WHERE strikes >= ? AND retry_at > ?) FROM host"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a crawl is, as one moment of its frontier has it; times in seconds since the epoch."""

    crawl_id: str
    counts: Counts
    known: int
    """URLs in the table, whatever the counters say."""
    counters: dict[str, int]
    tally: dict[str, int]
    """Committed pages by outcome and ``outcome/reason``, ``retry/…`` and ``links``."""
    pace: list[tuple[int, int]]
    """Pages committed in the ten seconds that began then."""
    ready: int
    """Domains that may be asked now, and that no worker has; up to `MOST_COUNTED`."""
    waiting: int
    """Domains whose time has not come; up to `MOST_COUNTED`."""
    next_at: float | None
    """When the first of those may be asked."""
    leased: int
    """Domains that workers have."""
    parts: int
    part_bytes: int
    hosts_in_trouble: int
    hosts_given_up: int
    worst_hosts: list[HostTrouble]
    workers: list[WorkerRow]


def read_figures(path: Path, now: float) -> Figures:
    """Return the figures of the frontier at ``path``.

    Args:
        path: the file.
        now: seconds since the epoch.

    Raises:
        DatasetError: there is none.
        SchemaVersionError: it is of another version.
        CorruptPartError: it is damaged.
        StorageError: the disk refused.
    """
    with reading(path) as db:
        _must_be_current(db, path)
        counters = dict(db.execute("SELECT name, n FROM counter").fetchall())
        parts, part_bytes = _row(db, PARTS)
        troubled, given_up = _row(db, IN_TROUBLE, GIVE_UP, now)
        known_id = db.execute("SELECT value FROM meta WHERE key = 'crawl_id'").fetchone()
        return Figures(
            crawl_id=known_id[0] if known_id else "",
            counts=Counts(*(counters.get(state.name.lower(), 0) for state in State)),
            known=_row(db, KNOWN)[0],
            counters=counters,
            tally=dict(db.execute("SELECT key, n FROM tally").fetchall()),
            pace=db.execute(PACE, (int(now),)).fetchall(),
            ready=min(MOST_COUNTED, _row(db, READY)[0] + _row(db, DUE, now)[0]),
            waiting=_row(db, WAITING, now)[0],
            next_at=_row(db, NEXT_AT, now)[0],
            leased=_row(db, LEASED)[0],
            parts=parts,
            part_bytes=part_bytes,
            hosts_in_trouble=troubled,
            hosts_given_up=given_up,
            worst_hosts=[HostTrouble(*row) for row in db.execute(WORST, (MOST_HOSTS,))],
            workers=[WorkerRow(*row) for row in db.execute(sql.WORKERS)],
        )


def _row(db: sqlite3.Connection, statement: str, *values: Any) -> Any:
    return db.execute(statement, values).fetchone()


def _must_be_current(db: sqlite3.Connection, path: Path) -> None:
    version = version_of(db, path)
    if version in MIGRATIONS:
        raise SchemaVersionError(
            f"{path} is of version {version}: the next crawl into the folder brings it to version "
            f"{sql.SCHEMA_VERSION}; until then run.json says how far it is"
        )
    if version != sql.SCHEMA_VERSION:
        raise refusal(path, f"version {version}")
