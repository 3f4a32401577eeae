"""A `Shape` in, that web served as a forward proxy out, with a log of every request.

An asyncio protocol that reads request lines and writes answers, several thousand a second; it knows
as much of HTTP/1.1 as a crawler's GET with keep-alive needs.
"""

from __future__ import annotations

import asyncio
import json
import time
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final

from benchmarks import bigweb_shape as shapes

if TYPE_CHECKING:
    import socket

    from benchmarks.bigweb_shape import Shape

CONTROL: Final = "counts.bigweb.invalid"
"""Host name that answers for the server itself: ``/`` counts as JSON, ``/log`` the log."""
STATUS: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}
MAX_HEAD: Final = 64 * 1024
ALLOW_ALL: Final = b"User-agent: *\nAllow: /\n"


class RequestLog:
    """Each request in 24 bytes: host, page, when it came and when it was answered.

    Times are those of `time.monotonic`, which all processes of a machine share.
    """

    def __init__(self) -> None:
        self.hosts = array("i")
        self.pages = array("i")
        self.asked = array("d")
        self.answered = array("d")
        self.in_flight: Counter[int] = Counter()
        self.most_in_flight: Counter[int] = Counter()

    def begin(self, host: int, page: int) -> int:
        """Note a request; return its number."""
        self.hosts.append(host)
        self.pages.append(page)
        self.asked.append(time.monotonic())
        self.answered.append(0.0)
        self.in_flight[host] += 1
        self.most_in_flight[host] = max(self.most_in_flight[host], self.in_flight[host])
        return len(self.hosts) - 1

    def end(self, number: int, *, is_answered: bool) -> None:
        """Note that a request was answered, or that its client left."""
        self.in_flight[self.hosts[number]] -= 1
        if is_answered:
            self.answered[number] = time.monotonic()

    def counts(self) -> dict[str, int]:
        """Return the sums."""
        robots = self.pages.count(shapes.ROBOTS)
        return {
            "requests": len(self.hosts),
            "robots": robots,
            "hosts": len(self.most_in_flight),
            "in_flight": self.in_flight.total(),
            "most_in_flight_on_a_host": max(self.most_in_flight.values(), default=0),
        }

    def columns(self) -> bytes:
        """Return the four columns one after another, each of as many values as requests."""
        columns = (self.hosts, self.pages, self.asked, self.answered)
        return b"".join(column.tobytes() for column in columns)


class Connection(asyncio.Protocol):
    """One client: its requests are answered in the order in which they come."""

    def __init__(self, shape: Shape, log: RequestLog) -> None:
        self.shape = shape
        self.log = log
        self.buffer = b""
        self.open: set[int] = set()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        for number in self.open:
            self.log.end(number, is_answered=False)
        self.open.clear()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
            self.ask(head.decode("latin-1"))
        if len(self.buffer) > MAX_HEAD:
            self.transport.abort()

    def ask(self, head: str) -> None:
        """Take a request's head."""
        found = target_of(head)
        if found is None:
            self.send(400, b"expected GET http://host/path HTTP/1.1")
            self.transport.close()
            return
        name, path = found
        if name == CONTROL:
            self.send(200, self.own_answer(path))
            return
        host, page = self.shape.numbers(name, path)
        self.serve(self.log.begin(host, page), host, page)

    def own_answer(self, path: str) -> bytes:
        """Return what the server says of itself."""
        return self.log.columns() if path == "/log" else json.dumps(self.log.counts()).encode()

    def serve(self, number: int, host: int, page: int) -> None:
        """Answer a request of the web, now or after the latency, as its host does."""
        self.open.add(number)
        manner = self.shape.manner(host) if host >= 0 else shapes.ANSWERING
        if manner == shapes.REFUSING:
            self.transport.abort()
        elif manner != shapes.SILENT:
            answer = (500, b"in trouble") if manner == shapes.ERRING else self.page(host, page)
            if self.shape.latency:
                loop = asyncio.get_running_loop()
                loop.call_later(self.shape.latency, self.reply, number, *answer)
            else:
                self.reply(number, *answer)

    def page(self, host: int, page: int) -> tuple[int, bytes]:
        """Return status and body."""
        if page >= 0:
            return 200, self.shape.html(host, page)
        if page == shapes.ROBOTS and self.shape.robots:
            return 200, ALLOW_ALL
        return 404, b"nothing here"

    def reply(self, number: int, status: int, body: bytes) -> None:
        """Answer the request ``number``, unless its client has left."""
        if number not in self.open:
            return
        self.open.remove(number)
        self.log.end(number, is_answered=True)
        self.send(status, body)

    def send(self, status: int, body: bytes) -> None:
        """Write an answer."""
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
            % (status, STATUS[status].encode(), len(body))
            + body
        )


def target_of(head: str) -> tuple[str, str] | None:
    """Return host name and path asked for, by a proxy's client or directly; None for neither."""
    line, _, headers = head.partition("\r\n")
    words = line.split(" ")
    if len(words) != 3 or words[0] != "GET":
        return None
    target = words[1]
    if target.startswith("http://"):
        authority, _, path = target[7:].partition("/")
        return authority.partition(":")[0].lower(), f"/{path}"
    for header in headers.split("\r\n"):
        name, _, value = header.partition(":")
        if name.lower() == "host":
            return value.strip().partition(":")[0].lower(), target
    return None


async def serve(shape: Shape, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve ``shape`` on ``listener`` until ``stop`` is set."""
    log = RequestLog()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(shape, log), sock=listener, backlog=1024, start_serving=True
    )
    await stop.wait()
    server.close()
