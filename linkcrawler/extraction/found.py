"""What a scan of a page finds: elements that may be links, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.text import clean_text

if TYPE_CHECKING:
    from linkcrawler.extraction.markup import Pieces

MAX_CONTEXT: Final = 160
"""Code points of text kept on either side of a link."""
MAX_NEAR: Final = 48
"""Texts between tags that are looked at on either side of a link."""
_WIDE: Final = 4 * MAX_CONTEXT
"""Code points that are looked at for them: white space goes."""


class Found:
    """An element that may be a link; positions are those of tags in `Pieces`."""

    __slots__ = (
        "block", "end", "heading", "inside", "is_sheltered", "line", "name", "placement", "start", "stop",
        "text",
    )  # fmt: skip

    def __init__(self, name: str, inside: str, start: int) -> None:
        self.name = name
        self.inside = inside
        """Its attributes as they stand."""
        self.start = self.end = start
        """Its tags."""
        self.line = start + 1
        """Behind the tag that begins its line; behind itself where it stands in none."""
        self.stop = start
        """The tag that ends its line."""
        self.placement = "unknown"
        self.heading: tuple[int, int] | None = None
        """The tags of the nearest heading above it."""
        self.block = 0
        """Fingerprint of its block."""
        self.text = ""
        """What it holds."""
        self.is_sheltered = False
        """It stands in a ``noscript``."""


def text_before(pieces: Pieces, found: Found) -> str | None:
    """Return the end of the text before an element, on its line."""
    first = max(found.line, found.start - MAX_NEAR)
    text = "".join(pieces.texts[first : found.start + 1])
    if not text or text.isspace():
        return None
    return clean_text(text[-_WIDE:], _WIDE)[-MAX_CONTEXT:].lstrip(" ") or None


def text_after(pieces: Pieces, found: Found) -> str | None:
    """Return the beginning of the text behind an element, on its line."""
    text = "".join(pieces.texts[found.end + 1 : min(found.stop, found.end + MAX_NEAR) + 1])
    if not text or text.isspace():
        return None
    return clean_text(text[:_WIDE], MAX_CONTEXT) or None
