"""A page's bytes in, where it may be read out (pure).

A parser that builds a tree can be made to take seconds and gigabytes by a few kilobytes: 100,000
nested elements or 50,000 options of a list take lexbor ten seconds, 18 kB of unclosed ``<b 1><b 2>…``
before paragraphs make 2.5 million elements. No scan that is cheaper than the parser can tell such
markup from honest one, because what an end tag closes is known to the parser alone. What bounds the
cost in any case is how many tags and bytes there are: it grows with the square of either at the most.

So a small page is read on the spot, and all others by a process of their own, which can be ended.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

HERE_TAGS: Final = 500
"""``<`` in a page that is read on the spot. Measured: at the worst 15 ms and 20 MB, by formatting
elements that are opened again in each paragraph."""
HERE_BYTES: Final = 16 * 1024
"""Length of a page that is read on the spot. Measured: at the worst 15 ms, by attributes of one tag."""
QUICK_TAGS: Final = 20_000
"""``<`` in a page that waits in line with ordinary pages, however long it is: text alone is read in
less than the second that it has."""
TREE_TAGS: Final = 400_000
"""``<`` in a page of which no tree is built: it would not fit into the memory allowed."""


class Way(Enum):
    """How a page is to be read."""

    HERE = "here"
    """On the spot."""
    QUICK = "quick"
    """By the process for ordinary pages."""
    SLOW = "slow"
    """By the process for pages that may take long."""
    ROUGH = "rough"
    """There, and from its tags alone."""


def way_of(body: bytes) -> Way:
    """Return how the page ``body`` is to be read.

    In every encoding that browsers know, a ``<`` is or holds the byte 0x3C.

    >>> way_of(b"<p>" * 100), way_of(b"<p>" * 1000), way_of(b"<p>" * 100_000)
    (<Way.HERE: 'here'>, <Way.QUICK: 'quick'>, <Way.SLOW: 'slow'>)
    """
    n_tags = body.count(b"<")
    if len(body) <= HERE_BYTES and n_tags <= HERE_TAGS:
        return Way.HERE
    if n_tags > TREE_TAGS:
        return Way.ROUGH
    return Way.QUICK if n_tags <= QUICK_TAGS else Way.SLOW
