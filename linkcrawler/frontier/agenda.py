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
    _best: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Order and age of each domain's valid entry; entries that differ are stale."""
    _times: dict[int, float] = field(default_factory=dict)
    _age: count[int] = field(default_factory=count)

    def offer(self, domain: int, *, order: int, ready_at: float) -> None:
        """Add ``domain``, or move it up where ``order`` is lower than the one it stands at.

        Lower orders go first, equal ones in the order of their offers. A domain that stands there
        already keeps its time.
        """
        best = self._best.get(domain)
        if best is None or order < best[0]:
            entry = (order, next(self._age))
            self._best[domain] = entry
            at = self._times.setdefault(domain, ready_at)
            heapq.heappush(self._waiting, (at, *entry, domain))

    def peek(self, now: float) -> int | None:
        """Return the order of the domain to ask at ``now``, or None where all must wait."""
        while self._waiting and self._waiting[0][0] <= now:
            _, order, age, domain = heapq.heappop(self._waiting)
            heapq.heappush(self._ready, (order, age, domain))
        while self._ready:
            order, age, domain = self._ready[0]
            if self._best.get(domain) == (order, age):
                return order
            heapq.heappop(self._ready)
        return None

    def pop(self, now: float) -> int | None:
        """Take out and return the domain to ask at ``now``, or None where all must wait."""
        if self.peek(now) is None:
            return None
        _, _, domain = heapq.heappop(self._ready)
        self.discard(domain)
        return domain

    def discard(self, domain: int) -> None:
        """Take ``domain`` out, wherever it stands."""
        self._best.pop(domain, None)
        self._times.pop(domain, None)

    def last(self, number: int) -> list[int]:
        """Return the ``number`` domains that stand last, those that wait included."""
        return heapq.nlargest(number, self._best, key=self._best.__getitem__)

    def next_time(self) -> float | None:
        """Return when the first waiting domain may be asked, or None where none waits."""
        while self._waiting:
            at, order, age, domain = self._waiting[0]
            if self._best.get(domain) == (order, age):
                return at
            heapq.heappop(self._waiting)
        return None

    def __len__(self) -> int:
        return len(self._best)

    def __contains__(self, domain: int) -> bool:
        return domain in self._best
