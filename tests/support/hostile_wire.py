"""Ways to answer that are hostile before a page is there to be read: connections, heads, lengths, TLS."""

from __future__ import annotations

import asyncio

from support.hostile_peer import (
    BROKEN,
    DRIP_SECS,
    FOR_EVER,
    HEAD,
    HEAD_TOO_BIG,
    MIB,
    OK,
    PAGE,
    TIMEOUT,
    TOO_BIG,
    Case,
    outcomes,
    page,
    raw,
)


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


CONNECTIONS = {
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
}  # fmt: skip
