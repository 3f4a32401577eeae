"""Domain edges in, the graph that the measures run on out: names and a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
from scipy import sparse

from linkcrawler.exceptions import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class DomainGraph:
    """The directed graph of domains: followed links, one edge a pair, no self-links.

    Args:
        names: the domains, sorted; the position of a name is its row and column.
        adjacency: float64 of shape ``(len(names), len(names))``, 1 where the row's domain links
            to the column's.
    """

    names: list[str]
    adjacency: sparse.csr_array

    def to_networkx(self) -> nx.DiGraph[str]:
        """Return the graph for networkx; every domain is a node, every edge has a ``weight``."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.names)
        entries = self.adjacency.tocoo()
        graph.add_weighted_edges_from(
            (self.names[row], self.names[column], float(weight))
            for row, column, weight in zip(
                entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True
            )
        )
        return graph


def build_graph(edges: pa.Table, names: Iterable[str] = ()) -> DomainGraph:
    """Return the graph of the followed edges among ``names`` and the domains of the edges.

    Args:
        edges: columns ``source``, ``target`` and ``weight``, as in the table ``domain_edges``;
            a weight of 0 (no followed link), a repetition or a self-link adds no edge.
        names: domains that are nodes even without an edge.

    Raises:
        DatasetError: a weight is negative or no number.
    """
    sources, targets = edges["source"].to_pylist(), edges["target"].to_pylist()
    ordered = sorted({*names, *sources, *targets})
    number = {name: position for position, name in enumerate(ordered)}
    weights = np.asarray(pc.cast(edges["weight"], "float64").to_numpy())
    if not bool(np.all(weights >= 0)):
        raise DatasetError("an edge's weight is negative or no number; rank the crawl again")
    rows = np.fromiter((number[name] for name in sources), dtype=np.int64, count=len(sources))
    columns = np.fromiter((number[name] for name in targets), dtype=np.int64, count=len(targets))
    kept = (weights > 0) & (rows != columns)
    size = len(ordered)
    pairs = np.unique(rows[kept] * size + columns[kept])
    cells = (pairs // max(size, 1), pairs % max(size, 1))
    return DomainGraph(ordered, sparse.csr_array((np.ones(pairs.size), cells), shape=(size, size)))
