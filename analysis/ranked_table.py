"""A fold and its policy in, every node it knows with its measures, counts and rank out: one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analysis.chosen import chosen, chosen_or_refused
from analysis.gating import gate_of, relevances
from analysis.levels import icann_names
from analysis.measures.scale import positions
from analysis.scores import Known, authority_by, scores_of
from linkcrawler.urls.domains import reversed_labels
from pipelines.schema import DOMAINS

if TYPE_CHECKING:
    from analysis.fold import Fold
    from analysis.gating import Told
    from analysis.policy import Policy
    from pipelines.manifest import Manifest


def table_of(
    folded: Fold, policy: Policy, told: Told | None, manifest: Manifest, method: str
) -> tuple[pa.Table, dict[str, int]]:
    """Return the ranking in the columns of ``domains``, sorted by rank, and what its gate changed.

    Args:
        folded: the graph and the counts; open.
        policy: what they were folded by.
        told: what the pages say of the niche, see `analysis.gating.told_by`.
        manifest: of what was folded.
        method: the measure behind authority, one of `analysis.scores.METHODS`.

    Raises:
        UsageError: trusted or distrusted sites are not in the graph, or the method has nothing to
            start from.
    """
    names = folded.graph.names
    known = _known(folded, policy)
    relevance = np.full(len(names), np.nan) if told is None else relevances(folded, told)
    scores = scores_of(folded.graph, policy, known)
    headline, method_name = authority_by(method, scores, folded.graph, policy)
    order = scores[method]
    inside, lift, changed = np.ones(len(names), np.bool_), np.full(len(names), np.nan), {}
    if policy.lens.gated:
        gate = gate_of(folded, known, scores["pagerank"], relevance)
        inside, lift, changed = gate.inside, gate.lift, gate.counts(order)
        # Measures are at least 0: a node inside stands before all others even where its own is 0.
        headline, order = headline * inside, np.where(inside, order, -1.0)
        method_name += ", inside the niche"
    places = positions(order, names)
    columns: dict[str, Any] = {
        **_counted(folded, known, manifest),
        **{name: values for name, values in scores.items() if name in DOMAINS.names},
        "rank": places,
        "authority": headline,
        "authority_method": pa.repeat(method_name, len(names)),
        "pagerank_pos": positions(scores["pagerank"], names),
        "harmonic_pos": positions(scores["harmonic"], names),
        "relevance": relevance.astype(np.float32),
        "lift": lift,
        "in_niche": inside,
    }
    table = pa.table({field.name: columns[field.name] for field in DOMAINS}).cast(DOMAINS)
    return table.take(pa.array(np.argsort(places))), changed


def _counted(folded: Fold, known: Known, manifest: Manifest) -> dict[str, Any]:
    """Return the columns that no measure has a part in."""
    names, counts = folded.graph.names, folded.counts
    crawled, seen = (counts[name].to_numpy() for name in ("pages_crawled", "pages_seen"))
    return {
        **{name: counts[name] for name in counts.column_names},
        "domain_rev": [reversed_labels(name) for name in names],
        "icann_domain": icann_names(folded.registered),
        "is_seed": known.seeds,
        "is_crawled": crawled > 0,
        # No community is searched for here.
        "community": np.full(len(names), -1, dtype=np.int32),
        "coverage": np.minimum(crawled / np.maximum(seen, 1), 1.0),
        "crawl_id": pa.repeat(manifest.crawl_id, len(names)),
        # What `analysis.intervals.with_intervals` fills.
        **dict.fromkeys(("rank_low", "rank_high", "tier"), np.zeros(len(names), dtype=np.int64)),
    }


def _known(folded: Fold, policy: Policy) -> Known:
    """Return the seeds, trusted and distrusted nodes, and the platforms."""
    names = folded.graph.names
    seeds = chosen(names, folded.seeds, policy)
    trusted = chosen_or_refused(names, policy.trusted, policy, "--trusted")
    numbers: dict[str, int] = {}
    return Known(
        seeds=seeds,
        trusted=trusted if policy.trusted else seeds,
        distrusted=chosen_or_refused(names, policy.distrusted, policy, "--distrusted"),
        platforms=np.fromiter(
            (numbers.setdefault(name, len(numbers)) for name in icann_names(folded.registered)),
            dtype=np.int64,
            count=len(names),
        ),
    )
