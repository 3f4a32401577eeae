"""A handler of URLs in, a whole web on one loopback port out: the proxy of the demo and the tests.

A crawler that uses the server as its http proxy can ask for any host: no name is looked up and
nothing leaves the machine. Plain http only; CONNECT, which https would need, is refused.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from linkcrawler.exceptions import LinkCrawlerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

MAX_HEAD: Final = 32 * 1024
"""Largest request line and headers together, in bytes; a longer head is answered 431."""

HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
_NO_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers; without a Content-Type among the headers the body is UTF-8 HTML."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values in Latin-1; Content-Length and Connection are the server's."""


Handler = Callable[[str], Answer]
"""Takes an absolute URL (``http://host/path?query``, host in lower case, no port 80).

It runs in the server's thread, one call at a time; an exception in it becomes a 500.
"""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    keep_alive: bool


def _refusal(status: HTTPStatus, why: str, *headers: tuple[str, str]) -> Answer:
    body = f"{status.value} {status.phrase}: {why}\n".encode()
    return Answer(status, body, (("Content-Type", TEXT), *headers))


def _parse(head: bytes) -> _Request | Answer:
    """Return the request in ``head`` (request line and headers), or why it is refused."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] not in {"HTTP/1.0", "HTTP/1.1"}:
        return _refusal(HTTPStatus.BAD_REQUEST, "no HTTP/1.x request line")
    method, target, version = words
    if method not in {"GET", "HEAD"}:
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD only", ("Allow", "GET, HEAD"))
    headers = _headers(lines[1:])
    if headers is None:
        return _refusal(HTTPStatus.BAD_REQUEST, "a header that is none")
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        return _refusal(HTTPStatus.BAD_REQUEST, "a request with a body")
    url = _absolute(target, headers.get("host", ""))
    if url is None:
        return _refusal(HTTPStatus.BAD_REQUEST, "neither an http:// target nor a path and a Host")
    tokens = headers.get("connection", headers.get("proxy-connection", "")).lower()
    return _Request(method, url, version == "HTTP/1.1" and "close" not in tokens)


def _headers(lines: list[str]) -> dict[str, str] | None:
    """Return headers by lower-case name; None where a line is no header."""
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            return None
        headers[name.lower()] = value.strip()
    return headers


def _absolute(target: str, host: str) -> str | None:
    """Return the absolute http URL asked for, without fragment; None where there is none."""
    if target.startswith("/"):
        target = f"http://{host}{target}"
    try:
        parts = urlsplit(target)
        if parts.scheme != "http" or not parts.hostname or parts.port == 0:
            return None
    except ValueError:  # a port that is no number, a bracket that is not closed
        return None
    name = parts.netloc.rpartition("@")[2].lower().removesuffix(":80")
    query = f"?{parts.query}" if "?" in target.partition("#")[0] else ""
    return f"http://{name}{parts.path or '/'}{query}"


def _encode(answer: Answer, *, with_body: bool, keep_alive: bool) -> bytes:
    """Return the bytes of ``answer``; raises ValueError for a header that cannot be sent."""
    headers = list(answer.headers)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", HTML))
    if answer.status not in _NO_BODY:
        headers.append(("Content-Length", str(len(answer.body))))
    headers.append(("Connection", "keep-alive" if keep_alive else "close"))
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if any("\r" in line or "\n" in line for line in lines):
        message = f"The answer has a line break in a header: {headers!r}"
        raise ValueError(message)
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + answer.body if with_body and answer.status not in _NO_BODY else head


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"


class LoopbackWeb:
    """A web on ``127.0.0.1`` that answers from ``handler`` while its ``with`` block lasts.

    Args:
        handler: what is asked for each URL.
        port: port to listen on; 0 takes a free one.
        latency: seconds to wait before each answer.
        log: file that one line a request (method, URL, status) is appended to.
    """

    def __init__(
        self, handler: Handler, port: int = 0, *, latency: float = 0.0, log: Path | None = None
    ) -> None:
        self._handler = handler
        self._port = port
        self._latency = latency
        self._log_path = log
        self._log: IO[str] | None = None
        self._requests: list[str] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, to be used as a proxy; the port is known once started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[str]:
        """Every URL asked so far, in order, HEAD included and refused requests not (a copy)."""
        return self._requests.copy()

    def __enter__(self) -> Self:
        """Start serving; raises `UsageError` where the port cannot be taken."""
        try:
            listener = socket.create_server(("127.0.0.1", self._port))
        except (OSError, OverflowError) as error:
            message = f"Cannot listen on {self.url} ({error}): name another port, or 0 for any."
            raise UsageError(message) from error
        self._port = listener.getsockname()[1]
        if self._log_path is not None:
            try:
                self._log = self._log_path.open("a", encoding="utf-8", buffering=1)
            except OSError:
                listener.close()
                raise
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, started)), daemon=True
        )
        self._thread.start()
        started.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and drop what connections there are."""
        if self._loop and self._stop and self._thread:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        if self._log is not None:
            self._log.close()

    async def _serve(self, listener: socket.socket, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, sock=listener, limit=MAX_HEAD)
        started.set()
        await self._stop.wait()
        server.close()
        # Aborted, not cancelled: each connection then ends as if its client had left.
        for writer in self._connections.values():
            writer.transport.abort()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks)
        await server.wait_closed()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._stop is None or self._stop.is_set():
            writer.transport.abort()  # accepted while the server was stopping
            return
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer the next request of a connection; return whether another may follow."""
        asked: _Request | Answer
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            asked = _refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"above {MAX_HEAD} bytes")
        else:
            asked = _parse(head.strip(b"\r\n"))
        if isinstance(asked, _Request):
            reply = await self._answer(asked)
        else:
            reply = _encode(asked, with_body=True, keep_alive=False)
        writer.write(reply)
        await writer.drain()
        return isinstance(asked, _Request) and asked.keep_alive

    async def _answer(self, request: _Request) -> bytes:
        """Return the bytes that answer ``request``, after recording it."""
        self._requests.append(request.url)
        if self._latency:
            await asyncio.sleep(self._latency)
        sent = {"with_body": request.method == "GET", "keep_alive": request.keep_alive}
        try:
            answer = self._handler(request.url)
            reply = _encode(answer, **sent)
        except Exception as error:  # Whatever a handler raises is the 500 of the web it plays.
            answer = _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"handler: {error!r}")
            reply = _encode(answer, **sent)
        if self._log is not None:
            self._log.write(f"{request.method} {request.url} {int(answer.status)}\n")
        return reply


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a sample-web folder until Ctrl-C; return the exit code."""
    from linkcrawler import sample_web

    parser = argparse.ArgumentParser(
        prog="python -m linkcrawler.loopback",
        description="Serve a sample web as an http proxy on 127.0.0.1.",
        epilog="example: python -m linkcrawler.loopback data/sample-web --port 8080",
    )
    parser.add_argument("folder", type=Path, help="folder that holds web.toml")
    parser.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    options = parser.parse_args(arguments)
    try:
        web = sample_web.load(options.folder)
        with (
            LoopbackWeb(web.handler, options.port) as server,
            contextlib.suppress(KeyboardInterrupt),
        ):
            print(f"{len(web.hosts)} hosts; try: curl -x {server.url} {web.seeds[0]}", flush=True)
            threading.Event().wait()
    except LinkCrawlerError as error:
        parser.exit(error.exit_code, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
