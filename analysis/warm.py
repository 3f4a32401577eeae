"""A graph that changed a little and its PageRank before in, its PageRank now out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.measures.pagerank import DAMPING, TOLERANCE, rounds_enough

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse


def warm_pagerank(
    inward: sparse.csr_array,
    start: NDArray[np.float64],
    *,
    damping: float = DAMPING,
    tolerance: float = TOLERANCE,
    scale: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return PageRank with uniform teleport: float64 of shape ``(n,)``, sums to 1.

    The fixed point of ``x = d (S x + m / n) + (1 - d) / n``, where S is ``inward`` and m the mass of x
    that S passes to nobody; found by iteration from ``start``, which saves the more rounds the nearer
    it is. The bound on the distance is that of `analysis.measures.pagerank.pagerank`.

    Args:
        inward: share of the column's rank that goes to the row, of shape ``(n, n)``; no column
            sums to more than 1.
        start: where to begin, sums to 1.
        damping: d, from 0 to below 1.
        tolerance: largest L1 distance from the fixed point, above 0.
        scale: a factor a column, by which its shares are multiplied; None for 1.
    """
    passed = np.bincount(inward.indices, inward.data, start.size).astype(np.float64)
    if scale is not None:
        passed = passed * scale
    ranks = start
    for _ in range(rounds_enough(damping, tolerance) if ranks.size else 0):
        before = ranks
        sent = before if scale is None else before * scale
        ranks = damping * np.asarray(inward @ sent, dtype=np.float64)
        ranks += (1 - damping * float(passed @ before)) / ranks.size
        if np.abs(ranks - before).sum() * damping <= tolerance * (1 - damping):
            break
    return ranks
