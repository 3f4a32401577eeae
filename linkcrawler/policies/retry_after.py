"""A ``Retry-After`` header in, the seconds that a server asks to be left alone out (pure).

RFC 9110 10.2.3: a number of seconds, or a date. What is no usable value (garbage, 0, a negative
number, a date that has passed) says nothing; what is very long is cut.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LEAST_SECS: Final = 1.0
MOST_SECS: Final = 24 * 3600.0
"""A server that asks for more is asked again after a day."""
STATUSES: Final = frozenset({429, 503})
"""Answers that the header is heeded with."""
MAX_LENGTH: Final = 64
"""Characters of the longest value that is looked at."""
_SECONDS: Final = re.compile(r"[0-9]+(?:[.][0-9]*)?", re.ASCII)


def retry_after_secs(value: str, now: float) -> float:
    """Return how many seconds to wait, from `LEAST_SECS` to `MOST_SECS`, or 0 for no usable value.

    Args:
        value: the header's value.
        now: seconds since the epoch, which a date is compared with.

    >>> retry_after_secs("120", 0.0), retry_after_secs("soon", 0.0)
    (120.0, 0.0)
    >>> retry_after_secs("Thu, 01 Jan 1970 00:02:00 GMT", 30.0), retry_after_secs("9" * 60, 0.0)
    (90.0, 86400.0)
    """
    text = value.strip()
    if not text or len(text) > MAX_LENGTH:
        return 0.0
    wait = float(text) if _SECONDS.fullmatch(text) else _until(text) - now
    return min(max(wait, LEAST_SECS), MOST_SECS) if wait > 0 else 0.0


def _until(text: str) -> float:
    """Return the time that a date stands for, in seconds since the epoch; 0 for no date."""
    try:
        date = parsedate_to_datetime(text)
        # A date without a zone means GMT, as HTTP's dates do.
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0
