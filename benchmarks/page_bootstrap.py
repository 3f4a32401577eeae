"""The other way to rank intervals, to compare with: pages resampled, and every replicate ranked again.

In each replicate every crawled page gets a Poisson(1) weight, and an edge is kept if any page that supports
it has a weight above 0. Of a node's ranks in all replicates the lowest and the highest twentieth are left
out. Davison, Hinkley: Bootstrap Methods and their Application, 1997. It cannot know what no fetched page
says, and costs a PageRank a replicate.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from analysis.intervals import LEVEL, Intervals
from analysis.measures.pagerank import DAMPING
from analysis.warm import warm_pagerank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

REPLICATES: Final = 200
SEED: Final = 20261124
WORD: Final = 64
"""Replicates that one word holds, a bit each."""
_BITS: Final = 10
_SURVIVES: Final = round((1 - np.exp(-1)) * 2**_BITS)
"""Odds that a Poisson(1) weight is above 0, 1 - 1/e, in units of 2 ** -_BITS."""


def survivors(pages: NDArray[np.uint64], replicates: int = REPLICATES) -> NDArray[np.uint64]:
    """Return in which replicates each page has a weight above 0: uint64 of shape ``(pages, words)``.

    Bit ``b % 64`` of word ``b // 64`` stands for replicate b. Decided by the page's number and
    `SEED` alone, so that the same pages give the same bits in any order.

    Args:
        pages: numbers of the pages, well mixed (hashes).
        replicates: how many.
    """
    words = -(-replicates // WORD)
    found = np.zeros((pages.size, words), dtype=np.uint64)
    for word in range(words):
        bits = found[:, word]
        # One random word a binary digit of the odds, the last digit first: OR for 1, AND for 0.
        for digit in range(_BITS):
            noise = _mixed(pages, SEED + word * _BITS + digit)
            if _SURVIVES >> digit & 1:
                bits |= noise
            else:
                bits &= noise
    return found


def _mixed(numbers: NDArray[np.uint64], stream: int) -> NDArray[np.uint64]:
    """Return random words by the numbers and a stream: SplitMix64 (Steele, Lea, Flood 2014)."""
    return _finished(numbers + _finished(np.full(1, stream, dtype=np.uint64)))


def _finished(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return SplitMix64's next word of each state."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word ^= word >> np.uint64(30)
    word *= np.uint64(0xBF58476D1CE4E5B9)
    word ^= word >> np.uint64(27)
    word *= np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def edges_kept(
    shares: sparse.csr_array,
    support: Iterable[tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.uint64]]],
    replicates: int = REPLICATES,
) -> NDArray[np.uint64]:
    """Return in which replicates each edge is kept, as `survivors` does for pages.

    Args:
        shares: the graph, rows and columns sorted; its edges are meant in the order of its entries.
        support: batches of votes in any order: the numbers of source and target, and of the page
            that holds the vote. Votes that are no edge of the graph are passed over.
        replicates: how many.
    """
    size = shares.shape[0]
    rows = np.repeat(np.arange(size, dtype=np.int64), np.diff(shares.indptr))
    keys = rows * size + shares.indices
    kept = np.zeros((shares.nnz, -(-replicates // WORD)), dtype=np.uint64)
    for source, target, page in support:
        wanted = source.astype(np.int64) * size + target
        edge = np.searchsorted(keys, wanted)
        edge[edge == keys.size] = 0
        known = keys[edge] == wanted if keys.size else np.zeros(edge.size, dtype=np.bool_)
        order = np.argsort(edge[known])
        edge = edge[known][order]
        if edge.size:
            alive = survivors(page[known][order], replicates)
            starts = np.flatnonzero(np.diff(edge, prepend=-1))
            kept[edge[starts]] |= np.bitwise_or.reduceat(alive, starts)
    return kept


TOLERANCE: Final = 1e-5
"""Largest L1 distance of a replicate's PageRank from its fixed point: far below what resampling moves."""

MOST_THREADS: Final = 4
"""Replicates computed at the same time, where there are as many cores; each holds 8 bytes an edge."""


def bootstrap_intervals(
    shares: sparse.csr_array,
    ranks: NDArray[np.float64],
    kept: NDArray[np.uint64],
    *,
    damping: float = DAMPING,
    replicates: int = REPLICATES,
) -> Intervals:
    """Return the 90 % rank interval of each node.

    Of the ranks in all replicates the lowest and the highest twentieth are left out; what remains
    lies between ``low`` and ``high``. Nodes that tie in a replicate may stand at any of their ranks.
    Holds about 16 bytes an edge and 200 a node, beside ``kept``.

    Args:
        shares: share of its rank that the row's node passes to the column's, of shape ``(n, n)``;
            in a replicate a source passes on the same in all, by the same proportions, along the
            edges it keeps, and nothing where it keeps none.
        ranks: PageRank of the whole graph, where each replicate's iteration starts.
        kept: what `edges_kept` returned.
        damping: of that PageRank.
        replicates: how many of the bits count.
    """
    size = ranks.size
    outside = round(replicates * (1 - LEVEL)) // 2
    resampled = _Resampled.of(shares, ranks, kept, damping)
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
    """

    inward: sparse.csr_array
    words: NDArray[np.uint64]
    passed: NDArray[np.float64]
    ranks: NDArray[np.float64]
    damping: float

    @classmethod
    def of(
        cls,
        shares: sparse.csr_array,
        ranks: NDArray[np.float64],
        kept: NDArray[np.uint64],
        damping: float,
    ) -> _Resampled:
        """Return it, the bits in the order of the transpose."""
        numbers = sparse.csr_array(
            (np.arange(shares.nnz, dtype=np.int64), shares.indices, shares.indptr),
            shape=shares.shape,
        )
        words = np.ascontiguousarray(kept[numbers.T.tocsr().data].T)
        passed = np.asarray(shares.sum(axis=1), dtype=np.float64)
        return cls(shares.T.tocsr(), words, passed, ranks, damping)

    def extremes(
        self, replicates: range, count: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the ``count`` best and worst ranks of each node; the worst negated, both ascending."""
        size = self.ranks.size
        lowest = np.full((count, size), size + 1, dtype=np.int32)
        highest = np.zeros((count, size), dtype=np.int32)
        for replicate in replicates:
            low, high = _places(self._scores(replicate))
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


def _places(scores: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the best and the worst rank of each node, which differ where nodes tie."""
    # In units of the mean and to ten digits: what is nearer than the solver can tell apart ties.
    keys = -np.round(scores * scores.size, 10)
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
