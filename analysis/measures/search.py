"""A graph and sources in, how many of the sources reach each node at each distance out."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy import sparse

WORD: Final = 64
"""Sources that one pass follows: one bit each of a 64-bit word a node."""
CHEAP: Final = 1.5e8
"""Edges times passes up to which searches from every node take some seconds: a pass looks at each edge
as often as the farthest node is edges away."""
SAMPLES: Final = 1024
"""Sources that stand for all where searches from every node would take too long."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What reaches each node in more than one step; float64 of shape ``(n,)`` each.

    Args:
        total: how many nodes have an edge out of them: only these reach anything.
        sources: of how many of them the rest tells.
        inverse: sum of one over the distance, over the sources at distance 2 or more.
        squares: sum of one over the distance squared, over the same.
        second: sources at distance 2.
    """

    total: int
    sources: int
    inverse: NDArray[np.float64]
    squares: NDArray[np.float64]
    second: NDArray[np.float64]


def reach(
    adjacency: sparse.csr_array,
    sources: NDArray[np.integer] | None = None,
    *,
    samples: int | None = None,
    seed: int = 0,
    farthest: int = 0,
) -> Reach:
    """Return what reaches each node: breadth-first searches from 64 sources at a time.

    Bit i of a node's word says that source i reached it, and a round gathers the words along the
    edges into each node; a round takes about 4 ns an edge, on as many cores as there are. Holds
    about 32 bytes an edge and 80 a node.

    Args:
        adjacency: an entry for each edge, from row to column, of shape ``(n, n)``.
        sources: nodes to start from, each once; None for those that ``samples`` says.
        samples: sources drawn without replacement from the nodes with an edge out of them; None for
            all of them where that is cheap, else `SAMPLES`.
        seed: of the draw.
        farthest: last distance to look at; 0 for all.
    """
    linking = np.flatnonzero(np.diff(adjacency.indptr))
    if sources is None:
        sources = _drawn(linking, adjacency.nnz, samples, seed)
    ways = _Ways.of(adjacency)
    chunks: list[NDArray[np.integer]] = [
        sources[first : first + WORD] for first in range(0, sources.size, WORD)
    ]
    threads = max(1, min(len(chunks), os.cpu_count() or 1))
    with ThreadPoolExecutor(threads) as pool:
        # One task a thread, not one a chunk: each keeps its own sums.
        parts = list(pool.map(lambda n: _sums(ways, chunks[n::threads], farthest), range(threads)))
    inverse, squares, second = (np.sum(np.stack(sums), axis=0) for sums in zip(*parts, strict=True))
    return Reach(linking.size, sources.size, inverse, squares, second)


def _drawn(
    linking: NDArray[np.intp], edges: int, samples: int | None, seed: int
) -> NDArray[np.intp]:
    """Return as many of the nodes that link as are asked for, or as is cheap."""
    if samples is None:
        samples = linking.size if linking.size / WORD * edges <= CHEAP else SAMPLES
    if samples >= linking.size:
        return linking
    return np.sort(np.random.default_rng(seed).choice(linking, samples, replace=False))


@dataclass(frozen=True, slots=True)
class _Ways:
    """Edges by their target: the nodes that an edge enters, where theirs start, whence they come."""

    count: int
    into: NDArray[np.intp]
    starts: NDArray[np.intp]
    origins: NDArray[np.intp]

    @classmethod
    def of(cls, adjacency: sparse.csr_array) -> _Ways:
        inward = adjacency.tocsc()
        into = np.flatnonzero(np.diff(inward.indptr))
        starts = np.asarray(inward.indptr[into], dtype=np.intp)
        return cls(adjacency.shape[0], into, starts, inward.indices.astype(np.intp))


def _sums(
    ways: _Ways, chunks: list[NDArray[np.integer]], farthest: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return ``inverse``, ``squares`` and ``second`` of `Reach` over these sources."""
    inverse, squares, second = (np.zeros(ways.count) for _ in range(3))
    for chunk in chunks:
        for distance, arrived in _arrivals(ways, chunk):
            if distance > 1:
                reached = np.bitwise_count(arrived)
                inverse += reached / distance
                squares += reached / distance**2
                if distance == 2:
                    second += reached
            if distance == farthest:
                break
    return inverse, squares, second


def _arrivals(ways: _Ways, chunk: NDArray[np.integer]) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """Yield each distance, and the bits of the sources that are so far from each node."""
    arrived = np.zeros(ways.count, dtype=np.uint64)
    arrived[chunk] = np.uint64(1) << np.arange(len(chunk), dtype=np.uint64)
    seen = arrived.copy()
    along = np.empty(ways.origins.size, dtype=np.uint64)
    distance = 0
    while arrived.any():
        distance += 1
        np.take(arrived, ways.origins, out=along, mode="clip")
        # Nodes that no edge enters keep their old bits here; the next line clears them.
        arrived[ways.into] = np.bitwise_or.reduceat(along, ways.starts)
        arrived &= ~seen
        seen |= arrived
        yield distance, arrived
