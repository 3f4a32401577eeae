"""Where a domain stands in the queue (pure): lowest first.

Two families. *Breadth-first*: the distance of its next URL from the seeds, then the pages already
fetched of it, so that all domains at one distance advance evenly. *By worth*: what the crawl holds
in a domain's favour, over the pages already spent on it, ``worth / (1 + pages) ** EASE``.

Worth is ``referrers``: ½ and the votes of the domains that link to it, or ``pagerank``: its PageRank
among the domains seen so far, in units of the average. A vote is ``1 / (2 + out)``, where ``out`` is
how many domains its giver had linked to before, so that who links to everybody says little of each.
Counted as whole votes this is the rule ``(referring domains + ½) / (1 + pages)``; splitting them and
the exponent above 1 are what `benchmarks.crawl_order` measures beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

BREADTH_FIRST: Final = "breadth-first"
REFERRERS: Final = "referrers"
PAGERANK: Final = "pagerank"
ORDERS: Final = (REFERRERS, PAGERANK, BREADTH_FIRST)

EASE: Final = 1.2
"""How fast a domain's place falls with the pages spent on it."""
FIRST_WORTH: Final = 0.5
"""Worth of a domain to which nothing links yet: a seed."""
PAGES_BITS: Final = 31
MOST_PAGES: Final = 2**PAGES_BITS - 1
_STEPS: Final = 2**20
"""Places between a worth and twice as much."""
_LIMIT: Final = 2.0**40
"""Worths beyond it, and below its inverse, count as it."""


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
    """Return the distance that went into a place of `breadth_first`.

    >>> distance_of(breadth_first(3, 9))
    3
    """
    return place >> PAGES_BITS


def by_worth(worth: float, pages: int, ease: float = EASE) -> int:
    """Return a domain's place: equal steps for each doubling of ``worth / (1 + pages) ** ease``.

    Args:
        worth: above 0.
        pages: URLs fetched of it.
        ease: see `EASE`.

    >>> by_worth(8.5, 0) < by_worth(0.5, 0) < by_worth(0.5, 3)
    True
    """
    known = min(max(worth, 1 / _LIMIT), _LIMIT)
    return round(_STEPS * (64 + ease * math.log2(1 + min(pages, MOST_PAGES)) - math.log2(known)))


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a crawl; what each idea adds is measured by switching it off."""

    name: str = BREADTH_FIRST
    """One of `ORDERS`."""
    ease: float = EASE
    splits_votes: bool = True
    """A vote counts less, the more domains its giver links to."""
    prefers_outward: bool = True
    """Pages first that are likely to link to other domains, see `linkcrawler.policies.pages`."""
    alternates: bool = True
    """Every other page of a domain is the one that most links lead to."""
    reads_urls: bool = True
    """What a URL says about its page counts."""
    explores: int = 16
    """One page in so many goes to a domain drawn at random; 0 for none."""

    @property
    def is_by_worth(self) -> bool:
        """Whether worth decides, and not the distance."""
        return self.name != BREADTH_FIRST

    def place(self, distance: int, pages: int, worth: float) -> int:
        """Return a domain's place, from 0, lowest first.

        Args:
            distance: links from the nearest seed to its next URL.
            pages: URLs fetched of it.
            worth: what speaks for it, above 0.
        """
        if self.is_by_worth:
            return by_worth(worth, pages, self.ease)
        return breadth_first(distance, pages)

    def vote(self, out: int) -> float:
        """Return what a link from a domain to another, the first between them, is worth.

        Args:
            out: domains that its giver linked to before.

        >>> Order("referrers").vote(0), Order("referrers").vote(8)
        (0.5, 0.1)
        """
        return 1 / (2 + out) if self.splits_votes else 1.0

    def takes_best_linked(self, pages: int) -> bool:
        """Return whether the next page is the one that most links lead to.

        Args:
            pages: URLs fetched of the domain.
        """
        return self.is_by_worth and self.alternates and pages % 2 == 1


SIMPLE: Final = Order()
"""Breadth-first."""
