"""A page's text in, two numbers that are the same for pages of the same text out.

They tell a page that says something new from one more copy. Links count nothing in them, since a
program can make up any number of those, and neither does the page's own address, which pages that
find nothing like to repeat. For the second one words that hold a digit count nothing either: a day,
a page's number, a clock.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from linkcrawler.urls.canonical import host_of

_DIGITS: Final = frozenset("0123456789")
MIN_TEXT: Final = 4
"""Bytes of text without white space below which a page says nothing."""
MIN_WORD: Final = 4
"""Characters from which on a part of the address is left out of the text."""
MIN_NAME: Final = 8
"""Characters of the last segment of a path, or of a host's first label, from which on it is a name."""
MIN_TOKEN: Final = 16
"""Characters of a word with digits from which on it is a token, and not left to count."""


def fingerprints(words: list[str], url: str) -> tuple[int, int]:
    """Return the fingerprint of a page's text, and that without words that hold a digit.

    Each is 0 where too little is left.

    Args:
        words: what the page says outside of its links, lower-case.
        url: its canonical URL.
    """
    plain = [word for word in words if word.isalpha() or _DIGITS.isdisjoint(word)]
    if len(plain) == len(words):
        key = _key("".join(plain), url)
        return key, key
    short = [word for word in words if len(word) < MIN_TOKEN or _DIGITS.isdisjoint(word)]
    return _key("".join(short), url), _key("".join(plain), url)


def _key(text: str, url: str) -> int:
    for word in _own_words(url):
        text = text.replace(word, "")
    data = text.encode(errors="replace")
    if len(data) < MIN_TEXT:
        return 0
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True) or 1


def _own_words(url: str) -> list[str]:
    """Return how a page may speak of its own address, the longest first."""
    address = url.partition("?")[0]
    host = host_of(url)
    path = address.partition("//")[2].partition("/")[2].rstrip("/")
    names = [host.partition(".")[0], path.rpartition("/")[2]]
    words = [
        url,
        address,
        f"/{path}",
        path,
        host,
        *(name for name in names if len(name) >= MIN_NAME),
    ]
    found = {word.lower() for word in words}
    return sorted((word for word in found if len(word) >= MIN_WORD), key=len, reverse=True)
