"""Which domain is next: those that may be asked now, in the order of the crawl.

Pure and in memory. A domain stands in it at most once. Domains whose politeness delay runs wait in
a second heap until their time; popping is O(log domains).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class Agenda:
    """Domains by their next time, then by the order given when they were offered.

    >>> agenda = Agenda()
    >>> agenda.offer(7, order=2, ready_at=0.0)
    >>> agenda.offer(8, order=1, ready_at=5.0)
    >>> agenda.pop(now=1.0), agenda.pop(now=1.0), agenda.next_time()
    (7, None, 5.0)
    >>> agenda.pop(now=5.0)
    8
    """

    _ready: list[tuple[int, int, int]] = field(default_factory=list)
    _waiting: list[tuple[float, int, int, int]] = field(default_factory=list)
    _present: set[int] = field(default_factory=set)
    _age: count[int] = field(default_factory=count)

    def offer(self, domain: int, *, order: int, ready_at: float) -> None:
        """Add ``domain``; lower orders go first, equal ones in the order of their offers."""
        if domain not in self._present:
            self._present.add(domain)
            heapq.heappush(self._waiting, (ready_at, order, next(self._age), domain))

    def pop(self, now: float) -> int | None:
        """Take out and return the domain to ask at ``now``, or None where all must wait."""
        while self._waiting and self._waiting[0][0] <= now:
            _, order, age, domain = heapq.heappop(self._waiting)
            heapq.heappush(self._ready, (order, age, domain))
        if not self._ready:
            return None
        domain = heapq.heappop(self._ready)[2]
        self._present.discard(domain)
        return domain

    def next_time(self) -> float | None:
        """Return when the first waiting domain may be asked, or None where none waits."""
        return self._waiting[0][0] if self._waiting else None

    def __len__(self) -> int:
        return len(self._present)

    def __contains__(self, domain: int) -> bool:
        return domain in self._present
