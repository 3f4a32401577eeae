"""Links, pages and edges in, counts of every node out: what is known of it, and how much was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from analysis.database import rows, run
from analysis.levels import key_sql
from pipelines.schema import TIMESTAMP

if TYPE_CHECKING:
    import duckdb

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

SEEN_SQL: Final = """
CREATE TABLE seen AS
SELECT key, url, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM (
    SELECT {source_key} AS key, hash(source) AS url, min(fetched_at) AS first_seen,
        max(fetched_at) AS last_seen
    FROM links GROUP BY ALL
    UNION ALL
    SELECT {target_key}, hash(target), min(fetched_at), max(fetched_at) FROM links GROUP BY ALL
    UNION ALL
    SELECT {page_key}, hash(url), fetched_at, fetched_at FROM pages
)
GROUP BY key, url
"""

HOSTS_SQL: Final = """
CREATE TABLE hosts AS
SELECT DISTINCT {source_key} AS key, source_host AS host FROM links
UNION SELECT DISTINCT {target_key}, target_host FROM links
UNION SELECT DISTINCT {page_key}, host FROM pages
"""

GIVEN_UP: Final = "host_failed"
"""Reason of URLs that are excluded because their host gave no answer: no rule refused them."""

TRIED_SQL: Final = f"""
CREATE TABLE tried AS
SELECT {{page_key}} AS key,
    count(*) FILTER (outcome IN ('ok', 'redirect', 'not_html')) AS pages_crawled,
    count(*) FILTER (outcome IN ('robots', 'excluded') AND reason <> '{GIVEN_UP}') AS pages_refused,
    count(*) FILTER (outcome IN ('http_error', 'failed') OR reason = '{GIVEN_UP}') AS pages_failed
FROM pages
GROUP BY key
"""  # noqa: S608 - constants only

COUNTS_SQL: Final = """
WITH known AS (
    SELECT id, count(*) AS pages_seen, min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM seen JOIN keys USING (key) GROUP BY id
),
named AS (SELECT id, count(DISTINCT host) AS n_hosts FROM hosts JOIN keys USING (key) GROUP BY id),
asked AS (
    SELECT id, sum(pages_crawled)::BIGINT AS pages_crawled,
        sum(pages_refused)::BIGINT AS pages_refused, sum(pages_failed)::BIGINT AS pages_failed
    FROM tried JOIN keys USING (key) GROUP BY id
),
inbound AS (
    SELECT target AS id, count(*) FILTER (n_follow_links > 0) AS ref_domains,
        sum(n_links)::BIGINT AS backlinks, sum(n_follow_links)::BIGINT AS follow_backlinks
    FROM edges GROUP BY target
),
outbound AS (
    SELECT source AS id, count(*) AS out_domains, sum(n_links)::BIGINT AS out_links
    FROM edges GROUP BY source
)
SELECT nodes.name AS domain, first_seen, last_seen, coalesce(pages_seen, 0) AS pages_seen,
    coalesce(n_hosts, 0) AS n_hosts, coalesce(pages_crawled, 0) AS pages_crawled,
    coalesce(pages_refused, 0) AS pages_refused, coalesce(pages_failed, 0) AS pages_failed,
    coalesce(ref_domains, 0) AS ref_domains, coalesce(backlinks, 0) AS backlinks,
    coalesce(follow_backlinks, 0) AS follow_backlinks, coalesce(out_domains, 0) AS out_domains,
    coalesce(out_links, 0) AS out_links, nodes.domain AS registered
FROM nodes
LEFT JOIN known USING (id)
LEFT JOIN named USING (id)
LEFT JOIN asked USING (id)
LEFT JOIN inbound USING (id)
LEFT JOIN outbound USING (id)
ORDER BY nodes.id
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
"""Counts of every node, named and meant as in the schema's ``domains``."""


def count_nodes(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy
) -> pa.Table:
    """Return a row a node, by its id: the columns of `DOMAIN_COUNTS`, and ``registered``, its domain.

    Args:
        connection: holds the tables of `analysis.votes` and `analysis.edges`.
        dataset: behind them, for errors.
        policy: whose level says which URLs are a node's.

    Raises:
        CorruptPartError: a file of ``dataset`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    keys = {
        "source_key": key_sql(policy, "source", "source_host", "source_domain"),
        "target_key": key_sql(policy, "target", "target_host", "target_domain"),
        "page_key": key_sql(policy, "url", "host", "domain"),
    }
    for step in (SEEN_SQL, HOSTS_SQL, TRIED_SQL):
        run(connection, step.format(**keys), [dataset])
    schema = DOMAIN_COUNTS.append(pa.field("registered", pa.string(), nullable=False))
    batches = list(rows(connection, COUNTS_SQL, [dataset]))
    if not batches:
        return schema.empty_table()
    return pa.Table.from_batches(batches).select(schema.names).cast(schema)
