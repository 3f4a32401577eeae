"""The folder of a crawl: locked by one process, whole, with room on its disk; refused otherwise."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from linkcrawler.disk import make_folder
from linkcrawler.exceptions import DatasetError, InUseError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

FRONTIER_NAME: Final = "frontier.sqlite"
LOCK_NAME: Final = ".lock"
LOCK_TRIES: Final = 10
"""A worker whose first one was killed lets go within moments; whoever asks holds it for one."""
LOCK_PAUSE_SECS: Final = 0.05
DATASET_NAMES: Final = ("run.json", "links.parquet", "pages.parquet", "raw")
"""What a folder holds that a crawl or a merge has written to."""


def lock_folder(folder: Path) -> int:
    """Make ``folder`` and lock it against other processes; return the lock's file descriptor.

    Raises:
        InUseError: another process holds it.
        StorageError: it cannot be made or written to.
    """
    try:
        make_folder(folder)
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(f"cannot crawl into {folder}: {error.strerror or error}") from error
    try:
        _lock(handle)
    except BlockingIOError:
        os.close(handle)
        message = f"{folder} is in use by another process; wait for it, or name another folder"
        raise InUseError(message) from None
    except OSError as error:
        os.close(handle)
        raise StorageError(f"cannot lock {folder}: {error.strerror or error}") from error
    return handle


def _lock(handle: int) -> None:
    """Lock an open file; whoever only asks whether it is locked holds it for a moment, too."""
    for _ in range(LOCK_TRIES - 1):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(LOCK_PAUSE_SECS)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def must_not_be_orphaned(folder: Path) -> None:
    """Refuse a dataset without its frontier: starting anew would throw its rows away.

    Raises:
        DatasetError: there is one in ``folder``.
    """
    path = folder / FRONTIER_NAME
    if path.exists() and path.stat().st_size > 0:
        return
    for name in DATASET_NAMES:
        if (folder / name).exists():
            raise DatasetError(
                f"{folder} holds a dataset ({name}) but no {FRONTIER_NAME} to go on from: "
                "crawl into another folder, or restore the file; a merge cannot be crawled into"
            )


def must_have_space(folder: Path, reserve: int) -> None:
    """Refuse a disk with less than ``reserve`` bytes free.

    Raises:
        StorageError: it has less, or cannot be asked.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StorageError(f"cannot read {folder}: {error.strerror or error}") from error
    if free < reserve:
        raise StorageError(
            f"{folder}: {free / 2**20:,.0f} MiB are free on its disk, less than the reserve of "
            f"{reserve / 2**20:,.0f} MiB (LINKCRAWLER_DISK_RESERVE_MB); free space, then run the "
            "same command again"
        )
