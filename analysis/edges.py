"""Votes of links in, one row a pair of nodes out: counts, evidence, whether they vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.database import run
from analysis.levels import key_sql
from analysis.votes import MOST, SITEWIDE_PAGES

if TYPE_CHECKING:
    import duckdb

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

SIDE_SHARE: Final = 0.8
"""Share of links outside the content from which on a link of few pages is sitewide, too."""

BY_PAGE_SQL: Final = """
CREATE TABLE by_page AS
SELECT source, target, page, count(*) AS n_links, count(*) FILTER (follow) AS n_follow_links,
    bool_or(admitted) AS admitted, bool_or(admitted AND follow) AS voting,
    count(*) FILTER (boilerplate) AS n_boilerplate, count(*) FILTER (way > 0) AS n_moved,
    min(fetched_at) AS first_seen, max(fetched_at) AS last_seen
FROM votes
GROUP BY source, target, page
"""

PAIRS_SQL: Final = """
CREATE TABLE pairs AS
SELECT source, target, sum(n_links)::BIGINT AS n_links,
    sum(n_follow_links)::BIGINT AS n_follow_links, count(*) AS n_source_pages,
    bool_or(admitted) AS admitted, bool_or(voting) AS voting,
    count(*) FILTER (admitted) AS admitted_pages, count(*) FILTER (voting) AS voting_pages,
    sum(n_boilerplate)::BIGINT AS n_boilerplate_links, sum(n_moved)::BIGINT AS n_moved_links,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM by_page
GROUP BY source, target
"""

TARGET_PAGES_SQL: Final = """
CREATE TABLE target_pages AS
SELECT source, target, count(*) AS n_target_pages
FROM (SELECT DISTINCT source, target, url FROM votes)
GROUP BY source, target
"""

TOP_ANCHORS_SQL: Final = """
CREATE TABLE top_anchors AS
SELECT source, target,
    -- Commonest first, then the text's own order, so that the same links give the same file.
    arg_min(anchor, (-times, anchor)) AS top_anchor
FROM (
    SELECT source, target, anchor, count(*) AS times
    FROM votes
    WHERE anchor <> ''
    GROUP BY source, target, anchor
)
GROUP BY source, target
"""

SITES_SQL: Final = """
CREATE TABLE sites AS
SELECT id, greatest(linking, read) AS pages
FROM (SELECT source AS id, count(DISTINCT page) AS linking FROM by_page GROUP BY source)
LEFT JOIN (
    SELECT keys.id, count(*) AS read FROM pages JOIN keys ON keys.key = {page_key}
    WHERE outcome = 'ok' GROUP BY keys.id
) USING (id)
"""
"""Pages of each source: those read, or those that link where the pages are not known."""

EDGES_SQL: Final = f"""
CREATE TABLE edges AS
SELECT *, n_source_pages >= {SITEWIDE_PAGES} AND (
        n_source_pages >= {MOST} * coalesce(sites.pages, 0)
        OR n_boilerplate_links >= {SIDE_SHARE} * n_links) AS sitewide
FROM pairs
JOIN target_pages USING (source, target)
LEFT JOIN top_anchors USING (source, target)
LEFT JOIN sites ON sites.id = source
"""  # noqa: S608 -- only constants of this package are put in

STEPS: Final = (BY_PAGE_SQL, PAIRS_SQL, TARGET_PAGES_SQL, TOP_ANCHORS_SQL, SITES_SQL, EDGES_SQL)
"""One aggregate a statement: at once they would need twice the memory."""


def add_edges(connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy) -> None:
    """Make ``edges`` from the tables of `analysis.votes.add_votes`.

    Raises:
        CorruptPartError: a file of ``dataset`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    page_key = key_sql(policy, "url", "host", "domain")
    for step in STEPS:
        run(connection, step.replace("{page_key}", page_key), [dataset])
