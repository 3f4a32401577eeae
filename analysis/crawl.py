"""A dataset on disk in, its tables for Python out: Arrow, DuckDB relations, a networkx graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.ranked import must_be_ranked
from linkcrawler.exceptions import DatasetError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb
    import networkx as nx
    import pyarrow as pa

    from analysis.answers import Answer
    from pipelines.dataset import Dataset
    from pipelines.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Crawl:
    """A crawl, or a merge of crawls; what `analysis.open` returns.

    Args:
        dataset: its files.
    """

    dataset: Dataset

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.dataset.folder

    @property
    def manifest(self) -> Manifest:
        """What its ``run.json`` said when it was opened."""
        return self.dataset.manifest

    def links(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return every link occurrence; ``columns`` picks some of the schema's ``links``.

        Raises:
            DatasetError: there is no such column.
            CorruptPartError: a file is missing, truncated or damaged.
        """
        return self.dataset.links(columns)

    def pages(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return every URL tried or refused; ``columns`` picks some of the schema's ``pages``.

        Raises:
            DatasetError: there is no such column.
            CorruptPartError: a file is missing, truncated or damaged.
        """
        return self.dataset.pages(columns)

    def domains(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the ranking, best domain first; see the schema's ``domains``.

        Raises:
            DatasetError: not ranked yet, or there is no such column.
            CorruptPartError: the file is truncated or damaged.
        """
        return self._ranked("domains", columns)

    def domain_edges(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the links between domains, folded; see the schema's ``domain_edges``.

        Raises:
            DatasetError: not ranked yet, or there is no such column.
            CorruptPartError: the file is truncated or damaged.
        """
        return self._ranked("domain_edges", columns)

    def relation(
        self, table: str, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Return ``table`` as a DuckDB relation, its files read when a query asks for them.

        Args:
            table: ``links``, ``pages``, ``domain_edges`` or ``domains``.
            connection: where to query it; DuckDB's default connection when None.

        Raises:
            DatasetError: there is no such table, or it is not ranked yet.
            CorruptPartError: a file is missing, truncated or damaged.
        """
        import duckdb

        from pipelines.damage import explain
        from pipelines.dataset import literal_path
        from pipelines.schema import TABLES

        if table not in TABLES:
            raise DatasetError(f"there is no table {table}; take one of {', '.join(TABLES)}")
        home = connection or duckdb.default_connection()
        files = [literal_path(path) for path in self.dataset.files(table)]
        if not files:
            self._must_be_ranked(table)
            return home.from_arrow(TABLES[table].empty_table())
        try:
            return home.read_parquet(files)
        except duckdb.Error as error:
            raise explain(error, [(path, table) for path in self.dataset.files(table)]) from error

    def graph(self) -> nx.DiGraph[str]:
        """Return the domain graph for networkx: every domain, and the followed edges among them.

        It is read-only, and made of arrays: ``nx.pagerank``, ``nx.hits``, ``nx.harmonic_centrality``,
        degrees and ``nx.to_scipy_sparse_array`` run on them (see `analysis.backend`). For what networkx
        has to do itself, say ``nx.config.fallback_to_nx = True``, or take ``graph.copy()``, a plain
        ``DiGraph``. Nodes carry the columns of ``domains`` and edges those of ``domain_edges`` as
        plain Python values, times as ISO 8601 text; a value that is unknown (null or NaN) is left
        out. ``nx.pagerank`` gives the column ``pagerank`` where every edge has a whole vote, and always
        with ``weight="share"`` where no share was lost.

        Raises:
            DatasetError: not ranked yet.
            CorruptPartError: a file is truncated or damaged.
        """
        from analysis.dataset_graph import graph_of

        return graph_of(self.domains(), self.domain_edges())

    def profile(
        self, domain: str, *, brands: Sequence[str] = (), keywords: Sequence[str] = ()
    ) -> Answer:
        """Return the link profile of ``domain``; see `analysis.profile.profile`.

        Raises:
            DatasetError: not ranked yet.
            UsageError: no domain of this name.
            CorruptPartError: a file is missing, truncated or damaged.
        """
        from analysis.profile import profile

        return profile(self.dataset, domain, brands=brands, keywords=keywords)

    def explain(self, domain: str, *, asked: int = 5) -> Answer:
        """Return what the score of ``domain`` is made of; see `analysis.explain.explain`.

        Args:
            domain: the domain, a host of it or a URL on it.
            asked: referring domains without which the ranking is computed again.

        Raises:
            DatasetError: not ranked yet, or by an earlier version.
            UsageError: no domain of this name.
            CorruptPartError: a file is missing, truncated or damaged.
            InUseError: another process ranks the folder.
            StorageError: the disk refused.
        """
        from analysis.explain import explain

        return explain(self.dataset, domain, asked=asked)

    def _ranked(self, table: str, columns: Sequence[str] | None) -> pa.Table:
        self._must_be_ranked(table)
        return self.dataset.table(table, columns)

    def _must_be_ranked(self, table: str) -> None:
        """Refuse a table that ranking writes where it is missing."""
        if table in ("domains", "domain_edges"):
            must_be_ranked(self.dataset, table)
