"""A page in pieces in, its links out, each with where it stands; and what the page says to its readers.

One walk over the tags, that stops at those which mean something: anchors, headings, what begins a line of
its own (`linkcrawler.extraction.structure`), and what the page says of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from linkcrawler.extraction.anchors import link_of, said_by, text_within
from linkcrawler.extraction.context import MAX_NEAR, text_before
from linkcrawler.extraction.elements import frame_link, refresh_link, relation_link
from linkcrawler.extraction.images import images_in
from linkcrawler.extraction.markup import (
    TURNING,
    AmbiguousError,
    attributes_of,
    content_of,
    holds_markup,
    markup_between,
    turn,
)
from linkcrawler.extraction.structure import HEADINGS, LINES, PARTS, TEXTS, Structure
from linkcrawler.extraction.text import shown_text
from linkcrawler.items import Link

if TYPE_CHECKING:
    from linkcrawler.extraction.elements import PageFacts, Where
    from linkcrawler.extraction.markup import Pieces


class Scan(Structure):
    """A walk over a page's tags.

    Args:
        pieces: the page.
        facts: get its links.
        where: what it says for all of them.
    """

    def __init__(self, pieces: Pieces, facts: PageFacts, where: Where) -> None:
        super().__init__(pieces)
        self.scripts: list[str] = []
        """Scripts and frames as they stand."""
        self.said: list[str] = []
        """What stands between tags in the body, outside of anchors and ``noscript``."""
        self._facts, self._where = facts, where
        self._anchors: list[tuple[Link | None, int]] = []
        """Those that are open, and their tags."""
        self._sheltered = 0
        self._spaces = [""]
        """Whose elements stand here, see `linkcrawler.extraction.markup.turn`."""
        self._hushed = 1  # until the body begins
        self._said_from = 0

    def walk(self) -> Scan:
        """Return the scan, done.

        Raises:
            AmbiguousError: the page's tree cannot be told from its markup.
        """
        act, wholes = _ACTIONS.get, self._pieces.wholes
        for at, name in enumerate(self._pieces.names):
            if name is not None:
                if (action := act(name)) is not None:
                    action(self, at)
            elif (whole := wholes[at]) is not None:
                if whole[0] == "a":
                    self._anchor(whole, at)
                else:
                    self._raw(whole, at)
        self._settle(self._block)
        return self

    # Links

    def _anchor(self, whole: str, at: int) -> None:
        """An anchor that holds nothing but text: what `link_of` and `_place` do, without their calls."""
        href, rel, why, anchor, is_image, markup = said_by(whole)
        self._go_on(at)
        line, facts, where = self._line, self._facts, self._where
        texts, links = self._block
        if href is None:
            pass
        elif facts.is_full:
            facts.count_anchor(href, where)
        elif (target := where.base.target(href)) is not None:
            near = line[0] if len(line) == 1 else "".join(line[-MAX_NEAR:])
            before = text_before(near) if near and not near.isspace() else None
            url, domain = target
            cause = why or where.cause
            placement, heading = self._placement, self._heading
            link = Link(url, "a", anchor, is_image, rel, cause, placement, heading, before)
            facts.keep(link, domain)
            links.append(link)
            self._on_line.append((link, len(line) + 1))
        line.append(markup)
        texts.append(markup)

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
        markup = markup_between(self._pieces, start, at)
        text = text_within(markup)
        if not text:
            text, link.is_image = images_in(markup)
        link.anchor = text or None
        self._facts.lengthen(text)
        self._go_on(at)
        self._on_line.append((link, len(self._line)))

    def _area(self, at: int) -> None:
        inside = self._pieces.insides[at] or ""
        alt = shown_text(attributes_of(inside).get("alt", "")) or None
        said = said_by(inside)._replace(anchor=alt, is_image=True)
        link = link_of("area", said, self._facts, self._where)
        if link is not None:
            self._go_on(at)
            self._place(link)
            self._on_line.append((link, len(self._line)))

    def _frame(self, at: int) -> None:
        self._add_frame("frame", self._pieces.insides[at] or "", at)

    def _add_frame(self, name: str, inside: str, at: int) -> None:
        is_none = self._sheltered or self._spaces[-1]
        link = None if is_none else frame_link(name, attributes_of(inside), self._where)
        if link is None:
            return
        is_kept = not self._facts.is_full
        self._facts.add(link)
        if is_kept:
            self._go_on(at)
            self._place(link)
            self._on_line.append((link, len(self._line)))

    def _raw(self, whole: str, at: int) -> None:
        """A script, a style, a frame."""
        if self._spaces[-1] and holds_markup(whole):
            raise AmbiguousError(whole[:60])
        if whole.startswith("iframe"):
            if content_of(whole):  # text to the tree
                raise AmbiguousError(whole[:60])
            self._add_frame("iframe", whole.partition(">")[0], at)
        if not whole.startswith("style"):
            self.scripts.append(whole)

    def _link(self, at: int) -> None:
        given = attributes_of(self._pieces.insides[at] or "")
        is_link = "rel" in given and not self._spaces[-1]
        link = relation_link(given, self._where) if is_link else None
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

    def _turn(self, at: int) -> None:
        turn(self._spaces, self._pieces.names[at] or "", self._pieces.insides[at] or "")


_Action = Callable[[Scan, int], None]


def _actions() -> dict[str, _Action]:
    """Return what is done at which tag."""
    actions: dict[str, _Action] = {
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
        (TURNING, Scan._turn, Scan._turn),
        ({"a"}, Scan._open_anchor, Scan._close_anchor),
        ({"noscript"}, Scan._open_noscript, Scan._close_noscript),
        ({"body"}, Scan._open_body, Scan._close_body),
    ):
        actions.update(dict.fromkeys(names, opened))
        actions.update((f"/{name}", closed) for name in names)
    return actions


_ACTIONS = _actions()
