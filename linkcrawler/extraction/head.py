"""A page in pieces in, what it says of itself out: title, language, base, what robots may do.

These count for all of a page's links, wherever they stand, and so are looked for first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkcrawler.extraction.elements import is_meta_robots
from linkcrawler.extraction.markup import FOREIGN, AmbiguousError, attributes_of, text_of, turn
from linkcrawler.extraction.text import clean_tokens, shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linkcrawler.extraction.markup import Pieces

MAX_LANG = 35
"""Longest language tag kept, in characters."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself."""

    title: str | None
    lang: str | None
    base: str | None
    """``href`` of its first base element with one."""
    robots: tuple[str, ...]
    """Contents of meta elements that speak to the robot."""


def head_of(pieces: Pieces, agent: str) -> Head:
    """Return what a page says of itself; ``agent`` is the crawler's product token, lower-case.

    Raises:
        AmbiguousError: the page's tree cannot be told from its markup.
    """
    root = next(_of(pieces, "html"), {})
    bases = (given["href"] for given in _of(pieces, "base") if "href" in given)
    metas = [given for given in _robots(pieces, agent) if "content" in given]
    return Head(
        title=_title(pieces),
        lang=clean_tokens(root.get("lang", ""), MAX_LANG) or None,
        base=next(bases, None),
        robots=tuple(given["content"] for given in metas if is_meta_robots(given, agent)),
    )


def _robots(pieces: Pieces, agent: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of ``meta`` elements that may speak to the robot: few of them do."""
    for at in _places(pieces, "meta"):
        inside = pieces.insides[at] or ""
        said = inside.lower()
        if "robots" in said or agent in said:
            yield attributes_of(inside)


def _title(pieces: Pieces) -> str | None:
    """Return the document's title; an SVG's own title element is not it."""
    at = next(_places(pieces, "title"), None)
    if at is None:
        return None
    if "/title" not in pieces.names[at:]:
        raise AmbiguousError("title")
    end = pieces.names.index("/title", at)
    text = "".join(map(text_of, pieces.texts[at + 1 : end + 1]))
    return shown_text(text) or None


def _of(pieces: Pieces, name: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of each element of a name, see `_places`."""
    for at in _places(pieces, name):
        yield attributes_of(pieces.insides[at] or "")


def _places(pieces: Pieces, name: str) -> Iterator[int]:
    """Yield where elements of a name begin, those of an SVG or a formula left out."""
    names, at = pieces.names, -1
    foreign = [one for one in FOREIGN if one in names]
    spaces, walked = [""], 0
    for _ in range(names.count(name)):
        at = names.index(name, at + 1)
        before = names[:at] if foreign else []
        if all(before.count(one) == before.count(f"/{one}") for one in foreign):
            yield at
            continue
        for tag, inside in zip(before[walked:], pieces.insides[walked:at], strict=True):
            turn(spaces, tag or "", inside or "")
        walked = at
        if not spaces[-1]:
            yield at
