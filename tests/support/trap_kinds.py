"""Kinds of traps, made up as they are asked for: spaces of URLs without an end, each on a real site.

A trap answers every URL of its own with a page, and says which URLs are its own.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from tests.support.real_site import WORDS, html, links, prose


@dataclass(frozen=True)
class Moved:
    """A redirect to ``target``."""

    target: str


class Trap:
    """A trap on ``domain``: `ways` lead into it."""

    name = ""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.base = f"http://{domain}"

    def ways(self) -> list[str]:
        """URLs that real pages link to."""
        raise NotImplementedError

    def owns(self, url: str) -> bool:
        """Whether a URL is the trap's."""
        raise NotImplementedError

    def answer(self, url: str) -> str | Moved | None:
        raise NotImplementedError


def draw(*seed: object) -> random.Random:
    return random.Random("|".join(map(str, seed)))


def token(seed: object, size: int = 32) -> str:
    return blake2b(str(seed).encode(), digest_size=64).hexdigest()[:size]


class PrefixTrap(Trap):
    """A trap below a path."""

    prefix = ""

    def ways(self) -> list[str]:
        return [f"{self.base}{self.prefix}"]

    def owns(self, url: str) -> bool:
        return url.startswith(f"{self.base}{self.prefix}")


class Repetition(PrefixTrap):
    """A link without its leading slash, on a server that does not look at the path: one text."""

    name, prefix = "path repetition", "/loop/"
    hrefs = ("about/", "team/")

    def answer(self, url: str) -> str:
        return html("Our loop", f"<p>{prose('loop')}</p>{links(self.hrefs)}")


class CalendarPath(PrefixTrap):
    """Months and days both ways without an end; nothing happens on any of them."""

    name, prefix = "calendar in the path", "/calendar/"
    style = "{:%Y/%m/}"
    day_style = "{:%Y/%m/%d/}"
    pattern = re.compile(r"(\d{4})\D(\d\d)(?:\D(\d\d))?")
    words = ""

    def ways(self) -> list[str]:
        return [self.url(date(2026, 11, 1), self.style)]

    def url(self, when: date, style: str) -> str:
        return f"{self.base}{self.prefix}{style.format(when)}{self.words}"

    def answer(self, url: str) -> str | None:
        found = self.pattern.search(url[len(self.base) :])
        if not found:
            return None
        try:
            when = date(int(found[1]), int(found[2]), int(found[3] or 1))
            first = when.replace(day=1)
            months = [first + timedelta(days=40), first - timedelta(days=2)]
            days = [first + timedelta(days=n) for n in range(28)] if not found[3] else []
            near = [when + timedelta(days=n) for n in (-1, 1)] if found[3] else []
        except (ValueError, OverflowError):
            return None
        around = [self.url(month.replace(day=1), self.style) for month in months]
        around += [self.url(day, self.day_style) for day in days + near]
        return html(f"{when:%B %Y}", f"<p>No events on {when:%A, %d %B}.</p>{links(around)}")


class Sessions(Trap):
    """Each answer has a new token in all of its links; the pages are copies of real ones."""

    name, key = "session ids", "PHPSESSID"
    path = "/member/{}"

    def token(self, seed: object) -> str:
        return token(seed)

    def ways(self) -> list[str]:
        return [f"{self.base}{self.path.format('home')}?{self.key}={self.token('first')}"]

    def owns(self, url: str) -> bool:
        return url.startswith(f"{self.base}/member/")

    def answer(self, url: str) -> str:
        name = url.partition("?")[0]
        new = self.token(("session", url, self.key))
        rooms = ["home", *(f"room-{prose(str(n), 1)}-{chr(97 + n)}" for n in range(9))]
        inside = [f"{self.base}{self.path.format(room)}?{self.key}={new}" for room in rooms]
        return html("Members", f"<p>{prose(name)}</p>{links(inside)}")


class Facets(PrefixTrap):
    """Filters that add up in any order over the same few things."""

    name, prefix = "facets", "/find"
    values: ClassVar = {
        "color": ("red", "blue", "green"), "size": ("s", "m", "l"), "brand": ("aa", "bb", "cc"),
        "sort": ("price", "name"), "stock": ("yes", "no"), "view": ("grid", "list"),
    }  # fmt: skip

    def answer(self, url: str) -> str:
        pairs = parse_qsl(url.partition("?")[2])
        chosen = {name for name, _ in pairs}
        more = [
            f"{self.base}{self.prefix}?{urlencode([*pairs, (name, value)])}"
            for name, values in self.values.items() if name not in chosen for value in values
        ]  # fmt: skip
        more += [
            f"{self.base}{self.prefix}?{urlencode([p for p in pairs if p != gone])}"
            for gone in pairs
        ]
        things = [f"{self.base}/shop/item?id={n}" for n in range(8) if draw(url, n).random() < 0.7]
        return html("Find", f"<p>{prose('find')}</p>{links(things)}{links(more)}")


class Subdomains(Trap):
    """Every name below the domain answers, with ways to ten more."""

    name = "wildcard subdomains"

    def ways(self) -> list[str]:
        return [f"http://{token('way', 10)}.w.{self.domain}/"]

    def owns(self, url: str) -> bool:
        return f".w.{self.domain}/" in url

    def answer(self, url: str) -> str:
        host = url.split("/")[2]
        more = [f"http://{token((url, n), 10)}.w.{self.domain}/" for n in range(10)]
        return html("Welcome", f"<p>Welcome to {host}</p>{links([*more, '/about', '/contact'])}")


class Maze(PrefixTrap):
    """A Nepenthes: Markov words, links like hashes, no page linked to twice."""

    name, prefix = "tarpit", "/maze/"
    many = 12
    home = False

    def extra(self, url: str) -> list[str]:
        return [f"{self.base}/"] if self.home else []

    def answer(self, url: str) -> str:
        deep = [
            f"{self.base}{self.prefix}{token((url, n), 12)}/{token((n, url), 6)}"
            for n in range(self.many)
        ]
        text = " ".join(draw(url).choices(WORDS, k=120))
        return html(text[:40], f"<p>{text}</p>{links([*self.extra(url), *deep])}")


class SoftNotFound(PrefixTrap):
    """Anything below answers 200 with one page, whose links are relative; it says its own path."""

    name, prefix = "soft 404 loop", "/old/"
    hrefs = tuple(f"{word}/" for word in ("news", "press", "jobs", "help", "terms"))

    def answer(self, url: str) -> str:
        path = url[len(self.base) :]
        text = f"<p>Sorry, {path} was not found at 12:{len(path) % 60:02}. {prose('sorry')}</p>"
        return html("Not found", text + links(self.hrefs))


class Endless(PrefixTrap):
    """A list that always has a next page."""

    name, prefix = "endless pages", "/latest?page="

    def ways(self) -> list[str]:
        return [f"{self.base}{self.prefix}1"]

    def answer(self, url: str) -> str:
        n = int(url[len(self.base) + len(self.prefix) :])
        more = [f"{self.base}{self.prefix}{k}" for k in (n - 1, n + 1) if k > 0]
        return html(f"Latest, page {n}", f"<p>Nothing more here.</p>{links(more)}")


class Redirects(PrefixTrap):
    """Each URL redirects to the next."""

    name, prefix = "redirect chain", "/go/"

    def answer(self, url: str) -> Moved:
        return Moved(f"{self.base}{self.prefix}{token(url, 16)}")
