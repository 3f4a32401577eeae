"""Which pages support which vote in, between which ranks each node would stand out.

A ranking is made from the pages that a crawl happened to fetch. The bootstrap asks what others would
have made of it: in each replicate every crawled page gets a Poisson(1) weight, an edge is kept if any
page that supports it has a weight above 0, and the nodes are ranked again. What such a replicate cannot
know is what no fetched page says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from scipy import sparse

from analysis.measures.pagerank import DAMPING
from analysis.warm import warm_pagerank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from analysis.fold import Fold
    from analysis.policy import Policy

REPLICATES: Final = 200
LEVEL: Final = 0.90
"""Share of the replicates that an interval holds."""
TOLERANCE: Final = 1e-5
"""Largest L1 distance of a replicate's PageRank from its fixed point: far below what resampling moves."""
SEED: Final = 20261124
_WORD: Final = 64
_BITS: Final = 10
_SURVIVES: Final = round((1 - np.exp(-1)) * 2**_BITS)
"""Odds that a Poisson(1) weight is above 0, 1 - 1/e, in units of 2 ** -_BITS."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Between which ranks each node stands: int64 of shape ``(n,)`` each, 1 is best."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]


def survivors(pages: NDArray[np.uint64], replicates: int = REPLICATES) -> NDArray[np.uint64]:
    """Return in which replicates each page has a weight above 0: uint64 of shape ``(pages, words)``.

    Bit ``b % 64`` of word ``b // 64`` stands for replicate b. Decided by the page's number and
    `SEED` alone, so that the same pages give the same bits in any order.

    Args:
        pages: numbers of the pages, well mixed (hashes).
        replicates: how many.
    """
    words = -(-replicates // _WORD)
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
    kept = np.zeros((shares.nnz, -(-replicates // _WORD)), dtype=np.uint64)
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
    lowest = np.full((outside + 1, size), size + 1, dtype=np.int64)
    highest = np.zeros((outside + 1, size), dtype=np.int64)
    inward = shares.T.tocsr()
    order = _order_of_transpose(shares)
    passed = np.asarray(shares.sum(axis=1), dtype=np.float64)
    for replicate in range(replicates):
        word = kept[:, replicate // _WORD] >> np.uint64(replicate % _WORD)
        inward.data = np.where(word[order] & np.uint64(1), shares.data[order], 0.0)
        left = np.bincount(inward.indices, weights=inward.data, minlength=size)
        scale = np.divide(passed, left, out=np.zeros(size), where=left > 0)
        scores = warm_pagerank(inward, ranks, damping=damping, tolerance=TOLERANCE, scale=scale)
        low, high = _places(scores, first)
        _insert(lowest, low)
        _insert(highest, -high)
    return Intervals(lowest[-1].clip(1), (-highest[-1]).clip(1, max(size, 1)))


def _order_of_transpose(shares: sparse.csr_array) -> NDArray[np.int64]:
    """Return which entry of ``shares`` each entry of its transpose is."""
    numbers = sparse.csr_array(
        (np.arange(shares.nnz, dtype=np.int64), shares.indices, shares.indptr), shape=shares.shape
    )
    return np.asarray(numbers.T.tocsr().data)


def _places(
    scores: NDArray[np.float64], first: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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
    low = np.empty(scores.size, dtype=np.int64)
    high = np.empty(scores.size, dtype=np.int64)
    low[order] = starts[group] + 1
    high[order] = ends[group]
    return low, high


def _insert(smallest: NDArray[np.int64], values: NDArray[np.int64]) -> None:
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
    ranks, trust = (domains[name].to_numpy()[order] for name in ("pagerank", "trust"))
    found = rank_intervals(
        folded.graph.shares,
        ranks,
        folded.kept(replicates),
        damping=policy.damping,
        replicates=replicates,
        first=trust > ranks if policy.lens.gated else None,
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
