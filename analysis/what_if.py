"""A ranking and what shall not count in, where a domain would stand then out: computed anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.fold import fold, owners_of
from analysis.graph import without_source
from analysis.measures.scale import positions, settle
from analysis.warm import warm_pagerank

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from analysis.policy import Policy
    from analysis.ranked_graph import RankedGraph
    from pipelines.dataset import Dataset


def what_if(
    dataset: Dataset, graph: RankedGraph, node: int, sources: Sequence[int]
) -> list[dict[str, Any]]:
    """Return where a domain would stand without something, a row each.

    Without a domain: none of its links votes. Without sitewide links: no pair of domains votes whose
    links are sitewide. Without redirects: no link counts that reaches its target by a redirect.
    Each is PageRank of the whole graph once more, to the ranking's own tolerance.

    Args:
        dataset: the graph's.
        graph: how it was ranked.
        node: the domain that is asked about.
        sources: domains to leave out, one at a time.

    Returns:
        ``without`` (``domain``, ``sitewide links`` or ``redirects``), ``domain`` (the one left out,
        or empty), ``pagerank_pos``, ``positions_lost`` (below 0: gained), ``pagerank``,
        ``pagerank_change`` (a share of the PageRank now).

    Raises:
        CorruptPartError: a file of ``dataset`` is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    now = int(positions(graph.ranks, graph.names)[node])
    found = []
    for without, domain, names, ranks in _variants(dataset, graph, sources):
        place = names.index(graph.names[node]) if names is not graph.names else node
        position = int(positions(settle(ranks), names)[place])
        found.append(
            {
                "without": without,
                "domain": domain,
                "pagerank_pos": position,
                "positions_lost": position - now,
                "pagerank": float(ranks[place]),
                "pagerank_change": float(ranks[place] / graph.ranks[node] - 1),
            }
        )
    return found


def _variants(
    dataset: Dataset, graph: RankedGraph, sources: Sequence[int]
) -> Iterator[tuple[str, str, list[str], NDArray[np.float64]]]:
    """Yield what is left out, the names that remain and their PageRank."""
    policy = graph.policy
    owners = owners_of(policy, graph.names, graph.names)
    for source in sources:
        shares = without_source(graph.shares, source, owners)
        yield "domain", graph.names[source], graph.names, _pagerank(shares, policy, graph.ranks)
    for without, changed in (
        ("sitewide links", _lens(policy, edges="NOT sitewide")),
        ("redirects", _lens(policy, links="moved <> 'redirect'")),
    ):
        other = fold(dataset, changed, write=False).graph
        start = graph.ranks if other.names == graph.names else None
        yield without, "", other.names, _pagerank(other.shares, policy, start)


def _lens(policy: Policy, links: str = "true", edges: str = "true") -> Policy:
    """Return the policy with further conditions of its lens."""
    lens = policy.lens
    narrower = replace(
        lens, links=f"({lens.links}) AND {links}", edges=f"({lens.edges}) AND {edges}"
    )
    return replace(policy, lens=narrower)


def _pagerank(
    shares: sparse.csr_array, policy: Policy, start: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    size = shares.shape[0]
    begin = np.full(size, 1 / max(size, 1)) if start is None else start
    return warm_pagerank(
        shares.T.tocsr(), begin, damping=policy.damping, tolerance=policy.tolerance
    )
