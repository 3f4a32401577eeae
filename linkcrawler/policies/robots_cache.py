"""Rules of sites in, kept within a bound of memory, the longest unused leaving first (pure)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from linkcrawler.policies.robots import RobotsRules

ENTRY_BYTES: Final = 350
"""Memory of an entry beside its rules and its key: measured."""


class _Entry(NamedTuple):
    rules: RobotsRules
    until: float


class RobotsCache:
    """What the robots.txt of sites said; times are of a clock that never goes back.

    Args:
        max_bytes: memory that it may take; the site heard of last is kept all the same. 0 means no
            limit.

    >>> from linkcrawler.policies.robots import RobotsRules
    >>> cache, rules = RobotsCache(max_bytes=2000), RobotsRules()
    >>> for site in ("http://a.example", "http://b.example", "http://c.example"):
    ...     cache.put(site, rules, until=10.0)
    >>> [cache.get(f"http://{name}.example", now=5.0) is rules for name in "abc"]
    [False, True, True]
    >>> cache.get("http://c.example", now=10.0) is None
    True
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        """Bytes of memory taken, about."""
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, site: str, now: float) -> RobotsRules | None:
        """Return the rules of ``site``, or None where they are not known or too old at ``now``."""
        entry = self._entries.get(site)
        if entry is None:
            return None
        if entry.until <= now:
            self._drop(site)
            return None
        self._entries.move_to_end(site)
        return entry.rules

    def put(self, site: str, rules: RobotsRules, until: float) -> None:
        """Keep the rules of ``site`` until then, at the cost of those not asked for the longest."""
        self._drop(site)
        self._entries[site] = _Entry(rules, until)
        self.size += _size(site, rules)
        while self.max_bytes and self.size > self.max_bytes and len(self._entries) > 1:
            self._drop(next(iter(self._entries)))

    def _drop(self, site: str) -> None:
        entry = self._entries.pop(site, None)
        if entry is not None:
            self.size -= _size(site, entry.rules)


def _size(site: str, rules: RobotsRules) -> int:
    return ENTRY_BYTES + len(site) + rules.size
