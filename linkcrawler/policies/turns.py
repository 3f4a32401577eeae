"""When a domain may be asked next: one request per delay, whoever asks.

Pure: the caller gives the time. Times are of one clock that never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns:
    """The politeness of the crawl, per registered domain.

    Args:
        delay: seconds between two requests to a domain, robots.txt included.

    >>> turns = Turns(delay=2.0)
    >>> turns.take("example.com", now=10.0), turns.take("example.com", now=10.5)
    (10.0, 12.0)
    """

    delay: float
    _next: dict[str, float] = field(default_factory=dict)

    def take(self, domain: str, now: float) -> float:
        """Return when the next request to ``domain`` may leave, and count it as sent then."""
        at = max(now, self._next.get(domain, 0.0))
        if self.delay:
            self._next[domain] = at + self.delay
        return at

    def next_at(self, domain: str) -> float:
        """Return when ``domain`` may be asked; 0 for any time."""
        return self._next.get(domain, 0.0)

    def hold(self, domain: str, until: float) -> None:
        """Let nobody ask ``domain`` before ``until``."""
        self._next[domain] = max(until, self._next.get(domain, 0.0))

    def forget(self, now: float) -> None:
        """Drop what no longer makes anyone wait, so that memory does not grow with domains."""
        self._next = {domain: at for domain, at in self._next.items() if at > now}
