"""A page in pieces in, its links out, each with where it stands; and what the page says to its readers.

One walk over the tags, that stops at those which mean something: anchors, headings, and what begins a line
of its own. A line is the text between two such tags: a paragraph, an item, a cell, or a part of one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.anchors import link_of, said_by, text_within
from linkcrawler.extraction.blocks import block_key, is_item
from linkcrawler.extraction.context import MAX_NEAR, lines_in, text_after, text_before
from linkcrawler.extraction.elements import frame_link, refresh_link, relation_link
from linkcrawler.extraction.images import images_in
from linkcrawler.extraction.markup import (
    FOREIGN,
    AmbiguousError,
    attributes_of,
    content_of,
    holds_markup,
    markup_between,
)
from linkcrawler.extraction.placement import part_said_by, placed
from linkcrawler.extraction.template import MAX_DEPTH, label_of
from linkcrawler.extraction.text import clean_text

if TYPE_CHECKING:
    from linkcrawler.extraction.elements import PageFacts, Where
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
_SCOPED: Final = frozenset({"nav", "header", "footer", "aside"})
"""Parts in which headings from outside say nothing."""
MAX_HEADING: Final = 48
"""Tags of a heading up to which its text is read."""
MAX_INSIDE: Final = 400
"""Characters of a tag's attributes from which on it says nothing of a part."""


