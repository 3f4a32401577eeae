"""Links of kinds redirect, refresh and canonical in, the URL that each moved URL stands for out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.database import run
from analysis.rules import SHORTENERS

if TYPE_CHECKING:
    import duckdb

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

ROUNDS: Final = 6
"""Times that ways are joined to those that go on from their end: chains of up to 64 hops."""

MOVES_SQL: Final = """
CREATE TABLE moves AS
WITH hops AS (
    SELECT source AS url_from, target AS url, target_host AS host, target_domain AS domain,
        'redirect' AS way, position
    FROM links WHERE {redirects}
    UNION ALL
    SELECT source, target, target_host, target_domain, 'redirect', position
    FROM links JOIN pages ON pages.url = source
    WHERE {refreshes} AND kind = 'refresh' AND pages.n_links = 1
    UNION ALL
    SELECT source, target, target_host, target_domain, 'canonical', position
    FROM links WHERE {canonicals}
),
-- A redirect tells where a URL is, a canonical only what it would be called.
first AS (
    SELECT url_from, arg_min(hops, (way <> 'redirect', position, hops.url)) AS hop
    FROM hops WHERE url_from <> url GROUP BY url_from
)
SELECT url_from, hop.url AS url, hop.host AS host, hop.domain AS domain, hop.way AS way FROM first
"""

BACKWARDS_SQL: Final = """
DELETE FROM moves
WHERE way = 'canonical' AND url IN (SELECT url_from FROM moves WHERE way = 'redirect')
"""
"""Pages that call a URL canonical which redirects: the redirect is right."""

JOIN_SQL: Final = """
UPDATE moves
SET url = ahead.url, host = ahead.host, domain = ahead.domain,
    way = CASE WHEN moves.way = 'redirect' OR ahead.way = 'redirect' THEN 'redirect'
        ELSE 'canonical' END
FROM moves AS ahead
WHERE moves.url = ahead.url_from
"""

CIRCLES_SQL: Final = """
DELETE FROM moves WHERE url IN (SELECT url_from FROM moves)
"""
"""What has no end after all rounds leads in a circle, or for longer than anybody follows."""


def add_moves(connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy) -> None:
    """Make ``moves``: ``url_from``, what it stands for (``url``, ``host``, ``domain``) and ``way``.

    ``way`` is ``redirect`` or ``canonical``. A URL that is not moved is not in it.

    Args:
        connection: holds views of ``links`` and ``pages``.
        dataset: behind them, for errors.
        policy: its rules say what moves a URL.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
    """
    shorteners = ", ".join(f"'{name}'" for name in sorted(SHORTENERS))
    rules = policy.rules
    redirects = "kind = 'redirect'"
    if not rules.redirects:
        redirects += f" AND source_domain IN ({shorteners})" if rules.shorteners else " AND false"
    conditions = {
        "redirects": redirects,
        "refreshes": str(rules.redirects).lower(),
        "canonicals": f"{str(rules.canonicals).lower()} AND kind = 'canonical' AND internal",
    }
    run(connection, MOVES_SQL.format(**conditions), [dataset])
    run(connection, BACKWARDS_SQL, [dataset])
    for _ in range(ROUNDS):
        run(connection, JOIN_SQL, [dataset])
    run(connection, CIRCLES_SQL, [dataset])
