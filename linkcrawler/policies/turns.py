"""When a domain may be asked next: one request per delay, whoever asks.

Two kinds of waiting come together here. Each registered domain has its delay, which its robots.txt
may lengthen; each address has one too, so that a hundred sites on one machine do not ask it a
hundred times at once. What was sent is written in a ledger that outlives the process and is shared
by all workers.

Pure but for the ledger: the caller gives the time. Times are of one clock that never goes back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_KNOWN: Final = 50_000
"""Domains whose addresses are remembered; the one not asked for the longest is forgotten first."""


class Ledger(Protocol):
    """Keeps when each key may be asked next, for all workers and for a run after this one."""

    def take(self, gaps: Sequence[tuple[str, float]]) -> float:
        """Return the seconds until all keys may be asked; where that is now, count them as asked.

        Args:
            gaps: keys, and how many seconds nobody is to ask each afterwards.
        """

    def count(self, gaps: Sequence[tuple[str, float]]) -> None:
        """Count all keys as asked now, whenever that may be."""


@dataclass(slots=True)
class Turns:
    """The politeness of the crawl, per registered domain and per address.

    Args:
        delay: seconds between two requests to a domain, robots.txt included.
        address_delay: seconds between two requests to an address; at most ``delay`` counts.
        ledger: what outlives the process; None for nothing.

    >>> turns = Turns(delay=2.0, address_delay=0.5)
    >>> turns.take("example.com", now=10.0), turns.take("example.com", now=10.5)
    (10.0, 12.0)
    >>> turns.take("a.example", 20.0, ["192.0.2.1"]), turns.take("b.example", 20.0, ["192.0.2.1"])
    (20.0, 20.5)
    """

    delay: float
    address_delay: float = 0.0
    ledger: Ledger | None = None
    _next: dict[str, float] = field(default_factory=dict)
    _booked: dict[str, float] = field(default_factory=dict)
    _delays: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _addresses: OrderedDict[str, tuple[str, ...]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        # Who waits for nobody's server, its own for instance, waits for no address either.
        self.address_delay = min(self.address_delay, self.delay)

    def delay_of(self, domain: str) -> float:
        """Return the seconds between two requests to ``domain``."""
        return self._delays.get(domain, self.delay)

    def slow_down(self, domain: str, delay: float) -> None:
        """Let ``domain`` be asked no more often than every ``delay`` seconds (its Crawl-delay).

        That counts from its last request on. Of very many domains, those said the longest ago are
        forgotten: it is to be said at every request.
        """
        known = self.delay_of(domain)
        if delay > known:
            self._delays[domain] = delay
            if len(self._delays) > MAX_KNOWN:
                self._delays.popitem(last=False)
            if domain in self._next:
                self._next[domain] += delay - known
        elif domain in self._delays:
            self._delays.move_to_end(domain)

    def take(self, domain: str, now: float, addresses: Sequence[str] = ()) -> float:
        """Return when a request to ``domain`` may leave; where that is ``now``, count it as sent.

        Where it is later nothing is promised: who waits asks again then, and the time that counts is
        the one at which the request leaves.

        Args:
            domain: the registered domain.
            now: the time.
            addresses: those of its host, where they are known: it waits for their turn as well.
        """
        if self.address_delay and addresses:
            self._know(domain, tuple(addresses))
        gaps = self._gaps(domain, addresses)
        at = max([now, self._next.get(domain, 0.0), *(self._next.get(key, 0.0) for key, _ in gaps)])
        if at > now:
            return at
        wait = self.ledger.take(gaps) if self.ledger is not None and gaps else 0.0
        if wait > 0:
            self._next[domain] = now + wait
            return now + wait
        for key, gap in gaps:
            self._next[key] = now + gap
        return now

    def leave(self, domain: str, now: float) -> None:
        """Let the delays of a request that has taken its turn begin now, when it leaves.

        A busy event loop may have held it up for some milliseconds, which the next one must not gain.
        """
        gaps = self._gaps(domain, self._addresses.get(domain, ()))
        for key, gap in gaps:
            self._next[key] = max(now + gap, self._next.get(key, 0.0))
        if self.ledger is not None and gaps:
            self.ledger.count(gaps)

    def _gaps(self, domain: str, addresses: Sequence[str]) -> list[tuple[str, float]]:
        """Return what a request takes turns of, and for how long nobody else may ask each."""
        delay = self.delay_of(domain)
        gaps = [(domain, delay)] if delay else []
        return gaps + [(address, self.address_delay) for address in addresses if self.address_delay]

    def book(self, domain: str, now: float) -> None:
        """Note that a request to ``domain`` is about to take its turn.

        So `next_at` does not offer one moment to many domains of one address.
        """
        for address in self._addresses.get(domain, ()):
            at = max(now, self._next.get(address, 0.0), self._booked.get(address, 0.0))
            self._booked[address] = at + self.address_delay

    def _know(self, domain: str, addresses: tuple[str, ...]) -> None:
        self._addresses[domain] = addresses
        self._addresses.move_to_end(domain)
        if len(self._addresses) > MAX_KNOWN:
            self._addresses.popitem(last=False)

    def next_at(self, domain: str) -> float:
        """Return when ``domain`` may be asked, as far as its addresses are known; 0 for any time."""
        at = self._next.get(domain, 0.0)
        for address in self._addresses.get(domain, ()):
            at = max(at, self._next.get(address, 0.0), self._booked.get(address, 0.0))
        return at

    def hold(self, domain: str, until: float) -> None:
        """Let nobody ask ``domain`` before ``until``."""
        self._next[domain] = max(until, self._next.get(domain, 0.0))

    def forget(self, now: float) -> None:
        """Drop what no longer makes anyone wait, so that memory does not grow with domains."""
        self._next, self._booked = (
            {key: at for key, at in times.items() if at > now}
            for times in (self._next, self._booked)
        )