class Scan:
    """A walk over a page's tags.

    Args:
        pieces: the page.
        facts: get its links.
        where: what it says for all of them.
    """

    def __init__(self, pieces: Pieces, facts: PageFacts, where: Where) -> None:
        self.scripts: list[str] = []
        """Scripts and frames as they stand."""
        self.said: list[str] = []
        """What stands between tags in the body, outside of anchors and ``noscript``."""
        self.skeleton: list[str] = []
        """Labels of the outer parts of the page."""
        self._pieces, self._texts = pieces, pieces.texts
        self._facts, self._where = facts, where
        self._anchors: list[tuple[Link | None, int]] = []
        """Those that are open, and their tags."""
        self._line: list[str] = []
        """What stands on the line so far."""
        self._from = 0
        """What stands behind that: the text before this tag."""
        self._on_line: list[tuple[Link, int]] = []
        """Links on it, and how much stands on it up to their ends."""
        self._block: tuple[list[str], list[Link]] = ([], [])
        """What stands in the block."""
        self._blocks: list[tuple[list[str], list[Link]]] = []
        self._placement = "unknown"
        self._heading: str | None = None
        self._parts: list[tuple[str, str | None]] = []
        self._headings: list[int] = []
        self._foreign = self._sheltered = 0
        self._hushed = 1  # until the body begins
        self._said_from = 0

    def walk(self) -> Scan:
        """Return the scan, done.

        Raises:
            AmbiguousError: the page's tree cannot be told from its markup.
        """
        act = _ACTIONS.get
        for at, name in enumerate(self._pieces.names):
            if (action := act(name)) is not None:
                action(self, at)
        self._settle(self._block)
        return self

    # Lines, blocks and parts

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
        closed, self._block = self._block, self._blocks.pop()
        texts, links = closed
        if self._pieces.names[at] not in _ENDS_OF_LISTS and is_item(texts, links):
            self._block[0].extend(texts)
            self._block[1].extend(links)
        elif links:
            self._settle(closed)

    def _settle(self, block: tuple[list[str], list[Link]]) -> None:
        """Write its fingerprint on the links of a block."""
        texts, links = block
        if links:
            key = block_key(texts, links)
            for link in links:
                link.block = key

    def _open_part(self, at: int) -> None:
        self._open_text(at)
        part = part_of(self._pieces.names[at] or "", self._pieces.insides[at] or "")
        if len(self._parts) < MAX_DEPTH:
            self.skeleton.append(f"{len(self._parts)}{part.label}")
        around = self._placement
        self._parts.append((around, self._heading))
        if part.said and (placement := placed(part.said, around)) != around:
            self._placement = placement
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
        self._heading = text_within(markup_between(self._pieces, start, end)).rstrip("¶# ") or None

    # Links

    def _anchor(self, whole: str, at: int) -> None:
        """An anchor that holds nothing but text."""
        said = said_by(whole)
        markup = said.markup
        self._go_on(at)
        line = self._line
        link = link_of("a", said, self._facts, self._where)
        if link is not None:
            self._place(link)
            self._on_line.append((link, len(line) + 1))
        line.append(markup)
        self._block[0].append(markup)
        if self._anchors:
            self._texts[at + 1] = markup + self._texts[at + 1]  # is text of that one, too

    def _open_anchor(self, at: int) -> None:
        if not self._anchors:
            self._hush(at)
        self._go_on(at)
        said = said_by(self._pieces.insides[at] or "")
        link = link_of("a", said, self._facts, self._where)
        self._anchors.append((link, at))
        if link is not None:
            self._place(link)

    def _close_anchor(self, at: int) -> None:
        link, start = self._anchors.pop()
        if not self._anchors:
            self._speak(at)
        if link is None:
            return
        text = text_within("".join(self._texts[start + 1 : at + 1]))
        if not text:
            text, link.is_image = images_in(markup_between(self._pieces, start, at))
        link.anchor = text or None
        self._facts.lengthen(text)
        self._go_on(at)
        self._on_line.append((link, len(self._line)))

    def _area(self, at: int) -> None:
        inside = self._pieces.insides[at] or ""
        alt = clean_text(attributes_of(inside).get("alt", "")) or None
        said = said_by(inside)._replace(anchor=alt, is_image=True)
        link = link_of("area", said, self._facts, self._where)
        if link is not None:
            self._go_on(at)
            self._place(link)
            self._on_line.append((link, len(self._line)))

    def _place(self, link: Link) -> None:
        """Write on ``link``, which begins behind the line so far, where it stands."""
        link.placement, link.heading = self._placement, self._heading
        self._block[1].append(link)
        line = self._line
        markup = line[0] if len(line) == 1 else "".join(line[-MAX_NEAR:])
        if markup and not markup.isspace():
            link.text_before = text_before(markup)

    def _frame(self, at: int) -> None:
        self._add_frame("frame", self._pieces.insides[at] or "", at)

    def _add_frame(self, name: str, inside: str, at: int) -> None:
        link = None if self._sheltered else frame_link(name, attributes_of(inside), self._where)
        if link is None:
            return
        is_kept = not self._facts.is_full
        self._facts.add(link)
        if is_kept:
            self._go_on(at)
            self._place(link)
            self._on_line.append((link, len(self._line)))

    def _whole(self, at: int) -> None:
        """A whole element; or a comment."""
        whole = self._pieces.wholes[at]
        if whole is None:
            return
        if whole[0] == "a":
            self._anchor(whole, at)
            return
        if self._foreign and holds_markup(whole):
            raise AmbiguousError(whole[:60])
        if whole.startswith("iframe"):
            if content_of(whole):  # text to the tree
                raise AmbiguousError(whole[:60])
            self._add_frame("iframe", whole.partition(">")[0], at)
        if not whole.startswith("style"):
            self.scripts.append(whole)

    def _link(self, at: int) -> None:
        given = attributes_of(self._pieces.insides[at] or "")
        link = relation_link(given, self._where) if "rel" in given else None
        if link is not None:
            self._facts.add(link)

    def _meta(self, at: int) -> None:
        inside = self._pieces.insides[at] or ""
        # Refreshes inside ``noscript``, as frames, are for other browsers.
        if ' http-equiv="' in inside and not self._sheltered:
            given = attributes_of(inside)
            link = refresh_link(given, self._where) if "content" in given else None
            if link is not None:
                self._facts.add(link)

    # What the page says to its readers

    def _open_body(self, at: int) -> None:
        self._from = at + 1
        self._line.clear()
        self._speak(at)

    def _close_body(self, at: int) -> None:
        self._end_line(at)
        self._hush(at)

    def _open_noscript(self, at: int) -> None:
        self._hush(at)
        self._sheltered += 1

    def _close_noscript(self, at: int) -> None:
        self._sheltered -= 1
        self._speak(at)

    def _hush(self, at: int) -> None:
        """What stands behind the tag at ``at`` is not said, until `_speak` was called as often."""
        if not self._hushed:
            self.said.extend(self._texts[self._said_from : at + 1])
        self._hushed += 1

    def _speak(self, at: int) -> None:
        self._hushed -= 1
        if not self._hushed:
            self._said_from = at + 1

    def _enter_foreign(self, _: int) -> None:
        self._foreign += 1

    def _leave_foreign(self, _: int) -> None:
        self._foreign -= 1


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


_Action = Callable[[Scan, int], None]


def _actions() -> dict[str | None, _Action]:
    """Return what is done at which tag."""
    actions: dict[str | None, _Action] = {
        None: Scan._whole,
        "meta": Scan._meta,
        "link": Scan._link,
        "area": Scan._area,
        "frame": Scan._frame,
    }
    for names, opened, closed in (
        (PARTS, Scan._open_part, Scan._close_part),
        (TEXTS, Scan._open_text, Scan._close_text),
        (LINES, Scan._end_line, Scan._end_line),
        (HEADINGS, Scan._open_heading, Scan._close_heading),
        (FOREIGN, Scan._enter_foreign, Scan._leave_foreign),
        ({"a"}, Scan._open_anchor, Scan._close_anchor),
        ({"noscript"}, Scan._open_noscript, Scan._close_noscript),
        ({"body"}, Scan._open_body, Scan._close_body),
    ):
        actions.update(dict.fromkeys(names, opened))
        actions.update((f"/{name}", closed) for name in names)
    return actions


_ACTIONS = _actions()
