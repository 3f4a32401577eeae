"""A proxy behind which every host answers in a way of its own that a crawler must survive.

`CATALOGUE` names each way, and what may become of the page: ``http://<name>.example/``.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from support.hostile_answers import CODINGS, REDIRECTS, ROBOTS
from support.hostile_pages import PAGES
from support.hostile_peer import Peer, prepare
from support.hostile_wire import CONNECTIONS
from support.threaded import ThreadedServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

WIRE = {**CONNECTIONS, **CODINGS, **REDIRECTS}
"""What is hostile before a page is there to be read."""
CATALOGUE = {**WIRE, **PAGES, **ROBOTS}
"""Name to (scheme, behaviour, outcomes that are expected)."""
MAX_SECS = 60.0
"""After which a behaviour ends, whoever still listens."""


def urls(names: Iterable[str]) -> list[str]:
    """Return the URLs of the named hosts of the catalogue."""
    return [
        f"{'https' if CATALOGUE[name].is_tls else 'http'}://{name.replace('_', '-')}.example/"
        for name in names
    ]


def name_of(host: str) -> str:
    """Return the name in the catalogue of a host's behaviour."""
    return host.partition(".")[0].replace("-", "_")


class HostileWeb(ThreadedServer):
    """Serves the catalogue, and well-behaved pages by URL, as a forward proxy on loopback.

    Args:
        pages: URL to HTML; all else of hosts that are not in the catalogue is 404.
    """

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = pages
        self.asked: list[tuple[float, str]] = []
        """Time since the epoch and URL of each request."""

    def __enter__(self) -> Self:
        prepare()
        return super().__enter__()

    def asked_at(self, url: str, before: float) -> float:
        """Return when ``url`` was last asked for until ``before``: it may be tried again."""
        return max(
            (at for at, asked in self.asked if asked == url and at <= before), default=before
        )

    async def _connection(self, reader, writer) -> None:
        with suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            async with asyncio.timeout(MAX_SECS):
                await self._answer(reader, writer)
        writer.transport.abort()

    async def _answer(self, reader, writer) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0].decode()
        method, url, _ = line.split(" ")
        if method == "CONNECT":
            url = f"https://{url.partition(':')[0]}/"
        self.asked.append((time.time(), url))
        host, path = url.split("/", 3)[2:]
        case = CATALOGUE.get(name_of(host))
        peer = Peer(reader, writer, f"/{path}")
        if case is None:
            page = self.pages.get(url)
            await peer.page((page or "nothing here").encode(), status=200 if page else 404)
        elif method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await case.behave(peer)
        elif path == "robots.txt" and not case.is_robots:
            await peer.page(b"", status=404)
        elif case.is_robots and path != "robots.txt":
            await peer.page(b"<a href=more>more</a>")
        else:
            await case.behave(peer)
