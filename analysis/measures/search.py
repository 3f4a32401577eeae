"""A graph and sources in, how many of the sources reach each node at each distance out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy import sparse

WORD: Final = 64
"""Sources that one pass follows: one bit each of a 64-bit word a node."""


def arrivals(
    adjacency: sparse.csr_array, sources: NDArray[np.integer], farthest: int | None = None
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield pairs of a distance and, for each node, how many of 64 sources are so far from it.

    Breadth-first searches from 64 sources at a time: bit i of a node's word says that source i
    reached it, and a round gathers the words along the edges into each node. Distances begin at 1
    for each 64 sources; a source does not reach itself. The arrays are of shape ``(n,)``, 0 to 64.

    Holds about 32 bytes an edge and 40 a node; a round takes about 6 ns an edge.

    Args:
        adjacency: an entry for each edge, from row to column, of shape ``(n, n)``.
        sources: nodes to start from, each once.
        farthest: last distance to look at; None for all.
    """
    count = adjacency.shape[0]
    inward = adjacency.tocsc()
    into = np.flatnonzero(np.diff(inward.indptr))
    starts = np.asarray(inward.indptr[into], dtype=np.intp)
    origins = inward.indices.astype(np.intp)
    for first in range(0, len(sources), WORD):
        chunk = sources[first : first + WORD]
        arrived = np.zeros(count, dtype=np.uint64)
        arrived[chunk] = np.uint64(1) << np.arange(len(chunk), dtype=np.uint64)
        seen = arrived.copy()
        distance = 0
        while arrived.any() and distance != farthest:
            distance += 1
            # Nodes that no edge enters keep their old bits here; the next line clears them.
            arrived[into] = np.bitwise_or.reduceat(arrived[origins], starts)
            arrived &= ~seen
            seen |= arrived
            yield distance, np.bitwise_count(arrived)


def linking(adjacency: sparse.csr_array) -> NDArray[np.intp]:
    """Return the nodes with an edge out of them: only these reach anything."""
    return np.flatnonzero(np.diff(adjacency.indptr))


def is_cheap(adjacency: sparse.csr_array) -> bool:
    """Return whether searches from every node take no more than some ten seconds."""
    return linking(adjacency).size / WORD * adjacency.nnz <= CHEAP


CHEAP: Final = 3e8
"""Edges times passes; a pass looks at each edge as often as the farthest node is edges away."""
SAMPLES: Final = 1024
"""Sources that stand for all where searches from every node would take too long."""


def sampled(adjacency: sparse.csr_array, samples: int, seed: int) -> NDArray[np.intp]:
    """Return ``samples`` of the nodes with an edge out of them, or all, the same for a seed."""
    sources = linking(adjacency)
    if samples >= sources.size:
        return sources
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(sources, size=samples, replace=False))
