"""Links of pages in; counted edges, counts and the graph of the nodes out; out of core, by DuckDB."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from analysis.changes import changes_of
from analysis.counts import DOMAIN_COUNTS, count_nodes
from analysis.database import MEMORY_LIMIT, database, rows, working_folder
from analysis.earlier import Earlier, earlier
from analysis.edges import add_edges
from analysis.graph import DomainGraph, Owners, graph_from, sharers_of, shares_of
from analysis.levels import Level, icann_names
from analysis.policy import POLICY_KEY, Policy
from analysis.votes import add_votes
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb
    from numpy.typing import NDArray

    from pipelines.dataset import Dataset

VOTING_SQL: Final = """
SELECT source, target, {voting} AS voting, {counted} AS counted, {weight}::DOUBLE AS weight
FROM edges
ORDER BY target, source
"""
VOTING: Final = pa.schema(
    {"source": "int32", "target": "int32", "voting": "bool", "counted": "bool", "weight": "double"}
)

ANCHORS_SQL: Final = """
SELECT source, target, top_anchor AS anchor FROM edges ORDER BY target, source
"""
ANCHORS: Final = pa.schema({"source": "int32", "target": "int32", "anchor": "string"})

SEEDS_SQL: Final = """
WITH RECURSIVE hops AS MATERIALIZED (SELECT source, target FROM links WHERE kind = 'redirect'),
found AS (
    SELECT url FROM seeds
    UNION
    SELECT target FROM found JOIN hops ON source = url
)
SELECT url FROM found ORDER BY url
"""

DOMAIN_EDGES_SQL: Final = """
SELECT a.name AS source, b.name AS target,
    CASE WHEN n_follow_links > 0 THEN 1.0 ELSE 0.0 END AS weight, n_links, n_follow_links,
    n_source_pages, n_target_pages, sitewide, top_anchor, first_seen, last_seen,
    $crawl_id AS crawl_id, n_boilerplate_links, n_moved_links
FROM edges JOIN nodes AS a ON a.id = edges.source JOIN nodes AS b ON b.id = edges.target
ORDER BY edges.target, edges.source
"""


@dataclass(frozen=True, slots=True)
class Fold:
    """What links were folded to.

    Args:
        graph: the nodes by name, and who votes for whom.
        counts: a row a node in the order of the graph's names, in columns of `DOMAIN_COUNTS`.
        registered: the registered domain of each node (of one of them, where it has several).
        seeds: URLs of the seeds, and those that they redirect to, which are seeds for the crawl, too.
        changes: how many links, nodes or edges each rule changed, by its name; see
            `analysis.changes`.
        write: writes ``domain_edges.parquet``, while the fold is open.
        earlier: takes a share of the pages and returns what the crawl knew when it had fetched it, see
            `analysis.earlier`; while the fold is open.
        anchors: the pairs that link, ``source`` and ``target`` by number, with their commonest anchor;
            while the fold is open.
    """

    graph: DomainGraph
    counts: pa.Table
    registered: list[str]
    seeds: list[str]
    changes: dict[str, int]
    write: Callable[[], None]
    earlier: Callable[[float], Earlier]
    anchors: Callable[[], pa.Table]


@contextmanager
def folding(
    dataset: Dataset, policy: Policy | None = None, *, memory_limit: str = MEMORY_LIMIT
) -> Iterator[Fold]:
    """Fold the links of ``dataset`` to the graph of its nodes.

    Every node that the dataset knows is in the graph, fetched or not. The same dataset and policy
    give the same graph and the same rows. Nothing is written unless `Fold.write` is called.

    Args:
        dataset: what to fold; its folder takes what does not fit into memory.
        policy: level, lens and rules; the default policy when None.
        memory_limit: what DuckDB may hold in memory, as DuckDB spells it (``"512MB"``).

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    policy = policy or Policy()
    with working_folder(dataset.folder) as work, database(work, memory_limit) as connection:
        add_votes(connection, dataset, policy)
        add_edges(connection, dataset, policy)
        counts = count_nodes(connection, dataset, policy)
        registered = counts["registered"].to_pylist()
        edges = _voting_edges(connection, dataset, policy)
        owners = owners_of(policy, counts["domain"].to_pylist(), registered)
        sharers = sharers_of(edges.source, edges.target, edges.voting, owners)
        shares = shares_of(edges.source, edges.voting, edges.counted, edges.weight, sharers)
        graph = graph_from(counts["domain"].to_pylist(), edges.source, edges.target, shares)
        yield Fold(
            graph=graph,
            counts=counts.select(DOMAIN_COUNTS.names),
            registered=registered,
            seeds=_seeds(connection, dataset),
            changes=changes_of(connection, dataset, policy, int((sharers > 1).sum())),
            write=partial(_write_edges, connection, dataset, policy, shares),
            earlier=partial(earlier, connection, dataset, policy, (graph.shares, counts)),
            anchors=partial(_anchors, connection, dataset),
        )


