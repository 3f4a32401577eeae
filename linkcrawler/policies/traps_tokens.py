"""A URL or a host's label in, what looks drawn at random in it out: tokens of sessions (pure).

As with the other shapes of traps this is no verdict, and takes time in proportion to the URL.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from linkcrawler.policies.traps_shapes import parts_of

_RUNS: Final = re.compile(r"[0-9]+|[^0-9]+")
_TOKEN: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[A-Za-z0-9_-]{8,128}={0,2}|[0-9]{10,128}",
    re.IGNORECASE,
)
_MAY_BE_TOKEN: Final = re.compile(r"[/(;=][A-Za-z0-9_-]{16,}=*(?:[/);]|$)")
MIN_TOKEN_SEGMENT: Final = 16
"""Characters from which a segment of a path may be a token; in a query 8 are enough."""


class Tokens(NamedTuple):
    """A URL with what looks like a token of a session in it."""

    bare: str
    """The URL with ``*`` for each token."""
    tokens: tuple[str, ...]


def tokens_in(url: str) -> Tokens | None:
    """Return what looks like a token in ``url``; None where nothing does.

    >>> tokens_in("http://a.example/about?v=8f14e45fceea167a")
    Tokens(bare='http://a.example/about?v=*', tokens=('8f14e45fceea167a',))
    >>> tokens_in("http://a.example/how-to-write-2019?page=12") is None
    True
    """
    if "?" not in url and _MAY_BE_TOKEN.search(url) is None:
        return None
    address, query = parts_of(url)
    parts = address.split("/")
    found = []
    for place in range(3, len(parts)):
        part = parts[place]
        if len(part) >= MIN_TOKEN_SEGMENT and (is_token(part) or _has_token(part)):
            found.append(part)
            parts[place] = "*"
    shown = []
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        is_one = is_token(value)
        if is_one:
            found.append(value)
        shown.append(f"{name}{equals}{'*' if is_one else value}")
    if not found:
        return None
    return Tokens("/".join(parts) + ("?" if query else "") + "&".join(shown), tuple(found))


def _has_token(part: str) -> bool:
    """Return whether a segment holds a token in brackets, or behind ``;name=`` (``S(…)``, ``;v=…``)."""
    inner = re.split(r"[();=]", part)
    return len(inner) > 1 and any(
        len(word) >= MIN_TOKEN_SEGMENT and is_token(word) for word in inner
    )


def is_token(text: str) -> bool:
    """Return whether ``text`` looks drawn at random: digits and letters mixed, or very many digits.

    >>> is_token("8f14e45fceea167a"), is_token("spring-2024-sale"), is_token("1700000000000")
    (True, False, True)
    """
    if len(text) < 8 or not _TOKEN.fullmatch(text):
        return False
    if text.isdigit():
        return len(text) >= 10
    if len(text) == 36 and text.count("-") == 4:
        return True
    changes = _changes(text)
    if "-" in text or "_" in text:
        return changes >= 6
    return changes >= 2


def _changes(text: str) -> int:
    """Return how often a digit stands beside something else."""
    return len(_RUNS.findall(text)) - 1


def looks_random(label: str) -> bool:
    """Return whether a host's label looks drawn at random: digits between letters, or no vowels.

    >>> looks_random("a8f3kq"), looks_random("xkvqzrtb"), looks_random("shop2"), looks_random("blog")
    (True, True, False, False)
    """
    changes = _changes(label)
    return changes > 1 or (len(label) > 5 and sum(map(label.count, "aeiouy")) * 6 < len(label))
