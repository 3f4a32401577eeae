"""The client of a hostile host, ways to answer it, and what may be expected of them."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DRIP_SECS = 0.2
MIB = 2**20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
FOR_EVER = range(10**9)


@dataclass
class Peer:
    """The client of one request."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def page(self, body: bytes, *fields: bytes, status: int = 200) -> None:
        """Answer as one should."""
        head = HEAD.replace(b"200 OK", b"%d x" % status)
        for line in (b"Content-Length: %d" % len(body), *fields):
            head += line + b"\r\n"
        await self.send(head + b"\r\n" + body)
        await self.until_gone()

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are, and go."""
        await self.send(data)
        self.writer.write_eof()
        await self.until_gone()

    async def until_gone(self) -> None:
        """Keep the connection open until the client closes it."""
        while await self.reader.read(65536):
            pass

    async def drip(self, data: bytes) -> None:
        """Send a byte now and then."""
        for n in FOR_EVER:
            await self.send(data[n % len(data) : n % len(data) + 1])
            await asyncio.sleep(DRIP_SECS)

    async def for_ever(self, data: bytes) -> None:
        """Send without end."""
        for _ in FOR_EVER:
            await self.send(data)
            await asyncio.sleep(0.001)  # the server has other clients

    def reset(self) -> None:
        """Cut the connection off so that the client gets a reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Case:
    """One way to answer.

    Args:
        behave: answers a client.
        expected: outcomes and reasons that may come of it.
    """

    behave: Callable[[Peer], Awaitable[None]]
    expected: frozenset[tuple[str, str]]
    is_tls: bool = False
    is_robots: bool = False
    """It is the robots.txt that is answered so."""
    links: int | None = None
    """Links that are found at least."""
    degraded: bool | None = None
    """Whether the page was read from its tags alone; None where it may be."""


def outcomes(*words: str) -> frozenset[tuple[str, str]]:
    """Return outcomes from words such as ``failed:timeout`` and ``ok``."""
    return frozenset((word.partition(":")[0], word.partition(":")[2]) for word in words)


TIMEOUT = outcomes("failed:timeout")
BROKEN = outcomes("failed:connection", "failed:data_loss")
HEAD_TOO_BIG = outcomes("failed:head_too_big")
OK = outcomes("ok")
LARGE_OK = OK | TIMEOUT
"""Of a large body: while others are in memory it waits, and the deadline comes first."""
TOO_BIG = outcomes("failed:too_big") | TIMEOUT
PAGE = b"<title>t</title><a href=/x>x</a>"


def raw(data: bytes) -> Callable[[Peer], Awaitable[None]]:
    return lambda peer: peer.raw(data)


def page(body: bytes, *fields: bytes) -> Callable[[Peer], Awaitable[None]]:
    return lambda peer: peer.page(body, *fields)


MADE: list[Callable[[], bytes]] = []


def later(body: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return ``body``, which is made once, by `prepare` at the latest."""
    MADE.append(cache(body))
    return MADE[-1]


def prepare() -> None:
    """Make all bodies: while clients wait there is no time for it."""
    for body in MADE:
        body()


def coded(body: Callable[[], bytes], *names: bytes) -> Callable[[Peer], Awaitable[None]]:
    """Answer with a body that `prepare` makes before."""
    made = later(body)
    return lambda peer: peer.page(made(), *(b"Content-Encoding: " + name for name in names))
