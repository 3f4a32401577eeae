"""Tables of a fold in, how much each rule of the policy changed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.database import rows
from analysis.rules import SHORTENERS

if TYPE_CHECKING:
    import duckdb

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

MEANINGS: Final = {
    "redirects": "links counted for where a redirect led",
    "canonicals": "links counted for a canonical URL",
    "www": "hosts or pages that are one with and without www, http or https",
    "platforms": "edges that share a vote with others of their platform (pages: of their domain)",
    "shorteners": "links to shorteners dropped, as nobody knows where they lead",
    "sitewide": "links beyond the first from one source to one target",
}
"""Rules by name, with what is counted of each."""

CHANGES_SQL: Final = """
SELECT
    (SELECT count(*) FROM votes WHERE way = 1) AS redirects,
    (SELECT count(*) FROM votes WHERE way = 2) AS canonicals,
    (SELECT count(*) FROM keys) - (SELECT count(*) FROM nodes) AS www,
    (SELECT count(*) FROM links LEFT JOIN moves ON target = moves.url_from
        WHERE target_domain IN ({shorteners}) AND NOT internal
        AND coalesce(moves.domain, target_domain) IN ({shorteners})) AS shorteners,
    (SELECT coalesce(sum(n_links), 0)::BIGINT - count(*) FROM edges) AS sitewide
"""


def changes_of(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy, shared: int
) -> dict[str, int]:
    """Return what each rule that holds changed, counted as `MEANINGS` says.

    Args:
        connection: holds the tables of `analysis.votes` and `analysis.edges`.
        dataset: behind them, for errors.
        policy: whose rules they were made by.
        shared: edges that share a vote with others of their group.
    """
    shorteners = ", ".join(f"'{name}'" for name in sorted(SHORTENERS))
    (batch,) = rows(connection, CHANGES_SQL.format(shorteners=shorteners), [dataset])
    counted = batch.to_pylist()[0] | {"platforms": shared}
    if not policy.rules.www or policy.level not in ("page", "host"):
        counted["www"] = 0
    return {name: int(counted[name]) for name in MEANINGS if name in policy.rules.on()}
