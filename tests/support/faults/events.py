"""Calls that change the disk in, numbered events out; each may end in a death or an error.

An event is one create, write, fsync, truncate, rename, link, unlink, mkdir, rmdir, close or commit
of something below the watched folder: Python's own through the functions of `os`, SQLite's through
the file system that `support.faults.vfs` puts under it. Reading is no event.
"""

# Paths stay what the system was given:
# ruff: noqa: PTH100, PTH112

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GROWING = frozenset({"create", "write", "mkdir", "link", "rename", "truncate"})
"""Operations that a full disk refuses, whatever it is asked later."""
REAL = {
    name: getattr(os, name)
    for name in ("open", "write", "fsync", "close", "replace", "link", "unlink", "mkdir", "rmdir")
}


@dataclass(frozen=True)
class Event:
    """One step of the disk."""

    number: int
    """From 1 on."""
    operation: str
    path: str
    phase: str
    """What the crawl was doing."""
    by: str
    """``python`` or ``sqlite``."""


@dataclass
class Watch:
    """What happens at the events below ``folder``; on its own it lets all of them pass.

    Subclasses say what comes before a step, what instead of it, and what after it.
    """

    folder: Path
    phase: str = "start-up"
    number: int = 0
    files: dict[int, str] = field(default_factory=dict)
    """Paths of the files and folders that Python has open, by descriptor."""

    def __post_init__(self) -> None:
        self._inside = f"{os.path.realpath(self.folder)}{os.sep}"

    def sees(self, path: str) -> bool:
        """Whether a path is below the watched folder; locks and shared memory hold no data."""
        return path.startswith(self._inside) and not path.endswith((".lock", "-shm"))

    def begin(self, operation: str, path: str, by: str = "python") -> Event:
        """Number an event that is about to come."""
        self.number += 1
        event = Event(self.number, operation, path, self.phase, by)
        self.before(event)
        return event

    def before(self, event: Event) -> None:
        """Called before the step."""

    def error(self, event: Event) -> int:
        """Return the errno that the step ends with instead of being taken, or 0."""
        return 0

    def after(self, event: Event) -> None:
        """Called after the step, where it was taken."""

    def folder_synced(self, folder: str) -> None:
        """Called where SQLite has synced a folder as part of another step."""


@contextmanager
def phase(watch: Watch | None, name: str):
    """Say what the crawl is doing for as long as it does."""
    if watch is None:
        yield
        return
    before, watch.phase = watch.phase, name
    try:
        yield
    finally:
        watch.phase = before


def install(watch: Watch) -> None:
    """Let ``watch`` see the disk's steps of this process, for good."""
    from support.faults import vfs

    for name, make in STEPS.items():
        setattr(os, name, make(watch))
    connect = sqlite3.connect
    connections = connection_of(watch)
    sqlite3.connect = lambda *args, **more: connect(*args, **({"factory": connections} | more))
    vfs.install(watch)


def taken(watch: Watch, operation: str, path: str, step, refused=None):
    """Take a step of Python as an event."""
    if not watch.sees(path):
        return step()
    event = watch.begin(operation, path)
    number = watch.error(event)
    if number:
        if refused is not None:
            refused()
        raise OSError(number, os.strerror(number), path)
    found = step()
    watch.after(event)
    return found


def absolute(path) -> str:
    return os.path.abspath(os.fspath(path))


def opening(watch):
    def step(path, flags, mode=0o777, **more):
        name = absolute(path) if more.get("dir_fd") is None else ""
        is_new = flags & os.O_CREAT and (flags & os.O_TRUNC or not os.path.lexists(name))
        if is_new:
            handle = taken(watch, "create", name, lambda: REAL["open"](path, flags, mode, **more))
        else:
            handle = REAL["open"](path, flags, mode, **more)
        if watch.sees(name + os.sep) and (
            flags & (os.O_WRONLY | os.O_RDWR) or stat.S_ISDIR(os.fstat(handle).st_mode)
        ):
            watch.files[handle] = name
        return handle

    return step


def writing(watch):
    def step(handle, data):
        path = watch.files.get(handle, "")
        return taken(watch, "write", path, lambda: REAL["write"](handle, data))

    return step


def syncing(watch):
    def step(handle):
        path = watch.files.get(handle, "")
        return taken(watch, "fsync", _seen(watch, path), lambda: REAL["fsync"](handle))

    return step


def _seen(watch, path):
    """Return the path by which a folder is seen: also the watched one itself is synced."""
    return path + os.sep if path and os.path.isdir(path) else path


def closing(watch):
    def step(handle):
        path = watch.files.pop(handle, "")
        close = REAL["close"]
        # Linux closes the file also where it reports an error.
        return taken(
            watch, "close", _seen(watch, path), lambda: close(handle), lambda: close(handle)
        )

    return step


def naming(name, operation):
    def make(watch):
        def step(source, target, **more):
            return taken(
                watch, operation, absolute(target), lambda: REAL[name](source, target, **more)
            )

        return step

    return make


def changing(name, operation):
    def make(watch):
        def step(path, *args, **more):
            full = absolute(path) if more.get("dir_fd") is None else ""
            return taken(watch, operation, full, lambda: REAL[name](path, *args, **more))

        return step

    return make


STEPS = {
    "open": opening,
    "write": writing,
    "fsync": syncing,
    "close": closing,
    "replace": naming("replace", "rename"),
    "link": naming("link", "link"),
    "unlink": changing("unlink", "unlink"),
    "mkdir": changing("mkdir", "mkdir"),
    "rmdir": changing("rmdir", "rmdir"),
}


def connection_of(watch):
    """Return the class of connections whose COMMITs are events."""

    class Connection(sqlite3.Connection):
        path = ""

        def __init__(self, path, *args, **more):
            super().__init__(path, *args, **more)
            self.path = absolute(path)

        def execute(self, statement, *values):
            run = super().execute
            if statement != "COMMIT" or not watch.sees(self.path):
                return run(statement, *values)
            event = watch.begin("commit", self.path, "sqlite")
            if watch.error(event):
                raise sqlite3.OperationalError("disk I/O error")
            found = run(statement, *values)
            watch.after(event)
            return found

    return Connection
