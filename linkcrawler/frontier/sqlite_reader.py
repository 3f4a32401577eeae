"""A crawl's folder in, its frontier opened for reading only out: the crawl is never held up.

In SQLite's write-ahead mode a reader sees the last commit and no writer waits for it. Transactions
here are short all the same: the log cannot be emptied past one.
"""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import CorruptPartError, DatasetError, StorageError
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.folder import LOCK_NAME
from linkcrawler.frontier.sqlite_file import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECS: Final = 5.0
"""Longest wait for a process that sets the log right after a crash."""
DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""What SQLite says of a damaged file, of no database, and of one whose tables are gone."""


def log_of(path: Path) -> Path:
    """Return where SQLite keeps what is committed and not yet in the file ``path``."""
    return path.with_name(f"{path.name}-wal")


def is_in_use(folder: Path) -> bool:
    """Return whether a crawl holds the folder.

    Where one does, asking takes no lock. Where none does, the lock is held for a moment, after which
    a crawl that is just starting tries again.
    """
    try:
        with (folder / LOCK_NAME).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no such file, or no lock on this file system: nobody crawls there
        return False
    return False


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the frontier at ``path`` as it is now: one read transaction, nothing is written.

    Raises:
        DatasetError: there is none.
        SchemaVersionError: the file is no frontier.
        CorruptPartError: it is damaged.
        StorageError: the disk refused.
    """
    if not path.is_file():
        raise DatasetError(
            f"{path.parent} holds no {path.name}: name the folder of a crawl, not of a merge"
        )
    # Without a log beside it nobody writes to it, and it can be read where nothing can be written.
    how = "mode=ro" if log_of(path).exists() else "immutable=1"
    try:
        with closing(_connected(path, how)) as db:
            db.execute("BEGIN")
            yield db
    except sqlite3.Error as error:
        raise _explained(path, error) from error


def _connected(path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECS)


def _explained(path: Path, error: sqlite3.Error) -> DatasetError | StorageError:
    """Return the operator's error."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code & 0xFF in DAMAGED or (isinstance(error, sqlite3.OperationalError) and not code):
        return CorruptPartError(f"{path} is damaged: {error}; restore the folder from a copy")
    if code & 0xFF == sqlite3.SQLITE_CANTOPEN and log_of(path).exists():
        return StorageError(
            f"cannot read {path}: the log beside it can only be read in a folder that may be "
            "written to; copy the folder and ask there"
        )
    return StorageError(f"cannot read {path}: {error}; try again, or look at the disk")


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """Return the schema version of an open frontier.

    Raises:
        SchemaVersionError: it is no frontier.
    """
    application, version = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application != sql.APPLICATION_ID:
        raise refusal(path, "no frontier")
    return int(version)
