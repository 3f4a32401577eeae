"""The graph, its PageRank and a node in; what each other node contributes to its score out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.measures.pagerank import DAMPING

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse


@dataclass(frozen=True, slots=True)
class Contributions:
    """Parts of the PageRank of one node; ``links``, ``restart`` and ``returned`` sum to 1.

    Args:
        sources: nodes that vote for it, the greatest part first: int64.
        links: the part of each.
        restart: what every node gets from the surfer who starts anew.
        returned: what every node gets of the rank that nobody passes on: that of nodes without a
            vote of their own, of votes that share one, of nofollow links that evaporate.
        total: the PageRank that these are parts of.
    """

    sources: NDArray[np.int64]
    links: NDArray[np.float64]
    restart: float
    returned: float
    total: float


def contributions(
    shares: sparse.csr_array,
    ranks: NDArray[np.float64],
    node: int,
    *,
    damping: float = DAMPING,
) -> Contributions:
    """Return where the PageRank of ``node`` comes from.

    By the equation that PageRank solves, ``x_j = d sum_i S_ij x_i + d m / n + (1 - d) / n``: the part
    of i is ``d S_ij x_i / x_j``, that of the mass m that S passes to nobody ``d m / (n x_j)``, that of
    the restart ``(1 - d) / (n x_j)``. As ``ranks`` is the solution up to its solver's tolerance, so
    is the sum; it is divided by, so that the parts sum to 1.

    Args:
        shares: S, the share of its rank that the row's node passes to the column's.
        ranks: x, its PageRank with uniform teleport.
        node: j.
        damping: d of that PageRank.
    """
    column = shares[:, [node]].tocoo()
    sources = np.asarray(column.coords[0], dtype=np.int64)
    given = damping * column.data * ranks[sources]
    kept = float(np.asarray(shares.sum(axis=1)) @ ranks)
    restart = (1 - damping) / ranks.size
    returned = damping * max(0.0, float(ranks.sum()) - kept) / ranks.size
    total = float(given.sum()) + restart + returned
    order = np.lexsort((sources, -given))
    return Contributions(
        sources[order], given[order] / total, restart / total, returned / total, total
    )
