"""A graph in, the rating that the makers of SEO tools describe out, under a name of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS: Final = 50
"""How often ratings are handed on: "dozens of times"."""
KEPT: Final = 0.85
"""Share of a domain's rating that it hands on."""


def endorsement(adjacency: sparse.csr_array) -> NDArray[np.float64]:
    """Return the endorsement of every node: float64 of shape ``(n,)``, at least 0.15; empty for none.

    Every node starts with 1. In each of 50 rounds it hands 0.85 of what it has on, in equal parts to
    all that it links to, and gets 0.15 anew: ``r(b) = 0.15 + 0.85 * sum of r(a) / out-degree(a)`` over all
    a that link to b. A link counts once however often it is repeated, a second link of one source
    changes nothing, and what is not followed does not dilute. What nodes without a link out hand on
    is lost, and nothing is scaled to a sum: these are the differences from PageRank.

    The recipe is what vendors publish of their domain ratings (one followed vote a domain, split
    equally, iterated dozens of times); names, crawls and scales are theirs, and scores not comparable.

    Args:
        adjacency: an entry for each edge, from row to column, of shape ``(n, n)``; weights do not
            count.
    """
    degrees = np.diff(adjacency.indptr)
    parts = np.repeat(1.0 / np.maximum(degrees, 1), degrees)
    flow = sparse.csr_array((parts, adjacency.indices, adjacency.indptr), shape=adjacency.shape).T
    inward = sparse.csr_array(flow)
    ratings = np.ones(adjacency.shape[0])
    for _ in range(ROUNDS):
        ratings = (1 - KEPT) + KEPT * np.asarray(inward @ ratings)
    return np.asarray(ratings)
