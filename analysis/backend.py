"""networkx's calls on graphs of ours in, results from arrays out: the backend ``linkcrawler``.

networkx finds this module by the entry point ``networkx.backends`` and calls its functions by their
names, with the arguments of its own. What is missing here it does itself where
``networkx.config.fallback_to_nx`` is set, on `convert_to_nx`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from scipy import sparse

from analysis.array_graph import BACKEND, ArrayGraph
from analysis.backend_hits import METHODS, starting
from analysis.backend_info import FUNCTIONS
from analysis.measures.harmonic import harmonic
from analysis.measures.pagerank import TOLERANCE, transitions
from analysis.measures.search import reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST_ROUNDS = 10_000


_array: Any = nx.to_scipy_sparse_array


def _sparse_array(*arguments: Any, **options: Any) -> Any:
    """Return networkx's own array of its own graph."""
    return _array.orig_func(*arguments, **options)


class Converted:
    """A graph of networkx's, handed to this backend by ``backend="linkcrawler"``."""

    __networkx_backend__ = BACKEND

    def __init__(self, graph: Any) -> None:
        self.original = graph
        self.names = list(graph)

    def is_directed(self) -> bool:
        return bool(self.original.is_directed())

    def is_multigraph(self) -> bool:
        return bool(self.original.is_multigraph())

    def matrix(self, weight: str | None) -> Any:
        """Return the adjacency, parallel edges summed."""
        if not self.names:
            raise nx.NetworkXError("Graph has no nodes or edges")
        return _sparse_array(self.original, nodelist=self.names, weight=weight, dtype=float)


def convert_from_nx(graph: Any, **_: Any) -> Any:
    """Return a graph for the functions here; graphs of ours stay as they are."""
    return graph if isinstance(graph, ArrayGraph | Converted) else Converted(graph)


def convert_to_nx(result: Any, **_: Any) -> Any:
    """Return a plain graph of networkx for a graph; any other result as it is."""
    if isinstance(result, ArrayGraph):
        return result.to_networkx()
    return result.original if isinstance(result, Converted) else result


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Return True, or why these arguments are networkx's own business."""
    if name == "harmonic_centrality":
        distance = kwargs.get("distance", args[2] if len(args) > 2 else None)
        return distance is None or "distances along edges are all 1 here"
    return name in FUNCTIONS


def should_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Return True: nothing is converted for it."""
    return True


def _names(graph: Any) -> list[Any]:
    holder = graph.arrays if isinstance(graph, ArrayGraph) else graph
    return list(holder.names)


def _matrix(graph: Any, weight: str | None) -> sparse.csr_array:
    holder = graph.arrays if isinstance(graph, ArrayGraph) else graph
    matrix: sparse.csr_array = holder.matrix(weight)
    return matrix


def _by_name(graph: Any, values: NDArray[Any]) -> dict[Any, Any]:
    return dict(zip(_names(graph), values.tolist(), strict=True))


def pagerank(  # noqa: PLR0913, PLR0917 -- networkx's signature
    G: Any,
    alpha: float = 0.85,
    personalization: Mapping[Any, float] | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
    nstart: Mapping[Any, float] | None = None,
    weight: str | None = "weight",
    dangling: Mapping[Any, float] | None = None,
) -> dict[Any, float]:
    """Return what ``networkx.pagerank`` converges to, at an L1 distance of at most 1e-10.

    It gives up where networkx would: where the change is not below ``n tol`` after ``max_iter``
    rounds. Where that is reached it goes on, as on large graphs it is far from the result.
    """
    names = _names(G)
    if not names:
        return {}
    flow, lost = transitions(_matrix(G, weight))
    uniform = np.full(len(names), 1 / len(names))
    restart = _vector(names, personalization, uniform)
    falling = _vector(names, dangling, restart)
    ranks = _vector(names, nstart, uniform)
    enough = TOLERANCE * (1 - alpha) / alpha if 0 < alpha < 1 else np.inf
    reached = False
    for done in range(MOST_ROUNDS):
        if done >= max_iter and not reached:
            break
        before = ranks
        ranks = alpha * (flow @ before + (lost @ before) * falling) + (1 - alpha) * restart
        change = float(np.abs(ranks - before).sum())
        reached = reached or change < len(names) * tol
        if reached and change <= enough:
            return _by_name(G, ranks)
    raise nx.PowerIterationFailedConvergence(max_iter)


def _vector(
    names: list[Any], given: Mapping[Any, float] | None, default: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return numbers by node, summing to 1."""
    if given is None:
        return default
    values = np.array([given.get(name, 0) for name in names], dtype=float)
    if values.sum() == 0:
        raise ZeroDivisionError
    return np.asarray(values / values.sum())


