"""A graph and what the crawl knew earlier in, between which ranks each node may end out; and tiers.

How far a ranking is from the one that the crawl would come to is read off how far it has moved. Where
the squared distance from the end falls like 1 / n with the pages n, as that of a mean does, what is
left after n pages is distributed as the change since n / 2 pages, and as the change since n / 4 divided
by the root of 3. So the crawl's own halves say how wide an interval must be, in the order in which it
found its pages: domains that it met late, and votes that it met late, count with the rest. Where only a
share of the pages is left to fetch, the square of what is left is that share of it (the correction for a
finite population): a crawl that has come to its end knows its ranking.

McCarthy: Pseudo-replication: half samples, Review of the International Statistical Institute 37, 1969.
Shao, Wu: A general theory for jackknife variance estimation, Annals of Statistics 17, 1989, for shares
other than a half. Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005, for the quantile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from scipy import sparse

from analysis.measures.pagerank import pagerank
from analysis.measures.scale import settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from analysis.earlier import Earlier
    from analysis.fold import Fold
    from analysis.policy import Policy

    Floats = NDArray[np.float64]

LEVEL: Final = 0.90
"""Share of the nodes whose interval is to hold the rank they end at."""
SHARES: Final = (0.5, 0.25)
"""Of the pages, after which the ranking is looked at; the larger of the two distances counts."""
NEIGHBOURS: Final = 100
"""The first nodes, of which each is judged by the movement of all; fewer where there are fewer."""
FINENESS: Final = 1.2
"""From one rank at which movement is measured to the next."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Between which ranks each node stands: int64 of shape ``(n,)`` each, 1 is best."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """A ranking of the nodes as they stood earlier.

    Args:
        share: of the pages that had been fetched, above 0 and below 1.
        scores: of each node, the highest is best; NaN for those not known then.
        left: which share of the crawl is still to come, now, 0 to 1.
    """

    share: float
    scores: Floats
    left: float = 1.0

    @property
    def unit(self) -> float:
        """What is left to move, in the movement since."""
        return float(np.sqrt(self.left * self.share / (1 - self.share)))


def rank_intervals(scores: Floats, earlier: Iterable[Before]) -> Intervals:
    """Return the 90 % rank interval of each node: its rank divided and multiplied by a factor.

    The factor is the 0.9 quantile of how far nodes that stood near that rank have moved since, up or
    down, as a ratio of ranks; see above. ``high`` may lie beyond the number of nodes: some not found
    yet may come to stand before. Fewer than nine nodes say nothing: then an interval holds all ranks.
    Nodes that tie may stand at any of their ranks.

    Args:
        scores: of each node now, the highest is best.
        earlier: the rankings to tell movement from; none for intervals that hold all ranks.
    """
    size = scores.size
    first, last = _places(scores)
    middle = (first + last) / 2
    moved = [
        _reach(middle, before.scores) * before.unit if before.unit else np.zeros(size)
        for before in earlier
    ]
    reach = np.maximum.reduce(moved) if moved else np.full(size, np.inf)
    with np.errstate(over="ignore"):
        low = np.floor(first * np.exp(-reach)).clip(1, None)
        high = np.ceil(np.where(np.isfinite(reach), last * np.exp(reach), size))
    return Intervals(low.astype(np.int64), np.maximum(high, last).astype(np.int64))


def _reach(middle: Floats, before: Floats) -> Floats:
    """Return for each node how far nodes near its rank have moved: the log of a ratio of ranks.

    For the first `NEIGHBOURS` these are they; for others, those from half the rank to twice the rank.
    """
    known = np.isfinite(before)
    if not known.any():
        return np.full(middle.size, np.inf)
    first, last = _places(before[known])
    then = (first + last) / 2
    order = np.argsort(then, kind="stable")
    moved = np.abs(np.log(middle[known] / then))[order]
    n_steps = np.ceil(np.log(max(moved.size / NEIGHBOURS, 1)) / np.log(FINENESS))
    ranks = NEIGHBOURS * FINENESS ** np.arange(n_steps + 1)
    farthest = [_quantile(moved[:NEIGHBOURS])]
    farthest += [_quantile(moved[int(rank / 2) : int(2 * rank)]) for rank in ranks[1:]]
    if not np.isfinite(farthest[-1]):
        return np.full(middle.size, np.inf)
    return np.interp(np.log(middle), np.log(ranks), farthest)


