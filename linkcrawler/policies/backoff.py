"""A host's failures in, how long to wait and when to give it up out (pure).

Each failure in a row weighs what it says about the host; at `GIVE_UP` strikes the host is left alone
for `REST_SECS`, and what is pending there waits for another run. A host that always fails costs two
name look-ups, or 5 requests without an answer, or 15 answers of a server in trouble, robots.txt
beside them, or 3 tries of a robots.txt that is in trouble itself, which are up to 18 requests where
it redirects; the bar is 20 requests.
"""

from __future__ import annotations

from typing import Final

GIVE_UP: Final = 30
"""Strikes at which a host is given up."""
AWAY: Final = 1000
"""Strikes of a host that asked for longer than `LONGEST_HOLD_SECS`: its whole domain is left alone."""
ROBOTS_UNREACHABLE: Final = "robots_unreachable"
"""Reason of URLs whose site's robots.txt cannot be read, so that nothing may be fetched."""
STRIKES: Final = {"dns": 15, "http_error": 2, ROBOTS_UNREACHABLE: 10}
"""What a failure weighs, by its reason or the outcome of its page; others weigh `NO_ANSWER`."""
NO_ANSWER: Final = 6
REST_SECS: Final = 3600.0
"""How long a host that was given up is left alone."""
MAX_WAIT_SECS: Final = 60.0
"""Longest wait between two tries."""
LONGEST_HOLD_SECS: Final = 300.0
"""Longest that a domain is waited for, also after a resume; a domain of which a host asks for
more is given up until then."""
JITTER: Final = 0.25
"""Share by which a wait is drawn longer or shorter, so that tries do not come in step."""


def strikes(outcome: str, reason: str) -> int:
    """Return what a page that failed says about its host."""
    return STRIKES.get(reason, STRIKES.get(outcome, NO_ANSWER))


def wait_secs(failures: int, base: float, chance: float) -> float:
    """Return the seconds to wait after a failure: twice as long each time, up to a bound.

    Args:
        failures: how many there were in a row, at least 1.
        base: seconds after the first.
        chance: a number drawn from 0 to 1, for the jitter.

    >>> wait_secs(1, 1.0, 0.5), wait_secs(3, 1.0, 0.5), wait_secs(3, 1.0, 1.0)
    (1.0, 4.0, 5.0)
    """
    wait = base * 2.0 ** min(failures - 1, 30)
    return min(wait, max(MAX_WAIT_SECS, base)) * (1 + JITTER * (2 * chance - 1))


def is_given_up(strikes: int, retry_at: float, now: float) -> bool:
    """Return whether a host is to be left alone at ``now``; times in seconds since the epoch."""
    return strikes >= GIVE_UP and now < retry_at
