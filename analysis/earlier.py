"""The tables of a fold and a share of its pages in, what the crawl knew after that share out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from analysis.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb
    from numpy.typing import NDArray
    from scipy import sparse

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

CUT_SQL: Final = """
WITH read AS (
    SELECT fetched_at, hash(url) AS page FROM pages WHERE outcome = 'ok'
    UNION ALL
    SELECT min(first_seen), page FROM by_page
    WHERE NOT EXISTS (SELECT 1 FROM pages WHERE outcome = 'ok')
    GROUP BY page
),
placed AS (
    SELECT *, row_number() OVER (ORDER BY fetched_at, page) AS place, count(*) OVER () AS n
    FROM read
)
SELECT epoch_us(fetched_at)::VARCHAR AS at, page::VARCHAR AS page
FROM placed WHERE place = floor(n * $share::DOUBLE)
"""
"""The last page of the share. Pages of one instant are in the order of their hashes."""

EDGES_SQL: Final = """
SELECT DISTINCT source, target FROM by_page
WHERE {votes} AND (epoch_us(first_seen) < $at::BIGINT
    OR epoch_us(first_seen) = $at::BIGINT AND page <= $page::UBIGINT)
"""


URLS_SQL: Final = """
WITH tries AS (SELECT epoch_us(fetched_at) AS tried_at FROM pages WHERE outcome <> 'excluded')
SELECT (SELECT count(*) FROM tries) AS tried,
    (SELECT count(*) FROM tries WHERE tried_at <= $at::BIGINT) AS tried_then,
    (SELECT count(*) FROM seen) AS known,
    (SELECT count(*) FROM seen WHERE epoch_us(first_seen) <= $at::BIGINT) AS known_then
"""
"""What a limit of the crawl kept out was not tried: it would say more."""


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """What a crawl knew at an earlier time.

    Args:
        edges: bool, for each entry of the graph's shares: whether a page fetched by then held the vote.
        nodes: bool of shape ``(n,)``: whether the node was known by then. No earlier edge has an end
            outside.
        left: share of the URLs that are still to be tried now, as the crawl has grown since; see
            `share_left`.
    """

    edges: NDArray[np.bool_]
    nodes: NDArray[np.bool_]
    left: float = 1.0


def earlier(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    policy: Policy,
    graph: tuple[sparse.csr_array, pa.Table],
    share: float,
) -> Earlier:
    """Return what the crawl knew when it had fetched ``share`` of its pages.

    Nothing, where that is less than one page.

    Args:
        connection: holds the tables of `analysis.edges.add_edges` and `analysis.counts.count_nodes`.
        dataset: behind them, for errors.
        policy: says whether links that ask not to be followed vote, too.
        graph: its shares, rows and columns sorted; and a row a node with ``first_seen``.
        share: of the pages that gave something to read, above 0 and below 1.

    Raises:
        CorruptPartError: a file of ``dataset`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    shares, counts = graph
    cuts = list(rows(connection, CUT_SQL, [dataset], {"share": str(share)}))
    if not any(batch.num_rows for batch in cuts):
        return Earlier(np.zeros(shares.nnz, np.bool_), np.zeros(shares.shape[0], np.bool_))
    (cut,) = pa.Table.from_batches(cuts).to_pylist()
    edges = marked(shares, _votes_at(connection, dataset, policy, cut))
    nodes = counts["first_seen"].cast("int64").to_numpy() <= int(cut["at"])
    for ends in shares.tocoo().coords:
        nodes[ends[edges]] = True
    (urls,) = pa.Table.from_batches(
        list(rows(connection, URLS_SQL, [dataset], {"at": cut["at"]}))
    ).to_pylist()
    return Earlier(edges, nodes, share_left(**urls))


def _votes_at(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy, cut: dict[str, Any]
) -> Iterator[tuple[NDArray[np.integer], NDArray[np.integer]]]:
    """Yield sources and targets of the votes that pages fetched up to ``cut`` held."""
    query = EDGES_SQL.format(votes="admitted" if policy.treatment == "keep" else "voting")
    for batch in rows(connection, query, [dataset], cut):
        yield batch.column("source").to_numpy(), batch.column("target").to_numpy()


def share_left(*, tried: int, tried_then: int, known: int, known_then: int) -> float:
    """Return which share of the URLs that a crawl would come to is still to be tried, 0 to 1.

    Each URL tried since has brought ``a`` others to light. If those to come bring as many, the waiting
    ``w`` become ``w / (1 - a)`` in the end, the size of a family in which each has ``a`` children
    (Galton and Watson); no end is in sight where that is 1 or more.

    >>> share_left(tried=30, tried_then=10, known=40, known_then=30)
    0.4
    >>> share_left(tried=40, tried_then=20, known=40, known_then=30)
    0.0
    """
    waiting = known - tried
    if waiting <= 0:
        return 0.0
    brought = (known - known_then) / max(tried - tried_then, 1)
    if brought >= 1 or not tried:
        return 1.0
    to_come = waiting / (1 - brought)
    return to_come / (tried + to_come)


def marked(
    shares: sparse.csr_array,
    pairs: Iterable[tuple[NDArray[np.integer], NDArray[np.integer]]],
) -> NDArray[np.bool_]:
    """Return for each entry of ``shares``, sorted, whether it is among ``pairs``.

    Args:
        shares: the graph.
        pairs: batches of rows and columns in any order; those that are no entry are passed over.
    """
    size = shares.shape[0]
    sources = np.repeat(np.arange(size, dtype=np.int64), np.diff(shares.indptr))
    keys = sources * size + shares.indices
    found = np.zeros(keys.size, dtype=np.bool_)
    for source, target in pairs:
        wanted = source.astype(np.int64) * size + target
        place = np.searchsorted(keys, wanted)
        place[place == keys.size] = 0
        known = keys[place] == wanted if keys.size else np.zeros(place.size, dtype=np.bool_)
        found[place[known]] = True
    return found
