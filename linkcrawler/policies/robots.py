"""A robots.txt in, what it says to this crawler out (RFC 9309): URLs, delay, sitemaps (pure)."""

from __future__ import annotations

import re
from typing import Final

from linkcrawler.policies.robots_paths import PathRules, path_octets

MAX_BYTES: Final = 500 * 1024
"""What is read of a robots.txt; RFC 9309 2.5 asks for at least this much."""
MAX_SITEMAPS: Final = 10
"""Sitemaps taken of a robots.txt, the first ones."""
MAX_SITEMAP_URL: Final = 2083

_LINE: Final = re.compile(
    rb"[\t\x0b\f ]*"
    rb"(user[ -]?agent|allow|dis+allow|dis+alow|diasllow|disallaw|crawl[ -]?delay|site-?maps?)"
    rb"(?:[\t\x0b\f ]*:|[\t\x0b\f ])([^#]*)",
    re.IGNORECASE,
)
"""A line that says something, with the misspellings that Google's parser takes, too."""
_TOKEN: Final = re.compile(rb"[A-Za-z_-]+|\*(?!\S)")
_START: Final = re.compile(
    rb"(?:\s|\xc2\xa0|\xe2\x80[\x80-\x8f\xa8\xa9\xaf]|\xe3\x80\x80|\xef\xbb\xbf)*"
)
_END: Final = re.compile(
    rb"(?:\s|\xa0\xc2|[\x80-\x8f\xa8\xa9\xaf]\x80\xe2|\x80\x80\xe3|\xbf\xbb\xef)*"
)
"""White space around a value, what word processors put there included; that at its end backwards,
for a search of it forwards looks at each run of white space from each of its places."""
_SECONDS: Final = re.compile(rb"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")
_UTF_16: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF_8: Final = b"\xef\xbb\xbf"
_BASE_BYTES: Final = 400
"""Memory of rules that say nothing."""


class RobotsRules:
    """The rules of one site for one crawler.

    Args:
        body: its robots.txt, of which `MAX_BYTES` are read; empty allows everything.
        agent: the crawler's product token.
        refusal: why nothing may be fetched, whatever the text says, or empty.
    """

    __slots__ = ("_paths", "crawl_delay", "refusal", "sitemaps", "size")

    def __init__(self, body: bytes = b"", agent: str = "*", refusal: str = "") -> None:
        text = _Text(agent.lower().encode())
        if body:
            text.read(readable(body))
        mine = text.mine()
        self._paths = PathRules(mine.rules) if mine.rules else None
        self.refusal = refusal
        self.crawl_delay = mine.delay
        """Seconds asked for between two requests; 0 for none."""
        self.sitemaps = tuple(text.sitemaps)
        """Sitemaps as they are written, `MAX_SITEMAPS` at the most."""
        texts = sum(map(len, self.sitemaps))
        self.size = _BASE_BYTES + (self._paths.size if self._paths else 0) + texts
        """Bytes of memory, about."""

    def reject_reason(self, url: str) -> str | None:
        r"""Return why ``url`` may not be fetched, or None; robots.txt itself always may.

        >>> RobotsRules(b"User-agent: *\nDisallow: /a", "bot").reject_reason("http://x.example/ab")
        'disallowed'
        """
        if self.refusal:
            return self.refusal
        if self._paths is None:
            return None
        path = path_octets(url)
        return None if path == b"/robots.txt" or self._paths.allows(path) else "disallowed"


class _Group:
    """What is said to one product token, gathered from all groups that name it."""

    __slots__ = ("delay", "is_named", "rules")

    def __init__(self) -> None:
        self.is_named = False
        self.rules: list[tuple[bool, bytes]] = []
        self.delay = 0.0


class _Text:
    """What a robots.txt says to one product token and to all, and its sitemaps.

    A group is one or more names and the allow and disallow lines below them; those of groups of
    one name belong together (2.2.1). Other lines do not end a group's names (2.2.4). A
    Crawl-delay is for the names above it, up to another one.
    """

    def __init__(self, agent: bytes) -> None:
        self.groups = {agent: _Group(), b"*": _Group()}
        self.agent = agent
        self.sitemaps: dict[str, None] = {}
        self._names: set[bytes] = set()
        self._delayed: set[bytes] = set()
        self._has_rules = self._has_delay = True

    def mine(self) -> _Group:
        """Return the group of the product token where there is one, else that of all."""
        group = self.groups[self.agent]
        return group if group.is_named else self.groups[b"*"]

    def read(self, text: bytes) -> None:
        """Gather what the lines of ``text`` say."""
        for line in text.split(b"\n"):
            found = _LINE.match(line) if line else None
            if found is None:
                continue
            key, value = found[1][:1].lower(), found[2].strip()
            if not value.isascii():
                value = _stripped(value)
            if key == b"u":
                self._name(value)
            elif key == b"s":
                self._sitemap(value)
            elif key == b"c":
                self._delay(value)
            else:
                self._has_rules = True
                for name in self._names:
                    self.groups[name].rules.append((key == b"a", value))

    def _name(self, value: bytes) -> None:
        if self._has_rules:
            self._names = set()
        if self._has_rules or self._has_delay:
            self._delayed = set()
        self._has_rules = self._has_delay = False
        token = _TOKEN.match(value)
        name = token.group().lower() if token else b""
        if name in self.groups:
            self._names.add(name)
            self._delayed.add(name)
            self.groups[name].is_named = True

    def _sitemap(self, value: bytes) -> None:
        if len(self.sitemaps) < MAX_SITEMAPS and 0 < len(value) <= MAX_SITEMAP_URL:
            self.sitemaps[value.decode("utf-8", "replace")] = None

    def _delay(self, value: bytes) -> None:
        self._has_delay = True
        if _SECONDS.fullmatch(value):
            for name in self._delayed:
                self.groups[name].delay = max(self.groups[name].delay, float(value))


def _stripped(value: bytes) -> bytes:
    """Return ``value`` without white space around it."""
    for pattern in (_START, _END):
        found = pattern.match(value)
        value = value[found.end() if found else 0 :][::-1]
    return value


def readable(body: bytes) -> bytes:
    r"""Return `MAX_BYTES` of ``body``, up to a line's end, as UTF-8 with line feeds.

    Octets that are no UTF-8 stay: rules are compared octet by octet. UTF-16 is known by its byte
    order mark; without one, its zeros go, as all others.

    >>> readable(b"\xef\xbb\xbfa\r\nb\rc"), readable("a".encode("utf-16"))
    (b'a\n\nb\nc', b'a')
    """
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES]
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    for mark, charset in _UTF_16:
        if body.startswith(mark):
            body = body[2:].decode(charset, "replace").encode("utf-8", "replace")
    return body.removeprefix(_UTF_8).replace(b"\0", b"").replace(b"\r", b"\n")
