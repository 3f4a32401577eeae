"""The allow and disallow patterns of a robots.txt in, which one decides on a URL out (RFC 9309 2.2.2).

Everything is compared as octets in one spelling: what RFC 3986 calls unreserved is decoded, all else
that is no plain ASCII of a URL is percent-encoded. A check looks patterns without wildcards up by
their length and tries the others from the longest down, each in one pass and without backtracking.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_OTHER: Final = re.compile(rb"%([0-9A-Fa-f]{2})?|[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]")
_DECODED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'")
"""Octets whose percent-encoding means the same as they do: RFC 3986's unreserved ones, and the
apostrophe, which browsers encode in a query and not in a path."""
_INDEX: Final = b"/index.html"
_EMPTY: Final = 900
_PLAIN: Final = 100
_GLOB: Final = 230
_OBJECT: Final = 40
"""Bytes of memory that no pattern costs, one without wildcards and one with them beside its octets,
and one of its parts: measured."""
_GRAM: Final = 4
"""Octets by which patterns with wildcards are found: some of theirs must stand in the URL."""


class _Glob(NamedTuple):
    """A pattern with wildcards."""

    length: int
    is_allowed: bool
    parts: tuple[bytes, ...]
    """What stands between its asterisks."""
    is_whole: bool
    """It ends with ``$``."""
    least: int
    """Length of the shortest path that it matches."""

    def matches(self, path: bytes) -> bool:
        """Return whether the pattern matches from the start of ``path``."""
        if len(path) < self.least or not path.startswith(self.parts[0]):
            return False
        first, *middle = self.parts
        at, last = len(first), middle.pop() if self.is_whole else b""
        for part in middle:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return not self.is_whole or (len(path) - len(last) >= at and path.endswith(last))


class PathRules:
    """The patterns of one group of rules.

    Args:
        rules: whether what matches is allowed, and the pattern as it was written, in octets.
            A pattern that starts with neither ``/`` nor ``*`` is taken as if it did where it
            disallows, and matches nothing where it allows.
    """

    __slots__ = ("_globs", "_grams", "_lengths", "_prefixes", "_wholes", "size")

    def __init__(self, rules: Iterable[tuple[bool, bytes]]) -> None:
        self._prefixes: dict[bytes, bool] = {}
        self._wholes: dict[bytes, bool] = {}
        globs: dict[_Glob, None] = {}
        for is_allowed, written in dict.fromkeys(rules):
            self._add(is_allowed, written, globs)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._globs = sorted(globs, key=lambda glob: (-glob.length, not glob.is_allowed))
        self._grams = _by_gram(self._globs)
        self.size = self._measure()
        """Bytes of memory, about."""

    def _add(self, is_allowed: bool, written: bytes, globs: dict[_Glob, None]) -> None:
        if not written.startswith((b"/", b"*")):
            if is_allowed or not written:
                return
            written = b"/" + written
        is_whole = written.endswith(b"$")
        pattern = plain_octets(written[:-1] if is_whole else written).replace(b"$", b"%24")
        if b"*" not in pattern:
            table = self._wholes if is_whole else self._prefixes
            table[pattern] = is_allowed or table.get(pattern, False)
            if is_allowed and not is_whole and pattern.endswith(_INDEX):
                self._wholes[pattern[: 1 - len(_INDEX)]] = True
            return
        # Asterisks in a row are one; where the end is open, one there says nothing.
        parts = re.sub(rb"\*+", b"*", pattern).split(b"*")
        if not is_whole and not parts[-1]:
            parts.pop()
        least = sum(map(len, parts))
        globs[_Glob(len(pattern) + is_whole, is_allowed, tuple(parts), is_whole, least)] = None

    def _measure(self) -> int:
        plain = [len(pattern) for table in (self._prefixes, self._wholes) for pattern in table]
        parts = [len(part) for glob in self._globs for part in glob.parts]
        octets = sum(plain) + sum(length + _OBJECT for length in parts if length > 1)
        tables = _EMPTY + _PLAIN * len(plain) + _GLOB * len(self._globs) + 8 * len(parts)
        return octets + tables

    def allows(self, path: bytes) -> bool:
        """Return whether ``path``, as `path_octets` gives it, may be fetched.

        >>> rules = PathRules([(False, b"/a"), (True, b"/a*.html$")])
        >>> [rules.allows(path) for path in (b"/", b"/a", b"/a/b.html", b"/a/b.html?c")]
        [True, False, True, False]
        """
        length, is_allowed = self._longest_plain(path)
        for number in self._candidates(path):
            glob = self._globs[number]
            if glob.length < length or (glob.length == length and is_allowed):
                break
            if glob.matches(path):
                return glob.is_allowed
        return is_allowed

    def _candidates(self, path: bytes) -> list[int]:
        """Return which patterns with wildcards may match, by their place; the longest come first."""
        if not self._globs:
            return []
        found = set(self._grams.get(b"", ()))
        for at in range(len(path) - _GRAM + 1):
            found.update(self._grams.get(path[at : at + _GRAM], ()))
        return sorted(found)

    def _longest_plain(self, path: bytes) -> tuple[int, bool]:
        """Return length and verdict of the longest pattern without wildcards that matches."""
        whole = self._wholes.get(path)
        if whole is not None:
            return len(path) + 1, whole
        for at in range(bisect_left(self._lengths, len(path) + 1) - 1, -1, -1):
            prefix = path[: self._lengths[at]]
            is_allowed = self._prefixes.get(prefix)
            if is_allowed is not None:
                return len(prefix), is_allowed
        return 0, True


def _by_gram(globs: list[_Glob]) -> dict[bytes, list[int]]:
    """Return the places of patterns by the first octets of their longest part; ``b""``: too short."""
    found: dict[bytes, list[int]] = {}
    for number, glob in enumerate(globs):
        longest = max(glob.parts, key=len)
        found.setdefault(longest[:_GRAM] if len(longest) >= _GRAM else b"", []).append(number)
    return found


def plain_octets(octets: bytes) -> bytes:
    r"""Return ``octets`` of a URL in the one spelling that is compared.

    >>> plain_octets(b"/%62%2f|\xe3%zz")
    b'/b%2F%7C%E3%zz'
    """
    return _OTHER.sub(_plain_octet, octets)


def _plain_octet(found: re.Match[bytes]) -> bytes:
    octets, encoded = found.group(), found.group(1)
    if octets == b"%":
        return octets
    number = int(encoded, 16) if encoded else octets[0]
    return bytes((number,)) if encoded and number in _DECODED else b"%%%02X" % number


def path_octets(url: str) -> bytes:
    """Return path and query of ``url``, as patterns are compared with it.

    What is an asterisk or dollar in the URL is what a pattern writes percent-encoded (2.2.3).

    >>> path_octets("http://example.com?a=%7e*#b"), path_octets("http://example.com/b$")
    (b'/?a=~%2A', b'/b%24')
    """
    rest = url[url.index("//") + 2 :].partition("#")[0]
    start = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    path = rest[start:] if rest[start : start + 1] == "/" else "/" + rest[start:]
    octets = plain_octets(path.encode("utf-8", "surrogatepass"))
    return octets.replace(b"*", b"%2A").replace(b"$", b"%24")
