"""Bytes, names and folders in, changes of the disk out: the one door through which Python writes.

Each function is one step that the disk takes or refuses; refused, it raises a `StorageError` that
names the path. Nothing is tried twice: after an fsync that failed, what was written may be gone
though a second fsync says otherwise. Each step is looked up on `os` when it is taken, so that tests
can let the process die, or the disk refuse, at any of them.
"""

# pathlib would hide the steps:
# ruff: noqa: PTH102, PTH105, PTH106, PTH108

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

HELD_BYTES: Final = 2**18
"""Bytes that are held until they are written at once."""
COPY_BYTES: Final = 2**20
NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES}
)
"""What file systems answer that have no hard links, or no more for this file."""


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a `StorageError` that names ``path``."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


class NewFile:
    """A file that is written once, from front to end, and hashed on the way; anything may sink in it.

    Its errors are plain `OSError`, for `storage_errors` to name.

    Args:
        path: where it is; what was there is overwritten.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        """Bytes taken so far, on the disk or not."""
        self._hash = hashlib.sha256()
        self._held = bytearray()
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)

    def write(self, data: bytes) -> int:
        """Append ``data``; return its length."""
        self._hash.update(data)
        self.size += len(data)
        self._held += data
        if len(self._held) >= HELD_BYTES:
            self._write_out()
        return len(data)

    def _write_out(self) -> None:
        """Hand what is held to the disk."""
        held, self._held = memoryview(self._held), bytearray()
        while held:
            held = held[os.write(self._handle, held) :]

    def sync(self) -> None:
        """Return when all of it survives a power cut."""
        self._write_out()
        os.fsync(self._handle)

    def close(self) -> None:
        """Close the file; a disk that is full may only say so here."""
        try:
            self._write_out()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    @property
    def sha256(self) -> str:
        """The hash of what was written so far, in hexadecimal."""
        return self._hash.hexdigest()

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._handle < 0

    def tell(self) -> int:
        """Return where the next byte goes."""
        return self.size

    def flush(self) -> None:
        """Do nothing: small writes are held until they are worth one of the disk's."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            with suppress(OSError):  # the first error is the one to tell
                self._let_go()


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in ``folder`` survive a power cut.

    Raises:
        StorageError: the disk refused.
    """
    with storage_errors(folder):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and its missing parents, so that they survive a power cut.

    The parent is synced also where the folder is there: whoever made it may have died before.

    Raises:
        StorageError: the disk refused, or something else has the name.
    """
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for path in reversed(missing):
        with storage_errors(path):
            try:
                if not path.is_dir():
                    os.mkdir(path)
            except FileExistsError:  # another process may have been faster
                if not path.is_dir():
                    raise
        sync_folder(path.parent)


def rename(source: Path, target: Path) -> None:
    """Give ``source`` the name ``target`` in one step, whatever had it; syncing the folder is another.

    Raises:
        StorageError: the disk refused.
    """
    with storage_errors(target):
        os.replace(source, target)


def remove(path: Path) -> None:
    """Remove the file ``path`` where it exists.

    Raises:
        StorageError: the disk refused.
    """
    with storage_errors(path), suppress(FileNotFoundError):
        os.unlink(path)


def remove_folder(folder: Path) -> None:
    """Remove ``folder`` where it exists and is empty.

    Raises:
        StorageError: the disk refused.
    """
    with storage_errors(folder):
        try:
            os.rmdir(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR):
                raise


def remove_tree(folder: Path) -> None:
    """Remove ``folder`` with all it holds.

    Raises:
        StorageError: the disk refused.
    """
    with storage_errors(folder), os.scandir(folder) as entries:
        found = [(folder / entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for path, is_folder in found:
        (remove_tree if is_folder else remove)(path)
    remove_folder(folder)


def clone(source: Path, target: Path) -> None:
    """Make ``target`` hold what ``source`` holds: by a hard link, or a synced copy without links.

    Raises:
        StorageError: the disk refused.
    """
    remove(target)
    with storage_errors(target):
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as old, NewFile(target) as new:
        while data := old.read(COPY_BYTES):
            new.write(data)
        new.sync()


def replace_file(path: Path, data: bytes) -> None:
    """Make ``path`` hold ``data``, whole or not at all, whatever happens meanwhile.

    Raises:
        StorageError: the disk refused.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with storage_errors(path):
            with NewFile(temporary) as file:
                file.write(data)
                file.sync()
            os.replace(temporary, path)
    except StorageError:
        with suppress(StorageError):
            remove(temporary)
        raise
    sync_folder(path.parent)
