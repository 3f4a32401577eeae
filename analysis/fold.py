"""Links of pages in, counted edges of domains and counts a domain out; out of core, by DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from analysis.database import MEMORY_LIMIT, add_view, database, rows, run, working_folder
from pipelines.schema import TIMESTAMP
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from pipelines.dataset import Dataset

VOTING_KINDS: Final = ("a", "area", "redirect", "refresh")
"""Kinds that lead a visitor to the target. An iframe or frame embeds, canonical and alternate name
another address of the same content, ``link`` serves machines: none of them recommends."""

_KINDS: Final = ", ".join(f"'{kind}'" for kind in VOTING_KINDS)

VOTES_SQL: Final = f"""
CREATE VIEW votes AS
SELECT source, target, source_domain, target_domain, anchor, follow, fetched_at
FROM links
-- A domain does not vote for itself.
WHERE kind IN ({_KINDS}) AND source_domain <> target_domain
"""  # noqa: S608 -- only constants of this module are put in

PAIRS_SQL: Final = """
CREATE TABLE pairs AS
SELECT source_domain, target_domain,
    -- One vote a pair of domains, however often it is repeated: a count as weight would let one
    -- sitewide footer lift a median site to the top.
    CASE WHEN bool_or(follow) THEN 1.0 ELSE 0.0 END AS weight,
    count(*) AS n_links,
    count(*) FILTER (follow) AS n_follow_links,
    min(fetched_at) AS first_seen,
    max(fetched_at) AS last_seen
FROM votes
GROUP BY source_domain, target_domain
"""

SOURCE_PAGES_SQL: Final = """
CREATE TABLE source_pages AS
SELECT source_domain, target_domain, count(*) AS n_source_pages
FROM (SELECT DISTINCT source_domain, target_domain, source FROM votes)
GROUP BY source_domain, target_domain
"""

TARGET_PAGES_SQL: Final = """
CREATE TABLE target_pages AS
SELECT source_domain, target_domain, count(*) AS n_target_pages
FROM (SELECT DISTINCT source_domain, target_domain, target FROM votes)
GROUP BY source_domain, target_domain
"""

TOP_ANCHORS_SQL: Final = """
CREATE TABLE top_anchors AS
SELECT source_domain, target_domain,
    -- Commonest first, then the text's own order, so that the same links give the same file.
    arg_min(anchor, (-times, anchor)) AS top_anchor
FROM (
    SELECT source_domain, target_domain, anchor, count(*) AS times
    FROM votes
    WHERE anchor <> ''
    GROUP BY source_domain, target_domain, anchor
)
GROUP BY source_domain, target_domain
"""

STEPS: Final = (VOTES_SQL, PAIRS_SQL, SOURCE_PAGES_SQL, TARGET_PAGES_SQL, TOP_ANCHORS_SQL)
"""One aggregate a statement: folding 1.2 GB of links, all at once needs 500 MB, one by one 250."""

DOMAIN_EDGES_SQL: Final = """
SELECT source_domain AS source, target_domain AS target, weight, n_links, n_follow_links,
    n_source_pages, n_target_pages, false AS sitewide, top_anchor, first_seen, last_seen,
    $crawl_id AS crawl_id
