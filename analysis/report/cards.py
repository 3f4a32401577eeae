"""A ranked dataset in, a card for each of its best domains out: where its score comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.contributions import contributions
from analysis.ranked_graph import ranked_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.report.figures import DomainRow
    from pipelines.dataset import Dataset

CARDS: Final = 12
"""Domains that have a card."""
NAMED: Final = 5
"""Contributions that a card names."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: from a referring domain, or from what every domain gets."""

    name: str
    share: float
    """0 to 1."""
    is_domain: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One domain, and the parts of its score, which sum to 1."""

    row: DomainRow
    parts: tuple[Part, ...]


def cards(dataset: Dataset, rows: Sequence[DomainRow]) -> tuple[Card, ...]:
    """Return the cards of the first `CARDS` of ``rows``.

    Raises:
        DatasetError: ranked by an earlier version, which did not write the graph's shares.
        CorruptPartError: a file is truncated or damaged.
    """
    graph = ranked_graph(dataset)
    found = []
    for row in rows[:CARDS]:
        node, damping = graph.number(row.domain), graph.policy.damping
        whole = contributions(graph.shares, graph.ranks, node, damping=damping)
        named = list(zip(whole.sources.tolist(), whole.links.tolist(), strict=True))
        parts = [Part(graph.names[source], share, True) for source, share in named[:NAMED]]
        rest = named[NAMED:]
        if rest:
            word = "other domain" if len(rest) == 1 else "other domains"
            parts.append(Part(f"{len(rest):,} {word}", sum(share for _, share in rest), False))
        parts.append(Part("what every domain gets", whole.restart + whole.returned, False))
        found.append(Card(row, tuple(parts)))
    return tuple(found)
