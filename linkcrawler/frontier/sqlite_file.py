"""A path in, the embedded frontier's open database out: made, migrated, or refused with the way out."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from linkcrawler.exceptions import SchemaVersionError, StorageError
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.sqlite_migrations import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path


def open_frontier(path: Path, *, leads: bool) -> sqlite3.Connection:
    """Return the open database, of this version.

    Args:
        path: the file.
        leads: make it where it does not exist, migrate it where it is older.

    Raises:
        SchemaVersionError: it is of another version, or no frontier.
        StorageError: it does not exist and is not to be made.
        sqlite3.Error: the disk refused.
    """
    if not leads and not path.is_file():
        raise StorageError(f"{path} is gone; run the same command again")
    # Not checked: sealing reads on a thread of its own, and SQLite serialises.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _bring_up(db, path, leads=leads)
        for pragma in sql.PRAGMAS:  # last: a file that is not ours stays as it is
            db.execute(pragma).fetchall()  # to its end: only there a switch that failed is told
    except BaseException:
        db.close()
        raise
    return db


def refusal(path: Path, found: str) -> SchemaVersionError:
    """Return the error for a file that is ``found`` instead of a frontier of this version."""
    return SchemaVersionError(
        f"{path} is {found}, this linkcrawler uses version {sql.SCHEMA_VERSION}; "
        "crawl into another folder, or use the linkcrawler that wrote it"
    )


def _bring_up(db: sqlite3.Connection, path: Path, *, leads: bool) -> None:
    """Make or migrate the tables; a file of something else is refused and stays as it is."""
    application, version = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    is_new = (application, version) == (0, 0) and not db.execute(
        "SELECT 1 FROM sqlite_master"
    ).fetchone()
    if is_new and leads:
        db.executescript(
            f"BEGIN IMMEDIATE; {sql.TABLES} {sql.INDEXES}"
            f"PRAGMA application_id = {sql.APPLICATION_ID};"
            f"PRAGMA user_version = {sql.SCHEMA_VERSION}; COMMIT;"
        )
    elif application != sql.APPLICATION_ID:
        raise refusal(path, "no frontier")
    elif version != sql.SCHEMA_VERSION:
        if version not in MIGRATIONS or not leads:
            raise refusal(path, f"version {version}")
        _migrate(db, version)


def _migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring the tables up to this version in one transaction."""
    db.create_function("url_key", 1, sql.url_key, deterministic=True)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("BEGIN IMMEDIATE")
    try:
        while version != sql.SCHEMA_VERSION:
            MIGRATIONS[version](db)
            version += 1
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