FROM pairs
JOIN source_pages USING (source_domain, target_domain)
JOIN target_pages USING (source_domain, target_domain)
LEFT JOIN top_anchors USING (source_domain, target_domain)
ORDER BY target, source
"""

DOMAIN_COUNTS_SQL: Final = """
WITH sightings AS (
    SELECT source_domain AS domain, source_host AS host, source AS url, fetched_at FROM links
    UNION ALL
    SELECT target_domain, target_host, target, fetched_at FROM links
    UNION ALL
    SELECT domain, host, url, fetched_at FROM pages
),
urls AS (
    -- Grouping by URL first lets DuckDB spill; a count of distinct URLs a domain would not.
    SELECT domain, host, url, min(fetched_at) AS first_seen, max(fetched_at) AS last_seen
    FROM sightings
    GROUP BY domain, host, url
),
known AS (
    SELECT domain, count(*) AS pages_seen, count(DISTINCT host) AS n_hosts,
        min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM urls
    GROUP BY domain
),
tried AS (
    SELECT domain,
        count(*) FILTER (outcome IN ('ok', 'redirect', 'not_html')) AS pages_crawled,
        count(*) FILTER (outcome IN ('robots', 'excluded')) AS pages_refused,
        count(*) FILTER (outcome IN ('http_error', 'failed')) AS pages_failed
    FROM pages
    GROUP BY domain
),
inbound AS (
    SELECT target AS domain, count(*) FILTER (weight > 0) AS ref_domains,
        sum(n_links) AS backlinks, sum(n_follow_links) AS follow_backlinks
    FROM domain_edges
    GROUP BY target
),
outbound AS (
    SELECT source AS domain, count(*) AS out_domains, sum(n_links) AS out_links
    FROM domain_edges
    GROUP BY source
)
SELECT domain, first_seen, last_seen, pages_seen, n_hosts,
    coalesce(pages_crawled, 0) AS pages_crawled,
    coalesce(pages_refused, 0) AS pages_refused,
    coalesce(pages_failed, 0) AS pages_failed,
    coalesce(ref_domains, 0) AS ref_domains,
    -- Sums are 128 bits wide in DuckDB.
    coalesce(backlinks, 0)::BIGINT AS backlinks,
    coalesce(follow_backlinks, 0)::BIGINT AS follow_backlinks,
    coalesce(out_domains, 0) AS out_domains,
    coalesce(out_links, 0)::BIGINT AS out_links
FROM known
LEFT JOIN tried USING (domain)
LEFT JOIN inbound USING (domain)
LEFT JOIN outbound USING (domain)
ORDER BY domain
"""

DOMAIN_COUNTS: Final = pa.schema(
    [
        pa.field("domain", pa.string(), nullable=False),
        pa.field("first_seen", TIMESTAMP, nullable=False),
        pa.field("last_seen", TIMESTAMP, nullable=False),
        *(
            pa.field(name, pa.int64(), nullable=False)
            for name in (
                "pages_seen", "n_hosts", "pages_crawled", "pages_refused", "pages_failed",
                "ref_domains", "backlinks", "follow_backlinks", "out_domains", "out_links",
            )
        ),
    ]
)  # fmt: skip
"""What `fold` returns; the meanings are those of the schema's ``domains``."""


def fold(dataset: Dataset, *, memory_limit: str = MEMORY_LIMIT) -> pa.Table:
    """Write ``domain_edges.parquet`` of ``dataset``; return the counts of every domain it knows.

    An edge stands for all links of `VOTING_KINDS` from one domain to another; its weight is 1 where
    at least one of them is followed, else 0. The counts come in the columns of `DOMAIN_COUNTS`,
    sorted by domain.

    Args:
        dataset: what to fold; its folder takes the file.
        memory_limit: what DuckDB may hold in memory, as DuckDB spells it (``"512MB"``).

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    manifest = dataset.manifest
    with working_folder(dataset.folder) as work, database(work, memory_limit) as connection:
        add_view(connection, "links", dataset, "links")
        add_view(connection, "pages", dataset, "pages")
        for step in STEPS:
            run(connection, step, [dataset])
        edges = rows(connection, DOMAIN_EDGES_SQL, [dataset], {"crawl_id": manifest.crawl_id})
        metadata = file_metadata("domain_edges", manifest.crawl_id, manifest.suffix_list)
        write_table(dataset.folder, "domain_edges", edges, metadata)
        add_view(connection, "domain_edges", dataset, "domain_edges")
        batches = list(rows(connection, DOMAIN_COUNTS_SQL, [dataset]))
    if not batches:
        return DOMAIN_COUNTS.empty_table()
    return pa.Table.from_batches(batches).select(DOMAIN_COUNTS.names).cast(DOMAIN_COUNTS)
