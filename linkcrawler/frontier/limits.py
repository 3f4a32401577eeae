"""What bounds a crawl; the store keeps what is outside of it apart, so that nobody wades through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linkcrawler.policies.merit import Merit, worth_of
from linkcrawler.policies.order import ORDERS, SIMPLE, Order
from linkcrawler.policies.traps import trap_cap

NO_LIMIT: Final = 2**31 - 1
MOST_EARNED: Final = 4
"""Times its first budget that a domain may have at the most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the crawl; 0 means no limit, ``max_hops`` None means none."""

    max_hops: int | None = 2
    """Domains crossed from the nearest seed."""
    max_depth: int = 0
    """Links followed inside a site."""
    max_distance: int = 0
    """Links followed from the nearest seed."""
    max_pages: int = 10_000
    """Pages fetched or tried in all."""
    max_pages_per_domain: int = 50
    hosts_per_domain: int = 0
    """Hosts of one registered domain that are asked."""
    domain_window: int = 1
    """Requests in flight to one domain."""
    max_retries: int = 2
    concurrency: int = 64
    """Requests in flight in all."""
    traps: bool = True
    """What looks like a trap is held back."""
    order: Order = SIMPLE
    has_niche: bool = False
    """Relevance counts in the order."""
    earned: int = 0
    """Pages that each domain linking to it adds to a domain's budget, up to `MOST_EARNED` times it."""
    rest_after: int = 0
    """Pages in a row without a link to a new domain after which a domain rests."""
    co_links: int = 0
    """Domains that must link to a domain before it is fetched, other than a seed's."""

    @property
    def trap_cap(self) -> int:
        """Fetches that a kind of trap may cost on one registered domain."""
        return trap_cap(self.max_pages, self.max_pages_per_domain)

    def bars(self, distance: int, depth: int) -> bool:
        """Return whether the way to a URL is longer than the limits allow."""
        return depth > (self.max_depth or NO_LIMIT) or distance > (self.max_distance or NO_LIMIT)

    def budget_of(self, merit: Merit) -> int:
        """Return the pages that may be fetched of a domain."""
        budget = self.max_pages_per_domain or NO_LIMIT
        return min(budget * MOST_EARNED, budget + self.earned * merit.referrers)

    def rests(self, merit: Merit) -> bool:
        """Return whether a domain's last pages led nowhere new for so long that it rests."""
        return 0 < self.rest_after <= merit.barren

    def place(self, distance: int, merit: Merit) -> int:
        """Return a domain's place in the queue, lowest first.

        Args:
            distance: links from the nearest seed to its next URL.
            merit: what speaks for it.
        """
        if not self.order.is_by_worth:
            return self.order.place(distance, merit.pages, 1.0)
        worth = worth_of(merit, self.order, has_niche=self.has_niche)
        return self.order.place(distance, merit.pages, worth)

    def parameters(self) -> dict[str, int]:
        """Return the limits as a store compares with them, where no limit is a large number."""
        return {
            "hops": NO_LIMIT if self.max_hops is None else self.max_hops,
            "depth": self.max_depth or NO_LIMIT,
            "distance": self.max_distance or NO_LIMIT,
            "budget": self.max_pages_per_domain or NO_LIMIT,
            "traps": self.trap_cap if self.traps else 0,
            "earned": self.earned,
            "hosts": self.hosts_per_domain,
            "rest": self.rest_after or NO_LIMIT,
            "co_links": self.co_links,
            # What places are made of, as a number that tells one order from another.
            "order": ORDERS.index(self.order.name) * 2 + self.has_niche,
        }


ENDLESS: Final = Limits(max_hops=None, max_pages=0, max_pages_per_domain=0)
"""No limit at all."""
