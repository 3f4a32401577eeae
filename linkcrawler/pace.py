"""Pages by ten seconds in, how fast a crawl is and how long it still takes out (pure)."""

from __future__ import annotations

from typing import Final

BUCKET_SECS: Final = 10
"""Seconds that one count of the frontier's table ``pace`` covers."""


def rate(pace: list[tuple[int, int]], now: float, started_at: float, seconds: int) -> float | None:
    """Return pages a second over about the last ``seconds``, or since the start of the run.

    The window begins with a bucket of `BUCKET_SECS`, so that none is cut.

    >>> rate([(100, 50), (110, 50), (120, 10)], now=122.0, started_at=0.0, seconds=20)
    5.0
    >>> rate([(100, 8)], now=108.0, started_at=104.0, seconds=60)
    2.0
    """
    first = (int(now) // BUCKET_SECS + 1) * BUCKET_SECS - seconds
    start = max(float(first), started_at)
    if now - start < 1:
        return None
    pages = sum(n for at, n in pace if start - BUCKET_SECS < at <= now)
    return pages / (now - start)


def seconds_left(pages: int, pages_per_second: float | None) -> float | None:
    """Return the seconds that ``pages`` more take at this pace; None without one.

    >>> seconds_left(100, 4.0), seconds_left(-3, 4.0), seconds_left(100, 0.0)
    (25.0, 0.0, None)
    """
    return max(0, pages) / pages_per_second if pages_per_second else None
