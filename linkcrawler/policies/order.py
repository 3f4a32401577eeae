"""Where a domain stands in the queue (pure): lowest first.

Breadth-first: the distance of its next URL from the seeds, then the pages already fetched of it, so
that all domains at one distance advance evenly.
"""

from __future__ import annotations

from typing import Final

PAGES_BITS: Final = 31
MOST_PAGES: Final = 2**PAGES_BITS - 1


def breadth_first(distance: int, pages: int) -> int:
    """Return a domain's place.

    Args:
        distance: links from the nearest seed to its next URL.
        pages: URLs fetched of it.

    >>> breadth_first(1, 7) < breadth_first(1, 8) < breadth_first(2, 0)
    True
    """
    return (distance << PAGES_BITS) + min(pages, MOST_PAGES)


def distance_of(place: int) -> int:
    """Return the distance that went into a place.

    >>> distance_of(breadth_first(3, 9))
    3
    """
    return place >> PAGES_BITS
