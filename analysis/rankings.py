"""A dataset in, its table ``domains`` out: every measure and count of every domain it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from analysis.cells import csv_of
from analysis.fold import fold
from analysis.intervals import REPLICATES, with_intervals
from analysis.measures.harmonic import harmonic
from analysis.measures.pagerank import DAMPING, pagerank, unlinked_rank
from analysis.measures.scale import authority, positions, settle
from analysis.policy import Policy
from analysis.record import parameters, write_record
from linkcrawler.disk import replace_file
from linkcrawler.exceptions import UsageError
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import icann_domain, registered_domain, reversed_labels
from pipelines.dataset import RANKED_KEY, open_dataset
from pipelines.schema import DOMAINS
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from analysis.graph import DomainGraph
    from pipelines.manifest import Manifest

AUTHORITY_METHOD: Final = f"log-pagerank d={DAMPING}"

RANKING_COLUMNS: Final = (
    "rank", "domain", "authority", "ref_domains", "backlinks", "follow_backlinks", "pagerank",
    "harmonic", "trust", "pagerank_pos", "harmonic_pos", "out_domains", "out_links",
    "pages_crawled", "pages_seen", "pages_refused", "pages_failed", "n_hosts", "is_seed",
    "is_crawled", "first_seen", "last_seen", "authority_method", "crawl_id", "rank_low",
    "rank_high", "tier",
)  # fmt: skip
"""Columns of ``ranking.csv``, named as in the table."""


def rank(
    folder: str | Path, policy: Policy | None = None, *, replicates: int = REPLICATES
) -> pa.Table:
    """Rank the dataset in ``folder`` and return its table ``domains``, best domain first.

    Writes ``domain_edges.parquet``, ``domains.parquet`` and ``ranking.csv`` there, each replaced
    whole, and ``ranking.json``, by which the ranking can be repeated. Domains that were linked to and
    never fetched are ranked too (``is_crawled`` is false).

    Args:
        folder: of a crawl or a merge of crawls.
        policy: how links become votes; the default policy when None.
        replicates: resampled crawls behind the rank intervals; 0 for no intervals.

    Raises:
        UsageError: ``replicates`` is below 0, or the policy asks for what is not there.
        NotADatasetError: the folder holds no crawl.
        SchemaVersionError: another version of the schema wrote it.
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    if replicates < 0:
        raise UsageError(f"replicates is {replicates}; give how many, or 0 for no intervals")
    policy = policy or Policy()
    dataset = open_dataset(folder)
    folded = fold(dataset, policy, replicates=replicates)
    table = rank_graph(folded.graph, folded.counts, dataset.manifest)
    table = with_intervals(table, folded, policy.damping, replicates)
    manifest = dataset.manifest
    metadata = file_metadata(
        "domains", manifest.crawl_id, manifest.suffix_list, manifest.updated_at
    )
    metadata[RANKED_KEY] = dataset.fingerprint
    write_table(dataset.folder, "domains", table.to_batches(), metadata)
    replace_file(dataset.folder / "ranking.csv", to_csv(table, RANKING_COLUMNS).encode())
    write_record(dataset, parameters(policy, replicates), folded.changes)
    return table


def rank_graph(graph: DomainGraph, counts: pa.Table, manifest: Manifest) -> pa.Table:
    """Return the table ``domains`` in the schema's columns, sorted by rank.

    Args:
        graph: the domain graph; its names are the domains of ``counts``, in the same order.
        counts: what `analysis.fold.fold` returned.
        manifest: of the dataset, for its seeds and crawl id.
    """
    names = graph.names
    seed_domains = {registered_domain(host_of(seed)) for seed in manifest.seeds}
    is_seed = np.array([name in seed_domains for name in names], dtype=np.bool_)
    ranks = settle(pagerank(graph.shares, shares=True))
    nearness = settle(harmonic(graph.shares))
    places = positions(ranks, names)
    columns = {
        **{name: counts[name] for name in counts.column_names},
        "domain_rev": [reversed_labels(name) for name in names],
        "icann_domain": [icann_domain(name) for name in names],
        "rank": places,
        "authority": authority(ranks, unlinked_rank(graph.shares, ranks, shares=True)),
        "authority_method": [AUTHORITY_METHOD] * len(names),
        "pagerank": ranks,
        "harmonic": nearness,
        "trust": _trust(graph, is_seed),
        "pagerank_pos": places,
        "harmonic_pos": positions(nearness, names),
        "is_seed": is_seed,
        "is_crawled": np.asarray(counts["pages_crawled"]) > 0,
        # No page is scored and no community searched for here.
        "community": np.full(len(names), -1, dtype=np.int32),
        "relevance": np.full(len(names), np.nan, dtype=np.float32),
        "crawl_id": [manifest.crawl_id] * len(names),
        # What `analysis.intervals.with_intervals` fills.
        **dict.fromkeys(("rank_low", "rank_high", "tier"), np.zeros(len(names), dtype=np.int64)),
    }
    table = pa.table({field.name: columns[field.name] for field in DOMAINS}).cast(DOMAINS)
    return table.take(pa.array(np.argsort(places)))


def _trust(graph: DomainGraph, is_seed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the PageRank that restarts at the seeds' domains; 0 everywhere without one."""
    if not is_seed.any():
        return np.zeros(len(graph.names))
    return settle(pagerank(graph.shares, teleport=is_seed.astype(np.float64), shares=True))


def to_csv(table: pa.Table, columns: Sequence[str]) -> str:
    """Return ``columns`` of ``table`` as CSV text with a header, for spreadsheets and programs."""
    return csv_of(columns, zip(*(table[name].to_pylist() for name in columns), strict=True))
