"""Tables of a ranked dataset in, their graph for networkx out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.array_graph import ArrayGraph, Arrays
from linkcrawler.exceptions import DatasetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from numpy.typing import NDArray


def graph_of(domains: pa.Table, edges: pa.Table) -> nx.DiGraph[str]:
    """Return the graph of the domains in their order, and of the followed edges among them.

    Args:
        domains: the table ``domains``.
        edges: the table ``domain_edges``.

    Raises:
        DatasetError: a weight is negative, infinite or no number.
    """
    weight = edges["weight"].to_numpy()
    if not bool(np.all((weight >= 0) & np.isfinite(weight))):
        raise DatasetError(
            "a weight in domain_edges.parquet is negative, infinite or no number; rank the crawl again"
        )
    followed = edges.filter(pc.greater(edges["weight"], 0))
    names = domains["domain"].combine_chunks()
    source, target = (pc.index_in(followed[end], names).to_numpy() for end in ("source", "target"))

    def weights(column: str) -> NDArray[np.float64] | None:
        if column not in followed.column_names or column in ("source", "target"):
            return None
        kind = followed.schema.field(column).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            return None
        found: NDArray[np.float64] = followed[column].cast(pa.float64()).to_numpy()
        return found

    def attributes() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return _rows(domains, ("domain",)), _rows(followed, ("source", "target"))

    arrays = Arrays(names.to_pylist(), source, target, attributes, weights)
    graph: nx.DiGraph[str] = ArrayGraph(arrays)
    return graph


def _rows(table: pa.Table, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_attributes(row) for row in table.drop_columns(list(keys)).to_pylist()]


def _attributes(row: Mapping[str, object]) -> dict[str, object]:
    """Return the known values of ``row``, times as text."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None and value == value  # NaN differs from itself  # noqa: PLR0124
    }
