"""A ranked dataset in, the graph that it was ranked by out, with what its metadata says of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.graph import graph_from
from analysis.policy import POLICY_KEY, Policy, policy_of
from linkcrawler.exceptions import DatasetError
from linkcrawler.plain import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from scipy import sparse

    from pipelines.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class RankedGraph:
    """The graph behind a ranking.

    Args:
        names: the domains, sorted; a name's position is its row and column.
        shares: see `analysis.graph.DomainGraph`.
        ranks: PageRank as it was written, float64 of shape ``(n,)``.
        edges: the table ``domain_edges``.
        policy: what it was ranked by.
    """

    names: list[str]
    shares: sparse.csr_array
    ranks: NDArray[np.float64]
    edges: pa.Table
    policy: Policy

    def number(self, name: str) -> int:
        """Return the row and column of a domain."""
        return self.names.index(name)


def ranked_graph(dataset: Dataset) -> RankedGraph:
    """Return the graph of a ranked dataset.

    Raises:
        DatasetError: not ranked yet, or by a version that did not say how; or a share is out of range.
        CorruptPartError: a file is truncated or damaged.
    """
    domains = dataset.table("domains", ["domain", "pagerank"]).sort_by("domain")
    edges = dataset.table("domain_edges")
    names = domains["domain"].combine_chunks()
    source, target = (
        pc.index_in(edges[end], value_set=names).to_numpy() for end in ("source", "target")
    )
    shares = edges["share"].to_numpy()
    if not bool(np.all((shares >= 0) & (shares <= 1))):
        raise DatasetError(
            f"{dataset.folder}: a share in domain_edges.parquet is not between 0 and 1; rank the crawl again"
        )
    graph = graph_from(names.to_pylist(), source, target, shares)
    return RankedGraph(
        graph.names, graph.shares, domains["pagerank"].to_numpy(), edges, ranked_policy(dataset)
    )


def ranked_policy(dataset: Dataset) -> Policy:
    """Return the policy that ``domain_edges`` was made by.

    Raises:
        DatasetError: not ranked yet, or by a version that did not say how.
    """
    for path in dataset.files("domain_edges"):
        raw = (pq.read_metadata(path).metadata or {}).get(POLICY_KEY.encode())
        if raw:
            return policy_of(json.loads(raw))
    raise DatasetError(
        f"{dataset.folder} was ranked by an earlier version or not at all; "
        f"run `linkcrawler rank {quoted(dataset.folder)}`"
    )
