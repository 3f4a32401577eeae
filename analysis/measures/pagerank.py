"""A graph in, the share of time that a random surfer spends on each node out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from linkcrawler.exceptions import DatasetError, LinkCrawlerError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAMPING: Final = 0.85
"""Share of the surfer's steps that follow a link."""
TOLERANCE: Final = 1e-10
MOST_ROUNDS: Final = 100_000
"""Rounds until the iteration counts as failed: a damping of 0.9996 takes 80,000, whatever the graph."""
ROUNDING: Final = 1e-12
"""What the shares of a node may be off by, as sums of many numbers are."""


def pagerank(
    adjacency: sparse.csr_array,
    *,
    damping: float = DAMPING,
    teleport: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
    shares: bool = False,
    max_rounds: int = MOST_ROUNDS,
) -> NDArray[np.float64]:
    """Return the PageRank of every node: float64 of shape ``(n,)``, sums to 1; empty for no node.

    The fixed point of ``x = d (x P + m v) + (1 - d) v``, where P is ``adjacency`` with each row
    divided by its sum, v the teleport vector, and m the mass that x has on dangling nodes (empty
    rows, and what the rows of shares lack), which goes to v too. An edge runs from row to column: a node gains by edges into it.

    Power iteration. A round shrinks the L1 distance from the fixed point to at most ``d`` times what it was, so
    after a round that changed x by ``c`` that distance is at most ``c d / (1 - d)``. The iteration
    stops where this bound reaches ``tolerance``, or after the `rounds_enough` for any graph, as rounding
    may keep ``c`` up: the result is as near as ``tolerance`` says.
    (``networkx.pagerank`` stops at ``c < n tol``, which on large graphs is far from converged.)

    Page, Brin, Motwani, Winograd: The PageRank Citation Ranking, Stanford 1999.

    Args:
        adjacency: weights, at least 0, of shape ``(n, n)``.
        damping: d, from 0 to below 1.
        teleport: v of shape ``(n,)``, at least 0 with a positive sum (it is divided by it);
            None for the same share everywhere.
        tolerance: largest L1 distance of the result from the fixed point, above 0.
        shares: ``adjacency`` is P itself, its rows summing to at most 1: what is missing, as of links
            that share a vote or evaporate, goes to v.
        max_rounds: rounds until the iteration counts as failed.

    Raises:
        DatasetError: a weight or the teleport vector is negative, infinite or no number.
        UsageError: ``damping`` or ``tolerance`` is out of range.
        LinkCrawlerError: not converged after ``max_rounds`` rounds.
    """
    if not 0 <= damping < 1:
        raise UsageError(f"damping is {damping}; it must be at least 0 and below 1")
    if not tolerance > 0:
        raise UsageError(f"tolerance is {tolerance}; it must be above 0")
    count = adjacency.shape[0]
    if count == 0:
        return np.zeros(0)
    flow, lost = transitions(adjacency, shares=shares)
    restart = distribution(teleport, count)
    ranks: NDArray[np.float64] = restart
    enough = rounds_enough(damping, tolerance)
    for done in range(1, max_rounds + 1):
        before = ranks
        followed = np.asarray(flow @ before, dtype=np.float64)
        ranks = damping * followed + (damping * (lost @ before) + 1 - damping) * restart
        ranks = ranks / ranks.sum()  # takes back the rounding of the sums, nothing else
        bound = np.abs(ranks - before).sum() * damping / (1 - damping)
        if bound <= tolerance or done >= enough:
            return ranks
    raise LinkCrawlerError(
        f"PageRank is not within {tolerance} after {max_rounds} rounds; "
        "lower the damping or raise the tolerance"
    )


def rounds_enough(damping: float, tolerance: float) -> int:
    """Return after how many rounds the bound of `pagerank` is at most ``tolerance``, wherever it began.

    A round changes a distribution by at most 2, and each further one by d of that.

    >>> rounds_enough(0.85, 1e-10), rounds_enough(0, 1e-10)
    (158, 1)
    """
    if damping == 0:
        return 1
    return max(1, math.ceil(math.log(tolerance * (1 - damping) / 2) / math.log(damping)))


def unlinked_rank(
    adjacency: sparse.csr_array,
    ranks: NDArray[np.float64],
    damping: float = DAMPING,
    *,
    shares: bool = False,
) -> float:
    """Return the PageRank, with uniform teleport, of a node that nothing links to.

    ``(1 - d + d m) / n``, where m is the mass of ``ranks`` on dangling nodes: what the restart and
    the dangling nodes give to every node. No node has less. Where there are such nodes it is theirs as
    ``ranks`` has it, to the last digit. 0 for an empty graph.

    Args:
        adjacency: the graph that ``ranks`` belongs to.
        ranks: its PageRank, of shape ``(n,)``.
        damping: d of that PageRank.
        shares: as in `pagerank`.
    """
    if ranks.size == 0:
        return 0.0
    unlinked = np.bincount(adjacency.indices, minlength=ranks.size) == 0
    if unlinked.any():
        return float(ranks[unlinked][0])
    _, lost = transitions(adjacency, shares=shares)
    return float((1 - damping + damping * (lost @ ranks)) / ranks.size)


def transitions(
    adjacency: sparse.csr_array, *, shares: bool = False
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Return P transposed, and which share of each node's rank follows no edge: from 0 to 1.

    Args:
        adjacency: weights, at least 0, of shape ``(n, n)``.
        shares: as in `pagerank`.

    Raises:
        DatasetError: a weight is negative, infinite or no number, or a row of shares sums to more
            than 1.
    """
    weights = np.asarray(adjacency.data, dtype=np.float64)
    if not bool(np.all(np.isfinite(weights) & (weights >= 0))):
        raise DatasetError("an edge's weight is negative, infinite or no number")
    sums = np.asarray(adjacency.sum(axis=1), dtype=np.float64)
    if shares:
        if bool(np.any(sums > 1 + ROUNDING)):
            raise DatasetError("the shares of a node sum to more than 1")
        lost = 1 - sums
        lost[np.abs(lost) < ROUNDING] = 0.0
        return sparse.csr_array(adjacency.T), lost
    dangling = sums == 0
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=~dangling)
    counts = np.diff(adjacency.indptr)
    scaled = sparse.csr_array(
        (weights * np.repeat(scale, counts), adjacency.indices, adjacency.indptr),
        shape=adjacency.shape,
    )
    return sparse.csr_array(scaled.T), dangling.astype(np.float64)


def distribution(teleport: NDArray[np.float64] | None, count: int) -> NDArray[np.float64]:
    """Return the teleport vector of shape ``(count,)``, summing to 1; uniform for None.

    Raises:
        DatasetError: it has another shape, a number below 0 or none above.
    """
    if teleport is None:
        return np.full(count, 1 / count)
    given = np.asarray(teleport, dtype=np.float64)
    usable = given.shape == (count,) and bool(np.all(np.isfinite(given) & (given >= 0)))
    if not usable or given.sum() == 0:
        raise DatasetError(
            f"the teleport vector must hold {count} numbers, none below 0 and one above"
        )
    return np.asarray(given / given.sum())
