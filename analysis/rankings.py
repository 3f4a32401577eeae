"""A dataset and policies in, its ranking out: every measure and count of every node it knows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from analysis.agreement import agreement
from analysis.cells import csv_of_columns, is_unknown
from analysis.fold import folding
from analysis.gating import told_by
from analysis.intervals import with_intervals
from analysis.levels import Level
from analysis.policy import POLICY_KEY, Policy
from analysis.ranked_table import table_of
from analysis.record import parameters, write_record
from linkcrawler.disk import replace_file
from linkcrawler.exceptions import DatasetError
from linkcrawler.plain import quoted
from pipelines.dataset import RANKED_KEY, open_dataset
from pipelines.schema import RANKINGS
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.agreement import Agreement
    from analysis.fold import Fold
    from analysis.gating import Told
    from pipelines.dataset import Dataset
    from pipelines.manifest import Manifest

RANKING_COLUMNS: Final = (
    "rank", "domain", "authority", "ref_domains", "backlinks", "follow_backlinks", "pagerank",
    "harmonic", "trust", "pagerank_pos", "harmonic_pos", "out_domains", "out_links",
    "pages_crawled", "pages_seen", "pages_refused", "pages_failed", "n_hosts", "is_seed",
    "is_crawled", "first_seen", "last_seen", "authority_method", "crawl_id", "coverage", "rank_low",
    "rank_high", "tier", "relevance", "in_niche",
)  # fmt: skip
"""Columns of ``ranking.csv``, named as in the table."""

FETCHED: Final = ("ok", "redirect", "not_html")
"""Outcomes of URLs that gave what was asked for."""
AGREEMENT_KEY: Final = "linkcrawler.agreement"
"""Key of the metadata of ``rankings``: JSON, how far each lens agrees with the first, null where nothing says."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What `rank_all` gave.

    Args:
        table: the ranking by the first policy, best node first, in columns of ``domains``; at
            other levels ``domain`` is the node.
        policies: what was asked for.
        changes: what each rule changed under the first policy; see `analysis.changes`.
        agreements: of the first lens with each of the others, by its name.
        n_edges: pairs of nodes that vote under the first policy.
    """

    table: pa.Table
    policies: tuple[Policy, ...]
    changes: dict[str, int]
    agreements: dict[str, Agreement]
    n_edges: int
    niche: dict[str, int]
    """What the gate of the lens ``niche`` changed, see `analysis.gating.Gate.counts`; of the first policy
    that has one."""


def rank(
    folder: str | Path,
    policy: Policy | None = None,
    method: str = "pagerank",
    *,
    intervals: bool = True,
) -> pa.Table:
    """Rank the dataset in ``folder`` and return its table ``domains``, best domain first.

    `rank_all` with one policy, see there.
    """
    return rank_all(folder, [policy or Policy()], method, intervals=intervals).table


def rank_all(
    folder: str | Path,
    policies: Sequence[Policy],
    method: str = "pagerank",
    *,
    intervals: bool = True,
) -> Ranking:
    """Rank the dataset in ``folder`` under each of ``policies``.

    The first, at level ``domain``, writes ``domain_edges.parquet``, ``domains.parquet``, ``ranking.csv``
    and ``ranking.json``, by which it can be repeated; at another level, and all others, go into ``rankings.parquet``. Each file is
    replaced whole, after everything was computed. Domains that were linked to and never fetched are
    ranked too (``is_crawled`` is false).

    Args:
        folder: the dataset.
        policies: at least one, all of one level and niche.
        method: the measure behind authority and rank, one of `analysis.scores.METHODS`.
        intervals: whether ranks get intervals and tiers, which those by PageRank alone have.

    Raises:
        NotADatasetError: the folder holds no crawl.
        SchemaVersionError: another version of the schema wrote it.
        DatasetError: there is nothing to rank.
        UsageError: trusted or distrusted sites are not in it, or there is no such method.
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    dataset = open_dataset(folder)
    _must_hold_something(dataset)
    first, *rest = policies
    told, how = told_by(dataset, first), (method, intervals)
    others, gates = [], []
    for policy in rest:
        with folding(dataset, policy) as folded:
            table, gate = _ranked(folded, policy, told, dataset.manifest, how)
            others.append((policy, table))
            gates.append(gate)
    with folding(dataset, first) as folded:
        main, gate = _ranked(folded, first, told, dataset.manifest, how)
        niche = next(filter(None, [gate, *gates]), {})
        agreements = {policy.lens.name: _agreement(main, table) for policy, table in others}
        if first.level is Level.domain:
            folded.write()
            _write_domains(dataset, first, main)
            written = parameters(first, method, intervals=intervals)
            write_record(dataset, written, folded.changes, gate)
        else:
            others.insert(0, (first, main))
    _write_rankings(dataset, others, agreements)
    return Ranking(
        main, tuple(policies), folded.changes, agreements, folded.graph.shares.nnz, niche
    )


