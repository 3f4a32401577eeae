"""The table ``domains`` in, what the crawl could not see of it out, by the weight it holds.

A domain that was not fetched has links into it and, for the ranking, none out of it: nobody knows for
whom it would have voted. The more PageRank stands on such domains, the less the ranking knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANINGS: Final = {
    "fetched": "at least one page was read",
    "refused": "robots.txt or a rule of the crawl kept every page of it out",
    "failed": "no page of it gave an answer that could be used",
    "not_tried": "linked to, and not asked: the crawl ended or its limits were reached first",
}
"""What became of a domain; one of each domain, and where two apply the first."""
NAMED: Final = 10
"""Blind domains of most weight that are named."""

COLUMNS: Final = (
    "domain", "rank", "pagerank", "ref_domains", "follow_backlinks", "pages_crawled",
    "pages_refused", "pages_failed",
)  # fmt: skip
"""Columns of ``domains`` that are read."""


@dataclass(frozen=True, slots=True)
class BlindSpots:
    """How much of a ranking stands on what was not seen.

    Args:
        states: a row each of `MEANINGS`: ``state``, ``domains``, ``domain_share``,
            ``pagerank_share`` (of the whole PageRank), ``follow_backlinks`` (into such domains) and
            ``link_share`` (of all such links).
        named: the heaviest domains that were not fetched: ``domain``, ``rank``, ``state``,
            ``pagerank_share``, ``ref_domains``, ``follow_backlinks``.
    """

    states: pa.Table
    named: pa.Table

    def share(self, column: str) -> float:
        """Return the part of ``column`` (a share of `states`) on domains that were not fetched."""
        return float(sum(self.states[column].to_pylist()[1:]))


def blind_spots(domains: pa.Table) -> BlindSpots:
    """Return the blind spots of a ranking.

    Args:
        domains: the columns `COLUMNS`, in any order of rows.
    """
    domains = domains.select(list(COLUMNS)).sort_by("rank")
    state = _states(domains)
    ranks = domains["pagerank"].to_numpy()
    links = domains["follow_backlinks"].to_numpy()
    size = len(MEANINGS)
    counts = np.bincount(state, minlength=size)
    weight = np.bincount(state, weights=ranks, minlength=size)
    into = np.bincount(state, weights=links, minlength=size)
    states = pa.table(
        {
            "state": list(MEANINGS),
            "domains": counts,
            "domain_share": _shares(counts),
            "pagerank_share": _shares(weight),
            "follow_backlinks": into.astype(np.int64),
            "link_share": _shares(into),
        }
    )
    names = np.array(list(MEANINGS))[state]
    shared = domains.append_column("state", pa.array(names, pa.string()))
    shared = shared.append_column("pagerank_share", pa.array(_shares(ranks)))
    columns = ["domain", "rank", "state", "pagerank_share", "ref_domains", "follow_backlinks"]
    return BlindSpots(states, shared.filter(pa.array(state > 0)).select(columns).slice(0, NAMED))


def _states(domains: pa.Table) -> NDArray[np.int64]:
    """Return which of `MEANINGS` each domain is, by number."""
    fetched, refused, failed = (
        domains[f"pages_{name}"].to_numpy() > 0 for name in ("crawled", "refused", "failed")
    )
    return np.select([fetched, refused, failed], [0, 1, 2], default=3).astype(np.int64)


def _shares(amounts: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Return amounts as shares of their sum; all 0 where there is none."""
    total = float(amounts.sum())
    return np.asarray(amounts / total) if total else np.zeros(amounts.size)


def in_words(spots: BlindSpots) -> str:
    """Return the blind spots as one line.

    >>> row = {name: [0] for name in COLUMNS} | {"domain": ["a"], "pagerank": [1.0]}
    >>> in_words(blind_spots(pa.table(row)))
    'blind spots: 1 of 1 domains not fetched (100.0% of PageRank, 0.0% of followed links lead there): 1 not tried'
    """
    rows = spots.states.to_pylist()
    total = sum(row["domains"] for row in rows)
    blind = [(row["state"], row["domains"]) for row in rows[1:] if row["domains"]]
    parts = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in blind)
    return (
        f"blind spots: {sum(count for _, count in blind):,} of {total:,} domains not fetched "
        f"({spots.share('pagerank_share'):.1%} of PageRank, {spots.share('link_share'):.1%} of followed "
        f"links lead there){': ' if parts else ''}{parts}"
    )
