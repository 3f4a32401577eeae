"""Every trap of the tests: one of each of the `trap_kinds`, and further ones made of those."""

from __future__ import annotations

import re

from tests.support.real_site import WORDS, html, links, prose
from tests.support.trap_kinds import (
    CalendarPath,
    Endless,
    Facets,
    Maze,
    Redirects,
    Repetition,
    Sessions,
    SoftNotFound,
    Subdomains,
    draw,
    token,
)


class CalendarQuery(CalendarPath):
    name, prefix = "calendar in the query", "/events.php"
    style = "?view=month&year={0:%Y}&month={0:%m}"
    day_style = "?view=day&year={0:%Y}&month={0:%m}&day={0:%d}"
    pattern = re.compile(r"year=(\d+)&month=(\d+)(?:&day=(\d+))?")


class CalendarWords(CalendarPath):
    """The date in one word, with a view behind it."""

    name, prefix = "calendar with views", "/whatson/"
    style = "{:%Y-%m}/"
    day_style = "{:%Y-%m-%d}/"
    words = "print"


class UnknownSessions(Sessions):
    name, key = "session ids of an unknown name", "visit"
    path = "/guest/{}"

    def owns(self, url: str) -> bool:
        return url.startswith(f"{self.base}/guest/")


class PathSessions(Sessions):
    """The token is a segment of the path."""

    name = "session ids in the path"

    def ways(self) -> list[str]:
        return [f"{self.base}/s/({token('first', 24)})/home"]

    def owns(self, url: str) -> bool:
        return url.startswith(f"{self.base}/s/")

    def answer(self, url: str) -> str:
        name = url.rpartition("/")[2]
        new = token(("path session", url), 24)
        rooms = ["home", *(f"hall-{prose(str(n), 1)}-{chr(97 + n)}" for n in range(12))]
        return html(
            "Halls",
            f"<p>{prose(name)}</p>" + links(f"{self.base}/s/({new})/{room}" for room in rooms),
        )


class ListFacets(Facets):
    """The same in one parameter, values with commas between."""

    name, prefix = "facets in lists", "/filter"

    def answer(self, url: str) -> str:
        chosen = [value for value in url.partition("?tags=")[2].split(",") if value]
        every = [value for values in self.values.values() for value in values]
        more = [
            f"{self.base}{self.prefix}?tags={','.join([*chosen, value])}"
            for value in every if value not in chosen
        ]  # fmt: skip
        shown = " ".join(draw(url).sample(WORDS, 5))
        return html("Filter", f"<p>{shown}</p>{links(more)}")


class MazeWithHome(Maze):
    """Words for paths, the site's navigation on each page, and a page that ends now and then."""

    name, prefix, home, many = "tarpit with navigation", "/wander/", True, 10

    def extra(self, url: str) -> list[str]:
        return [f"{self.base}{path}" for path in ("/", "/docs/", "/blog/", "/shop/")]

    def answer(self, url: str) -> str:
        if draw("end", url).random() < 0.15:
            return html("The end", f"<p>{prose(url)}</p>{links(self.extra(url))}")
        pick = draw("wander", url)
        deep = [
            f"{self.base}{self.prefix}{'/'.join(pick.choices(WORDS, k=4))}-{pick.choice(WORDS)}"
            for _ in range(self.many)
        ]
        text = " ".join(draw(url).choices(WORDS, k=120))
        return html(text[:40], f"<p>{text}</p>{links([*self.extra(url), *deep])}")


class EndlessPath(Endless):
    """With a window of further pages."""

    name, prefix = "endless pages with a window", "/stream/next/"

    def answer(self, url: str) -> str:
        n = int(url[len(self.base) + len(self.prefix) :])
        more = [f"{self.base}{self.prefix}{k}" for k in range(max(1, n - 3), n + 4) if k != n]
        return html(f"Stream {n}", f"<p>Nothing new.</p>{links(more)}")


class ManyRedirects(Redirects):
    """Ten chains, each of which goes on without an end."""

    name, prefix = "ten redirect chains", "/out/"

    def ways(self) -> list[str]:
        return [f"{self.base}{self.prefix}way-{chr(97 + n)}" for n in range(10)]


class ManyMazes(Maze):
    """A tarpit with twenty entrances."""

    name, prefix = "tarpit with twenty entrances", "/den/"

    def ways(self) -> list[str]:
        return [f"{self.base}{self.prefix}door-{chr(97 + n)}" for n in range(20)]


class ApartMazes(ManyMazes):
    """Twenty entrances, each in a folder of its own."""

    name, prefix = "tarpit with twenty entrances apart", "/hole-"

    def ways(self) -> list[str]:
        return [f"{self.base}{self.prefix}{chr(97 + n)}/enter/" for n in range(20)]


class ShortSessions(Sessions):
    """Tokens of eight letters and digits."""

    name, key = "session ids of eight characters", "v"
    path = "/visitor/{}"
    size = 8

    def owns(self, url: str) -> bool:
        return url.startswith(f"{self.base}/visitor/")

    def token(self, seed: object) -> str:
        return "".join(draw(seed).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=self.size))


class EndlessArticles(Endless):
    """A row of pages without an end, each with a text of its own."""

    name, prefix = "endless row of articles", "/column/"

    def answer(self, url: str) -> str:
        n = int(url[len(self.base) + len(self.prefix) :])
        text = " ".join(draw(url).choices(WORDS, k=120))
        more = [f"{self.base}{self.prefix}{k}" for k in (n - 1, n + 1) if k > 0]
        return html(text[:40], f"<p>{text}</p>{links(more)}")


TRAPS = (
    Repetition, CalendarPath, CalendarQuery, CalendarWords, Sessions, UnknownSessions, PathSessions,
    Facets, ListFacets, Subdomains, Maze, MazeWithHome, SoftNotFound, Endless, EndlessPath, Redirects,
)  # fmt: skip
MANY_WAYS = (ManyRedirects, ManyMazes, ApartMazes, ShortSessions)
"""Traps with many entrances or tokens that take long to know, whose cost does not shrink with the budget."""
UNKNOWABLE = (EndlessArticles,)
"""What no rule tells from an archive: pages with texts of their own, each of which leads to the next."""