def fold(
    dataset: Dataset,
    policy: Policy | None = None,
    *,
    memory_limit: str = MEMORY_LIMIT,
    write: bool = True,
) -> Fold:
    """Return what `folding` gives; at level ``domain``, write ``domain_edges.parquet`` unless told not to.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    with folding(dataset, policy, memory_limit=memory_limit) as folded:
        if write and (policy is None or policy.level is Level.domain):
            folded.write()
    return folded


@dataclass(frozen=True, slots=True)
class Edges:
    """The pairs of nodes in the order of ``domain_edges``, as arrays; see `shares_of`."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    voting: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    weight: NDArray[np.float64]


def _voting_edges(connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy) -> Edges:
    """Return the pairs, and which of them vote."""
    votes = "admitted" if policy.treatment == "keep" else "voting"
    counts = "voting" if policy.treatment == "drop" else "admitted"
    query = VOTING_SQL.format(
        voting=f"{votes} AND {policy.lens.edges}",
        counted=f"{counts} AND {policy.lens.edges}",
        weight="1" if policy.rules.sitewide else f"{counts}_pages",
    )
    found = pa.Table.from_batches(rows(connection, query, [dataset]), schema=VOTING)
    return Edges(*(found[name].to_numpy() for name in VOTING.names))


def _anchors(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> pa.Table:
    return pa.Table.from_batches(rows(connection, ANCHORS_SQL, [dataset]), schema=ANCHORS)


def _seeds(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> list[str]:
    urls = pa.array(dataset.manifest.seeds, pa.string())
    connection.register("seeds", pa.table({"url": urls}))
    return [
        url
        for batch in rows(connection, SEEDS_SQL, [dataset])
        for url in batch.column("url").to_pylist()
    ]


def owners_of(policy: Policy, names: list[str], domains: list[str]) -> Owners:
    """Return which nodes have one vote together.

    Args:
        policy: its rules say whether platforms and, for pages, domains are such groups; its entities,
            which paths of a domain are tenants.
        names: of the nodes.
        domains: registered domain of each.
    """
    rules = policy.rules
    platforms = (
        icann_names(domains) if rules.platforms and policy.level is not Level.icann else domains
    )
    by_domain = policy.level is Level.page and rules.sitewide
    owners = [
        platform if by_domain or platform != domain else None
        for domain, platform in zip(domains, platforms, strict=True)
    ]
    homes = list(domains)
    if rules.platforms and policy.level is Level.entity and policy.entities is not None:
        for node, name in enumerate(names):
            if policy.entities.is_tenant(name):
                owners[node], homes[node] = platforms[node], name
    return Owners(_numbers(owners, {None: -1}), _numbers(homes, {}))


def _numbers(names: Sequence[str | None], known: dict[str | None, int]) -> NDArray[np.int64]:
    """Return a number for each name, the same for the same."""
    return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)


def _write_edges(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    policy: Policy,
    shares: NDArray[np.float64],
) -> None:
    """Write ``domain_edges.parquet``, its metadata saying the policy."""
    manifest = dataset.manifest
    edges = rows(connection, DOMAIN_EDGES_SQL, [dataset], {"crawl_id": manifest.crawl_id})
    metadata = file_metadata(
        "domain_edges", manifest.crawl_id, manifest.suffix_list, manifest.updated_at
    )
    metadata[POLICY_KEY] = json.dumps(policy.to_json())
    write_table(dataset.folder, "domain_edges", _with_shares(edges, shares), metadata)


def _with_shares(
    batches: Iterator[pa.RecordBatch], shares: NDArray[np.float64]
) -> Iterator[pa.RecordBatch]:
    """Yield the batches with their part of ``shares`` as column ``share``."""
    first = 0
    for batch in batches:
        last = first + batch.num_rows
        yield batch.append_column("share", pa.array(shares[first:last]))
        first = last