def hits(
    G: Any,
    max_iter: int = 100,
    tol: float = 1.0e-8,
    nstart: Mapping[Any, float] | None = None,
    normalized: bool = True,
    *,
    method: str = "svd",
) -> tuple[dict[Any, float], dict[Any, float]]:
    """Return hubs and authorities as ``networkx.hits`` does.

    networkx has but the ``svd`` method before its version 3.7, which names the one it wants.
    """
    if method not in METHODS:
        raise ValueError(f"method not supported: {method}")
    names = _names(G)
    if not names:
        return {}, {}
    if max_iter <= 0:
        raise nx.PowerIterationFailedConvergence(max_iter)
    start = None if nstart is None else starting(names, nstart)
    hubs, authorities = METHODS[method](_matrix(G, "weight"), start, max_iter, tol)
    if normalized:
        hubs, authorities = hubs / hubs.sum(), authorities / authorities.sum()
    return _by_name(G, hubs), _by_name(G, authorities)


def harmonic_centrality(
    G: Any, nbunch: Any = None, distance: None = None, sources: Any = None
) -> dict[Any, float]:
    """Return harmonic centrality, from ``sources`` and for ``nbunch`` where they are given."""
    names = _names(G)
    if not names:
        return {}
    adjacency = _without_loops(_matrix(G, None))
    if sources is None:
        values = harmonic(adjacency)
    else:
        numbers = _numbers(G, sources)
        first = np.asarray(adjacency[numbers].sum(axis=0), dtype=np.float64)
        values = first + reach(adjacency, numbers).inverse
    if nbunch is None:
        return _by_name(G, values)
    return {names[number]: float(values[number]) for number in _numbers(G, nbunch)}


def _without_loops(adjacency: sparse.csr_array) -> sparse.csr_array:
    """Return each edge as 1, without those from a node to itself."""
    cells = adjacency.tocoo()
    apart = cells.row != cells.col
    ends = (cells.row[apart], cells.col[apart])
    return sparse.csr_array((np.ones(apart.sum()), ends), shape=adjacency.shape)


def _numbers(graph: Any, nodes: Any) -> NDArray[np.intp]:
    """Return the numbers of the nodes of a bunch, as networkx understands one."""
    plain = graph if isinstance(graph, ArrayGraph) else graph.original
    wanted = set(plain.nbunch_iter(nodes))
    return np.array([n for n, name in enumerate(_names(graph)) if name in wanted], dtype=np.intp)


def degree_centrality(G: Any) -> dict[Any, float]:
    """Return the degree over what it could be."""
    return _centrality(G, G.degree if isinstance(G, ArrayGraph) else G.original.degree)


def in_degree_centrality(G: Any) -> dict[Any, float]:
    """Return the in-degree over what it could be."""
    return _centrality(G, _directed(G).in_degree)


def out_degree_centrality(G: Any) -> dict[Any, float]:
    """Return the out-degree over what it could be."""
    return _centrality(G, _directed(G).out_degree)


def _directed(graph: Any) -> Any:
    if not graph.is_directed():
        raise nx.NetworkXNotImplemented("not implemented for undirected type")
    return graph if isinstance(graph, ArrayGraph) else graph.original


def _centrality(graph: Any, degrees: Any) -> dict[Any, float]:
    names = _names(graph)
    if len(names) <= 1:
        return dict.fromkeys(names, 1)
    scale = 1.0 / (len(names) - 1.0)
    return {name: degree * scale for name, degree in degrees()}


def to_scipy_sparse_array(
    G: Any,
    nodelist: Any = None,
    dtype: Any = None,
    weight: str | None = "weight",
    format: str = "csr",
) -> Any:
    """Return the adjacency of the nodes in the order of the graph or of ``nodelist``; a copy."""
    if not isinstance(G, ArrayGraph):
        return _sparse_array(G.original, nodelist, dtype, weight, format)
    if not len(G):
        raise nx.NetworkXError("Graph has no nodes or edges")
    found: Any = G.arrays.matrix(weight).astype(dtype or np.float64, copy=True)
    if nodelist is not None:
        numbers = _listed(G, nodelist)
        found = found[numbers][:, numbers]
    try:
        return found.asformat(format)
    except ValueError as error:
        raise nx.NetworkXError(f"Unknown sparse matrix format: {format}") from error


def _listed(graph: ArrayGraph, nodelist: Any) -> list[int]:
    """Return the numbers of the nodes of a list; refuse one that networkx refuses."""
    nodes = list(nodelist)
    if not nodes:
        raise nx.NetworkXError("nodelist has no nodes")
    for name in nodes:
        if name not in graph:
            raise nx.NetworkXError(f"Node {name} in nodelist is not in G")
    if len(set(nodes)) < len(nodes):
        raise nx.NetworkXError("nodelist contains duplicates.")
    return [graph.arrays.numbers[name] for name in nodes]
