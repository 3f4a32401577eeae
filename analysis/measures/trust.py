"""A graph and nodes that are known in, trust or distrust that spreads from them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from analysis.measures.pagerank import DAMPING, TOLERANCE, pagerank

if TYPE_CHECKING:
    from numpy.typing import NDArray


def trust(
    adjacency: sparse.csr_array,
    seeds: NDArray[np.bool_],
    *,
    damping: float = DAMPING,
    tolerance: float = TOLERANCE,
    shares: bool = False,
) -> NDArray[np.float64]:
    """Return the seed PageRank of every node: float64 of shape ``(n,)``; 0 everywhere without seeds.

    PageRank whose surfer restarts at the seeds alone, each as likely, and goes there from dangling
    nodes too (u = v, "strongly preferential"); sums to 1. A node gains by ways from seeds to it: what
    no seed leads to has 0. TrustRank where the seeds are sites known to be good. Not a verdict on
    spam: it says how near to the seeds a node is.

    Gyöngyi, Garcia-Molina, Pedersen: Combating Web Spam with TrustRank, VLDB 2004. Boldi, Posenato,
    Santini, Vigna: Traps and Pitfalls of Topic-Biased PageRank, WAW 2006, on u and v.

    Args:
        adjacency: weights or shares, see `analysis.measures.pagerank.pagerank`.
        seeds: which nodes are trusted, of shape ``(n,)``.
        damping: see there.
        tolerance: see there.
        shares: see there.
    """
    if not seeds.any():
        return np.zeros(adjacency.shape[0])
    teleport = seeds.astype(np.float64)
    return pagerank(
        adjacency, teleport=teleport, damping=damping, tolerance=tolerance, shares=shares
    )


def distrust(
    adjacency: sparse.csr_array,
    seeds: NDArray[np.bool_],
    *,
    damping: float = DAMPING,
    tolerance: float = TOLERANCE,
) -> NDArray[np.float64]:
    """Return the anti-trust of every node: float64 of shape ``(n,)``; 0 everywhere without seeds.

    `trust` from bad seeds with every edge turned round: a node has it for linking to what is known
    to be bad, or to what links there, and shares it equally among those that link to it. Weights do
    not count. Sums to 1.

    Krishnan, Raj: Web Spam Detection with Anti-Trust Rank, AIRWeb 2006.

    Args:
        adjacency: an entry above 0 for each edge, from row to column, of shape ``(n, n)``.
        seeds: which nodes are distrusted, of shape ``(n,)``.
        damping: see `analysis.measures.pagerank.pagerank`.
        tolerance: see there.
    """
    ones = np.ones(adjacency.nnz)
    edges = sparse.csr_array((ones, adjacency.indices, adjacency.indptr), shape=adjacency.shape)
    return trust(sparse.csr_array(edges.T), seeds, damping=damping, tolerance=tolerance)
