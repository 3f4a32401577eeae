"""A ranked dataset in, the domains worth crawling next out, with the reason in each row.

A domain is one where something that may be fetched was not: it was never asked, or much of it is still
to be read. Its *worth* is that of the crawl's own order (`linkcrawler.policies.order`): what speaks for it over
``(1 + pages crawled) ** 1.2``. What speaks for it is the geometric mean of its referring domains (and a
half) and its PageRank in units of the average; where its relevance to the niche is known, times its square.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from analysis.cells import csv_of_columns
from analysis.database import add_view, answer, database
from analysis.ranked import must_be_ranked
from linkcrawler.decisions import read_decisions
from linkcrawler.policies.decisions import OUT, decision_on
from linkcrawler.policies.merit import LEAST
from linkcrawler.policies.order import EASE, FIRST_WORTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pipelines.dataset import Dataset

COLUMNS: Final = (
    "url", "domain", "worth", "state", "reason", "rank", "authority", "ref_domains", "relevance",
    "pages_crawled", "pages_left",
)  # fmt: skip
"""Columns of a table of prospects, in order."""
STATES: Final = {
    "never asked": "linked to; the crawl ended, or its limits were reached, before it was asked",
    "beyond the hops": "likewise, because it is farther from the seeds than --hops",
    "under-crawled": "some of its known pages were fetched and others not",
}

CANDIDATES: Final = """
WITH kept AS (
  SELECT domain, count(*) FILTER (outcome = 'robots') AS robots,
    count(*) FILTER (outcome = 'excluded' AND (starts_with(reason, 'address') OR reason IN
      ('out', 'opt_out', 'exclude', 'local_name', 'port', 'scheme', 'credentials'))) AS ruled,
    count(*) FILTER (outcome = 'excluded' AND reason = 'hops') AS hops
  FROM pages GROUP BY domain
), origins AS (
  SELECT target_domain AS domain, regexp_extract(target, '^[a-z]+://[^/]*') AS origin,
    count(DISTINCT source_domain) AS votes
  FROM links WHERE NOT internal AND follow GROUP BY ALL
), homes AS (
  SELECT domain, arg_max(origin, (votes, -length(origin), origin)) AS origin FROM origins GROUP BY domain
)
SELECT d.domain, coalesce(h.origin, 'http://' || d.domain) || '/' AS url, d.rank, d.authority,
  d.pagerank, d.ref_domains, d.relevance, d.pages_crawled, coalesce(k.hops, 0) > 0 AS is_beyond,
  (SELECT count(*) FROM domains) AS n_domains,
  greatest(d.pages_seen - d.pages_crawled - d.pages_failed
    - coalesce(k.robots, 0) - coalesce(k.ruled, 0), 0) AS pages_left
FROM domains d LEFT JOIN kept k USING (domain) LEFT JOIN homes h USING (domain)
WHERE NOT (d.pages_crawled = 0 AND d.pages_failed > 0)
ORDER BY d.rank
"""
"""What a rule or robots.txt keeps out, and who gives no answer, would do so again."""


def prospects(
    dataset: Dataset, top: int = 0, decisions: Mapping[str, str] | None = None
) -> pa.Table:
    """Return the domains worth crawling next, best first: the columns `COLUMNS`.

    Args:
        dataset: ranked.
        top: how many at the most; 0 for all.
        decisions: on hosts, beside those that the crawl was given; what is out is no prospect.

    Raises:
        DatasetError: not ranked yet.
        CorruptPartError: a file is missing, truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    must_be_ranked(dataset, "domains")
    found = _candidates(dataset)
    decided = {**decisions_of(dataset), **(decisions or {})}
    is_open = [
        left > 0 and decision_on(domain, decided) != OUT
        for domain, left in zip(
            found["domain"].to_pylist(), found["pages_left"].to_pylist(), strict=True
        )
    ]
    found = found.append_column("worth", pa.array(_worth(found)))
    found = found.filter(pa.array(is_open, pa.bool_()))
    found = found.sort_by([("worth", "descending"), ("rank", "ascending")]).slice(0, top or None)
    rows = found.to_pylist()
    found = found.append_column("state", pa.array(map(_state, rows), pa.string()))
    return found.append_column("reason", pa.array(map(_reason, rows), pa.string())).select(
        list(COLUMNS)
    )


def decisions_of(dataset: Dataset) -> dict[str, str]:
    """Return the decisions that a crawl was given; none for a merge."""
    return read_decisions("decisions", dataset.manifest.arguments.get("decisions") or ())


def _candidates(dataset: Dataset) -> pa.Table:
    with (
        tempfile.TemporaryDirectory(prefix="linkcrawler-") as work,
        database(Path(work)) as connection,
    ):
        for table in ("links", "pages", "domains"):
            add_view(connection, table, dataset, table)
        return answer(connection, CANDIDATES, [dataset])


def _worth(found: pa.Table) -> NDArray[np.float64]:
    """Return what each domain is worth, above 0."""
    votes = found["ref_domains"].to_numpy() + FIRST_WORTH
    ranks = found["pagerank"].to_numpy() * found["n_domains"].to_numpy()
    relevance = found["relevance"].to_numpy().astype(np.float64)
    fits = np.where(np.isnan(relevance), 1.0, np.maximum(LEAST, relevance) ** 2)
    spent = (1.0 + found["pages_crawled"].to_numpy()) ** EASE
    worth: NDArray[np.float64] = np.round(np.sqrt(votes * ranks) * fits / spent, 6)
    return worth


def _state(row: Mapping[str, Any]) -> str:
    if row["pages_crawled"]:
        return "under-crawled"
    return "beyond the hops" if row["is_beyond"] else "never asked"


def _reason(row: Mapping[str, Any]) -> str:
    """Return why a domain is a prospect, in words."""
    number = row["ref_domains"]
    parts = [
        f"linked from {number:,} domain{'s' if number != 1 else ''}",
        f"rank {row['rank']:,} of {row['n_domains']:,}",
    ]
    if not math.isnan(row["relevance"]):
        parts.append(f"relevance {row['relevance']:.2f}")
    known = row["pages_crawled"] + row["pages_left"]
    if row["pages_crawled"]:
        parts.append(f"{row['pages_crawled']:,} of {known:,} known pages fetched")
    else:
        parts.append(_state(row))
    return ", ".join(parts)


def to_seeds(found: pa.Table) -> str:
    """Return prospects as CSV that a crawl takes as its seeds, by the column ``url``."""
    return csv_of_columns(COLUMNS, [found[name] for name in COLUMNS])
