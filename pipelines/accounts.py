"""A crawl's frontier in, where its accounts do not add up out: URLs, pages, links, files, queue.

Everything is read in one transaction, so that a crawl may go on meanwhile; files and ``run.json``
are compared with it only where no crawl holds the folder, because those change one after the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb

from linkcrawler.exceptions import DatasetError, LinkCrawlerError
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.belonging import GET_ID, apart
from linkcrawler.frontier.folder import FRONTIER_NAME
from linkcrawler.frontier.limits import ENDLESS
from linkcrawler.frontier.records import State
from linkcrawler.frontier.sqlite_migrations import MIGRATIONS
from linkcrawler.frontier.sqlite_queue_schema import OPEN
from linkcrawler.frontier.sqlite_reader import is_in_use, log_of, reading, version_of
from linkcrawler.items import OUTCOMES
from pipelines.dataset import committed_path, literal_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.dataset import Dataset

COUNTED: Final = {
    "domains": "SELECT count(*) FROM domain",
    "domains_crawled": "SELECT count(*) FROM domain WHERE pages > 0",
    "pages": "SELECT coalesce(sum(pages), 0) FROM domain",
}
"""Counters beside those of URLs by state, and what each must equal."""
PARTS: Final = "SELECT kind, path, rows, bytes, sha256 FROM part ORDER BY path"
# Within the limits that are stored: those of the last run that changed the places.
FORGOTTEN: Final = f"""
SELECT count(*) FROM domain WHERE worker = 0 AND place IS NULL AND {OPEN}
AND EXISTS (SELECT 1 FROM url WHERE url.domain = domain.id AND url.state = 0 AND url.barred = 0)
"""  # noqa: S608 - constants only
REFUSED_ROWS: Final = "SELECT count(*) FROM read_parquet(?) WHERE outcome = 'excluded'"


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the frontier says, as one moment has it."""

    path: Path
    version: int
    crawl_id: str
    """Of the crawl that it belongs to; empty where it was never named."""
    states: dict[str, int]
    """URLs by state, counted one by one."""
    counters: dict[str, int]
    counted: dict[str, int]
    """What `COUNTED` gives."""
    tally: dict[str, int]
    outbox_rows: int
    outbox_links: int
    parts: list[tuple[str, str, int, int, str]]
    """Kind, path, rows, bytes and sha256 of each file that counts."""
    forgotten: int
    """Domains that have something to hand out and stand in no queue."""

    @property
    def recorded(self) -> int:
        """Pages recorded, whatever their outcome."""
        return sum(self.tally.get(outcome, 0) for outcome in OUTCOMES)

    def rows(self, table: str) -> int:
        """Return the rows of ``table`` in files."""
        return sum(rows for kind, _, rows, _, _ in self.parts if kind == table)

    @property
    def is_compact(self) -> bool:
        """Whether refused URLs have rows."""
        return any(path == "pages.parquet" for _, path, _, _, _ in self.parts)


def frontier_faults(dataset: Dataset) -> Iterator[str]:
    """Yield what is wrong with the frontier of ``dataset``; nothing for a merge, which has none."""
    path = dataset.folder / FRONTIER_NAME
    if not path.is_file():
        return
    is_free = not is_in_use(dataset.folder)
    was_killed = dataset.manifest.state == "running" or log_of(path).exists()
    try:
        accounts = _read(path)
    except LinkCrawlerError as error:
        yield str(error)
        return
    yield from _url_faults(accounts)
    yield from _page_faults(accounts)
    if accounts.crawl_id != dataset.manifest.crawl_id:  # its log was removed, or it is another's
        yield apart(dataset.folder, dataset.manifest.crawl_id, accounts.crawl_id)
        return
    if is_free:
        yield from _file_faults(dataset, accounts)
        if not was_killed:  # else run.json may be a step behind; the next crawl writes it anew
            yield from _manifest_faults(dataset, accounts)


def _read(path: Path) -> Accounts:
    """Return the accounts of the frontier at ``path``.

    Raises:
        DatasetError: it is damaged or of a version that this linkcrawler does not know.
        StorageError: the disk refused.
    """
    with reading(path) as db:
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DatasetError(f"{path} is damaged: {' '.join(verdict.split())}")
        version = version_of(db, path)
        if version != sql.SCHEMA_VERSION and version not in MIGRATIONS:
            raise DatasetError(
                f"{path} is of version {version}, which this linkcrawler does not know; "
                "check it with the linkcrawler that wrote it"
            )
        return _accounts(db, path, version)


