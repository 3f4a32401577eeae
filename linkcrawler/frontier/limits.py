"""What bounds a crawl; the store keeps what is outside of it apart, so that nobody wades through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linkcrawler.policies.traps import trap_cap

NO_LIMIT: Final = 2**31 - 1


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
    domain_window: int = 1
    """Requests in flight to one domain."""
    max_retries: int = 2
    concurrency: int = 64
    """Requests in flight in all."""
    traps: bool = True
    """What looks like a trap is held back."""

    @property
    def trap_cap(self) -> int:
        """Fetches that a kind of trap may cost on one registered domain."""
        return trap_cap(self.max_pages, self.max_pages_per_domain)

    def bars(self, distance: int, depth: int) -> bool:
        """Return whether the way to a URL is longer than the limits allow."""
        return depth > (self.max_depth or NO_LIMIT) or distance > (self.max_distance or NO_LIMIT)

    def parameters(self) -> dict[str, int]:
        """Return the limits as a store compares with them, where no limit is a large number."""
        return {
            "hops": NO_LIMIT if self.max_hops is None else self.max_hops,
            "depth": self.max_depth or NO_LIMIT,
            "distance": self.max_distance or NO_LIMIT,
            "budget": self.max_pages_per_domain or NO_LIMIT,
            "traps": self.trap_cap if self.traps else 0,
        }


ENDLESS: Final = Limits(max_hops=None, max_pages=0, max_pages_per_domain=0)
"""No limit at all."""
