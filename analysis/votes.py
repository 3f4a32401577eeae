"""A dataset and a policy in, tables of a DuckDB connection out: nodes, and who votes for whom.

What `add_votes` leaves behind:

``nodes``  ``id`` from 0 in the order of ``name``; ``domain``, a registered domain of the node
``votes``  one row a link from node to node: ``source`` and ``target`` (ids), ``page`` and ``url``
           (64-bit hashes of the URLs at its ends), ``admitted`` (the lens lets it vote), ``follow``,
           ``boilerplate``, ``way`` (it took to the target: 0 none, 1 by a redirect, 2 by a canonical),
           ``anchor``, ``fetched_at``

URLs are told apart by their hash: among 100 million the odds of one pair taken for one are 1 in 4,000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from analysis.database import add_view, run
from analysis.levels import Level, icann_names, key_sql, name_sql
from analysis.moves import add_moves
from analysis.rules import SHORTENERS

if TYPE_CHECKING:
    import duckdb

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

VOTING_KINDS: Final = ("a", "area", "redirect", "refresh")
"""Kinds that lead a visitor to the target. An iframe or frame embeds, canonical and alternate name
another address of the same content, ``link`` serves machines: none of them recommends."""

SIDES: Final = "'nav', 'header', 'footer', 'aside'"
"""Placements that a page shares with others of its site."""
MOST: Final = 0.5
"""Share of a source's pages from which on a link or a block stands on most of them."""
SITEWIDE_PAGES: Final = 3
"""Fewest pages for that: two that agree may do so by chance."""


def add_votes(connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy) -> None:
    """Make ``links``, ``pages``, ``nodes`` and ``votes`` of ``dataset`` under ``policy``.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    add_located(connection, dataset, policy)
    _add_nodes(connection, dataset, policy)
    run(connection, _votes_sql(policy), [dataset])


def add_located(connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy) -> None:
    """Make ``links``, ``pages`` and ``located_links``: links that may vote, with all their columns.

    Beside those of ``links``: ``from_key`` and ``to_key`` (what decides about the node, see
    `analysis.levels`), ``from_domain``, ``to_domain``, ``to_url``, ``moved`` and ``boilerplate``.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    add_view(connection, "links", dataset, "links")
    add_view(connection, "pages", dataset, "pages")
    add_moves(connection, dataset, policy)
    run(connection, LINK_BLOCKS_SQL, [dataset])
    run(connection, _located_sql(policy), [dataset])
    run(connection, LOCATED_LINKS_SQL, [dataset])


LINK_BLOCKS_SQL: Final = f"""
CREATE TABLE repeated_blocks AS
WITH blocks AS (
    SELECT source_domain, block, count(DISTINCT hash(source)) AS pages
    FROM links WHERE block <> 0 GROUP BY source_domain, block
),
sites AS (
    SELECT source_domain, count(DISTINCT hash(source)) AS pages
    FROM links WHERE source_domain IN (SELECT source_domain FROM blocks) GROUP BY source_domain
)
SELECT source_domain, block
FROM blocks JOIN sites USING (source_domain)
WHERE blocks.pages >= {SITEWIDE_PAGES} AND blocks.pages >= {MOST} * sites.pages
"""  # noqa: S608 -- only constants of this module are put in


LOCATED_LINKS_SQL: Final = f"""
CREATE VIEW located_links AS
SELECT located.*, placement IN ({SIDES}) OR repeated.block IS NOT NULL AS boilerplate
FROM located LEFT JOIN repeated_blocks AS repeated USING (source_domain, block)
"""  # noqa: S608


