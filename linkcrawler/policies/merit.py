"""What a crawl knows in a domain's favour in, what it is worth to the order out (pure)."""

from __future__ import annotations

from typing import Final, NamedTuple

from linkcrawler.policies.order import FIRST_WORTH, PAGERANK, Order

PRIOR_PAGES: Final = 2.0
"""Pages that what links say of a domain counts as, beside its own."""
PRIOR: Final = 0.25
"""Relevance of a domain of which nothing is known."""
LEAST: Final = 0.02
"""What is left of the worth of a domain that is not relevant at all."""


class Merit(NamedTuple):
    """What speaks for a domain; the columns of its row in this order."""

    pages: int = 0
    """URLs fetched."""
    referrers: int = 0
    """Domains that link to it."""
    votes: float = 0.0
    """What their links say for it, see `linkcrawler.policies.order`."""
    rank: float = 0.0
    """PageRank in units of the average; 0 where none was computed."""
    barren: int = 0
    """Its last pages that led to no domain for the first time, in a row."""
    relevance: float = 0.0
    """Sum over the pages whose relevance is known."""
    judged: int = 0
    """How many those are."""
    hint: float = 0.0
    """Sum of what links to it say of its relevance."""
    hints: int = 0


UNKNOWN: Final = Merit()


def relevance_of(merit: Merit) -> float:
    """Return a domain's relevance, 0 to 1: its own pages', drawn towards what links to it say.

    The prior counts as `PRIOR_PAGES` pages, so that after some pages the domain speaks for itself.

    >>> round(relevance_of(Merit()), 2), round(relevance_of(Merit(relevance=4.0, judged=4)), 2)
    (0.25, 0.75)
    """
    said = (merit.hint + PRIOR) / (merit.hints + 1)
    return (merit.relevance + PRIOR_PAGES * said) / (merit.judged + PRIOR_PAGES)


def worth_of(merit: Merit, order: Order, *, has_niche: bool) -> float:
    """Return what a domain is worth to ``order``, above 0.

    With a niche, worth is multiplied by the square of the relevance: of domains with equal links, one
    that is half as relevant gets a quarter of the pages.
    """
    worth = FIRST_WORTH + merit.votes
    if order.name == PAGERANK and merit.rank > 0:
        worth = merit.rank
    if has_niche:
        worth *= max(LEAST, relevance_of(merit) ** 2)
    return worth
