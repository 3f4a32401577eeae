"""A graph in, how many nodes stand behind each node within two steps out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.measures.search import Reach, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse


def referring(
    adjacency: sparse.csr_array, groups: NDArray[np.integer] | None = None
) -> NDArray[np.int64]:
    """Return how many nodes link to each node: int64 of shape ``(n,)``, 0 to n - 1.

    With ``groups``, how many groups do: nodes of one group count once, and not for one another.

    Args:
        adjacency: an entry for each edge, from row to column, of shape ``(n, n)``; no self-links.
        groups: the group of each node, of shape ``(n,)``, 0 or more; None for each on its own.
    """
    count = adjacency.shape[0]
    if groups is None or count == 0:
        return np.bincount(adjacency.indices, minlength=count).astype(np.int64)
    numbers = np.asarray(groups, dtype=np.int64)
    size = int(numbers.max(initial=0)) + 1
    own = np.repeat(numbers, np.diff(adjacency.indptr))
    shared = (np.bincount(numbers, minlength=size) > 1)[own]  # others are groups of one
    apart = shared & (own != numbers[adjacency.indices])
    votes = np.unique(adjacency.indices[apart].astype(np.int64) * size + own[apart])
    alone = np.bincount(adjacency.indices[~shared], minlength=count)
    return (alone + np.bincount(votes // size, minlength=count)).astype(np.int64)


def supporters(adjacency: sparse.csr_array, found: Reach | None = None) -> NDArray[np.float64]:
    """Return how many other nodes reach each node in one step or two: float64 of shape ``(n,)``.

    Exact where searches from every node are cheap. Else the nodes two steps away are estimated from
    k of the S nodes that link, drawn without replacement: those that link directly are counted, and
    ``S / k`` times the sources at distance 2 are added; where a share p of all nodes that link is two
    steps away, the standard error is ``S sqrt(p (1 - p) / k)``, at most 1.6 % of S for 1,024 samples.

    Called D2 by Cui, Sparkman, Lee, Loguinov: Domain-based Ranking at Web Scale, ACM Transactions on
    the Web 12 (2018): it outdid PageRank and TrustRank in telling good domains from spam.

    Args:
        adjacency: an entry for each edge, from row to column, of shape ``(n, n)``; no self-links.
        found: what `analysis.measures.search.reach` gave for it, where that is known.
    """
    found = found or reach(adjacency, farthest=2)
    return referring(adjacency) + found.total / max(found.sources, 1) * found.second
