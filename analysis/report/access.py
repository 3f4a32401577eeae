"""Outcomes and reasons of the URLs tried in, one line of counts an outcome out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkcrawler.items import OUTCOMES

if TYPE_CHECKING:
    import pyarrow as pa

MAX_REASONS: Final = 8
"""Reasons named for an outcome; the rest are summed."""

MEANINGS: Final = {
    "ok": "An HTML page was read and its links were recorded.",
    "redirect": "The server pointed elsewhere; the redirect is recorded as a link.",
    "http_error": "The server answered with an error status.",
    "not_html": "The answer was no HTML page, so it holds no links to record.",
    "robots": "Not fetched, because robots.txt asks crawlers to stay away.",
    "excluded": "Not fetched, because a limit or rule of this crawl kept it out.",
    "failed": "No usable answer came: a name, connection, certificate or time-out.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a share of the URLs tried ended, and why."""

    name: str
    meaning: str
    pages: int
    share: float
    """Of all URLs tried, 0 to 1."""
    reasons: tuple[tuple[str, int], ...]
    """The commonest reasons with their pages, most first."""
    n_other_reasons: int
    """Reasons that are not named in `reasons`."""
    other_pages: int
    """Pages behind those."""


def count_outcomes(pages: pa.Table) -> tuple[Outcome, ...]:
    """Return one `Outcome` for each of the schema's outcomes, in the schema's order.

    Args:
        pages: columns ``outcome`` and ``reason``, one row a URL.
    """
    counted: dict[str, list[tuple[str, int]]] = defaultdict(list)
    groups = pages.group_by(["outcome", "reason"]).aggregate([([], "count_all")])
    for row in groups.to_pylist():
        counted[row["outcome"]].append((row["reason"], row["count_all"]))
    return tuple(_outcome(name, counted[name], pages.num_rows) for name in OUTCOMES)


def _outcome(name: str, reasons: list[tuple[str, int]], tried: int) -> Outcome:
    total = sum(count for _, count in reasons)
    given = sorted((pair for pair in reasons if pair[0]), key=lambda pair: (-pair[1], pair[0]))
    rest = given[MAX_REASONS:]
    return Outcome(
        name=name,
        meaning=MEANINGS[name],
        pages=total,
        share=total / tried if tried else 0.0,
        reasons=tuple(given[:MAX_REASONS]),
        n_other_reasons=len(rest),
        other_pages=sum(count for _, count in rest),
    )
