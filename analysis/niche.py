"""A graph, seeds and the relevance of domains in, who belongs to the niche out.

What a domain says decides where that is clear; where text is thin, links do. Their measure is *lift*: a
domain's share of a walk that starts again at the seeds, over its share of one that starts again
anywhere. Above 1 the seeds' neighbourhood knows it better than the web at large. The walk goes along
links both ways, since who links to a niche belongs to it as much as whom it links to. A second round starts
from the domains that the first one lifted most among the better half, so that a poor choice of seeds
matters little.

Lift finds who is in the niche and says nothing about standing in it: it opens the gate, and the rank on
the whole graph orders those inside. Relevance and authority are never multiplied. What each step adds is
measured by `benchmarks.niche` on the two camps of a graph of political blogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from analysis.measures.pagerank import pagerank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LIFT: Final = 1.0
"""Lift above which links put a domain into the niche."""
CORE: Final = 50
"""Domains that the second round starts from, at the most."""
RELEVANT: Final = 0.3
"""Relevance from which on its text puts a domain into the niche."""
IRRELEVANT: Final = 0.1
"""Relevance below which its text keeps it out."""


def niche_lift(adjacency: sparse.csr_array, seeds: NDArray[np.bool_], rank: Floats) -> Floats:
    """Return the lift of each node: float64 of shape ``(n,)``, at least 0; all 0 without a seed.

    Args:
        adjacency: of shape ``(n, n)``, an edge wherever it is not 0.
        seeds: of shape ``(n,)``.
        rank: of shape ``(n,)``: what orders the nodes, higher first.
    """
    if not seeds.any():
        return np.zeros(len(seeds))
    both = sparse.csr_array(adjacency + adjacency.T)
    both.data[:] = 1.0
    plain = pagerank(both)
    first = _lift(both, seeds, plain)
    known = np.where((rank >= np.median(rank)) & (first > LIFT), first, 0.0)
    core = np.argsort(-known, kind="stable")[: min(CORE, int((known > 0).sum()))]
    again = seeds.copy()
    again[core] = True
    return _lift(both, again, plain)


def _lift(both: sparse.csr_array, seeds: NDArray[np.bool_], plain: Floats) -> Floats:
    found: Floats = pagerank(both, teleport=seeds.astype(np.float64)) / plain
    return found


def in_niche(
    lifts: Floats, relevance: Floats | None = None, *, relevant: float = RELEVANT
) -> NDArray[np.bool_]:
    """Return which nodes the gate lets in: bool of shape ``(n,)``.

    In from ``relevant`` on, out below `IRRELEVANT`; between them, and where relevance is unknown
    (NaN), in where the lift is above `LIFT`.

    Args:
        lifts: of `niche_lift`, of shape ``(n,)``.
        relevance: of what domains say, 0 to 1 or NaN, of shape ``(n,)``; None where none is known.
        relevant: see `RELEVANT`.
    """
    by_links: NDArray[np.bool_] = lifts > LIFT
    if relevance is None:
        return by_links
    known = ~np.isnan(relevance)
    text = np.where(known, relevance, 0.0)
    found: NDArray[np.bool_] = (known & (text >= relevant)) | (
        by_links & ~(known & (text < IRRELEVANT))
    )
    return found
