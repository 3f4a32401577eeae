"""When each domain and address may be asked next, in a small file that all workers share.

It outlives a process that is killed, so that the next run keeps the delays of this one, to the
second. After a power cut it may be a little old, which a start of the machine outlasts. It holds
only what makes somebody wait now; its size is fixed, and losing it costs nothing but a delay.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from linkcrawler.disk import NewFile, rename, storage_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LEDGER_NAME: Final = "turns.bin"
SLOTS: Final = 16_384
PROBES: Final = 8
"""Slots that a key may stand in, one after the other."""
MOST_AHEAD_SECS: Final = 3600.0
"""A time further ahead, and further than the delay asked for, was written before the clock was set back, and
counts for nothing."""
_SLOT: Final = struct.Struct("<Qd")
_PROBED: Final = PROBES * _SLOT.size
SIZE: Final = (SLOTS + PROBES) * _SLOT.size
"""Bytes of the file: a hash table of keys and times, open addressing without wrapping."""


class FileLedger:
    """The ledger of a crawl's folder.

    Args:
        folder: the crawl's folder.
        clock: seconds since the epoch.

    Raises:
        StorageError: the disk refused.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = folder / LEDGER_NAME
        self.clock = clock
        with storage_errors(self.path):
            if not self.path.exists() or self.path.stat().st_size != SIZE:
                self._make()
            self._handle = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)

    def _make(self) -> None:
        new = NewFile(self.path.with_suffix(".new"))
        try:
            new.write(bytes(SIZE))
        finally:
            new.close()
        rename(new.path, self.path)

    def take(self, gaps: Sequence[tuple[str, float]]) -> float:
        """Return the seconds until all keys may be asked; where that is now, count them as asked.

        Args:
            gaps: keys, and how many seconds nobody is to ask each afterwards.

        Raises:
            StorageError: the disk refused.
        """
        with self._locked():
            now = self.clock()
            found = [self._find(_number(key), now, gap) for key, gap in gaps]
            wait = max(until for _, until in found) - now
            if wait <= 0:
                self._write(gaps, found, now)
        return max(0.0, wait)

    def count(self, gaps: Sequence[tuple[str, float]]) -> None:
        """Count all keys as asked now; one that may be asked later still stays so.

        Raises:
            StorageError: the disk refused.
        """
        with self._locked():
            now = self.clock()
            found = [self._find(_number(key), now, gap) for key, gap in gaps]
            self._write(gaps, found, now)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with storage_errors(self.path):
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _write(
        self, gaps: Sequence[tuple[str, float]], found: Sequence[tuple[int, float]], now: float
    ) -> None:
        """Write until when nobody asks each key, at the places that were found for them."""
        for (key, gap), (place, until) in zip(gaps, found, strict=True):
            os.pwrite(self._handle, _SLOT.pack(_number(key), max(now + gap, until)), place)

    def _find(self, number: int, now: float, gap: float) -> tuple[int, float]:
        """Return where a key of a delay stands or may be written, and until when nobody asks there.

        Where all slots are taken, two keys share one: both wait longer.
        """
        begin = number % SLOTS * _SLOT.size
        slots = list(_SLOT.iter_unpack(os.pread(self._handle, _PROBED, begin)))
        latest = now + max(MOST_AHEAD_SECS, gap)
        times = [until if now < until <= latest else 0.0 for _, until in slots]
        here = next((i for i, (known, _) in enumerate(slots) if known == number), None)
        if here is None:
            here = min(range(PROBES), key=times.__getitem__)
        return begin + here * _SLOT.size, times[here]

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big")
