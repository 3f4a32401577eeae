"""SQLite's writes, fsyncs, truncations, deletions and closes in, events out.

SQLite does its own input and output, which no patch of Python reaches. It lets anybody put another
file system (a VFS) under it, though: this one is a copy of the default one whose files have four
of their methods replaced. All that is native stays native.
Structures: https://sqlite.org/c3ref/vfs.html and https://sqlite.org/c3ref/io_methods.html
"""

# Paths stay what the system was given:
# ruff: noqa: PTH110, PTH120

from __future__ import annotations

import ctypes
import errno
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p

OK, CANTOPEN, FULL = 0, 14, 13
IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_DELETE = 778, 1034, 1546, 2570
OPEN_CREATE, OPEN_JOURNALS = 0x4, 0x800 | 0x4000 | 0x80000
"""Flags of xOpen: may be made; main journal, super-journal or write-ahead log."""

Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
Close = CFUNCTYPE(c_int, c_void_p)
Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class Vfs(Structure):
    """``sqlite3_vfs``, version 3."""

    _fields_ = [
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", Open),
        ("xDelete", Delete),
        ("others", c_void_p * 14),
    ]


class Methods(Structure):
    """``sqlite3_io_methods``, version 3."""

    _fields_ = [
        ("iVersion", c_int),
        ("xClose", Close),
        ("xRead", c_void_p),
        ("xWrite", Write),
        ("xTruncate", Truncate),
        ("xSync", Sync),
        ("others", c_void_p * 13),
    ]


class HiddenSymbolsError(Exception):
    """Raised where this Python's SQLite cannot be reached from outside."""


def library() -> ctypes.CDLL:
    """Return the SQLite that Python's `sqlite3` runs on.

    Raises:
        HiddenSymbolsError: its functions cannot be reached.
    """
    import _sqlite3

    where = getattr(_sqlite3, "__file__", None)
    found = ctypes.CDLL(where)
    if not hasattr(found, "sqlite3_vfs_find"):
        message = (
            f"{where or 'the interpreter'} hides the functions of SQLite (sqlite3_vfs_find): "
            "use a Python that is linked with a shared libsqlite3"
        )
        raise HiddenSymbolsError(message)
    found.sqlite3_vfs_find.restype = POINTER(Vfs)
    found.sqlite3_vfs_find.argtypes = [c_char_p]
    found.sqlite3_vfs_register.argtypes = [POINTER(Vfs), c_int]
    return found


_kept: list[object] = []
"""What SQLite holds pointers to must live as long as the process."""


def install(watch) -> None:
    """Make the file system that tells ``watch`` SQLite's default in this process."""
    sqlite = library()
    base = sqlite.sqlite3_vfs_find(None)
    system = Files(watch, base)
    _kept.extend([sqlite, base, system])
    if sqlite.sqlite3_vfs_register(ctypes.byref(system.vfs), 1) != OK:
        raise HiddenSymbolsError("SQLite refused another file system")


class Files:
    """The file system itself.

    Args:
        watch: who is told.
        base: the file system that does the work.
    """

    def __init__(self, watch, base) -> None:
        self.watch = watch
        self.base = base
        self.vfs = Vfs()
        ctypes.memmove(ctypes.byref(self.vfs), base, ctypes.sizeof(Vfs))
        self.vfs.zName = b"watched"
        self._open, self._delete = base.contents.xOpen, base.contents.xDelete
        self.vfs.xOpen, self.vfs.xDelete = Open(self.open), Delete(self.delete)
        self._tables: dict[int, tuple[Methods, Methods]] = {}
        self._paths: dict[int, str] = {}
        self._unnamed: set[int] = set()
        """Journals that were made and not synced yet: their first fsync syncs their folder too."""

    def open(self, _vfs, name, file, flags, out):
        path = os.fsdecode(ctypes.string_at(name)) if name else ""
        if not self.watch.sees(path):
            return self._open(ctypes.addressof(self.base.contents), name, file, flags, out)
        event = None
        is_new = bool(flags & OPEN_CREATE) and not os.path.exists(path)
        if is_new:
            event = self.watch.begin("create", path, "sqlite")
            if self.watch.error(event):
                return CANTOPEN
        code = self._open(ctypes.addressof(self.base.contents), name, file, flags, out)
        if code != OK:
            return code
        methods = ctypes.cast(file, POINTER(c_void_p))
        if methods[0]:
            methods[0] = self._watched(methods[0])
            self._paths[file] = path
            if is_new and flags & OPEN_JOURNALS:
                self._unnamed.add(file)
        if event is not None:
            self.watch.after(event)
        return code

    def _watched(self, original: int) -> int:
        """Return the address of a table of methods like ``original`` whose changes are told."""
        if original not in self._tables:
            real = Methods.from_address(original)
            own = Methods()
            ctypes.memmove(ctypes.byref(own), original, ctypes.sizeof(Methods))
            own.xClose = Close(lambda file: self._close(real, file))
            own.xWrite = Write(
                lambda file, data, size, at: self._step(
                    "write", file, IOERR_WRITE, lambda: real.xWrite(file, data, size, at)
                )
            )
            own.xTruncate = Truncate(
                lambda file, size: self._step(
                    "truncate", file, IOERR_TRUNCATE, lambda: real.xTruncate(file, size)
                )
            )
            own.xSync = Sync(lambda file, flags: self._sync(real, file, flags))
            self._tables[original] = (real, own)
        return ctypes.addressof(self._tables[original][1])

    def _step(self, operation: str, file: int, refusal: int, step) -> int:
        event = self.watch.begin(operation, self._paths[file], "sqlite")
        number = self.watch.error(event)
        if number:
            return FULL if number == errno.ENOSPC and operation == "write" else refusal
        code = step()
        if code == OK:
            self.watch.after(event)
        return code

    def _sync(self, real: Methods, file: int, flags: int) -> int:
        code = self._step("fsync", file, IOERR_FSYNC, lambda: real.xSync(file, flags))
        if code == OK and file in self._unnamed:
            self._unnamed.discard(file)
            self.watch.folder_synced(os.path.dirname(self._paths[file]))
        return code

    def _close(self, real: Methods, file: int) -> int:
        # SQLite asks nobody whether a close went well: there is no error to give.
        event = self.watch.begin("close", self._paths.pop(file), "sqlite")
        self._unnamed.discard(file)
        code = real.xClose(file)
        self.watch.after(event)
        return code

    def delete(self, _vfs, name, sync_folder):
        path = os.fsdecode(name)
        base = ctypes.addressof(self.base.contents)
        if not self.watch.sees(path) or not os.path.exists(path):
            return self._delete(base, name, sync_folder)
        event = self.watch.begin("unlink", path, "sqlite")
        if self.watch.error(event):
            return IOERR_DELETE
        code = self._delete(base, name, sync_folder)
        if code == OK:
            self.watch.after(event)
            if sync_folder:
                self.watch.folder_synced(os.path.dirname(path))
        return code
