"""Real and hand-made inputs, and mutations of them: as many as a number says, the same each time.

With ``LINKCRAWLER_SUITES`` other people's tests are read too: html5lib's tree construction, 4,231 robots
files, the URLs of the web platform tests.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from support.xss import VECTORS

if TYPE_CHECKING:
    from random import Random

PIECES = (
    b"<", b">", b"</a>", b"<a href=", b'"', b"'", b"&#", b"&#x1b;", b"\x00", b"\x1b[2J", b"\xe2\x80\xae",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"%00", b"%2525", b"//", b"@", b":", b"?", b"#", b"\\",
    b"\r", b"\n", b"\t", b"*", b"$", b"/", b"=", b"<!--", b"-->", b"<svg>", b"<template>", b"<p>" * 30,
    b"a" * 200, b"\xcc\x81\xcc\x96" * 40, b"http://", b"[", b"]", b"User-agent: ", b"Disallow: ", b"charset=",
)  # fmt: skip
"""What is put in."""
OWN_HTML = (
    b"<!doctype html><title>t</title><meta charset=utf-8><base href=/b/><a href=c rel=nofollow>d</a>",
    b"<meta http-equiv=refresh content='0;url=x'><link rel=canonical href=/><iframe src=y></iframe>",
    b"<table><a href=1><td><b><a href=2>x</b></table><svg><a href=3><title>s</title></svg>",
    b"<noscript><a href=4></noscript><template><a href=5></template><select><a href=6></select>",
)
OWN_ROBOTS = (
    b"User-agent: *\nDisallow: /a*b$\nAllow: /ab\nCrawl-delay: 2\nSitemap: http://a.example/s.xml\n",
    b"\xef\xbb\xbfuser-agent:linkcrawler\r\nuser-agent: b # c\rdisallow:\n\nUser-agent: *\nDisallow: /%C3%A9",
)
OWN_URLS = (
    "http://a.example/b?c#d",
    "//u:p@[::1]:80/../x",
    "https://bücher.example./%7e?utm_source=1",
)


def mutated(seed: bytes, others: tuple[bytes, ...], random: Random) -> bytes:
    """Return ``seed`` after a few changes: cuts, copies, bits flipped, pieces and other seeds put in."""
    data = bytearray(seed[: random.choice((200, 2000, 20_000))])
    for _ in range(random.randint(0, 6)):
        at = random.randint(0, len(data))
        to = min(len(data), at + random.choice((1, 3, 20, 200)))
        action = random.randrange(6)
        if action == 0:
            del data[at:to]
        elif action == 1:
            data[at:at] = random.choice(PIECES)
        elif action == 2:
            data[at:at] = data[at:to] * random.choice((1, 2, 30))
        elif action == 3 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif action == 4:
            other = random.choice(others)
            start = random.randint(0, len(other))
            data[at:at] = other[start : start + random.choice((10, 100))]
        else:
            data[at:to] = random.randbytes(to - at)
    return bytes(data[:60_000])


@lru_cache(maxsize=1)
def html() -> tuple[bytes, ...]:
    """Pages: of html5lib's tests where they are to be had, our own, and hostile texts."""
    found = [*OWN_HTML, *(text.encode("utf-8", "replace") for text in VECTORS)]
    for path in sorted(_suites().glob("html5lib/*.dat")):
        text = path.read_text("utf-8", "replace")
        found += [
            case.encode("utf-8", "replace")
            for case in re.findall(r"#data\n(.*?)\n#errors", text, re.DOTALL)
        ]
    return tuple(found)


@lru_cache(maxsize=1)
def robots() -> tuple[bytes, ...]:
    """robots files: real ones where they are to be had, and our own."""
    path = _suites() / "robots_txt.parquet"
    if not path.is_file():
        return OWN_ROBOTS
    import pyarrow.parquet as pq

    return OWN_ROBOTS + tuple(pq.read_table(path, columns=["robots_txt"])["robots_txt"].to_pylist())


@lru_cache(maxsize=1)
def urls() -> tuple[bytes, ...]:
    """URLs as they are written: of the web platform tests where they are to be had, and our own."""
    path = _suites() / "urltestdata.json"
    cases = json.loads(path.read_text("utf-8", "replace")) if path.is_file() else []
    written = [case["input"] for case in cases if isinstance(case, dict)]
    return tuple(text.encode("utf-8", "surrogatepass") for text in [*OWN_URLS, *written])


def _suites() -> Path:
    return Path(os.environ.get("LINKCRAWLER_SUITES") or "no suites")
