"""The top of the ranking, looked at again and again, in; whether it still moves out (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

GROWTH: Final = 0.1
"""Share by which the pages must have grown since the last look."""
LEAST_PAGES: Final = 100
"""Pages between two looks at the least."""
LOOKS: Final = 3
"""Looks in a row in which nothing may move."""
MOVED: Final = 0.02
"""Share of the top that may be new at each of them."""


@dataclass(slots=True)
class Stability:
    """Whether the first ``count`` domains are still the same.

    >>> stable = Stability(2)
    >>> [stable.look(pages, [1, 2]) for pages in (100, 210, 330, 340, 450)]
    [False, False, False, False, True]
    """

    count: int
    _top: frozenset[int] = field(default=frozenset())
    _pages: int = 0
    _quiet: int = 0

    def is_due(self, pages: int) -> bool:
        """Return whether enough pages have come since the last look."""
        return pages - self._pages >= max(LEAST_PAGES, GROWTH * self._pages)

    def look(self, pages: int, top: Iterable[int]) -> bool:
        """Return whether the top has not moved for long enough.

        Args:
            pages: fetched so far.
            top: the ids of the first domains, in any order.
        """
        if not self.is_due(pages):
            return False
        now = frozenset(top)
        moved = len(now - self._top) / self.count
        is_quiet = len(now) >= self.count and moved <= MOVED
        self._quiet = self._quiet + 1 if is_quiet else 0
        self._top, self._pages = now, pages
        return self._quiet >= LOOKS