def _quantile(moved: Floats) -> float:
    """Return what a further node stays within by odds of `LEVEL`; infinite where too few say it."""
    place = int(np.ceil((moved.size + 1) * LEVEL))
    return float(np.partition(moved, place - 1)[place - 1]) if place <= moved.size else float("inf")


def _places(scores: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and the worst rank of each node, which differ where nodes tie."""
    order = np.argsort(-scores, kind="stable")
    new = np.diff(-scores[order], prepend=-np.inf) > 0
    starts = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    low, high = np.empty((2, scores.size), dtype=np.int64)
    low[order] = starts[group] + 1
    high[order] = np.append(starts[1:], scores.size)[group]
    return low, high


def scores_then(shares: sparse.csr_array, then: Earlier, damping: float) -> Floats:
    """Return the PageRank of the nodes known earlier, by the votes known earlier; NaN for the others.

    Args:
        shares: of the whole graph; a source passes on the same in all, by the same proportions,
            along the edges that it had, and nothing where it had none.
        then: what was known.
        damping: of the PageRank.
    """
    entries = shares.tocoo()
    row, column = (ends[then.edges] for ends in entries.coords)
    share = entries.data[then.edges]
    size = then.nodes.size
    left = np.bincount(row, share, size)
    passed = np.bincount(entries.coords[0], entries.data, size)
    scale = np.divide(passed, left, out=np.zeros(size), where=left > 0)
    number = np.cumsum(then.nodes) - 1
    n_known = int(then.nodes.sum())
    inside = sparse.csr_array(
        (share * scale[row], (number[row], number[column])), shape=(n_known, n_known)
    )
    scores = np.full(size, np.nan)
    scores[then.nodes] = settle(pagerank(inside, damping=damping, shares=True))
    return scores


def with_intervals(ranked: pa.Table, folded: Fold, policy: Policy) -> pa.Table:
    """Return ``ranked``, a ranking by PageRank, with ``rank_low``, ``rank_high`` and ``tier``.

    Args:
        ranked: every node of the graph once, in any order.
        folded: the graph, and what was known of it earlier; open.
        policy: what it was folded by; a gated lens ranks the niche, as it is now, before all others.
    """
    order = np.argsort(np.array(ranked["domain"].to_pylist(), dtype=object))
    now = ranked["pagerank"].to_numpy()[order]
    # PageRank is at most 1: 1 more stands before all others.
    ahead = ranked["in_niche"].to_numpy()[order].astype(np.float64) if policy.lens.gated else 0.0
    earlier = []
    for share in SHARES:
        then = folded.earlier(share)
        scores = scores_then(folded.graph.shares, then, policy.damping)
        earlier.append(Before(share, scores + ahead, then.left))
    by_name = np.empty(order.size, dtype=np.int64)
    by_name[order] = np.arange(order.size)
    found = rank_intervals(now + ahead, earlier)
    found = around(Intervals(found.low[by_name], found.high[by_name]), ranked["rank"].to_numpy())
    columns = {"rank_low": found.low, "rank_high": found.high, "tier": tiers(found)}
    for name, values in columns.items():
        place = ranked.schema.get_field_index(name)
        ranked = ranked.set_column(place, ranked.schema.field(name), pa.array(values))
    return ranked


def around(intervals: Intervals, places: NDArray[np.int64]) -> Intervals:
    """Return the intervals, widened where the rank itself lies outside.

    Args:
        intervals: of each node.
        places: its rank, int64 from 1.
    """
    return Intervals(np.minimum(intervals.low, places), np.maximum(intervals.high, places))


def tiers(intervals: Intervals) -> NDArray[np.int64]:
    """Return the tier of each node: int64 from 1, which is best.

    A node stands surely above another where its interval ends before the other's begins. Its tier
    is one more than the highest tier of those surely above it, and 1 where there is none. So two
    nodes of one tier overlap, each with every other: they are not told apart. A node surely above
    another has the better tier. Neighbours in different tiers may overlap.

    >>> tiers(Intervals(np.array([1, 1, 3, 2, 5]), np.array([2, 3, 6, 6, 6]))).tolist()
    [1, 1, 2, 1, 2]
    """
    by_low = np.argsort(intervals.low, kind="stable")
    begins = intervals.low[by_low]
    # Where the first interval ends of those that begin here or later.
    ends = np.minimum.accumulate(intervals.high[by_low][::-1])[::-1]
    found = np.zeros(begins.size, dtype=np.int64)
    position, tier = 0, 0
    while position < begins.size:
        tier += 1
        last = int(np.searchsorted(begins, ends[position], side="right"))
        found[by_low[position:last]] = tier
        position = last
    return found
