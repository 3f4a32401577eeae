"""The browser's only way out: a proxy on loopback that lets through what the guard lets through.

All three layers of the guard hold here as in a download: the gate judges where a connection is to go,
names are looked up by the guarded resolver, to whose addresses and no others is connected, and a
connection that was made is looked at before a byte is sent. The browser looks up no name itself.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from linkcrawler import resolver
from linkcrawler.lookups import addresses_of
from linkcrawler.rendering.asks import Ask, read_ask

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable
    from typing import Self

    from linkcrawler.connections import Peers
    from linkcrawler.policies.gate import Gate

MAX_HEAD: Final = 64 * 1024
MAX_CONNECTIONS: Final = 256
"""Connections that one page may ask for; all further ones are refused."""
PIECE: Final = 64 * 1024
HEAD_SECS: Final = 10.0
CONNECT_SECS: Final = 10.0
LOOPBACK: Final = "127.0.0.1"


class RefusedError(Exception):
    """Raised for a connection that is not made.

    Args:
        reason: the guard's rule, or ``unreachable``, ``malformed``, ``too_many`` or ``too_much``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for every gateway of a crawl."""

    gate: Gate
    peers: Peers
    proxy: str = ""
    """A proxy that carries all traffic, as ``http://host:port``, or empty."""
    max_bytes: int = 0
    """Bytes that may come for one page; 0 means no limit."""
    count: Callable[[str], None] = field(default=lambda _: None)
    """Called with ``connections`` or ``refused/<reason>`` for each connection."""


class Gateway:
    """A proxy for one page, or for a browser itself, as long as it is open.

    Args:
        rules: what it lets through; None for nothing at all.
        count: takes the place of the rules' own where there are none.
    """

    def __init__(self, rules: Rules | None, count: Callable[[str], None] = lambda _: None) -> None:
        self.rules = rules
        self.count = rules.count if rules is not None else count
        self.asked = 0
        """Connections that were asked for."""
        self.received = 0
        """Bytes that came from servers."""
        self.refused: set[str] = set()
        """Why connections were refused."""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        if self._server is None:
            raise RuntimeError("the gateway is not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0, limit=MAX_HEAD)
        return self

    async def close(self) -> None:
        """End all connections, and listen no more."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                try:
                    await self._carry(reader, writer)
                except RefusedError as error:
                    self._refuse(error.reason, writer)
                    await writer.drain()
        finally:
            writer.close()

    def _refuse(self, reason: str, writer: StreamWriter) -> None:
        self.refused.add(reason)
        self.count(f"refused/{reason}")
        status = b"502 Bad Gateway" if reason == "unreachable" else b"403 Forbidden"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Carry one connection to its end.

        Raises:
            RefusedError: it is not made, or cut off.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAD_SECS):
                head = await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            ask = read_ask(head)
            there, away = await self._reach(ask)
            try:
                await self._begin(ask, there, away, writer)
                await self._exchange((reader, writer), (there, away))
            finally:
                away.close()

    async def _reach(self, ask: Ask | None) -> tuple[StreamReader, StreamWriter]:
        """Return a connection to where ``ask`` leads, or to the proxy on the way there.

        Raises:
            RefusedError: there must be none, or there is none.
        """
        rules = self.rules
        if rules is None:
            raise RefusedError("browser")
        if ask is None:
            raise RefusedError("malformed")
        if self.asked > MAX_CONNECTIONS:
            raise RefusedError("too_many")
        why = rules.gate.reject_reason(ask.url)
        if why is not None:
            raise RefusedError(why)
        self.count("connections")
        host, port = ask.host, ask.port
        if rules.proxy:
            parts = urlsplit(rules.proxy)
            host, port = parts.hostname or "", parts.port or 80
        return await _connect(host, port, rules.peers)

    async def _begin(
        self, ask: Ask | None, there: StreamReader, away: StreamWriter, writer: StreamWriter
    ) -> None:
        """Send what the other end is to hear first; tell the browser that its tunnel stands."""
        if ask is None or self.rules is None:
            return
        if not ask.is_tunnel:
            away.write(ask.proxy_head if self.rules.proxy else ask.head)
            return
        if self.rules.proxy:
            name = f"[{ask.host}]:{ask.port}" if ":" in ask.host else f"{ask.host}:{ask.port}"
            away.write(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode("latin-1"))
            async with asyncio.timeout(CONNECT_SECS):
                answer = await there.readuntil(b"\r\n\r\n")
            if answer.split(b" ", 2)[1:2] != [b"200"]:
                raise RefusedError("unreachable")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def _exchange(
        self, near: tuple[StreamReader, StreamWriter], far: tuple[StreamReader, StreamWriter]
    ) -> None:
        """Carry bytes both ways until the server's end is reached."""
        up = asyncio.ensure_future(self._pump(near[0], far[1], is_down=False))
        try:
            await self._pump(far[0], near[1], is_down=True)
        finally:
            up.cancel()
            await asyncio.wait([up])
            if not up.cancelled():
                up.exception()  # marks it as seen: the connection is over whatever it was

    async def _pump(self, source: StreamReader, sink: StreamWriter, *, is_down: bool) -> None:
        most = self.rules.max_bytes if self.rules is not None else 0
        while piece := await source.read(PIECE):
            if is_down:
                self.received += len(piece)
                if 0 < most < self.received:
                    # No refusal in words: an answer is on its way already.
                    self.refused.add("too_much")
                    sink.transport.abort()
                    return
            sink.write(piece)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


async def _connect(host: str, port: int, peers: Peers) -> tuple[StreamReader, StreamWriter]:
    """Return a connection to ``host`` that may carry something.

    Raises:
        RefusedError: there must be none, or there is none.
    """
    reason = "unreachable"
    try:
        async with asyncio.timeout(CONNECT_SECS):
            for address in await addresses_of(host):
                try:
                    reader, writer = await asyncio.open_connection(address, port, limit=MAX_HEAD)
                except OSError:
                    continue
                why = peers.reject_reason(_peer_of(writer))
                if why is None:
                    return reader, writer
                writer.transport.abort()
                reason = f"address:{why}"
    except TimeoutError:
        raise RefusedError("unreachable") from None
    if why := resolver.refusal(host):
        reason = f"address:{why}"
    raise RefusedError(reason)


def _peer_of(writer: StreamWriter) -> Any:
    """Return the address at the other end, in the shape that `Peers` looks at."""
    peer = cast("Any", writer.get_extra_info("peername"))
    return SimpleNamespace(host=peer[0] if peer else "")
