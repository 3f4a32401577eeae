"""A page in pieces in, where its links stand out: their lines, blocks, parts and headings.

A line is the text of a paragraph, an item or a cell: what stands between two elements that begin lines of
their own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.blocks import block_key, is_item
from linkcrawler.extraction.context import MAX_NEAR, lines_in, text_after, text_before
from linkcrawler.extraction.markup import attributes_of, markup_between, text_of_lines
from linkcrawler.extraction.placement import BESIDE, MAINS, TOC, part_said_by, placed
from linkcrawler.extraction.template import MAX_DEPTH, label_of
from linkcrawler.extraction.text import shown_text

if TYPE_CHECKING:
    from linkcrawler.extraction.markup import Pieces
    from linkcrawler.items import Link

PARTS: Final = frozenset(
    {
        "article", "aside", "center", "details", "dialog", "div", "dl", "fieldset", "footer", "form",
        "header", "hgroup", "main", "menu", "nav", "ol", "search", "section", "table", "td", "th", "ul",
    }
)  # fmt: skip
"""Elements that are a block each, and may say what part of the page they are."""
TEXTS: Final = frozenset(
    {
        "address", "blockquote", "caption", "dir", "figcaption", "figure", "legend", "listing", "p",
        "pre", "select", "summary", "textarea",
    }
)  # fmt: skip
"""Elements that are a block each, and no more."""
LINES: Final = frozenset({"hr", "optgroup", "option", "tfoot"})
"""Elements on lines of their own that belong to the block around them. Others are left in the text, see
`linkcrawler.extraction.markup.ITEMS`."""
_ENDS_OF_LISTS: Final = frozenset({"/ul", "/ol", "/dl", "/menu", "/dir", "/table"})
"""Of elements that are blocks, however little they hold: what unfolds in a menu is no part of it."""
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SCOPED: Final = frozenset({"nav", "header", "footer", "aside", BESIDE, TOC})
"""Parts in which headings from outside say nothing."""
MAX_HEADING: Final = 48
"""Tags of a heading up to which its text is read."""
MOST_HEADINGS: Final = 64
"""Headings kept."""
MAX_INSIDE: Final = 400
"""Characters of a tag's attributes from which on it says nothing of a part."""


class Structure:
    """Where a walk over a page's tags is.

    Args:
        pieces: the page.
    """

    def __init__(self, pieces: Pieces) -> None:
        self.skeleton: list[str] = []
        """Labels of the outer parts of the page."""
        self._pieces, self._texts = pieces, pieces.texts
        self._line: list[str] = []
        """What stands on the line so far."""
        self._from = 0
        """What stands behind that: the text before this tag."""
        self._on_line: list[tuple[Link, int]] = []
        """Links on it, and how much stands on it up to their ends."""
        self._block: tuple[list[str], list[Link]] = ([], [])
        """What stands in the block."""
        self._blocks: list[tuple[list[str], list[Link]]] = []
        self.letters: dict[int, int] = {}
        """How many letters each block with links has, by its fingerprint."""
        self.headings: dict[str, None] = {}
        """Texts of headings, in order."""
        self.has_main = False
        """An element has spoken for a main part."""
        self._placement = "unknown"
        self._heading: str | None = None
        self._parts: list[tuple[str, str | None]] = []
        self._headings: list[int] = []

    def _end_line(self, at: int) -> None:
        """End the line before the tag at ``at``; the next one begins behind it."""
        if self._line:
            self._go_on(at)
            self._finish_line()
        elif self._from == at:
            self._block[0].append(self._texts[at])
        else:
            self._block[0].extend(self._texts[self._from : at + 1])
        self._from = at + 1

    def _go_on(self, at: int) -> None:
        """Put what stands before the tag at ``at`` on the line; an item in it begins another."""
        start, line = self._from, self._line
        self._from = at + 1
        markup = self._texts[at] if start == at else "".join(self._texts[start : at + 1])
        self._block[0].append(markup)
        if "<" in markup and (ends := lines_in(markup)):
            if self._on_line:
                line.append(ends[0])
                self._finish_line()
            line[:] = (ends[1],)
        else:
            line.append(markup)

    def _finish_line(self) -> None:
        """Write the text behind them on the links of the line, and clear it."""
        line = self._line
        for link, n in self._on_line:
            markup = line[n] if len(line) == n + 1 else "".join(line[n : n + MAX_NEAR])
            if markup and not markup.isspace():
                link.text_after = text_after(markup)
        self._on_line.clear()
        line.clear()

    def _open_text(self, at: int) -> None:
        self._end_line(at)
        self._blocks.append(self._block)
        self._block = ([], [])

    def _close_text(self, at: int) -> None:
        self._end_line(at)
        closed = texts, links = self._block
        self._block = self._blocks.pop()
        if self._pieces.names[at] not in _ENDS_OF_LISTS and is_item(texts, links):
            self._block[0].extend(texts)
            self._block[1].extend(links)
        elif links:
            self._settle(closed)

    def _settle(self, block: tuple[list[str], list[Link]]) -> None:
        """Write its fingerprint on the links of a block."""
        texts, links = block
        if links:
            key, self.letters[key] = block_key(texts, links)
            for link in links:
                link.block = key

    def _open_part(self, at: int) -> None:
        self._open_text(at)
        said, label = part_of(self._pieces.names[at] or "", self._pieces.insides[at] or "")
        around, depth = self._placement, len(self._parts)
        if depth < MAX_DEPTH:
            self.skeleton.append(f"{depth}{label}")
        self._parts.append((around, self._heading))
        if said and (placement := placed(said, around)) != around:
            self._placement = placement
            self.has_main = self.has_main or placement in MAINS
            if placement in _SCOPED:
                self._heading = None

    def _close_part(self, at: int) -> None:
        self._close_text(at)
        placement, heading = self._parts.pop()
        if placement != self._placement:
            self._placement, self._heading = placement, heading

    def _open_heading(self, at: int) -> None:
        self._open_text(at)
        self._headings.append(at)

    def _close_heading(self, at: int) -> None:
        self._close_text(at)
        start = self._headings.pop()
        end = min(at, start + MAX_HEADING)
        self._heading = (
            shown_text(text_of_lines(markup_between(self._pieces, start, end))).rstrip("¶# ")
            or None
        )
        if self._heading:
            self.headings[self._heading] = None

    def _place(self, link: Link) -> None:
        """Write on ``link``, which begins behind the line so far, where it stands."""
        link.placement, link.heading = self._placement, self._heading
        self._block[1].append(link)
        line = self._line
        markup = line[0] if len(line) == 1 else "".join(line[-MAX_NEAR:])
        if markup and not markup.isspace():
            link.text_before = text_before(markup)


class Part(NamedTuple):
    """What a tag says of the part of the page that it begins."""

    said: str
    """See `linkcrawler.extraction.placement.part_said_by`."""
    label: str
    """See `linkcrawler.extraction.template.label_of`."""


def part_of(name: str, inside: str) -> Part:
    """Return what a tag says of the part of the page that it begins."""
    return _known_part(name, inside if len(inside) <= MAX_INSIDE else "")


@lru_cache(maxsize=8192)
def _known_part(name: str, inside: str) -> Part:
    given = attributes_of(inside) if inside else {}
    return Part(part_said_by(name, given), label_of(name, given))
