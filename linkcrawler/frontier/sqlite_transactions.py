"""The file of the embedded frontier in, transactions on it out, SQLite's errors as ours."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from linkcrawler.exceptions import CorruptPartError, StorageError
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.limits import ENDLESS, Limits
from linkcrawler.frontier.sqlite_change import Change
from linkcrawler.frontier.sqlite_file import open_frontier, refusal
from linkcrawler.frontier.sqlite_pages import Pages
from linkcrawler.frontier.sqlite_places import Places
from linkcrawler.frontier.sqlite_queue import DomainQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from linkcrawler.frontier.steps import UnderWay


def _what_to_do(error: sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return "another program holds the file; end it, then run the same command again"
    return "free space or repair the disk, then run the same command again"


def _is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file is damaged; what Python says of text that is none has no code."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF == sqlite3.SQLITE_CORRUPT or str(error).startswith("Could not decode")


class Transactions:
    """The file ``path``, open.

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
        self._thread = threading.get_ident()
        self._under_way: UnderWay[Any] | None = None

    def close(self) -> None:
        """Close the file.

        Raises:
            StorageError: the disk refused to take the log over; nothing is lost, it is kept.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self._finish()
        try:
            with self._errors():
                # SQLite keeps the errors of the checkpoint that closing makes to itself.
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into a `StorageError` that names the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                raise refusal(self.path, "no frontier") from None
            if _is_damage(error):
                raise CorruptPartError(
                    f"{self.path} is damaged ({error}); restore it from a copy, or crawl into another folder"
                ) from error
            raise StorageError(f"cannot use {self.path}: {error}; {_what_to_do(error)}") from error

    @property
    def is_busy(self) -> bool:
        """Whether a transaction is open that is done in steps."""
        return self._under_way is not None and not self._under_way.is_done

    def _finish(self) -> None:
        """End the transaction that is done in steps, unless it is who asks: there is one at a time."""
        work = self._under_way
        if work is not None and not work.is_at_it:
            self._under_way = None
            work.finish()

    @contextmanager
    def _transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Open a transaction; one that is not durable may be taken back by a power cut."""
        self._finish()
        with self._errors():
            if not durable:
                self._db.execute("PRAGMA synchronous = NORMAL")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                if self._db.in_transaction:
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

    def _sync(self) -> None:
        """Commit what is open, which waits for the disk; may run on another thread."""
        self._db.execute("COMMIT")

    @contextmanager
    def _change(self) -> Iterator[Change]:
        """Open a transaction whose `Change` is applied at its end."""
        change = Change()
        with self._transaction() as db:
            yield change
            self._apply(change, db)

    def _apply(self, change: Change, db: sqlite3.Connection) -> None:
        """Write what was gathered for the end of a transaction."""
        self._queue.apply(change)
        db.executemany(sql.ADD_COUNTER, change.counted.items())
        db.executemany(sql.ADD_TALLY, change.tallied.items())

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what is found; on other threads than the store's own, of what is committed.

        They have a connection of their own: Python holds its lock where it waits for SQLite's, so that all of
        the process would wait with them for what this one is writing.
        """
        with self._errors():
            if threading.get_ident() == self._thread:
                return self._db.execute(statement, values).fetchall()
            with self._beside() as db:
                return db.execute(statement, values).fetchall()

    @contextmanager
    def _beside(self) -> Iterator[sqlite3.Connection]:
        """Open the file once more; it must be there: a new one would look empty."""
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            yield db

    def get_meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def metas(self, prefix: str) -> list[tuple[str, str]]:
        size = len(prefix)
        statement = "SELECT substr(key, ?), value FROM meta WHERE substr(key, 1, ?) = ?"
        return [
            (str(key), str(value)) for key, value in self._rows(statement, size + 1, size, prefix)
        ]

    def set_meta(self, key: str, value: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