def _ranked(
    folded: Fold, policy: Policy, told: Told | None, manifest: Manifest, how: tuple[str, bool]
) -> tuple[pa.Table, dict[str, int]]:
    """Return what `table_of` does, with intervals where they are wanted and there are any."""
    method, intervals = how
    table, gate = table_of(folded, policy, told, manifest, method)
    if intervals and method == "pagerank":
        table = with_intervals(table, folded, policy)
    return table, gate


def _must_hold_something(dataset: Dataset) -> None:
    """Refuse a dataset without a link and without one page that was fetched."""
    if any(batch.num_rows for batch in dataset.batches("links", ["follow"])):
        return
    outcomes = dataset.pages(["outcome"])["outcome"].to_pylist()
    if not outcomes:
        raise DatasetError(
            f"{dataset.folder} holds nothing to rank yet: pages come into its files a minute after they "
            "were fetched, or when the crawl ends; let it go on first"
        )
    if not set(outcomes) & set(FETCHED):
        raise DatasetError(
            f"{dataset.folder} holds nothing to rank: no link, and of {len(outcomes):,} URLs tried none "
            f"was fetched; `linkcrawler status {quoted(dataset.folder)}` says why"
        )


def _agreement(one: pa.Table, other: pa.Table) -> Agreement:
    """Return how far two rankings of one level agree, over the nodes that both know."""
    merged = (
        one.select(["domain", "authority"])
        .join(other.select(["domain", "authority"]), "domain", right_suffix="_2", join_type="inner")
        .sort_by("domain")
    )
    return agreement(merged["authority"].to_numpy(), merged["authority_2"].to_numpy())


def _write_domains(dataset: Dataset, policy: Policy, table: pa.Table) -> None:
    manifest = dataset.manifest
    metadata = file_metadata(
        "domains", manifest.crawl_id, manifest.suffix_list, manifest.updated_at
    )
    metadata[RANKED_KEY] = dataset.fingerprint
    metadata[POLICY_KEY] = json.dumps(policy.to_json())
    write_table(dataset.folder, "domains", table.to_batches(), metadata)
    replace_file(dataset.folder / "ranking.csv", to_csv(table, RANKING_COLUMNS).encode())


def _write_rankings(
    dataset: Dataset,
    rankings: Sequence[tuple[Policy, pa.Table]],
    agreements: dict[str, Agreement],
) -> None:
    """Write ``rankings.parquet`` where there is something to put in."""
    if not rankings:
        return
    manifest = dataset.manifest
    metadata = file_metadata(
        "rankings", manifest.crawl_id, manifest.suffix_list, manifest.updated_at
    )
    metadata[RANKED_KEY] = dataset.fingerprint
    metadata[POLICY_KEY] = json.dumps([policy.to_json() for policy, _ in rankings])
    told = {
        name: {key: None if is_unknown(value) else value for key, value in asdict(it).items()}
        for name, it in agreements.items()
    }
    metadata[AGREEMENT_KEY] = json.dumps(told)
    ordered = sorted(rankings, key=lambda ranking: ranking[0].lens.name)
    batches = (batch for policy, table in ordered for batch in _of_level(policy, table))
    write_table(dataset.folder, "rankings", batches, metadata)


def _of_level(policy: Policy, table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield ``table`` in the columns of ``rankings``."""
    own = {"level": policy.level.value, "lens": policy.lens.name}
    columns = {name: pa.repeat(text, table.num_rows) for name, text in own.items()}
    rest = {name: table[name] for name in RANKINGS.names if name not in ("level", "lens", "node")}
    yield from pa.table(columns | {"node": table["domain"]} | rest).to_batches()


def to_csv(table: pa.Table, columns: Sequence[str]) -> str:
    """Return ``columns`` of ``table`` as CSV text with a header, for spreadsheets and programs."""
    return csv_of_columns(columns, [table[name] for name in columns])
