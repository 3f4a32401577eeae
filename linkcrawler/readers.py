"""Pages in, what stands in them out, without holding the crawl up: large ones are read elsewhere.

Small pages are read on the spot. All others go to one of three processes (`linkcrawler.extraction.child`):
ordinary pages to one, pages that may take long to another, so that neither waits for what a hostile
page does. A page that is not read in time, the wait for its turn included, or that its reader dies of,
is read from its tags alone by the third.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import struct
import subprocess
import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import LinkCrawlerError
from linkcrawler.extraction.child import ERROR, LENGTH, LENGTHS
from linkcrawler.extraction.prescan import Way, way_of
from linkcrawler.extraction.reading import Reading, decode_reading, encode_document, read
from linkcrawler.policies.relevance import Relevance
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from linkcrawler.extraction.reading import Document
    from linkcrawler.policies.niche import Niche

logger = logging.getLogger(__name__)

START_SECS: Final = 30.0
"""What a process may take to start."""
QUICK_SECS: Final = 1.0
"""What reading an ordinary page may take, from when its turn comes; it takes milliseconds."""
ROUGH_SECS: Final = 8.0
"""What reading a page from its tags may take; it stops by itself well before."""
DEADLINE: Final = "deadline"
BUSY: Final = "busy"
MAX_ANSWER: Final = 128 * 2**20
MAX_STRIKES: Final = 2
"""Pages of a domain that were not read in time before its pages are read from their tags at once."""
MAX_DOMAINS: Final = 10_000
"""Domains whose strikes are remembered."""
MAX_STARTS: Final = 3


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

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "linkcrawler.extraction.child"],
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
        niche: returns the niche that pages are judged by, or None.
    """

    def __init__(self, niche: Callable[[], Niche | None] = lambda: None) -> None:
        self._niche = niche
        self._turn = asyncio.Lock()
        self._child: _Child | None = None
        self._ended: list[subprocess.Popen[bytes]] = []
        self._failed_starts = 0

    async def read(
        self, document: Document, secs: float, *, roughly: bool, end: float = math.inf
    ) -> Reading:
        """Return what stands in ``document``.

        Args:
            document: the page.
            secs: what reading it may take, from when its turn comes.
            roughly: from its tags alone.
            end: until when it may be waited for and read, of the loop's clock.

        Raises:
            NotReadError: too little time was left when its turn came, it took longer, or the process
                gave up or died.
            LinkCrawlerError: no process can be started.
        """
        clock = asyncio.get_running_loop().time
        await self._take_turn(end)
        try:
            asked = clock()
            child = await self._running()
            began = clock()  # what starting it took is not the page's
            async with asyncio.timeout_at(min(began + secs, end + began - asked)):
                return await self._ask(child, document, roughly=roughly)
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

    async def _ask(self, child: _Child, document: Document, *, roughly: bool) -> Reading:
        is_whole = False
        try:
            niche = self._niche()
            head = encode_document(document, niche if niche is not child.niche else None)
            child.niche = niche
            lengths = LENGTHS.pack(roughly, len(head), len(document.body))
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
        self._child = child = _Child()
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


class Strikes:
    """How often something went wrong with whom; the last `MAX_DOMAINS` are remembered."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def add(self, name: str) -> None:
        """Count one for ``name``."""
        self._counts[name] = self._counts.pop(name, 0) + 1
        if len(self._counts) > MAX_DOMAINS:
            self._counts.popitem(last=False)

    def is_out(self, name: str) -> bool:
        """Return whether ``name`` has had its chances."""
        return self._counts.get(name, 0) >= MAX_STRIKES


class PageReader:
    """Reads pages, each where it does no harm.

    Args:
        crawler: in whose stats it is counted how pages were read.
        secs: what building the tree of a page may take, the wait for its turn included; with 0 none
            is built but of small pages.
        niche: returns the niche that pages are judged by, or None; another one as more is learnt of it.
    """

    def __init__(
        self, crawler: Crawler, secs: float, niche: Callable[[], Niche | None] = lambda: None
    ) -> None:
        self.crawler = crawler
        self.secs = secs
        self._niche = niche
        self._relevance: Relevance | None = None
        # Each starts its process when it is first needed; most crawls never need the third.
        self._quick, self._slow, self._rough = Lane(niche), Lane(niche), Lane(niche)
        self._late, self._hopeless = Strikes(), Strikes()

    async def read(self, document: Document) -> Reading | None:
        """Return what stands in ``document``, or None where it cannot be read at all.

        Raises:
            LinkCrawlerError: no process can be started.
        """
        domain = registered_domain(host_of(document.url))
        way = self._way(document, domain)
        how = way.value
        self.crawler.stats.inc_value(f"linkcrawler/read/{how}")
        if way is Way.HERE:
            return read(document, relevance=self._judging())
        reading = None if way is Way.ROUGH else await self._read_whole(document, domain, way)
        if reading is not None:
            return reading
        return (await self._try(self._rough, document, ROUGH_SECS, roughly=True))[0]

    def _judging(self) -> Relevance | None:
        """Return what judges pages that are read on the spot."""
        niche = self._niche()
        if niche is None:
            return None
        if self._relevance is None or self._relevance.niche is not niche:
            self._relevance = Relevance(niche, self._relevance)
        return self._relevance

    async def _read_whole(self, document: Document, domain: str, way: Way) -> Reading | None:
        """Return what was read in the page's tree until its time was over, or None."""
        end = asyncio.get_running_loop().time() + self.secs
        if way is Way.QUICK:
            secs = min(QUICK_SECS, self.secs)
            reading, why = await self._try(self._quick, document, secs, end)
            if reading is not None:
                return reading
            if why != BUSY:  # the domain's other pages may be as ordinary as they look
                self._late.add(domain)
            if why != DEADLINE:  # memory is the same for both, and so is the time
                return None
        reading, why = await self._try(self._slow, document, self.secs, end)
        if reading is None and why != BUSY:
            self._hopeless.add(domain)
        return reading

    def _way(self, document: Document, domain: str) -> Way:
        way = way_of(document.body)
        if way is not Way.HERE and (not self.secs or self._hopeless.is_out(domain)):
            return Way.ROUGH
        return Way.SLOW if way is Way.QUICK and self._late.is_out(domain) else way

    async def _try(
        self, lane: Lane, document: Document, secs: float, end: float = math.inf, *,
        roughly: bool = False,
    ) -> tuple[Reading | None, str]:  # fmt: skip
        """Return what was read, or None and why there is nothing."""
        try:
            return await lane.read(document, secs, roughly=roughly, end=end), ""
        except NotReadError as error:
            reason = error.reason
            self.crawler.stats.inc_value(f"linkcrawler/read/failed/{reason}")
            logger.info(
                "Not read %(how)s (%(reason)s): %(url)s",
                {
                    "how": "from its tags" if roughly else "whole",
                    "reason": reason,
                    "url": document.url,
                },
            )
            return None, reason

    def close(self) -> None:
        """End the processes."""
        for lane in (self._quick, self._slow, self._rough):
            lane.close()
