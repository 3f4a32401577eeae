"""Edges in, the graph that the measures run on out: names and a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from linkcrawler.exceptions import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class DomainGraph:
    """The directed graph of nodes (domains, unless another level was asked for) and their votes.

    Args:
        names: the nodes, sorted; the position of a name is its row and column.
        shares: float64 of shape ``(len(names), len(names))``; the share of its rank that the row's
            node passes to the column's, above 0 for each edge. Rows sum to at most 1, or hold
            nothing; what is missing goes to the teleport vector. No self-links.
    """

    names: list[str]
    shares: sparse.csr_array

    @property
    def adjacency(self) -> sparse.csr_array:
        """The same edges, each 1."""
        cells = self.shares
        return sparse.csr_array(
            (np.ones(cells.nnz), cells.indices, cells.indptr), shape=cells.shape
        )

    def to_networkx(self) -> nx.DiGraph[str]:
        """Return the graph for networkx; every node is in it, every edge has ``weight`` 1."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.names)
        entries = self.shares.tocoo()
        graph.add_edges_from(
            (
                (self.names[row], self.names[column])
                for row, column in zip(entries.row.tolist(), entries.col.tolist(), strict=True)
            ),
            weight=1.0,
        )
        return graph


def build_graph(edges: pa.Table, names: Iterable[str] = ()) -> DomainGraph:
    """Return the graph of the followed edges among ``names`` and the domains of the edges.

    Each domain shares its rank equally among those it links to.

    Args:
        edges: columns ``source``, ``target`` and ``weight``, as in the table ``domain_edges``;
            a weight of 0 (no followed link), a repetition or a self-link adds no edge.
        names: domains that are nodes even without an edge.

    Raises:
        DatasetError: a weight is negative or no number.
    """
    weights = np.asarray(pc.cast(edges["weight"], "float64").to_numpy())
    if not bool(np.all(weights >= 0)):
        raise DatasetError("an edge's weight is negative or no number; rank the crawl again")
    ordered, sources, targets = _numbered(edges, names)
    kept = (weights > 0) & (sources != targets)
    size = len(ordered)
    cells = (np.ones(int(kept.sum())), (sources[kept], targets[kept]))
    adjacency = sparse.coo_array(cells, shape=(size, size)).tocsr()
    adjacency.sum_duplicates()
    degrees = np.diff(adjacency.indptr)
    adjacency.data = np.repeat(1.0 / np.maximum(degrees, 1), degrees)
    return DomainGraph(ordered, adjacency)


def _numbered(
    edges: pa.Table, names: Iterable[str]
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """Return all names sorted, and the numbers of the edges' sources and targets in them."""
    found = [*edges["source"].chunks, *edges["target"].chunks]
    if extra := list(names):
        found.append(pa.array(extra, type=pa.string()))
    chunks = [chunk for chunk in found if len(chunk)]
    if not chunks:
        return [], np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    coded = pa.chunked_array(chunks, type=pa.string()).dictionary_encode().unify_dictionaries()
    dictionary = coded.chunk(0).dictionary
    order = pc.array_sort_indices(dictionary).to_numpy()
    number = np.empty(order.size, dtype=np.int32)
    number[order] = np.arange(order.size, dtype=np.int32)
    ends = number[np.concatenate([chunk.indices.to_numpy() for chunk in coded.chunks])]
    count = edges.num_rows
    return dictionary.take(pa.array(order)).to_pylist(), ends[:count], ends[count : 2 * count]


def graph_from(
    names: list[str],
    sources: NDArray[np.integer],
    targets: NDArray[np.integer],
    shares: NDArray[np.float64],
) -> DomainGraph:
    """Return the graph of numbered edges.

    Args:
        names: the nodes.
        sources: row of each edge, into ``names``; no pair stands twice.
        targets: its column.
        shares: its share; edges with 0 are left out.
    """
    kept = shares > 0
    cells = (sources[kept], targets[kept])
    return DomainGraph(
        names, sparse.csr_array((shares[kept], cells), shape=(len(names), len(names)))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Owners:
    """Who has the nodes of a graph; int64 of shape ``(n,)`` each.

    Args:
        groups: nodes that have one vote together have one number, -1 for one on its own.
        domains: nodes of one registered domain have one number.
    """

    groups: NDArray[np.int64]
    domains: NDArray[np.int64]


def without_source(shares: sparse.csr_array, source: int, owners: Owners) -> sparse.csr_array:
    """Return the shares where no edge of ``source`` votes; those that shared a vote with one have more of it.

    Args:
        shares: of `DomainGraph`.
        source: number of a node.
        owners: of the nodes.
    """
    entries = shares.tocoo()
    row, column = entries.coords
    kept = row != source
    ends = (row[kept], column[kept])
    before = sharers_of(row, column, np.ones(row.size, np.bool_), owners)[kept]
    now = sharers_of(*ends, np.ones(ends[0].size, np.bool_), owners)
    return sparse.csr_array((entries.data[kept] * before / now, ends), shape=shares.shape)


def sharers_of(
    sources: NDArray[np.integer],
    targets: NDArray[np.integer],
    voting: NDArray[np.bool_],
    owners: Owners,
) -> NDArray[np.int64]:
    """Return how many edges share one vote with each edge, itself among them: int64, 1 for alone.

    Voting edges from nodes of one group to one target are one vote, in the group or outside: else free
    accounts would lift one of theirs, whose single vote then bears the weight of all. Only what stays
    in one domain, as the links among its pages, is a vote of its own.

    Args:
        sources: number of each edge's source; no pair stands twice.
        targets: number of its target.
        voting: whether it votes.
        owners: of the nodes.
    """
    groups, domains = owners.groups, owners.domains
    sharers = np.ones(sources.size, dtype=np.int64)
    own = groups[sources]
    grouped = voting & (own >= 0) & (domains[sources] != domains[targets])
    if grouped.any():
        votes = own[grouped] * groups.size + targets[grouped]
        _, which, times = np.unique(votes, return_inverse=True, return_counts=True)
        sharers[grouped] = times[which]
    return sharers


def shares_of(
    sources: NDArray[np.integer],
    voting: NDArray[np.bool_],
    counted: NDArray[np.bool_],
    weights: NDArray[np.float64],
    sharers: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the share of its source's rank that each edge passes on: float64 in 0 to 1.

    ``w / (k D)``, where w is the edge's weight, D the sum of the weights of the source's counted
    edges, and k the number of edges that share its vote: what they would have passed on their own is
    lost to the teleport vector. 0 where the edge does not vote.

    Args:
        sources: number of each edge's source.
        voting: whether it votes.
        counted: whether it takes its part of the source's rank; true where ``voting`` is.
        weights: at least 0.
        sharers: k, see `sharers_of`.
    """
    given = np.where(counted, weights, 0.0)
    totals = np.bincount(sources, weights=given)[sources] if sources.size else given
    passed = np.where(voting, weights, 0.0) / sharers
    return np.divide(passed, totals, out=np.zeros(sources.size), where=totals > 0)
