"""A page in pieces in, the elements that may be links out, each with where it stands.

One walk over the tags, that stops at those which mean something: anchors, headings, what stands on lines
of its own, and what the page says of itself. A line is the text between two such elements that stand on
their own: a paragraph, an item, a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.blocks import ITEMS, Block
from linkcrawler.extraction.found import Found
from linkcrawler.extraction.markup import (
    FOREIGN,
    UNTOLD,
    AmbiguousError,
    attributes_of,
    content_of,
)
from linkcrawler.extraction.placement import placed, said_by
from linkcrawler.extraction.template import MAX_DEPTH, label_of

if TYPE_CHECKING:
    from linkcrawler.extraction.markup import Pieces

PARTS: Final = frozenset(
    {
        "article", "aside", "center", "details", "dialog", "div", "dl", "fieldset", "footer", "form", "header",
        "hgroup", "main", "menu", "nav", "ol", "search", "section", "table", "td", "th", "ul",
    }
)  # fmt: skip
"""Elements that are a block each, and may say what part of the page they are."""
TEXTS: Final = frozenset(
    {
        "address", "blockquote", "caption", "figcaption", "figure", "legend", "p", "pre", "summary",
        "select", "textarea", "listing", "dir",
    }
)  # fmt: skip
"""Elements that are a block each, and no more."""
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SCOPED: Final = frozenset({"nav", "header", "footer", "aside"})
"""Parts in which headings from outside say nothing."""


class Scan:
    """A walk over a page's tags, and what it found."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.found: list[Found] = []
        """Elements that may be links, in the order of the document."""
        self.metas: list[str] = []
        """Attributes of ``meta`` elements with a name."""
        self.base: str | None = None
        """Attributes of the first ``base`` element with an ``href``."""
        self.root: str = ""
        """Attributes of the ``html`` element."""
        self.title: str | None = None
        self.scripts: list[str] = []
        """Scripts and frames as they stand."""
        self.said: list[str] = []
        """Texts of the body outside of anchors."""
        self.skeleton: list[str] = []
        """Labels of the outer parts of the page."""
        self._settled: list[Block] = []
        self._block = Block()
        self._blocks: list[Block] = []
        self._parts: list[tuple[str, tuple[int, int] | None]] = []
        self._placement = "unknown"
        self._heading: tuple[int, int] | None = None
        self._headings: list[int] = []
        self._anchors: list[Found] = []
        self._line = 0
        self._on_line: list[Found] = []
        self._foreign = self._sheltered = 0
        self._hushed = 1  # until the body begins
        self._said_from = self._title_from = -1

    def walk(self) -> Scan:
        """Return the scan, done.

        Raises:
            AmbiguousError: the page's tree cannot be told from its markup.
        """
        for at, name in enumerate(self.pieces.names):
            if (action := _ACTIONS.get(name)) is not None:
                action(self, at)
        self._settled.append(self._block)
        for block in self._settled:
            key = block.key()
            for found in block.links:
                found.block = key
        return self

    # Lines, blocks and parts

    def _end_line(self, at: int) -> None:
        """End the line before the tag at ``at``; the next one begins behind it."""
        self._block.texts += self.pieces.texts[self._line : at + 1]
        self._line = at + 1
        if self._on_line:
            for found in self._on_line:
                found.stop = at
            self._on_line.clear()

    def _open_text(self, at: int) -> None:
        self._end_line(at)
        self._blocks.append(self._block)
        self._block = Block()

    def _close_text(self, at: int) -> None:
        self._end_line(at)
        closed = self._block
        self._block = self._blocks.pop()
        if closed.is_item():
            self._block.take(closed)
        elif closed.links:
            self._settled.append(closed)

    def _open_part(self, at: int) -> None:
        self._open_text(at)
        name, inside = self.pieces.names[at] or "", self.pieces.insides[at] or ""
        if len(self._parts) < MAX_DEPTH:
            self.skeleton.append(f"{len(self._parts)}{label_of(name, inside)}")
        self._parts.append((self._placement, self._heading))
        placement = placed(said_by(name, inside), self._placement)
        if placement != self._placement:
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
        self._heading = (self._headings.pop(), at)

    # Elements that may be links

    def _open_anchor(self, at: int) -> None:
        if not self._anchors:
            self._hush(at)
        found = Found("a", self.pieces.insides[at] or "", at)
        self._anchors.append(found)
        if ' href="' in found.inside:
            self._stand(found)
            found.line = self._line

    def _close_anchor(self, at: int) -> None:
        found = self._anchors.pop()
        found.end = at
        found.text = "".join(self.pieces.texts[found.start + 1 : at + 1])
        self._on_line.append(found)
        if not self._anchors:
            self._speak(at)

    def _area(self, at: int) -> None:
        self._stand(Found("area", self.pieces.insides[at] or "", at))

    def _frame(self, at: int) -> None:
        self._stand(Found("frame", self.pieces.insides[at] or "", at))

    def _stand(self, found: Found) -> None:
        """Note an element, and where it stands."""
        found.placement, found.heading = self._placement, self._heading
        found.is_sheltered = self._sheltered > 0
        self._block.links.append(found)
        self.found.append(found)

    def _raw(self, at: int) -> None:
        """A script, a style, a frame; or a comment."""
        raw = self.pieces.raws[at]
        if raw is None:
            return
        if self._foreign and "<" in content_of(raw):
            raise AmbiguousError(raw[:60])
        if raw.startswith("iframe"):
            if content_of(raw):  # text to the tree
                raise AmbiguousError(raw[:60])
            self._stand(Found("iframe", raw[len("iframe") : raw.index(">")], at))
        if not raw.startswith("style"):
            self.scripts.append(raw)

    # What the page says of itself

    def _link(self, at: int) -> None:
        self._note("link", at)

    def _meta(self, at: int) -> None:
        inside = self.pieces.insides[at] or ""
        if ' http-equiv="' in inside:
            self._note("meta", at)
        if ' name="' in inside:
            self.metas.append(inside)

    def _note(self, name: str, at: int) -> None:
        """Note an element that stands nowhere in particular."""
        found = Found(name, self.pieces.insides[at] or "", at)
        found.is_sheltered = self._sheltered > 0
        self.found.append(found)

    def _base(self, at: int) -> None:
        inside = self.pieces.insides[at] or ""
        if self.base is None and not self._foreign and "href" in attributes_of(inside):
            self.base = inside

    def _html(self, at: int) -> None:
        self.root = self.root or self.pieces.insides[at] or ""

    def _open_title(self, at: int) -> None:
        if self.title is None and not self._foreign:
            self._title_from = at + 1

    def _close_title(self, at: int) -> None:
        if self._title_from >= 0:
            self.title = "".join(self.pieces.texts[self._title_from : at + 1])
            self._title_from = -1

    # What the page says to its readers

    def _open_body(self, at: int) -> None:
        self._line = at + 1
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
            self.said += self.pieces.texts[self._said_from : at + 1]
        self._hushed += 1

    def _speak(self, at: int) -> None:
        self._hushed -= 1
        if not self._hushed:
            self._said_from = at + 1

    def _untold(self, at: int) -> None:
        raise AmbiguousError(self.pieces.names[at])

    def _enter_foreign(self, _: int) -> None:
        self._foreign += 1

    def _leave_foreign(self, _: int) -> None:
        self._foreign -= 1


