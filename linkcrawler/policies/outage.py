"""Failures and answers in, whether it is our own network that is down out (pure).

Where several hosts in a row give no answer and nobody else gives one, the fault is more likely here
than there: for a while nothing is held against the hosts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

REASONS: Final = frozenset({"timeout", "connection", "no_dns", "proxy"})
"""Failures that a network that is down brings about; a name that does not exist is no such."""
LEAST_HOSTS: Final = 5
"""Hosts that must have failed since the last answer."""
GRACE_SECS: Final = 120.0
"""How long nothing is held against them; hosts that are all dead must not be waited for for ever."""
WAIT_SECS: Final = 10.0
"""How long a domain is left alone meanwhile."""


@dataclass(slots=True)
class Outage:
    """What was heard since the last answer; times are of a clock that never goes back.

    >>> outage = Outage()
    >>> for host in "abcde":
    ...     outage.fail(host, "timeout", now=10.0)
    >>> outage.holds(11.0, "timeout"), outage.holds(131.0, "timeout")
    (True, False)
    >>> outage.answer()
    >>> outage.holds(11.0, "timeout")
    False
    """

    _hosts: set[str] = field(default_factory=set)
    _since: float = 0.0

    def answer(self) -> None:
        """Note that somebody has answered."""
        self._hosts.clear()

    def fail(self, host: str, reason: str, now: float) -> None:
        """Note that ``host`` has failed."""
        if reason not in REASONS:
            return
        if not self._hosts:
            self._since = now
        if len(self._hosts) < LEAST_HOSTS:
            self._hosts.add(host)

    def holds(self, now: float, reason: str) -> bool:
        """Return whether a failure at ``now`` seems to be our own network's."""
        is_long = now - self._since >= GRACE_SECS
        return reason in REASONS and len(self._hosts) >= LEAST_HOSTS and not is_long
