"""A dataset and a policy in, the pages behind each voting edge out: what resampling of pages needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from analysis.database import MEMORY_LIMIT, database, rows, working_folder
from analysis.edges import add_edges
from analysis.fold import groups_of
from analysis.policy import Policy
from analysis.votes import add_votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.dataset import Dataset

PAGE_VOTES_SQL: Final = """
SELECT source, target, page
FROM by_page JOIN edges USING (source, target)
WHERE by_page.{votes} AND {lens}
ORDER BY source, target, page
"""
PAGE_VOTES: Final = pa.schema({"source": "int32", "target": "int32", "page": "uint64"})


@dataclass(frozen=True, slots=True)
class PageVotes:
    """One entry a page and pair of nodes in which the page votes, by source, target and page.

    Args:
        names: the nodes, sorted, as in the graph of `analysis.fold.fold`.
        source: int32, node that votes, into ``names``.
        target: int32, node that is voted for.
        page: int64 from 0, which page it is; the same number is the same URL.
        groups: int64, the nodes' groups, see `analysis.fold.groups_of`.
    """

    names: list[str]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    page: NDArray[np.int64]
    groups: NDArray[np.int64]


def page_votes(
    dataset: Dataset, policy: Policy | None = None, *, memory_limit: str = MEMORY_LIMIT
) -> PageVotes:
    """Return the pages behind the voting edges of ``dataset`` under ``policy``; writes no table.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks the folder.
        StorageError: the disk refused.
    """
    policy = policy or Policy()
    votes = "admitted" if policy.treatment == "keep" else "voting"
    query = PAGE_VOTES_SQL.format(votes=votes, lens=policy.lens.edges)
    with working_folder(dataset.folder) as work, database(work, memory_limit) as connection:
        add_votes(connection, dataset, policy)
        add_edges(connection, dataset, policy)
        batches = list(rows(connection, query, [dataset]))
        nodes = pa.Table.from_batches(
            rows(connection, "SELECT name, domain FROM nodes ORDER BY id", [dataset]),
            schema=pa.schema({"name": "string", "domain": "string"}),
        )
    found = pa.Table.from_batches(batches, schema=PAGE_VOTES)
    _, page = np.unique(found["page"].to_numpy(), return_inverse=True)
    return PageVotes(
        nodes["name"].to_pylist(),
        found["source"].to_numpy(),
        found["target"].to_numpy(),
        page.astype(np.int64),
        groups_of(policy, nodes["domain"].to_pylist()),
    )