_Action = Callable[[Scan, int], None]


def _actions() -> dict[str | None, _Action]:
    """Return what is done at which tag."""
    actions: dict[str | None, _Action] = {
        None: Scan._raw,
        "hr": Scan._end_line,
        "html": Scan._html,
        "base": Scan._base,
        "meta": Scan._meta,
        "link": Scan._link,
        "area": Scan._area,
        "frame": Scan._frame,
        **dict.fromkeys(UNTOLD, Scan._untold),
    }
    for names, opened, closed in (
        (PARTS, Scan._open_part, Scan._close_part),
        (TEXTS, Scan._open_text, Scan._close_text),
        (ITEMS, Scan._end_line, Scan._end_line),
        (HEADINGS, Scan._open_heading, Scan._close_heading),
        (FOREIGN, Scan._enter_foreign, Scan._leave_foreign),
        ({"a"}, Scan._open_anchor, Scan._close_anchor),
        ({"noscript"}, Scan._open_noscript, Scan._close_noscript),
        ({"title"}, Scan._open_title, Scan._close_title),
        ({"body"}, Scan._open_body, Scan._close_body),
    ):
        actions.update(dict.fromkeys(names, opened))
        actions.update((f"/{name}", closed) for name in names)
    return actions


_ACTIONS = _actions()
