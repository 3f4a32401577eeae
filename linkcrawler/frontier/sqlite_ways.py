"""A way from a page to a URL, what is known of that URL, and what the way brings it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from linkcrawler.policies.pages import ARCHIVE, DEPTH_BITS, ENTRY, OUTWARD, standing_of

if TYPE_CHECKING:
    from linkcrawler.frontier.records import Discovery

Place = tuple[int, int]
"""Distance and depth."""


class Asked(NamedTuple):
    """A way whose URL is not known to be as near."""

    way: Discovery
    domain_id: int
    place: Place
    key: int
    """The hash by which its URL is found."""

    def beside(self, other: Asked) -> Asked:
        """Return both, where they lead to one URL."""
        place = (min(self.place[0], other.place[0]), min(self.place[1], other.place[1]))
        return (self if self.way.is_seed else other)._replace(place=place)


@dataclass(slots=True)
class Known:
    """What memory holds of a URL that is in the file."""

    id: int
    distance: int
    depth: int
    lead: int
    cash: float
    """What links have brought it, as far as this process has seen."""
    enough: float
    """What raises its standing."""


class Row(NamedTuple):
    """A URL that is in the file."""

    id: int
    state: int
    bar: int
    distance: int
    depth: int
    is_seed: int
    rule: str | None
    """The rule that keeps it out."""
    lead: int
    standing: int


class Links(NamedTuple):
    """What the links of one page bring to the pages that they lead to."""

    share: float
    """What each of them brings; 0 where the order of the crawl does not ask for it."""
    leads_out: bool
    """The page has led to domains that its domain had not linked to before."""
    depth: int
    """Of the page."""
    raised: list[tuple[int, int]]
    """New standings of known URLs, as ``(standing, id)``."""
    led: list[tuple[int, int]]
    """New leads, as ``(lead, id)``."""

    def reach(self, one: Known, *, enters: bool) -> None:
        """Note a link to a URL that is known."""
        one.cash += self.share
        if one.cash >= one.enough:
            standing = standing_of(one.cash)
            one.enough = 2.0 ** (standing + 1)
            self.raised.append((standing, one.id))
        best = one.lead
        if enters:
            best = min(best, ENTRY << DEPTH_BITS)
        elif self.leads_out and best < ARCHIVE << DEPTH_BITS:
            best = min(best, (OUTWARD << DEPTH_BITS) + self.depth + 1)
        if best != one.lead:
            one.lead = best
            self.led.append((best, one.id))
