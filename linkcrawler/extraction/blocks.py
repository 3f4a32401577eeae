"""What stands on a page in, the blocks that its links stand in out.

A block is what a reader takes in as one: a list, a table, a paragraph, a cell, a part of the page with
text of its own. Text and links count for the innermost block around them alone, so that a menu stays the
same whatever is unfolded below one of its entries. An element that holds at most one link and
next to nothing beside it is no block but an item of the one around it, and so is each item of a list
and row of a table, whatever it holds.

A block's fingerprint is taken from the letters of its text: the same menu has the same one on every
page of a site, however deep the page lies, whichever entry is highlighted or is no link there, and
whatever the counters in it say. A block without letters has that of its links' attributes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.markup import attributes_of

if TYPE_CHECKING:
    from linkcrawler.extraction.found import Found

ITEMS: Final = frozenset({"li", "dt", "dd", "tr", "thead", "tbody", "tfoot", "option", "optgroup"})
"""Elements on lines of their own that are part of the block around them."""
MAX_BESIDE: Final = 24
"""Letters that an item of a block may hold beside its link."""
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


class Block:
    """A block under construction: its texts, its links, in their order."""

    __slots__ = ("links", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.links: list[Found] = []

    def is_item(self) -> bool:
        """Return whether it is but an item of the block around it."""
        if len(self.links) > 1 or (not self.links and sum(map(len, self.texts)) > 8 * MAX_BESIDE):
            return False
        text = letters("".join(self.texts))
        beside = len(letters(self.links[0].text)) if self.links else 0
        return len(text) - beside <= MAX_BESIDE

    def take(self, item: Block) -> None:
        """Take what stands in an item of it."""
        self.texts += item.texts
        self.links += item.links

    def key(self) -> int:
        """Return its fingerprint: an int64; 0 where it has no links."""
        if not self.links:
            return 0
        return key_of(letters("".join(self.texts)) or " ".join(map(_spelled, self.links)))


def _spelled(found: Found) -> str:
    """Return what tells a link without text from others: its image's text, or its address."""
    return " ".join(attributes_of(found.inside).values())


def letters(text: str) -> str:
    """Return the letters of ``text`` in lower case.

    >>> letters(" Home » Page 2 of 9 ")
    'homepageof'
    """
    return _NO_LETTERS.sub("", text).lower()


@lru_cache(maxsize=4096)
def key_of(text: str) -> int:
    """Return a fingerprint of ``text``: an int64, never 0."""
    digest = blake2b(text.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1
