"""Answers that are hostile in how they are coded, where they redirect to, or as a robots.txt."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import brotli

from support.hostile_peer import (
    BROKEN,
    HEAD_TOO_BIG,
    LARGE_OK,
    MIB,
    OK,
    PAGE,
    TIMEOUT,
    TOO_BIG,
    Case,
    coded,
    outcomes,
    page,
)
from support.hostile_wire import drip_body, endless_headers, reset_in_body, silent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from support.hostile_peer import Peer


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


CODINGS = {
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
}  # fmt: skip


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


REDIRECTS = {
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


# robots.txt


async def robots_endless(peer):
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\n")
    await peer.for_ever(b"Disallow: /private\n" * 1000)


async def robots_redirects(peer):
    await peer.page(b"", b"Location: /robots.txt", status=301)


REACHED = outcomes(
    "ok", "robots:robots_unreachable", "failed:robots_unreachable", "excluded:host_failed"
)
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
