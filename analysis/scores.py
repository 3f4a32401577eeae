"""A graph and a policy in, every measure of every node out, and the authority made of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.measures.endorsement import KEPT, endorsement
from analysis.measures.harmonic import nearness
from analysis.measures.hits import hits
from analysis.measures.pagerank import pagerank, unlinked_rank
from analysis.measures.salsa import salsa
from analysis.measures.scale import authority, authority_of, settle
from analysis.measures.search import reach
from analysis.measures.spam_mass import spam_mass
from analysis.measures.supporters import referring, supporters
from analysis.measures.trust import distrust, trust
from linkcrawler.exceptions import LinkCrawlerError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.graph import DomainGraph
    from analysis.policy import Policy

    Scores = dict[str, NDArray[np.float64]]

METHODS: Final = (
    "pagerank", "trust", "harmonic", "supporters", "referring", "endorsement", "hits", "salsa",
)  # fmt: skip
"""Measures that authority can be made of."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of the nodes besides their links; bool and int64 of shape ``(n,)``.

    Args:
        seeds: which are seeds of the crawl.
        trusted: where trust starts: the seeds, unless others were named.
        distrusted: where distrust starts.
        platforms: a number for each ICANN domain: nodes of one platform have the same.
    """

    seeds: NDArray[np.bool_]
    trusted: NDArray[np.bool_]
    distrusted: NDArray[np.bool_]
    platforms: NDArray[np.int64]


def scores_of(graph: DomainGraph, policy: Policy, known: Known) -> Scores:
    """Return the measures by the names of their columns in the schema's ``domains``, rounded alike.

    Raises:
        DatasetError: a share of the graph is no number or out of range.
    """
    cells = graph.shares
    d, tolerance = policy.damping, policy.tolerance
    found_by_search = reach(cells)
    near, error = nearness(cells, found_by_search)
    hubs, authorities = _hits(graph)
    ranks = pagerank(cells, damping=d, tolerance=tolerance, shares=True)
    trusted = trust(cells, known.trusted, damping=d, tolerance=tolerance, shares=True)
    found = {
        "pagerank": ranks,
        "trust": trusted,
        "distrust": distrust(cells, known.distrusted, damping=d, tolerance=tolerance),
        "spam_mass": spam_mass(
            cells, known.trusted, damping=d, shares=True, solved=(ranks, trusted)
        ),
        "harmonic": near,
        "harmonic_error": error,
        "supporters": supporters(cells, found_by_search),
        "endorsement": endorsement(cells),
        "hub": hubs,
        "hits": authorities,
        "salsa": salsa(cells),
    }
    counts = {"ref_platforms": referring(cells, known.platforms), "referring": referring(cells)}
    whole = {name: values.astype(np.float64) for name, values in counts.items()}
    return {name: settle(values) for name, values in found.items()} | whole


def _hits(graph: DomainGraph) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return hubs and authorities, NaN where the iteration does not converge: one of many measures."""
    try:
        return hits(graph.adjacency)
    except LinkCrawlerError:
        unknown = np.full(len(graph.names), np.nan)
        return unknown, unknown


def authority_by(
    method: str,
    scores: Scores,
    graph: DomainGraph,
    policy: Policy,
) -> tuple[NDArray[np.float64], str]:
    """Return the authority of every node, 0 to 100, and the method and scale behind it.

    Raises:
        UsageError: there is no such method, or it has nothing to start from here, or no values.
    """
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}; take one of {', '.join(METHODS)}")
    values = np.asarray(scores[method], dtype=np.float64)
    if np.isnan(values).any():
        raise UsageError(f"{method} does not converge on this graph; take another method")
    if method == "trust" and not values.any():
        raise UsageError("trust needs seeds that are in the graph; name some by --trusted FILE")
    if method == "pagerank":
        floor = unlinked_rank(graph.shares, values, policy.damping, shares=True)
        return authority(values, floor), f"log-pagerank d={policy.damping}"
    if method == "endorsement":
        return authority(values, 1 - KEPT), "log-endorsement"
    if method in ("harmonic", "supporters", "referring"):
        return authority_of(values, 1.0), f"log-{method}"
    # Below a billionth of the highest there is nothing but rounding.
    floor = max(values[values > 0].min(initial=1.0), values.max(initial=0.0) * 1e-9)
    return authority_of(values / floor, 1.0), f"log-{method}"