def _located_sql(policy: Policy) -> str:
    """Return the view ``located``: links that may vote, each with the keys of its ends."""
    kinds = [kind for kind in VOTING_KINDS if kind != "redirect" or not policy.rules.redirects]
    kept = [f"kind IN ({_texts(kinds)})"]
    target = {"url": "target", "host": "target_host", "domain": "target_domain"}
    ends = {name: f"coalesce(moves.{name}, {column})" for name, column in target.items()}
    source = {"url": "source", "host": "source_host", "domain": "source_domain"}
    joins = "LEFT JOIN moves ON target = moves.url_from"
    if policy.level in (Level.page, Level.host):
        # A page that names another as canonical votes in its name.
        joins += " LEFT JOIN moves AS own ON source = own.url_from"
        source = {name: f"coalesce(own.{name}, {column})" for name, column in source.items()}
    if policy.rules.redirects:
        kept.append("NOT (kind = 'refresh' AND source IN (SELECT url_from FROM moves))")
    if policy.rules.shorteners:
        kept.append(f"{ends['domain']} NOT IN ({_texts(sorted(SHORTENERS))})")
    return f"""
CREATE VIEW located AS
SELECT links.*, {source["domain"]} AS from_domain, {ends["domain"]} AS to_domain,
    {ends["url"]} AS to_url, coalesce(moves.way, '') AS moved,
    {key_sql(policy, source["url"], source["host"], source["domain"])} AS from_key,
    {key_sql(policy, ends["url"], ends["host"], ends["domain"])} AS to_key
FROM links {joins}
WHERE {" AND ".join(kept)}
"""  # noqa: S608 -- only constants of ours and names checked against them are put in


def _add_nodes(connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy) -> None:
    """Make ``keys`` (key and node id) and ``nodes``."""
    pages = key_sql(policy, "url", "host", "domain")
    known = f"SELECT {pages} AS key, domain FROM pages"  # noqa: S608 -- an expression of ours
    ends = DOMAIN_ENDS_SQL if policy.level in (Level.domain, Level.icann) else ENDS_SQL
    run(connection, KNOWN_SQL.format(pages=known, ends=ends), [dataset])
    if policy.level in (Level.icann, Level.entity):
        keys = connection.sql("SELECT key FROM known ORDER BY key").to_arrow_table()["key"]
        given = _given_names(policy, keys.to_pylist())
        connection.register("given", pa.table({"key": keys, "name": pa.array(given, pa.string())}))
        named = "SELECT key, name, domain FROM known JOIN given USING (key)"
    else:
        named = f"SELECT key, {name_sql(policy)} AS name, domain FROM known"  # noqa: S608
    run(connection, NODES_SQL.format(named=named), [dataset])
    run(connection, KEYS_SQL.format(named=named), [dataset])


def _given_names(policy: Policy, keys: list[str]) -> list[str]:
    from analysis.entities import names_of

    if policy.level is Level.icann:
        return icann_names(keys)
    return names_of(policy.entities, keys) if policy.entities else keys


DOMAIN_ENDS_SQL: Final = """
    SELECT DISTINCT source_domain AS key, source_domain AS domain FROM links
    UNION ALL SELECT DISTINCT target_domain, target_domain FROM links"""
"""Domains are nodes where nothing votes for them, too; and these are dictionaries in the files."""
ENDS_SQL: Final = """
    SELECT from_key AS key, from_domain AS domain FROM located
    UNION ALL SELECT to_key, to_domain FROM located"""

KNOWN_SQL: Final = """
CREATE TABLE known AS
SELECT key, min(domain) AS domain
FROM (
    {pages}
    UNION ALL {ends}
)
GROUP BY key
"""

NODES_SQL: Final = """
CREATE TABLE nodes AS
SELECT (row_number() OVER (ORDER BY name) - 1)::INTEGER AS id, name, domain
FROM (SELECT name, min(domain) AS domain FROM ({named}) GROUP BY name)
"""

KEYS_SQL: Final = """
CREATE TABLE keys AS
SELECT key, id FROM ({named}) AS named JOIN nodes USING (name)
"""


def _votes_sql(policy: Policy) -> str:
    return f"""
CREATE TABLE votes AS
SELECT a.id AS source, b.id AS target, hash(source) AS page, hash(to_url) AS url,
    coalesce({policy.lens.links}, false) AS admitted, follow, boilerplate,
    CASE moved WHEN '' THEN 0 WHEN 'redirect' THEN 1 ELSE 2 END::TINYINT AS way, anchor, fetched_at
FROM located_links
JOIN keys AS a ON a.key = from_key
JOIN keys AS b ON b.key = to_key
WHERE a.id <> b.id -- nobody votes for itself
"""  # noqa: S608 -- a lens is written in this package


def _texts(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