def _accounts(db: sqlite3.Connection, path: Path, version: int) -> Accounts:
    """Return the accounts; an earlier version keeps no counters and no queue."""
    found = dict(db.execute("SELECT state, count(*) FROM url GROUP BY state").fetchall())
    is_current = version == sql.SCHEMA_VERSION
    outbox = db.execute("SELECT count(*), coalesce(sum(n_links), 0) FROM outbox").fetchone()
    crawl_id = db.execute(GET_ID).fetchone()
    return Accounts(
        path=path,
        version=version,
        crawl_id=crawl_id[0] if crawl_id else "",
        states={state.name.lower(): found.get(state, 0) for state in State},
        counters=dict(db.execute("SELECT name, n FROM counter")) if is_current else {},
        counted={name: _number(db, query) for name, query in COUNTED.items()} if is_current else {},
        tally=dict(db.execute("SELECT key, n FROM tally")),
        outbox_rows=outbox[0],
        outbox_links=outbox[1],
        parts=db.execute(PARTS).fetchall(),
        forgotten=_forgotten(db) if is_current else 0,
    )


def _forgotten(db: sqlite3.Connection) -> int:
    limits = db.execute("SELECT value FROM meta WHERE key = 'limits'").fetchone()
    return _number(db, FORGOTTEN, ENDLESS.parameters() | json.loads(limits[0])) if limits else 0


def _number(db: sqlite3.Connection, query: str, values: Any = ()) -> int:
    return int(db.execute(query, values).fetchone()[0])


def _url_faults(accounts: Accounts) -> Iterator[str]:
    """Yield where URLs, counters and the queue contradict each other."""
    path, counters = accounts.path, accounts.counters
    if accounts.version == sql.SCHEMA_VERSION:
        for name, number in (accounts.states | accounts.counted).items():
            if counters.get(name, 0) != number:
                what = f"URLs {name}" if name in accounts.states else name
                yield f"{path}: {counters.get(name, 0)} {what} by its counter, {number} are there"
        said = sum(counters.get(name, 0) for name in accounts.states)
        known = sum(accounts.states.values())
        if said != known:
            yield f"{path}: {known} URLs discovered, {said} accounted for"
    if accounts.forgotten:
        yield (
            f"{path}: {accounts.forgotten} domains that have something to hand out stand in no "
            "queue; crawl on with another limit (--hops, --max-pages-per-domain) to queue them anew"
        )


def _page_faults(accounts: Accounts) -> Iterator[str]:
    """Yield where pages and links recorded are not those that rows exist of."""
    path, recorded = accounts.path, accounts.recorded
    settled = accounts.states["done"] + accounts.states["failed"]
    if recorded != settled:
        yield f"{path}: {recorded} pages recorded, {settled} URLs done or failed"
    links = accounts.tally.get("links", 0)
    rows = accounts.rows("links") + accounts.outbox_links
    if links != rows:
        yield f"{path}: {links} links recorded, {rows} rows of links in files and outbox"
    rows = accounts.rows("pages") + accounts.outbox_rows
    if not accounts.is_compact and rows != recorded:
        yield f"{path}: {recorded} pages recorded, {rows} rows of pages in files and outbox"


def _file_faults(dataset: Dataset, accounts: Accounts) -> Iterator[str]:
    """Yield where the files that the frontier counts are not there, or hold other pages."""
    named = {part.path for part in dataset.manifest.parts}  # those have been looked at
    for _, name, _, size, _ in accounts.parts:
        path = committed_path(dataset.folder, name)
        if not path.is_file():
            if name not in named:
                yield f"{path} is missing, though the frontier counts it"
        elif path.stat().st_size != size and name not in named:
            yield f"{path} has {path.stat().st_size} bytes, the frontier says {size}"
        elif name == "pages.parquet":
            yield from _refused_faults(accounts, path, is_named=name in named)


def _refused_faults(accounts: Accounts, pages: Path, *, is_named: bool) -> Iterator[str]:
    """Yield where a compact table does not hold each page once, and refused URLs beside them.

    Which URLs were refused when it was written cannot be told any more where limits have changed
    since. Those that were tried and then excluded, by the address of their host, are in the tally.
    """
    try:
        with duckdb.connect() as db:
            refused = db.execute(REFUSED_ROWS, [literal_path(pages)]).fetchall()[0][0]
    except duckdb.Error as error:
        if not is_named:  # else its sha256 has told
            yield f"{pages} cannot be read: {str(error).partition(chr(10))[0]}"
        return
    tried = accounts.recorded - accounts.tally.get("excluded", 0)
    rows = accounts.rows("pages") + accounts.outbox_rows - refused
    if rows != tried:
        yield f"{accounts.path}: {tried} pages recorded that were not refused, {rows} rows of such"
    least = accounts.tally.get("excluded", 0)
    most = least + accounts.states["pending"] + accounts.states["excluded"]
    if not least <= refused <= most:
        yield f"{accounts.path}: {refused} rows of refused URLs, there are {least} to {most} such URLs"


def _manifest_faults(dataset: Dataset, accounts: Accounts) -> Iterator[str]:
    """Yield where ``run.json`` and the frontier do not name the same files."""
    said = {(p.table, p.path, p.rows, p.bytes, p.sha256) for p in dataset.manifest.parts}
    counted = set(accounts.parts)
    for part in sorted(said - counted):
        yield f"run.json: names {part[1]} of {part[2]} rows, which the frontier does not count"
    for part in sorted(counted - said):
        yield f"run.json: does not name {part[1]} of {part[2]} rows, which the frontier counts"
