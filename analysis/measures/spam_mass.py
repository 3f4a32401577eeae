"""A graph and a good core in, the share of each node's rank that the core does not account for out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.measures.pagerank import DAMPING, pagerank, transitions
from linkcrawler.exceptions import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

GOOD: Final = 0.85
"""Share of the web taken to be good."""


def spam_mass(
    adjacency: sparse.csr_array,
    core: NDArray[np.bool_],
    *,
    good: float = GOOD,
    damping: float = DAMPING,
    shares: bool = False,
    solved: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> NDArray[np.float64]:
    """Return the relative spam mass of every node: float64 of shape ``(n,)``, at most 1; NaN unknown.

    ``1 - q / p``, where p and q are ``x = d x P + (1 - d) v`` (mass on dangling nodes is lost): for p,
    v is ``1 / n`` everywhere; for q it is ``good / |core|`` on the core and 0 elsewhere. Near 1: almost
    nothing of the node's rank comes from the core. Below 0: the core gives it more than the average.
    Only of use for nodes of some rank, and as good as the core is wide. NaN everywhere without a core.

    Gyöngyi, Berkhin, Garcia-Molina, Pedersen: Link Spam Detection Based on Mass Estimation, VLDB 2006.

    Args:
        adjacency: weights or shares, see `analysis.measures.pagerank.pagerank`.
        core: which nodes are known to be good, of shape ``(n,)``.
        good: estimated share of good nodes, from 0 to 1.
        damping: see there.
        shares: see there.
        solved: `pagerank` of the graph and `analysis.measures.trust.trust` from the core, where they
            are known.

    Raises:
        UsageError: ``good`` is out of range.
    """
    if not 0 <= good <= 1:
        raise UsageError(f"the share of good domains is {good}; it must be from 0 to 1")
    count = adjacency.shape[0]
    if not core.any():
        return np.full(count, np.nan)
    _, lost = transitions(adjacency, shares=shares)
    if solved is None:
        solve = partial(pagerank, adjacency, damping=damping, shares=shares)
        solved = solve(), solve(teleport=core.astype(np.float64))
    # With u = v the PageRank is the linear one, times what the dangling mass adds to v.
    whole, from_core = (
        ranks * (1 - damping) / (1 - damping + damping * (lost @ ranks)) for ranks in solved
    )
    return np.asarray(1 - good * from_core / whole)
