"""A URL in, the rule by which it looks like a trap (or None) out; and how much a trap may take.

A trap is a part of a site that never ends: URLs that a program makes up, page after page. Rules on
the URL alone refuse at once. The others only count: what has the shape of a trap is let in up to
`trap_cap`, more is held back, and each page that turns out to be worth having gives its place to
one that is held (`linkcrawler.frontier.sqlite_traps`). Takes time in proportion to the URL.
"""

from __future__ import annotations

from typing import Final

URL_RULES: Final = ("path_depth", "query_parameters", "nested_encoding", "repeated_segments")
"""Rules on the URL alone."""
COUNTED_RULES: Final = (
    "calendar", "facets", "session_id", "subdomains", "soft_404", "endless", "tarpit", "redirects",
)  # fmt: skip
"""Rules on what a site has shown so far."""
TRAP_RULES: Final = frozenset(URL_RULES + COUNTED_RULES)

MAX_SEGMENTS: Final = 20
"""Segments of a path at the most, as Heritrix has it by default."""
MAX_PARAMETERS: Final = 10
MAX_ROW: Final = 2
"""Times that a group of segments may stand in a row, as Heritrix has it by default."""
MAX_PERIOD: Final = 4
"""Segments of such a group at the most."""
MAX_SAME: Final = 3
"""Times that one segment may stand anywhere in a path."""
MAX_REDIRECTS: Final = 20
"""Redirects that are followed in a row, as browsers have it."""

LEAST_CAP: Final = 5
MOST_CAP: Final = 500
CAP_SHARE: Final = 100
"""A trap may take one part in so many of the budget."""


def trap_cap(max_pages: int, max_pages_per_domain: int) -> int:
    """Return how many fetches a kind of trap may cost on one registered domain.

    One in a hundred of the pages that may be fetched of the domain (0: no limit), from `LEAST_CAP`
    to `MOST_CAP`.

    >>> trap_cap(10_000, 0), trap_cap(10_000, 50), trap_cap(0, 0)
    (100, 5, 500)
    """
    limits = [limit for limit in (max_pages, max_pages_per_domain) if limit]
    least = min(limits, default=MOST_CAP * CAP_SHARE)
    return min(max(least // CAP_SHARE, LEAST_CAP), MOST_CAP)


def url_rule(url: str) -> str | None:
    """Return the rule by which a canonical URL is a trap's, by itself.

    >>> url_rule("http://a.example/b/c/b/c/b/c/"), url_rule("http://a.example/2011/11/11/11/")
    ('repeated_segments', None)
    """
    if url.count("/") < 3 + MAX_ROW and "&" not in url and "%2525" not in url:
        return None  # as most URLs are
    address, _, query = url.partition("?")
    slashes = address.count("/")
    if slashes - 2 > MAX_SEGMENTS:
        return "path_depth"
    if query.count("&") + 1 > MAX_PARAMETERS:
        return "query_parameters"
    if "%2525" in url:
        return "nested_encoding"
    if slashes < 3 + MAX_ROW:
        return None
    segments = [part for part in address.split("/")[3:] if part]
    return "repeated_segments" if repeats(segments) else None


def repeats(segments: list[str]) -> bool:
    """Return whether segments come again and again; numbers may, dates and versions are made of them.

    >>> repeats(["a", "a", "a"]), repeats(["a", "b", "a", "b"]), repeats(["1", "1", "1", "1"])
    (True, False, False)
    """
    if len(set(segments)) == len(segments):
        return False
    words = [part for part in segments if not part.isdigit()]
    if len(words) - len(set(words)) < MAX_ROW:  # nothing stands three times
        return False
    if any(words.count(word) > MAX_SAME for word in set(words)):
        return True
    return any(_stands_in_row(segments, period) for period in range(1, MAX_PERIOD + 1))


def _stands_in_row(segments: list[str], period: int) -> bool:
    """Return whether a group of ``period`` segments, not all of them numbers, stands thrice in a row."""
    same = words = 0
    for place in range(period, len(segments)):
        if segments[place] != segments[place - period]:
            same = words = 0
            continue
        same += 1
        words += not segments[place].isdigit()
        if same >= period * MAX_ROW and words:
            return True
    return False
