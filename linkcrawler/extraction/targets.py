"""A reference as a page writes it in, the URL that it leads to and that URL's domain out.

Most references are plain: names and slashes, or a host that the site's other pages name as well. The
former are put behind the base's folder as they are, what the latter lead to is remembered; all
others go the whole way of `linkcrawler.urls.canonical`.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Final, NamedTuple

from linkcrawler.extraction.legacy import with_query_in
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

MAX_KNOWN: Final = 16_384
"""References to hosts that are remembered."""
MAX_PART: Final = 300
"""Characters of a reference that is remembered, and of a base that references are put behind."""
_WEB: Final = ("http://", "https://")
_PLAIN: Final = re.compile(
    r"((?:\.\./)*+)(/?+[a-zA-Z0-9_][a-zA-Z0-9_-]*+(?:[./][a-zA-Z0-9_-]++)*+/?+)"
)
"""References that mean what they look like: no scheme or host, no dots but in names."""


class Target(NamedTuple):
    """Where a reference leads."""

    url: str
    """Canonical."""
    domain: str
    """Its registered domain."""


_made: Final = partial(tuple.__new__, Target)
"""Makes a target of a pair, in a third of the time."""


class Base:
    """What the references of a page resolve against.

    Args:
        url: a URL of any scheme, as the standard writes it.
    """

    __slots__ = ("_domain", "_folders", "itself", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.itself = target_of("", url)
        """Where an empty reference leads."""
        self._domain = ""
        self._folders: list[str] = []
        if self.itself is not None and len(url) <= MAX_PART:
            self._domain = self.itself.domain
            self._folders = _folders_of(self.itself.url)

    def target(self, written: str) -> Target | None:
        """Return where a reference leads; None for no web address.

        >>> base = Base("http://a.example/b/c?d")
        >>> base.target("../e#f"), base.target("./g").url
        (Target(url='http://a.example/e', domain='a.example'), 'http://a.example/b/g')
        """
        cut = written.find("#")
        # White space before a fragment is no end of the reference, and stays.
        if cut >= 0 and (cut == 0 or written[cut - 1] > " "):
            written = written[:cut]
        if not written:
            return self.itself
        if len(written) > MAX_PART:
            return target_of(written, self.url)
        if written.startswith(_WEB):
            return _known_target(written, None)
        if not self._folders or not (found := _PLAIN.fullmatch(written)):
            return target_of(written, self.url)
        up, path = found.groups()
        folders = self._folders
        if not up:
            url = folders[-1] + path[1:] if path[0] == "/" else folders[0] + path
        elif path[0] == "/":  # behind a step up it is no path from the root
            return target_of(written, self.url)
        else:  # beyond the root there is nowhere to go
            url = folders[min(len(up) // 3, len(folders) - 1)] + path
        return _made((url, self._domain))

    def canonical(self, written: str) -> str | None:
        """Return the canonical URL that a reference leads to; None for no web address."""
        return canonicalize(written, self.url)


class LegacyBase(Base):
    """That of a page whose queries are not sent in UTF-8.

    Args:
        url: as above.
        charset: Python's name of the page's codec.
    """

    __slots__ = ("_charset",)

    def __init__(self, url: str, charset: str) -> None:
        super().__init__(url)
        self._charset = charset

    def target(self, written: str) -> Target | None:
        """Return where a reference leads; None for no web address.

        >>> LegacyBase("http://a.example/", "cp1252").target("?é").url
        'http://a.example/?%E9'
        """
        return super().target(with_query_in(written, self._charset))

    def canonical(self, written: str) -> str | None:
        """Return the canonical URL that a reference leads to; None for no web address."""
        return super().canonical(with_query_in(written, self._charset))


def base_of(url: str, charset: str) -> Base:
    """Return what the references of a page resolve against; ``charset`` may be empty, for UTF-8."""
    return LegacyBase(url, charset) if charset and not charset.startswith("utf") else Base(url)


def _folders_of(url: str) -> list[str]:
    """Return the folder of a canonical URL, the one around it and so on up to the root.

    >>> _folders_of("http://a.example/b/c?d/e")
    ['http://a.example/b/', 'http://a.example/']
    """
    address = url.partition("?")[0]
    root = address.index("/", address.index("//") + 2) + 1
    folders = []
    at = address.rindex("/") + 1
    while at > root:
        folders.append(address[:at])
        at = address.rindex("/", 0, at - 1) + 1
    return [*folders, address[:root]]


def target_of(written: str, base: str | None) -> Target | None:
    """Return where a reference leads; None for no web address."""
    url = canonicalize(written, base)
    return None if url is None else Target(url, registered_domain(host_of(url)))


_known_target = lru_cache(maxsize=MAX_KNOWN)(target_of)
