"""A ranked dataset and a domain in, its score taken apart out: down to the links, with their evidence."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.answers import Answer
from analysis.contributions import Contributions, contributions
from analysis.database import answer, database
from analysis.lookup import ranked_domain
from analysis.ranked_graph import RankedGraph, ranked_graph
from analysis.votes import add_located
from analysis.what_if import what_if
from linkcrawler.exceptions import DatasetError
from linkcrawler.plain import quoted

if TYPE_CHECKING:
    from pipelines.dataset import Dataset

STANDING: Final = (
    "domain", "rank", "rank_low", "rank_high", "tier", "authority", "authority_method", "pagerank",
    "pagerank_pos", "ref_domains", "pages_crawled", "pages_seen", "pages_refused", "pages_failed", "is_crawled",
)  # fmt: skip
"""Columns of ``domains`` that an explanation repeats."""
ASKED: Final = 5
"""Referring domains, those that give most, without which the ranking is computed again."""

LINKS_SQL: Final = """
SELECT from_key AS source_domain, source, target, kind, coalesce(anchor, '') AS anchor, is_image,
    placement, heading, text_before, text_after, moved, position
FROM located_links
WHERE to_key = $domain AND from_key <> $domain AND ({links}) AND ({follow})
ORDER BY source_domain, source, position, target
"""


def explain(dataset: Dataset, domain: str, *, asked: int = ASKED) -> Answer:
    """Return what the PageRank of ``domain``, and so its authority, is made of.

    ``contributions`` holds a row a referring domain, one for the restart and one for the rank that
    nobody passes on, whose ``score_share`` sum to 1; see `analysis.contributions`. A vote is one, by
    however many links: the share of a referring domain is divided equally among its links that
    vote, so that those in ``links`` add up to that of their page in ``pages``, and pages to that of
    their domain. ``what_if`` says where the domain would stand without the greatest
    contributions, without sitewide links and without redirects; see `analysis.what_if`.

    Args:
        dataset: ranked, its links and pages those that were ranked.
        domain: the domain, a host of it or a URL on it.
        asked: referring domains of which ``what_if`` tells; 0 leaves the table empty.

    Raises:
        DatasetError: not ranked yet, by an earlier version, or changed since.
        UsageError: no domain of this name.
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: DuckDB ran out of disk or memory.
    """
    standing = ranked_domain(dataset, domain)
    _must_be_current(dataset)
    graph = ranked_graph(dataset)
    name = standing["domain"]
    node = graph.number(name)
    parts = contributions(graph.shares, graph.ranks, node, damping=graph.policy.damping)
    links = _links(dataset, graph, name)
    links = _shared(links, graph, parts)
    summary = {column: standing[column] for column in STANDING} | _shares(parts)
    found = what_if(dataset, graph, node, parts.sources[:asked].tolist()) if asked else []
    tables = {
        "contributions": _contributions(graph, parts, name),
        "pages": _pages(links),
        "links": links,
        "what_if": pa.Table.from_pylist(found, WHAT_IF),
    }
    return Answer(summary, tables)


def _must_be_current(dataset: Dataset) -> None:
    if dataset.is_ranking_stale():
        raise DatasetError(
            f"{dataset.folder} has changed since it was ranked; "
            f"run `linkcrawler rank {quoted(dataset.folder)}` again"
        )


def _shares(parts: Contributions) -> dict[str, float]:
    """Return what the whole rank is made of."""
    return {
        "links_share": float(parts.links.sum()),
        "restart_share": parts.restart,
        "returned_share": parts.returned,
    }


WHAT_IF: Final = pa.schema(
    {
        "without": pa.string(),
        "domain": pa.string(),
        "pagerank_pos": pa.int64(),
        "positions_lost": pa.int64(),
        "pagerank": pa.float64(),
        "pagerank_change": pa.float64(),
    }
)
CONTRIBUTIONS: Final = pa.schema(
    {
        "part": pa.string(),
        "source": pa.string(),
        "score_share": pa.float64(),
        "pagerank": pa.float64(),
        "share": pa.float64(),
        "n_links": pa.int64(),
        "n_follow_links": pa.int64(),
        "n_source_pages": pa.int64(),
        "sitewide": pa.bool_(),
        "top_anchor": pa.string(),
    }
)


def _contributions(graph: RankedGraph, parts: Contributions, name: str) -> pa.Table:
    """Return the parts of a score, the greatest first."""
    edges = graph.edges.filter(pc.equal(graph.edges["target"], name)).to_pylist()
    edge_of = {row["source"]: row for row in edges}
    kept = CONTRIBUTIONS.names[4:]
    rows: list[dict[str, Any]] = [
        {
            "part": "link",
            "source": graph.names[source],
            "score_share": float(part),
            "pagerank": float(graph.ranks[source]),
            **{column: edge_of[graph.names[source]][column] for column in kept},
        }
        for source, part in zip(parts.sources.tolist(), parts.links, strict=True)
    ]
    none = {"source": "", "pagerank": 0.0, "share": 0.0, "sitewide": False, "top_anchor": None}
    none |= dict.fromkeys(("n_links", "n_follow_links", "n_source_pages"), 0)
    rows.append(none | {"part": "restart", "score_share": parts.restart})
    rows.append(none | {"part": "returned", "score_share": parts.returned})
    rows.sort(key=lambda row: (-row["score_share"], row["part"], row["source"]))
    return pa.Table.from_pylist(rows, CONTRIBUTIONS)


def _links(dataset: Dataset, graph: RankedGraph, name: str) -> pa.Table:
    """Return the links that vote for the domain, each with its evidence."""
    policy = graph.policy
    query = LINKS_SQL.format(
        links=policy.lens.links, follow="true" if policy.treatment == "keep" else "follow"
    )
    with (
        tempfile.TemporaryDirectory(prefix="linkcrawler-") as work,
        database(Path(work)) as connection,
    ):
        add_located(connection, dataset, policy)
        return answer(connection, query, [dataset], {"domain": name})


def _shared(links: pa.Table, graph: RankedGraph, parts: Contributions) -> pa.Table:
    """Return the links of contributing domains with their ``score_share``, the greatest first."""
    share_of = {
        graph.names[source]: float(part)
        for source, part in zip(parts.sources.tolist(), parts.links, strict=True)
    }
    sources = links["source_domain"].to_pylist()
    times = {
        row["values"]: row["counts"] for row in pc.value_counts(links["source_domain"]).to_pylist()
    }
    shares = np.array(
        [share_of.get(source, 0.0) / times[source] for source in sources], dtype=float
    )
    shared = links.add_column(3, "score_share", pa.array(shares, pa.float64()))
    order = np.argsort(-shares, kind="stable")
    return shared.take(pa.array(order)).filter(pa.array(shares[order] > 0))


def _pages(links: pa.Table) -> pa.Table:
    """Return the pages that hold the links, with their part of the score."""
    grouped = links.group_by(["source_domain", "source"]).aggregate(
        [("score_share", "sum"), ([], "count_all")]
    )
    named = grouped.rename_columns(["source_domain", "source", "score_share", "n_links"])
    order = [("score_share", "descending"), ("source_domain", "ascending"), ("source", "ascending")]
    return named.sort_by(order)
