"""Which pages hold which vote in, which edges remain where other pages had been fetched out.

A ranking is made from the pages that a crawl happened to fetch. The bootstrap asks what others would
have made of it: in each replicate every crawled page gets a Poisson(1) weight, and an edge is kept if
any page that supports it has a weight above 0. What it cannot know is what no fetched page says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from scipy import sparse

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
