"""A graph in, how good a hub and how good an authority each node is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from linkcrawler.exceptions import LinkCrawlerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy import sparse

SMALL: Final = 200
"""Nodes up to which the matrix is squared instead of searched for its eigenvector."""
SQUARINGS: Final = 60
STEPS: Final = 20
"""Steps between two restarts, within which the start may prove to lead no further."""
ROUNDING: Final = 1e-12
"""Share of a vector that rounding leaves where nothing is."""
RESTARTS: Final = 300
"""Restarts of the iteration, of some 20 steps each, until it counts as failed."""


def hits(adjacency: sparse.csr_array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return hubs and authorities: float64 of shape ``(n,)`` each, at least 0, each sums to 1.

    A hub is good that links to good authorities, an authority is good that good hubs link to: with
    a = hA and h = aA^T, a and h are what power iteration from equal values gives, the part of the vector
    of ones in the first eigenspace of A^T A, and of A A^T. 0 everywhere without an edge. Where one tight
    community outweighs all others it takes all of the weight: read it beside SALSA.

    By Lanczos iteration from the vector of ones, to machine precision; for up to 200 nodes by squaring
    the matrix.

    Kleinberg: Authoritative Sources in a Hyperlinked Environment, Journal of the ACM 46 (1999).

    Args:
        adjacency: weights, at least 0, of shape ``(n, n)``; an edge runs from row to column.

    Raises:
        LinkCrawlerError: the iteration does not converge.
    """
    count = adjacency.shape[0]
    if adjacency.nnz == 0:
        return np.zeros(count), np.zeros(count)
    authorities = _first(adjacency)
    hubs = adjacency @ authorities
    return hubs / hubs.sum(), authorities / authorities.sum()


def _first(adjacency: sparse.csr_array) -> NDArray[np.float64]:
    """Return the part of the vector of ones in the first eigenspace of A^T A."""
    count = adjacency.shape[0]
    if count <= SMALL:
        dense = adjacency.toarray()
        power = dense.T @ dense
        for _ in range(SQUARINGS):
            power = power / power.max()
            power = power @ power
        return np.asarray(power.sum(axis=1))
    try:
        return lanczos(adjacency, np.ones(count), restarts=RESTARTS)
    except ArpackError as error:
        raise LinkCrawlerError(f"HITS does not converge on this graph ({error})") from error


def lanczos(
    adjacency: sparse.csr_array,
    start: NDArray[np.float64],
    *,
    restarts: int,
    tolerance: float = 0.0,
) -> NDArray[np.float64]:
    """Return the first eigenvector of A^T A that is reached from ``start``: float64, at least 0.

    Args:
        adjacency: A, of at least three nodes.
        start: of shape ``(n,)``.
        restarts: until it counts as failed.
        tolerance: relative, of the eigenvalue; 0 for machine precision.

    Raises:
        ArpackError: it does not converge, or there is nothing to converge to.
    """
    count = adjacency.shape[0]
    inward = adjacency.T.tocsr()

    def multiply(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(inward @ (adjacency @ vector))

    found = _closed(multiply, start)
    if found is None:
        operator = LinearOperator((count, count), matvec=multiply, dtype=np.float64)
        _, vectors = eigsh(operator, k=1, which="LA", v0=start, maxiter=restarts, tol=tolerance)
        found = vectors[:, 0]
    return np.abs(found)


def _closed(
    multiply: Callable[[NDArray[np.float64]], NDArray[np.float64]], start: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the first eigenvector of what ``start`` spans with its images, where that takes few steps.

    None where it takes more. ARPACK would go on from a vector drawn at random, and where several
    communities weigh the same give each what that vector happens to hold of it.
    """
    vector = start / np.linalg.norm(start)
    basis, largest = [vector], 0.0
    while len(basis) <= STEPS:
        image = multiply(vector)
        largest = max(largest, float(np.linalg.norm(image)))
        for _ in range(2):  # once leaves what rounding puts back
            for known in basis:
                image = image - (known @ image) * known
        left = np.linalg.norm(image)
        if left <= ROUNDING * largest:
            space = np.array(basis)
            inside = space @ np.array([multiply(known) for known in basis]).T
            _, vectors = np.linalg.eigh((inside + inside.T) / 2)
            return np.asarray(vectors[:, -1] @ space)
        vector = image / left
        basis.append(vector)
    return None
