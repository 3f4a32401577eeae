"""The bytes of a sitemap in, the URLs that it lists out (sitemaps.org 0.9).

Reads what can be read of any bytes, in one pass and without an XML parser: no entity is resolved but
the five of XML and character numbers, nothing is loaded, and text that ends in the middle gives the
URLs before. Feeds are no sitemaps here.
"""

from __future__ import annotations

import re
import zlib
from typing import Final, NamedTuple

MAX_BYTES: Final = 10 * 2**20
"""Bytes that are read, decompressed."""
MAX_RATIO: Final = 200
"""Times that a file may grow when it is decompressed, past `FREE_BYTES`."""
FREE_BYTES: Final = 2**20
MAX_URLS: Final = 50_000
"""URLs in one sitemap; sitemaps.org allows as many."""
MAX_STEPS: Final = 4 * MAX_URLS
"""Lines, or pieces of markup that matter, that are looked at."""
MAX_VALUE: Final = 16 * 1024
"""Characters of the longest value that is looked at, escapes included."""

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 64 * 1024
_UTF_16: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WINDOW: Final = 64 * 1024
_OVERLAP: Final = 8192
"""Characters looked at at a time, for each look holds up all threads, and again: no tag is longer."""
_MARKUP: Final = re.compile(
    r"<!--|<!\[CDATA\[|<([\w.-]{1,60}:)?(urlset|sitemapindex|loc)(?=[\s>/])[^<>]{0,8000}>"
)
_ESCAPE: Final = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_CHARACTERS: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_BEGIN_BYTES: Final = 4096
"""Beginning of a body by which a sitemap is told from a page."""
_BEGINNING: Final = re.compile(
    r"(?:\s++|<\?[^>]*+>|<!--(?:[^-]|-(?!->))*+-->|<!DOCTYPE[^>]*+>)*+"
    r"(?:<(?:[\w.-]{1,60}+:)?(?:urlset|sitemapindex)[\s>/]|https?://[^\s<]++(?:\s++https?://[^\s<]++)*+\s*\Z)"
)
_LINE: Final = re.compile(r"https?://\S+", re.IGNORECASE)


class Sitemap(NamedTuple):
    """What a sitemap lists, each once, in its order and as it is written."""

    is_index: bool
    """They are sitemaps."""
    urls: tuple[str, ...]


def read_sitemap(body: bytes) -> Sitemap | None:
    r"""Return what ``body`` lists, at most `MAX_URLS`; None where it is no sitemap.

    Args:
        body: XML (``urlset`` or ``sitemapindex``) or text with a URL a line, perhaps gzipped.

    >>> read_sitemap(b"<urlset><url><loc> http://a.example/?b&amp;c </loc></url></urlset>")
    Sitemap(is_index=False, urls=('http://a.example/?b&c',))
    >>> read_sitemap(b"http://a.example/1\nhttp://a.example/2\n").urls
    ('http://a.example/1', 'http://a.example/2')
    """
    text = _text(unpacked(body))
    found: dict[str, None] = {}
    root = _gather(text, found)
    if root:
        return Sitemap(root == "sitemapindex", tuple(found))
    for line in text.split("\n", MAX_STEPS)[:MAX_STEPS]:
        if len(line) <= MAX_VALUE and _LINE.fullmatch(line.strip()):
            found[line.strip()] = None
    return Sitemap(is_index=False, urls=tuple(found)[:MAX_URLS]) if found else None


def is_sitemap(body: bytes) -> bool:
    r"""Return whether ``body`` begins as a sitemap does, whatever its server calls it.

    >>> is_sitemap(b"<?xml version='1.0'?>\n<urlset xmlns='x'>"), is_sitemap(b"<html><urlset>")
    (True, False)
    >>> is_sitemap(b"http://a.example/1\nhttp://a.example/2\n"), is_sitemap(b"see http://a.example/")
    (True, False)
    """
    if body.startswith(_GZIP):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body[:_BEGIN_BYTES], _BEGIN_BYTES)
        except zlib.error:
            return False
    beginning = body[:_BEGIN_BYTES]
    if len(body) > _BEGIN_BYTES:  # the last of its URLs may be cut
        beginning = beginning.rpartition(b"\n")[0] or beginning
    return _BEGINNING.match(_text(beginning)) is not None


def unpacked(body: bytes) -> bytes:
    """Return at most `MAX_BYTES` of ``body``, decompressed where it is gzipped.

    What is damaged, or grows more than `MAX_RATIO` times, gives what came before.
    """
    if not body.startswith(_GZIP):
        return body[:MAX_BYTES]
    reader = zlib.decompressobj(wbits=31)
    most = min(MAX_BYTES, max(FREE_BYTES, MAX_RATIO * len(body)))
    parts: list[bytes] = []
    size = 0
    try:
        while size < most and not reader.eof:
            part = reader.decompress(body, min(_CHUNK, most - size))
            if not part and not reader.unconsumed_tail:
                break
            body = reader.unconsumed_tail
            parts.append(part)
            size += len(part)
    except zlib.error:
        pass
    return b"".join(parts)


def _text(body: bytes) -> str:
    for mark, charset in _UTF_16:
        if body.startswith(mark):
            return body[2:].decode(charset, "replace")
    return body.decode("utf-8-sig", "replace").replace("\r", "\n")


def _gather(text: str, found: dict[str, None]) -> str:
    """Put the values of ``loc`` elements into ``found``; return the root's name, or an empty text.

    Elements must have the root's prefix: others (``image:loc``) name no pages.
    """
    root, prefix, at = "", "", 0
    for _ in range(MAX_STEPS):
        if at >= len(text) or len(found) >= MAX_URLS:
            break
        markup = _MARKUP.search(text, at, at + _WINDOW)
        if markup is None:
            at += _WINDOW - _OVERLAP
            continue
        at = markup.end()
        if markup[2] is None:
            at = _after(text, "-->" if markup[0] == "<!--" else "]]>", at)
        elif markup[2] != "loc":
            if not root:
                root, prefix = markup[2], markup[1] or ""
        elif root and (markup[1] or "") == prefix and not markup[0].endswith("/>"):
            at = _take(text, at, found)
    return root


def _take(text: str, at: int, found: dict[str, None]) -> int:
    """Add the value that begins at ``at`` where it ends, too; return where to go on."""
    end = text.find("<", at)
    if end < 0:
        return len(text)  # cut off: half a URL would be another one
    value = text[at : min(end, at + MAX_VALUE + 1)].strip()
    if not value and text.startswith("<![CDATA[", end):
        start = end + len("<![CDATA[")
        end = text.find("]]>", start)
        if end < 0:
            return len(text)
        value = text[start : min(end, start + MAX_VALUE + 1)].strip()
    else:
        value = _ESCAPE.sub(_character, value)
    if 0 < len(value) <= MAX_VALUE:
        found[value] = None
    return end


def _after(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return len(text) if end < 0 else end + len(mark)


def _character(escape: re.Match[str]) -> str:
    decimal, hexadecimal, name = escape.groups()
    if name:
        return _CHARACTERS[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    is_one = number < 0xD800 or 0xDFFF < number <= 0x10FFFF
    return chr(number) if is_one else "\ufffd"
