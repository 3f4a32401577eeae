"""A proxy whose hosts stall in every way a server can, until they are told to behave."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from linkcrawler.loopback import Answer
from support.threaded import ThreadedServer

if TYPE_CHECKING:
    from collections.abc import Mapping

WAYS = ("silent", "half", "drip", "robots")
"""Hosts ``<way>.example`` never answer; send half a head; send a byte now and then; only their
robots.txt is never answered."""
DRIP_SECS = 1.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "


class StallingWeb(ThreadedServer):
    """Pages by URL as a forward proxy on loopback, with stalls.

    Args:
        pages: URL to an `Answer`, or to the HTML of one; all else is 404.
    """

    def __init__(self, pages: Mapping[str, Answer | str]) -> None:
        self.pages = pages
        self.stalls = True
        self.stalled: set[str] = set()
        """Hosts of which a request has stalled."""
        self.asked: list[str] = []
        self.news = threading.Condition()

    def wait_for(self, condition, seconds: float = 60.0) -> None:
        """Wait until ``condition`` of what was asked and stalled holds."""
        with self.news:
            assert self.news.wait_for(condition, seconds), (self.asked, self.stalled)

    async def _connection(self, reader, writer) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(head.split(b" ", 2)[1].decode(), writer)
                await writer.drain()
        writer.transport.abort()

    async def _answer(self, url: str, writer) -> None:
        host = url.split("/")[2]
        is_robots = url.endswith("/robots.txt")
        way = host.partition(".")[0]
        stalls = self.stalls and way in WAYS and is_robots == (way == "robots")
        with self.news:
            self.asked.append(url)
            if stalls:
                self.stalled.add(host)
            self.news.notify_all()
        if stalls:
            await self._stall(way, writer)
        found = self.pages.get(url, Answer(404))
        body = found.body if isinstance(found, Answer) else found.encode()
        status = found.status if isinstance(found, Answer) else 200
        head = HEAD.replace(b"200", str(status).encode())
        writer.write(head + b"%d\r\n\r\n" % len(body) + body)

    async def _stall(self, way: str, writer) -> None:
        """Keep the client waiting until it leaves."""
        if way == "half":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
        elif way == "drip":
            writer.write(HEAD + b"100000\r\n\r\n<html>")
        while True:
            await asyncio.sleep(DRIP_SECS)
            if way == "drip":
                writer.write(b" ")
                await writer.drain()
