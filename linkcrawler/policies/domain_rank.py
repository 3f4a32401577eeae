"""Links between domains in, the PageRank of each domain as the crawl knows it out (pure Python).

It decides only where to go next, so a coarse one is enough: a few rounds, begun where the last one
ended. The ranking of a dataset has its own, `analysis.measures.pagerank`, that is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DAMPING: Final = 0.85
ROUNDS: Final = 10
ENOUGH: Final = 1e-3
"""A round that changes the sum of all by less than this share of it is the last."""


def domain_rank(
    domains: Iterable[int],
    links: Mapping[int, Sequence[int]],
    begin: Mapping[int, float] | None = None,
    rounds: int = ROUNDS,
) -> dict[int, float]:
    """Return each domain's PageRank in units of the average, so that they sum to their number.

    Mass of domains without links goes to all alike. A round takes time linear in domains and links.

    Args:
        domains: all that are known, by id.
        links: the domains that each one links to, once each, never itself; all of them known.
        begin: where to begin; 1 for those that are missing.
        rounds: at the most.

    >>> rank = domain_rank([1, 2, 3], {1: [3], 2: [3]}, rounds=50)
    >>> [round(rank[domain], 3) for domain in (1, 2, 3)]
    [0.638, 0.638, 1.724]
    """
    known = dict.fromkeys(domains, 1.0)
    if begin:
        known.update({domain: begin[domain] for domain in known.keys() & begin.keys()})
    for _ in range(rounds):
        fresh, change = _round(known, links)
        known = fresh
        if change < ENOUGH * len(known):
            break
    return known


def _round(
    known: dict[int, float], links: Mapping[int, Sequence[int]]
) -> tuple[dict[int, float], float]:
    """Return what one round makes of ``known``, and how much it changes."""
    fresh = dict.fromkeys(known, 0.0)
    linking = 0.0
    for source, targets in links.items():
        mass = known[source]
        linking += mass
        share = DAMPING * mass / len(targets)
        for target in targets:
            fresh[target] += share
    # What a start from other sums lacks goes to all alike, too.
    rest = (len(known) - DAMPING * linking) / max(1, len(known))
    change = 0.0
    for domain, value in fresh.items():
        fresh[domain] = value + rest
        change += abs(value + rest - known[domain])
    return fresh, change
