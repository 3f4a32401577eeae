"""One table of edges in, its PageRank by each engine that is installed out; each builds its own graph.

All use damping 0.85 and send what dangling nodes have to every node. The table holds names, as
``domain_edges.parquet`` does.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAMPING: Final = 0.85


def ours(edges: pa.Table) -> NDArray[np.float64]:
    """Return our PageRank, in the order of the sorted names."""
    from analysis.graph import build_graph
    from analysis.measures.pagerank import pagerank

    return pagerank(build_graph(edges).shares, shares=True)


def networkx(edges: pa.Table) -> NDArray[np.float64]:
    """Return that of networkx, told to stop where it is within about 1e-10."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(zip(edges["source"].to_pylist(), edges["target"].to_pylist(), strict=True))
    ranks = nx.pagerank(
        graph, alpha=DAMPING, tol=1e-10 / len(graph), max_iter=1000, backend="networkx"
    )
    return np.array([ranks[name] for name in sorted(ranks)])


def networkit(edges: pa.Table) -> NDArray[np.float64]:
    """Return that of networkit, one thread a core."""
    import networkit as nk

    size, source, target = _numbered(edges)
    pairs = (source.astype(np.uint64), target.astype(np.uint64))
    graph = nk.GraphFromCoo(pairs, n=size, directed=True)
    sinks = nk.centrality.SinkHandling.DistributeSinks
    engine = nk.centrality.PageRank(graph, DAMPING, 1e-10, False, sinks)
    engine.norm = nk.centrality.Norm.L1_NORM
    engine.run()
    ranks = np.array(engine.scores())
    return ranks / ranks.sum()


def igraph(edges: pa.Table) -> NDArray[np.float64]:
    """Return that of igraph (its solver prpack)."""
    import igraph as ig

    size, source, target = _numbered(edges)
    graph = ig.Graph(n=size, edges=np.column_stack([source, target]), directed=True)
    return np.array(graph.pagerank(damping=DAMPING))


ENGINES: Final = {
    "linkcrawler": ours,
    "networkx": networkx,
    "networkit": networkit,
    "igraph": igraph,
}


_LOADED_BY_PYARROW: Final = ("pandas",) if importlib.util.find_spec("pandas") else ()
"""With the first array that is handed over, where it is installed; nothing of it is used."""
MODULES: Final[dict[str, tuple[str, ...]]] = {
    "linkcrawler": ("analysis.graph", "analysis.measures.pagerank", *_LOADED_BY_PYARROW),
    "networkx": ("networkx", "networkx.algorithms", "scipy.sparse"),
    "networkit": ("networkit",),
    "igraph": ("igraph",),
}
"""What each engine loads, which is not measured."""


def missing() -> list[str]:
    """Return the engines that are not installed."""
    return [name for name in ("networkit", "igraph") if importlib.util.find_spec(name) is None]


def _numbered(edges: pa.Table) -> tuple[int, NDArray[Any], NDArray[Any]]:
    """Return how many nodes there are, and the numbers of the ends in the order of their names."""
    ends = pa.chunked_array([*edges["source"].chunks, *edges["target"].chunks])
    names = pc.unique(ends)
    names = names.take(pc.array_sort_indices(names))
    numbers = pc.index_in(ends, names).to_numpy()
    return len(names), numbers[: edges.num_rows], numbers[edges.num_rows :]
