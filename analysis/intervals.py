"""Edges kept in resampled crawls in, between which ranks each node would stand out; and tiers."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from scipy import sparse

from analysis.measures.pagerank import DAMPING
from analysis.resampling import REPLICATES, WORD
from analysis.warm import warm_pagerank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.fold import Fold
    from analysis.policy import Policy

LEVEL: Final = 0.90
"""Share of the replicates that an interval holds."""
TOLERANCE: Final = 1e-5
"""Largest L1 distance of a replicate's PageRank from its fixed point: far below what resampling moves."""

MOST_THREADS: Final = 4
"""Replicates computed at the same time, where there are as many cores; each holds 8 bytes an edge."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Between which ranks each node stands: int64 of shape ``(n,)`` each, 1 is best."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]


def rank_intervals(
    shares: sparse.csr_array,
    ranks: NDArray[np.float64],
    kept: NDArray[np.uint64],
    *,
    damping: float = DAMPING,
    replicates: int = REPLICATES,
    first: NDArray[np.bool_] | None = None,
) -> Intervals:
    """Return the 90 % rank interval of each node.

    Of the ranks in all replicates the lowest and the highest twentieth are left out; what remains
    lies between ``low`` and ``high``. Nodes that tie in a replicate may stand at any of their ranks.
    Holds about 16 bytes an edge and 200 a node, beside ``kept``.

    Davison, Hinkley: Bootstrap Methods and their Application, 1997, on resampling units.

    Args:
        shares: share of its rank that the row's node passes to the column's, of shape ``(n, n)``;
            in a replicate a source passes on the same in all, by the same proportions, along the
            edges it keeps, and nothing where it keeps none.
        ranks: PageRank of the whole graph, where each replicate's iteration starts.
        kept: what `edges_kept` returned.
        damping: of that PageRank.
        replicates: how many of the bits count.
        first: nodes that stand before all others, whatever their PageRank; None for none.
    """
    size = ranks.size
    outside = round(replicates * (1 - LEVEL)) // 2
    resampled = _Resampled.of(shares, ranks, kept, damping, first)
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    shares_of_work = [range(start, replicates, threads) for start in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda some: resampled.extremes(some, outside + 1), shares_of_work))
    lowest, highest = parts[0]
    for other_low, other_high in parts[1:]:
        for ours, theirs in ((lowest, other_low), (highest, other_high)):
            for row in theirs:
                _insert(ours, row)
    low, high = lowest[-1].astype(np.int64), -highest[-1].astype(np.int64)
    return Intervals(low.clip(1), high.clip(1, max(size, 1)))


@dataclass(frozen=True, slots=True)
class _Resampled:
    """The graph as a row a target, and what its replicates need.

    Args:
        inward: its entries.
        words: for each entry the replicates in which it is kept, a row a word.
        passed: what each source passes on in all.
        ranks: PageRank of the whole graph.
        damping: of that.
        first: see `rank_intervals`.
    """

    inward: sparse.csr_array
    words: NDArray[np.uint64]
    passed: NDArray[np.float64]
    ranks: NDArray[np.float64]
    damping: float
    first: NDArray[np.bool_] | None

    @classmethod
    def of(
        cls,
        shares: sparse.csr_array,
        ranks: NDArray[np.float64],
        kept: NDArray[np.uint64],
        damping: float,
        first: NDArray[np.bool_] | None,
    ) -> _Resampled:
        """Return it, the bits in the order of the transpose."""
        numbers = sparse.csr_array(
            (np.arange(shares.nnz, dtype=np.int64), shares.indices, shares.indptr),
            shape=shares.shape,
        )
        words = np.ascontiguousarray(kept[numbers.T.tocsr().data].T)
        passed = np.asarray(shares.sum(axis=1), dtype=np.float64)
        return cls(shares.T.tocsr(), words, passed, ranks, damping, first)

    def extremes(
        self, replicates: range, count: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the ``count`` best and worst ranks of each node; the worst negated, both ascending."""
        size = self.ranks.size
        lowest = np.full((count, size), size + 1, dtype=np.int32)
        highest = np.zeros((count, size), dtype=np.int32)
        for replicate in replicates:
            low, high = _places(self._scores(replicate), self.first)
            _insert(lowest, low)
            _insert(highest, -high)
        return lowest, highest

    def _scores(self, replicate: int) -> NDArray[np.float64]:
        """Return the PageRank of a replicate."""
        whole, size = self.inward, self.ranks.size
        bits = self.words[replicate // WORD] >> np.uint64(replicate % WORD) & np.uint64(1)
        data = whole.data * bits
        inward = sparse.csr_array((data, whole.indices, whole.indptr), shape=whole.shape)
        left = np.bincount(inward.indices, weights=data, minlength=size)
        scale = np.divide(self.passed, left, out=np.zeros(size), where=left > 0)
        return warm_pagerank(
            inward, self.ranks, damping=self.damping, tolerance=TOLERANCE, scale=scale
        )


def _places(
    scores: NDArray[np.float64], first: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the best and the worst rank of each node, which differ where nodes tie."""
    # In units of the mean and to ten digits: what is nearer than the solver can tell apart ties.
    keys = -np.round(scores * scores.size, 10)
    if first is not None:
        keys = np.where(first, keys - 2 * scores.size, keys)
    order = np.argsort(keys, kind="stable")
    new = np.diff(keys[order], prepend=-np.inf) > 0
    starts = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    ends = np.append(starts[1:], scores.size)
    low = np.empty(scores.size, dtype=np.int32)
    high = np.empty(scores.size, dtype=np.int32)
    low[order] = starts[group] + 1
    high[order] = ends[group]
    return low, high


def _insert(smallest: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Put ``values`` among the smallest seen so far, a column a node, in ascending order."""
    carried = values
    for row in smallest:
        larger = np.maximum(row, carried)
        np.minimum(row, carried, out=row)
        carried = larger


def around(intervals: Intervals, places: NDArray[np.int64]) -> Intervals:
    """Return the intervals, widened where the rank itself lies outside.

    Args:
        intervals: of each node.
        places: its rank, int64 from 1.
    """
    return Intervals(np.minimum(intervals.low, places), np.maximum(intervals.high, places))


def with_intervals(domains: pa.Table, folded: Fold, policy: Policy, replicates: int) -> pa.Table:
    """Return ``domains``, ranked by PageRank, with ``rank_low``, ``rank_high`` and ``tier``.

    Args:
        domains: the ranking, every domain of the graph once, in any order.
        folded: the graph, and in which replicates its edges are kept.
        policy: what it was folded by; a gated lens ranks the niche, as it is now, before all others.
        replicates: how many, at least 1.
    """
    order = np.argsort(np.array(domains["domain"].to_pylist(), dtype=object))
    ranks = domains["pagerank"].to_numpy()[order]
    found = rank_intervals(
        folded.graph.shares,
        ranks,
        folded.kept(replicates),
        damping=policy.damping,
        replicates=replicates,
        first=domains["in_niche"].to_numpy()[order] if policy.lens.gated else None,
    )
    by_name = np.empty(order.size, dtype=np.int64)
    by_name[order] = np.arange(order.size)
    placed = Intervals(found.low[by_name], found.high[by_name])
    placed = around(placed, domains["rank"].to_numpy())
    columns = {"rank_low": placed.low, "rank_high": placed.high, "tier": tiers(placed)}
    for name, values in columns.items():
        place = domains.schema.get_field_index(name)
        domains = domains.set_column(place, domains.schema.field(name), pa.array(values))
    return domains


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
