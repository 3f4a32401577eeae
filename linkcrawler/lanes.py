"""A page in, what a process has read in it out, or why it was not read: one page after the other.

The process (`linkcrawler.extraction.child`) starts when it is first needed, and is ended when it does not
answer in time.
"""

from __future__ import annotations

import asyncio
import math
import os
import socket
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import LinkCrawlerError
from linkcrawler.extraction.child import ERROR, LENGTH, LENGTHS
from linkcrawler.extraction.reading import decode_reading, encode_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkcrawler.extraction.reading import Document, Reading
    from linkcrawler.policies.niche import Niche

START_SECS: Final = 30.0
"""What a process may take to start."""
QUICK_SECS: Final = 1.0
"""What reading an ordinary page may take, from when its turn comes; it takes milliseconds."""
DEADLINE: Final = "deadline"
BUSY: Final = "busy"
MAX_ANSWER: Final = 128 * 2**20
MAX_STARTS: Final = 3
SHARE: Final = 0.6
"""Of the time that is left: what reading a page from its tags takes of it at the most; the rest is for its way
to the process and back."""


class NotReadError(Exception):
    """Raised for a page that was not read.

    Args:
        reason: ``busy`` (its turn did not come in time), ``deadline``, ``died`` (its reader) or
            ``parser`` (it gave up).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Child:
    """A running process and the line to it."""

    def __init__(self, niceness: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.process = subprocess.Popen(  # noqa: S603 - ours
                    [sys.executable, "-P", "-m", "linkcrawler.extraction.child", str(niceness)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    # Ctrl-C is for the crawl, which ends it.
                    start_new_session=True,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(_import_path())},
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        self.line = ours
        self.niche: Niche | None = None
        """The niche that it was told."""

    async def send(self, *parts: bytes) -> None:
        loop = asyncio.get_running_loop()
        for part in parts:
            await loop.sock_sendall(self.line, part)

    async def receive(self) -> bytearray:
        """Return the next answer."""
        (length,) = LENGTH.unpack(await self._take(LENGTH.size))
        if length > MAX_ANSWER:
            raise NotReadError("died")
        return await self._take(length)

    async def _take(self, length: int) -> bytearray:
        taken = bytearray(length)
        view, at = memoryview(taken), 0
        loop = asyncio.get_running_loop()
        while at < length:
            n = await loop.sock_recv_into(self.line, view[at:])
            if not n:
                raise NotReadError("died")
            at += n
        return taken

    def end(self) -> None:
        """End the process, without waiting for it."""
        self.process.kill()
        self.line.close()


def _import_path() -> list[str]:
    return [path or os.getcwd() for path in sys.path]  # noqa: PTH109 - as Python itself takes it


class Lane:
    """Pages that one process reads, in the order in which they come.

    Args:
        niceness: of that process.
        niche: returns the niche that pages are judged by, or None.
    """

    def __init__(self, niceness: int = 0, niche: Callable[[], Niche | None] = lambda: None) -> None:
        self._niche = niche
        self.n_waiting = 0
        """Pages that wait for their turn or are being read."""
        self._niceness = niceness
        self._turn = asyncio.Lock()
        self._child: _Child | None = None
        self._ended: list[subprocess.Popen[bytes]] = []

    async def read(
        self, document: Document, secs: float, *, rough_secs: float = 0.0, end: float = math.inf
    ) -> Reading:
        """Return what stands in ``document``.

        Args:
            document: the page.
            secs: what reading it may take, from when its turn comes.
            rough_secs: what the process itself takes at the most for reading it from its tags alone; 0
                for whole.
            end: until when it may be waited for and read, of the loop's clock.

        Raises:
            NotReadError: too little time was left when its turn came, it took longer, or the process
                gave up or died.
            LinkCrawlerError: no process can be started.
        """
        self.n_waiting += 1
        try:
            return await self._read_in_turn(document, secs, end, rough_secs)
        finally:
            self.n_waiting -= 1

    async def _read_in_turn(
        self, document: Document, secs: float, end: float, rough_secs: float
    ) -> Reading:
        clock = asyncio.get_running_loop().time
        await self._take_turn(end)
        try:
            asked = clock()
            # A process is not to be ended over a page that came too late to be read.
            if end - asked < min(secs, QUICK_SECS) / 2:
                raise NotReadError(BUSY)
            child = await self._running()
            began = clock()  # what starting it took is not the page's
            async with asyncio.timeout_at(min(began + secs, end + began - asked)):
                rough_secs = min(rough_secs, SHARE * (end - asked))
                return await self._ask(child, document, rough_secs)
        except TimeoutError:
            # Who has had half of its time can be blamed for the rest.
            raise NotReadError(DEADLINE if clock() - began >= secs / 2 else BUSY) from None
        except OSError:
            raise NotReadError("died") from None
        finally:
            self._turn.release()

    async def _take_turn(self, end: float) -> None:
        try:
            async with asyncio.timeout_at(end if end < math.inf else None):
                await self._turn.acquire()
        except TimeoutError:
            raise NotReadError(BUSY) from None

    async def _ask(self, child: _Child, document: Document, rough_secs: float) -> Reading:
        is_whole = False
        try:
            niche = self._niche()
            head = encode_document(document, niche if niche is not child.niche else None)
            child.niche = niche
            lengths = LENGTHS.pack(rough_secs, len(head), len(document.body))
            await child.send(lengths + head, document.body)
            message = await child.receive()
            if not message.startswith(ERROR):
                reading = decode_reading(message)
                is_whole = True
                return reading
        except (ValueError, TypeError, KeyError, struct.error):
            raise NotReadError("died") from None
        finally:
            if not is_whole:
                self._end(child)  # also one that said so itself: its memory may be full
        raise NotReadError("parser")

    async def _running(self) -> _Child:
        """Return the process, started where there is none.

        Raises:
            LinkCrawlerError: it does not start.
        """
        if self._child is not None and self._child.process.poll() is None:
            return self._child
        if self._child is not None:
            self._end(self._child)
        error: Exception | None = None
        for _ in range(MAX_STARTS):
            try:
                return await self._started()
            except (OSError, TimeoutError, NotReadError) as failure:
                error = failure
        raise LinkCrawlerError(f"cannot start the process that reads pages: {error!r}")

    async def _started(self) -> _Child:
        self._child = child = _Child(self._niceness)
        try:
            async with asyncio.timeout(START_SECS):
                await child.receive()
        except BaseException:
            self._end(child)
            raise
        return child

    def _end(self, child: _Child) -> None:
        child.end()
        self._child = None
        # A process with much memory takes its time to go; no zombies stay all the same.
        self._ended = [gone for gone in (*self._ended, child.process) if gone.poll() is None]

    def close(self) -> None:
        """End the process, and see it gone."""
        if self._child is not None:
            self._end(self._child)
        for gone in self._ended:
            gone.wait()
