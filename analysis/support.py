"""The tables of a fold in, which pages hold which vote out, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

SUPPORT_SQL: Final = "SELECT source, target, page FROM by_page WHERE {votes}"


def support_of(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, policy: Policy
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]]]:
    """Yield votes as `analysis.resampling.edges_kept` takes them: source, target, hash of the page.

    Args:
        connection: holds the tables of `analysis.edges.add_edges`.
        dataset: behind them, for errors.
        policy: says whether links that ask not to be followed vote, too.

    Raises:
        CorruptPartError: a file of ``dataset`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    votes = "admitted" if policy.treatment == "keep" else "voting"
    for batch in rows(connection, SUPPORT_SQL.format(votes=votes), [dataset]):
        source, target, page = (
            batch.column(name).to_numpy() for name in ("source", "target", "page")
        )
        yield source, target, page
