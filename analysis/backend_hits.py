"""An adjacency in, hubs and authorities out as the two methods of ``networkx.hits`` give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from scipy.sparse.linalg import ArpackError

from analysis.measures.hits import hits as exact_hits
from analysis.measures.hits import lanczos

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LANCZOS_NODES = 4
"""Fewer nodes than its first steps need."""


def starting(names: list[Any], given: Mapping[Any, float]) -> NDArray[np.float64]:
    """Return the values to start with, in the order of ``names``.

    Raises:
        networkx.NetworkXError: a node has none, or they sum to zero.
    """
    if missing := set(names) - given.keys():
        raise nx.NetworkXError(f"nstart must have a value for every node; missing: {missing}")
    start = np.array([given[name] for name in names], dtype=np.float64)
    if not start.sum():
        raise nx.NetworkXError("nstart values must not sum to zero")
    return start


_Vectors = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _hits_by_svd(adjacency: Any, start: Any, max_iter: int, tol: float) -> _Vectors:
    if adjacency.shape[0] < LANCZOS_NODES or not adjacency.nnz:
        return exact_hits(adjacency)
    if start is None:
        start = np.random.default_rng(0).random(adjacency.shape[0])
    try:
        authorities = lanczos(adjacency, start, restarts=max_iter, tolerance=tol**2)
    except ArpackError as error:
        raise nx.PowerIterationFailedConvergence(max_iter) from error
    return adjacency @ authorities, authorities


def _hits_by_power(adjacency: Any, start: Any, max_iter: int, tol: float) -> _Vectors:
    size = adjacency.shape[0]
    hubs = np.full(size, 1 / size) if start is None else start / start.sum()
    for _ in range(max_iter):
        last = hubs
        authorities = hubs @ adjacency
        hubs = adjacency @ authorities
        hubs = hubs / hubs.max()
        if np.abs(hubs - last).sum() < tol:
            return hubs, authorities / authorities.max()
    raise nx.PowerIterationFailedConvergence(max_iter)


METHODS = {"svd": _hits_by_svd, "power_iteration": _hits_by_power}
"""By the names that ``networkx.hits`` has for them."""
