"""What a crawl knows in a domain's favour in, what it is worth to the order out (pure)."""

from __future__ import annotations

from typing import Final, NamedTuple

from linkcrawler.policies.order import FIRST_WORTH, PAGERANK, Order

PRIOR_PAGES: Final = 2.0
"""Pages that what links say of a domain counts as, beside its own."""
UNJUDGED: Final = 0.25
PRIOR: Final = 0.1
"""Relevance of a domain of which nothing is known."""
OUTSIDE: Final = 0.1
"""Relevance below which a domain is outside of the niche."""
LEAST: Final = 0.01
"""Less relevance counts as this."""
BEHIND: Final = 2.0**-20
"""What is left of the worth of a domain outside of the niche."""


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

    The prior counts as `PRIOR_PAGES` pages, so that after some pages the domain speaks for itself. What
    could not be judged, an error or a redirect, counts as `UNJUDGED` of a page that says nothing.

    >>> round(relevance_of(Merit()), 2), round(relevance_of(Merit(relevance=4.0, judged=4)), 2)
    (0.1, 0.7)
    """
    said = (merit.hint + PRIOR) / (merit.hints + 1)
    pages = merit.judged + PRIOR_PAGES + UNJUDGED * max(0, merit.pages - merit.judged)
    return (merit.relevance + PRIOR_PAGES * said) / pages


def fits(merit: Merit) -> bool:
    """Return whether a domain belongs to the niche, as far as is known.

    >>> fits(Merit()), fits(Merit(hint=0.0, hints=1)), fits(Merit(hint=0.4, hints=1))
    (True, False, True)
    """
    return relevance_of(merit) >= OUTSIDE


def worth_of(merit: Merit, order: Order, *, has_niche: bool) -> float:
    """Return what a domain is worth to ``order``, above 0.

    With a niche, worth is multiplied by the square of the relevance: of domains with equal links, one
    that is half as relevant gets a quarter of the pages. Those outside of it come behind all others.
    """
    worth = FIRST_WORTH + merit.votes
    if order.name == PAGERANK and merit.rank > 0:
        worth = merit.rank
    if has_niche:
        worth *= max(LEAST, relevance_of(merit)) ** 2
        worth *= 1.0 if fits(merit) else BEHIND
    return worth


SHARE_OUTSIDE: Final = 0.05
"""Share of the pages lately above which none goes outside of the niche while domains of it wait their turns."""


class ShareOutside:
    """How much of what was handed out lately went outside of the niche.

    >>> share = ShareOutside()
    >>> share.allows()
    True
    >>> share.count(is_outside=True)
    >>> share.allows()
    False
    """

    def __init__(self) -> None:
        self._lately = 0.0

    def allows(self) -> bool:
        """Return whether one more may."""
        return self._lately <= SHARE_OUTSIDE

    def count(self, *, is_outside: bool) -> None:
        """Note that one was handed out."""
        self._lately += (is_outside - self._lately) / LATELY


LATELY: Final = 16
"""Pages over which the share is taken, fading."""
