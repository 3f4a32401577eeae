"""The numbers of a web in, each of its pages out by a formula: nothing is stored.

Every page can be reached from the home page of host 0 by following links.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

HOME: Final = 0
"""Number of a host's home page."""
ROBOTS: Final = -1
"""Number that stands for a host's robots.txt."""
NO_PAGE: Final = -2
"""Number that stands for any path that is no page."""
ANSWERING, ERRING, REFUSING, SILENT = "answering", "erring", "refusing", "silent"
FILLER: Final = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod "


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a web is, and how it behaves."""

    hosts: int = field(default=20, metadata={"help": "hosts, each a registered domain"})
    pages: int = field(default=150, metadata={"help": "pages of a host"})
    giant: int = field(default=0, metadata={"help": "pages of host 0 instead, where above 0"})
    links: int = field(default=10, metadata={"help": "links of a page, inside and across"})
    bytes: int = field(default=0, metadata={"help": "text beside the links of a page, in bytes"})
    latency: float = field(default=0.0, metadata={"help": "seconds before each answer"})
    erring: int = field(default=0, metadata={"help": "hosts that answer everything with 500"})
    refusing: int = field(default=0, metadata={"help": "hosts that drop each connection"})
    silent: int = field(default=0, metadata={"help": "hosts that never answer"})
    gone: int = field(default=0, metadata={"help": "names linked to that are no hosts"})
    robots: int = field(default=0, metadata={"help": "1: a robots.txt that allows all, not 404"})
    port: int = field(default=0, metadata={"help": "port written into links; 0 writes none"})

    def pages_of(self, host: int) -> int:
        """Return how many pages a host has."""
        return self.giant if host == 0 and self.giant else self.pages

    @property
    def total(self) -> int:
        """Pages in all, those of troubled hosts included."""
        return self.pages_of(0) + (self.hosts - 1) * self.pages

    def manner(self, host: int) -> str:
        """Return how a host answers; the troubled ones are the last."""
        last = self.hosts - host
        for manner, number in (
            (SILENT, self.silent), (REFUSING, self.refusing), (ERRING, self.erring)
        ):  # fmt: skip
            if last <= number:
                return manner
            last -= number
        return ANSWERING

    def url(self, host: int, page: int = HOME) -> str:
        """Return the URL of a page."""
        return f"http://h{host}.example{self._port()}/{page or ''}"

    def gone_url(self, number: int) -> str:
        """Return the URL on a name that is no host."""
        return f"http://gone{number}.example{self._port()}/"

    def _port(self) -> str:
        return f":{self.port}" if self.port else ""

    def targets(self, host: int, page: int) -> list[str]:
        """Return what a page links to: two trees, of its host's pages and of all homes, and more."""
        fan = max(2, self.links // 2)
        inside = range(page * fan + 1, min(page * fan + fan + 1, self.pages_of(host)))
        found = [self.url(host, number) for number in inside]
        if page == HOME:
            homes = range(host * fan + 1, min(host * fan + fan + 1, self.hosts))
            found += [self.url(other) for other in homes]
        for number in range(self.links - len(found)):
            mixed = (host * 0x9E3779B1 + page * 0x85EBCA77 + number * 0xC2B2AE3D) & 0xFFFFFFFF
            other = (mixed >> 5) % self.hosts
            found.append(self.url(other, (mixed >> 3) % self.pages_of(other)))
        return found + [self.gone_url(number) for number in self._gone(host, page)]

    def _gone(self, host: int, page: int) -> range:
        """Return which of the gone names a page links to: each is linked from one page."""
        index = page if host == 0 else self.pages_of(0) + (host - 1) * self.pages + page
        return range(index * self.gone // self.total, (index + 1) * self.gone // self.total)

    def html(self, host: int, page: int) -> bytes:
        """Return the HTML of a page."""
        links = "".join(f'<p><a href="{url}">to {url[7:]}</a>' for url in self.targets(host, page))
        title = f"page {page} of host {host}"
        return (
            f"<!doctype html><html><head><title>{title}</title></head>"
            f"<body><h1>{title}</h1>{links}<p>{_filler(self.bytes)}</body></html>"
        ).encode()

    def numbers(self, name: str, path: str) -> tuple[int, int]:
        """Return host and page of a URL's host name and path; host -1 where there is none."""
        number = name[1:].removesuffix(".example")
        if not (name.startswith("h") and name.endswith(".example") and number.isdecimal()):
            return -1, NO_PAGE
        host, rest = int(number), path[1:]
        if host >= self.hosts:
            return -1, NO_PAGE
        if not rest:
            return host, HOME
        if rest == "robots.txt":
            return host, ROBOTS
        known = rest.isdecimal() and 0 < int(rest) < self.pages_of(host)
        return host, int(rest) if known else NO_PAGE


@lru_cache(maxsize=1)
def _filler(size: int) -> str:
    return (FILLER * (size // len(FILLER) + 1))[:size]
