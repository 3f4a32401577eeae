"""What stands in an element in, whether it is a block and which one out (pure).

A block is what a reader takes in as one: a list, a table, a paragraph, a cell, a part of the page with
text of its own. Text and links count for the innermost block around them alone, so that a menu stays the
same whatever is unfolded below one of its entries. An element that holds at most one link and
next to nothing beside it is no block but an item of the one around it (a list or a table is always a block),
and so is each item of a list and row of a table, whatever it holds.

A block's fingerprint is taken from the letters of its text: the same menu has the same one on every
page of a site, however deep the page lies, whichever entry is highlighted or is no link there, and
whatever the counters in it say. A block without letters has that of its links' targets.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.markup import text_of

if TYPE_CHECKING:
    from linkcrawler.items import Link

MAX_BESIDE: Final = 24
"""Letters that an item of a block may hold beside its link."""
MAX_ITEM: Final = 1024
"""Characters of markup that an item may hold: longer ones are blocks, and are not looked at."""
MAX_MUTE: Final = 96
"""Likewise for an item without a link: the highlighted entry of a menu."""
MAX_TEXTS: Final = 200
"""Texts between tags that an item may hold, so that handing it on and on takes little time."""
MAX_KNOWN: Final = 2048
"""Characters of a text whose fingerprint is remembered."""
_NO_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalpha())
_LOWER: Final = bytes(range(256)).lower()


def is_item(texts: list[str], links: list[Link]) -> bool:
    """Return whether an element is but an item of the block around it.

    Args:
        texts: what stands in it between tags, and in no block inside of it.
        links: the links that do.
    """
    if len(links) > 1 or len(texts) > MAX_TEXTS:
        return False
    text = "".join(texts)
    if len(text) <= MAX_BESIDE:
        return True
    if not links and len(text) > MAX_MUTE:
        return False
    return len(text) <= MAX_ITEM and _is_item(text, (links[0].anchor or "") if links else "")


@lru_cache(maxsize=2048)
def _is_item(text: str, anchor: str) -> bool:
    return n_letters(text_of(text)) - n_letters(anchor) <= MAX_BESIDE


def block_key(texts: list[str], links: list[Link]) -> tuple[int, int]:
    """Return the fingerprint of the block that holds these, an int64, never 0; and how many letters it has."""
    text = "".join(texts)
    key, n = _known_key(text) if len(text) <= MAX_KNOWN else _key_by_letters(text)
    return key or key_of(" ".join(link.target for link in links).encode()), n


def letters(text: str) -> bytes:
    """Return the letters of ``text`` in lower case; all beyond ASCII counts as letters, as it is.

    >>> letters(" Home > Page 2 of 9 ")
    b'homepageof'
    """
    return text.encode(errors="replace").translate(_LOWER, _NO_LETTERS)


def n_letters(text: str) -> int:
    """Return how many `letters` a text has."""
    return _count(letters(text))


def _count(found: bytes) -> int:
    return len(found) if found.isascii() else len(found.decode())


def key_of(data: bytes) -> int:
    """Return a fingerprint of ``data``: an int64, never 0."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True) or 1


def _key_by_letters(text: str) -> tuple[int, int]:
    """Return a fingerprint of the letters of ``text``, 0 where it has none, and their number."""
    found = letters(text_of(text))
    return (key_of(found), _count(found)) if found else (0, 0)


_known_key = lru_cache(maxsize=2048)(_key_by_letters)
