"""Ways to answer that are hostile before a page is there to be read: heads, lengths, codings, robots.txt."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import brotli

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


# Connections and heads


async def silent(peer):
    await peer.until_gone()


async def drip_head(peer):
    await peer.drip(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000)


async def drip_fields(peer):
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    await peer.drip(b"a:b\r\n")


async def drip_body(peer):
    await peer.send(HEAD + b"Content-Length: 100000\r\n\r\n")
    await peer.drip(b"<a href=x>")


async def stall_large(peer):
    """Fill the room that large bodies share, and send no more."""
    await peer.send(HEAD + b"Content-Length: %d\r\n\r\n" % (9 * MIB))
    await peer.send(b"<a href=x>" * (7 * MIB // 10))
    await peer.until_gone()


async def drip_chunks(peer):
    await peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    await peer.drip(b"1\r\na\r\n")


async def endless_headers(peer):
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    await peer.for_ever(b"X-Header: value\r\n" * 100)


async def endless_header_line(peer):
    await peer.send(b"HTTP/1.1 200 OK\r\nX-Header: ")
    await peer.for_ever(b"x" * 4096)


async def endless_status_line(peer):
    await peer.send(b"HTTP/1.1 200 ")
    await peer.for_ever(b"x" * 4096)


async def endless_interim(peer):
    await peer.for_ever(b"HTTP/1.1 102 Processing\r\n\r\n" * 10)


async def slow_interim(peer):
    for _ in FOR_EVER:
        await peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
        await asyncio.sleep(DRIP_SECS)


async def reset_at_once(peer):
    peer.reset()


async def reset_in_head(peer):
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    peer.reset()


async def reset_in_body(peer):
    await peer.send(HEAD + b"Content-Length: 1000\r\n\r\n<a href=x>")
    await asyncio.sleep(0.05)
    peer.reset()


async def chunks_endless(peer):
    await peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    await peer.for_ever(b"10000\r\n" + b"x" * 65536 + b"\r\n")


async def chunk_extension_endless(peer):
    await peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;")
    await peer.for_ever(b"x" * 4096)


async def trailers_endless(peer):
    await peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
    await peer.for_ever(b"x: y\r\n" * 100)


async def body_endless(peer):
    await peer.send(HEAD + b"\r\n")
    await peer.for_ever(b"<a href=x>" * 6000)


# TLS


async def tls_silent(peer):
    await peer.until_gone()


async def tls_garbage(peer):
    await peer.reader.read(5)
    await peer.raw(b"\x15HTTP/1.1 400 this is not TLS\r\n\r\n" * 100)


async def tls_plain(peer):
    await peer.raw(HEAD + b"\r\n" + PAGE)


async def tls_drip(peer):
    await peer.reader.read(5)
    await peer.drip(b"\x16\x03\x03\x3f\xff")


async def tls_reset(peer):
    await peer.reader.read(5)
    peer.reset()


# Redirects


async def redirect_self(peer):
    await peer.page(b"", b"Location: " + peer.path.encode(), status=302)


async def redirect_loop(peer):
    await peer.page(b"", b"Location: " + (b"/" if peer.path == "/b" else b"/b"), status=301)


async def redirect_chain(peer):
    number = int(peer.path[1:] or 0) + 1
    await peer.page(b"", b"Location: /%d" % number, status=302)


def redirect(location: bytes) -> Callable[[Peer], Awaitable[None]]:
    return lambda peer: peer.page(b"", b"Location: " + location, status=302)


# robots.txt


async def robots_endless(peer):
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\n")
    await peer.for_ever(b"Disallow: /private\n" * 1000)


async def robots_redirects(peer):
    await peer.page(b"", b"Location: /robots.txt", status=301)


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def zeros(mib: int) -> bytes:
    return b"<p>" + b"\0" * (mib * MIB)


def many_times(n: int) -> bytes:
    body = PAGE
    for _ in range(n):
        body = zlib.compress(body, 1)
    return body


def text_of(mib: int) -> bytes:
    """Text that compresses as pages do."""
    words = b" ".join(b"%x" % (n * n * 2654435761 % 2**32) for n in range(20_000))
    return PAGE + b"<p>" + (words * (mib * MIB // len(words) + 1))[: mib * MIB]


REACHED = outcomes(
    "ok", "robots:robots_unreachable", "failed:robots_unreachable", "excluded:host_failed"
)

WIRE = {
    "silent": Case(silent, TIMEOUT),
    "drip_head": Case(drip_head, TIMEOUT),
    "drip_fields": Case(drip_fields, TIMEOUT | HEAD_TOO_BIG),
    "drip_body": Case(drip_body, TIMEOUT),
    "drip_chunks": Case(drip_chunks, TIMEOUT),
    "stall_large": Case(stall_large, TIMEOUT),
    "endless_headers": Case(endless_headers, HEAD_TOO_BIG),
    "endless_header_line": Case(endless_header_line, HEAD_TOO_BIG),
    "endless_status_line": Case(endless_status_line, HEAD_TOO_BIG),
    "endless_interim": Case(endless_interim, HEAD_TOO_BIG),
    "slow_interim": Case(slow_interim, TIMEOUT | HEAD_TOO_BIG),
    "many_fields": Case(page(PAGE, *(b"X-%d: y" % n for n in range(300))), HEAD_TOO_BIG),
    "long_field": Case(page(PAGE, b"X: " + b"y" * 70_000), HEAD_TOO_BIG),
    "long_cookie": Case(page(PAGE, b"Set-Cookie: a=" + b"y" * 60_000), OK, links=1),
    "reset_at_once": Case(reset_at_once, BROKEN),
    "reset_in_head": Case(reset_in_head, BROKEN),
    "reset_in_body": Case(reset_in_body, BROKEN),
    "close_at_once": Case(raw(b""), BROKEN),
    "close_in_head": Case(raw(b"HTTP/1.1 200 OK\r\nContent-Le"), BROKEN),
    "no_status_line": Case(raw(b"\xff\xfe\x00garbage" * 100), BROKEN),
    "http_09": Case(raw(b"<html><a href=x>x</a></html>"), BROKEN),
    "status_999": Case(lambda peer: peer.page(PAGE, status=999), outcomes("http_error:999")),
    "status_000": Case(raw(b"HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n"),
                       BROKEN | outcomes("http_error:bad_status")),
    "status_words": Case(raw(b"HTTP/1.1 abc OK\r\n\r\n"), BROKEN),
    "status_huge": Case(raw(b"HTTP/1.1 " + b"9" * 4000 + b" OK\r\nContent-Length: 0\r\n\r\n"),
                        BROKEN | outcomes("http_error:bad_status")),
    "version_odd": Case(raw(b"HTTP/9.9 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE), OK | BROKEN),
    "field_without_colon": Case(page(PAGE, b"no colon here"), OK | BROKEN),
    "field_nul": Case(page(PAGE, b"X-N\0ul: \0\0", b"Link: <\0>; rel=next"), OK | BROKEN),
    "field_folded": Case(page(PAGE, b"X: a\r\n b\r\n c"), OK),
    "field_injection": Case(page(PAGE, b"X: a\rLocation: http://127.0.0.1/\r\nY: b\nZ: c"), OK | BROKEN),
    "field_latin": Case(page(PAGE, b"Link: <\xff\xfe>; rel=\xe9"), OK),
    # Lengths and chunks
    "length_short": Case(raw(HEAD + b"Content-Length: 5\r\n\r\n" + PAGE * 100), OK | BROKEN),
    "length_long": Case(raw(HEAD + b"Content-Length: 999\r\n\r\n" + PAGE), BROKEN),
    "length_negative": Case(raw(HEAD + b"Content-Length: -5\r\n\r\n" + PAGE), OK | BROKEN),
    "length_words": Case(raw(HEAD + b"Content-Length: five\r\n\r\n" + PAGE), OK | BROKEN),
    "length_twice": Case(raw(HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + PAGE),
                         OK | BROKEN),
    "length_huge": Case(raw(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + PAGE),
                        outcomes("failed:too_big")),
    "length_and_chunks": Case(
        raw(HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a>b<\r\n0\r\n\r\n"),
        OK | BROKEN),
    "chunk_words": Case(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"), BROKEN),
    "chunk_overflow": Case(
        raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n"),
        BROKEN | outcomes("failed:too_big")),
    "chunk_negative": Case(
        raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n"), BROKEN),
    "chunk_without_end": Case(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), BROKEN),
    "chunks_endless": Case(chunks_endless, TOO_BIG),
    "chunk_extension_endless": Case(chunk_extension_endless, BROKEN | TIMEOUT | HEAD_TOO_BIG),
    "trailers_endless": Case(trailers_endless, BROKEN | TIMEOUT | HEAD_TOO_BIG),
    "coding_of_transfer": Case(
        raw(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), OK | BROKEN),
    "body_endless": Case(body_endless, TOO_BIG),
    # TLS
    "tls_silent": Case(tls_silent, TIMEOUT, is_tls=True),
    "tls_garbage": Case(tls_garbage, BROKEN | outcomes("failed:tls"), is_tls=True),
    "tls_plain": Case(tls_plain, BROKEN | outcomes("failed:tls"), is_tls=True),
    "tls_drip": Case(tls_drip, TIMEOUT, is_tls=True),
    "tls_reset": Case(tls_reset, BROKEN | outcomes("failed:tls"), is_tls=True),
    # Codings
    "gzip_bomb": Case(coded(lambda: gzipped(zeros(40)), b"gzip"), outcomes("failed:bomb", "failed:too_big")),
    "gzip_small_bomb": Case(coded(lambda: gzipped(zeros(9)), b"gzip"), outcomes("failed:bomb")),
    "gzip_too_big": Case(coded(lambda: gzipped(text_of(11)), b"gzip"), TOO_BIG),
    "gzip_large": Case(coded(lambda: gzipped(text_of(9)), b"gzip"), LARGE_OK, links=1),
    "deflate_bomb": Case(coded(lambda: zlib.compress(zeros(50), 9), b"deflate"),
                         outcomes("failed:bomb", "failed:too_big")),
    "brotli_bomb": Case(coded(lambda: brotli.compress(zeros(20), quality=5), b"br"),
                        outcomes("failed:bomb", "failed:too_big")),
    "gzip_in_gzip_bomb": Case(coded(lambda: gzipped(gzipped(zeros(40))), b"gzip, gzip"),
                              outcomes("failed:bomb", "failed:too_big")),
    "gzip_truncated": Case(coded(lambda: gzipped(text_of(1))[:50_000], b"gzip"), LARGE_OK, links=1),
    "gzip_garbage": Case(page(b"garbage" * 100, b"Content-Encoding: gzip"), outcomes("failed:bad_encoding")),
    "gzip_that_is_none": Case(page(PAGE, b"Content-Encoding: gzip"), outcomes("failed:bad_encoding")),
    "gzip_empty": Case(page(b"", b"Content-Encoding: gzip"), OK),
    "coding_unknown": Case(page(PAGE, b"Content-Encoding: rot13"), outcomes("failed:bad_encoding")),
    "coding_odd": Case(page(PAGE, b"Content-Encoding: \xff\x1b[31m,,"), outcomes("failed:bad_encoding")),
    "codings_2": Case(coded(lambda: many_times(2), b"deflate, deflate"), OK, links=1),
    "codings_3": Case(coded(lambda: many_times(3), b"deflate", b"deflate", b"deflate"),
                      outcomes("failed:too_many_codings")),
    "codings_2000": Case(coded(lambda: many_times(2000), b", ".join([b"deflate"] * 2000)),
                         outcomes("failed:too_many_codings")),
    # Redirects
    "redirect_self": Case(redirect_self, outcomes("redirect"), links=1),
    "redirect_loop": Case(redirect_loop, outcomes("redirect"), links=1),
    "redirect_chain": Case(redirect_chain, outcomes("redirect"), links=1),
    "redirect_to_nothing": Case(redirect(b""), outcomes("redirect:no_target")),
    "redirect_to_garbage": Case(redirect(b"http://[::bad::]:99999999/\x00\xff"),
                                outcomes("redirect:no_target") | BROKEN),
    "redirect_inside": Case(redirect(b"http://127.0.0.1:1/\x1b[31m"), outcomes("redirect"), links=1),
    "redirect_to_script": Case(redirect(b"javascript:alert(1)"), outcomes("redirect:no_target")),
    "redirect_long": Case(redirect(b"/" + b"x" * MIB), HEAD_TOO_BIG),
    "redirect_rather_long": Case(redirect(b"/" + b"x" * 9000), outcomes("redirect:no_target")),
}  # fmt: skip

ROBOTS = {
    "robots_endless": Case(robots_endless, REACHED, is_robots=True),
    "robots_drip": Case(drip_body, REACHED | TIMEOUT, is_robots=True),
    "robots_silent": Case(silent, REACHED | TIMEOUT, is_robots=True),
    "robots_headers": Case(endless_headers, REACHED | HEAD_TOO_BIG, is_robots=True),
    "robots_bomb": Case(coded(lambda: gzipped(zeros(40)), b"gzip"), REACHED, is_robots=True),
    "robots_garbage": Case(page(b"\x00\xff\xfe" * 100_000), LARGE_OK, is_robots=True, links=1),
    "robots_redirects": Case(robots_redirects, OK, is_robots=True, links=1),
    "robots_reset": Case(reset_in_body, REACHED | BROKEN, is_robots=True),
    "robots_long_line": Case(
        page(b"Disallow: " + b"*a" * 200_000), LARGE_OK, is_robots=True, links=1
    ),
}
