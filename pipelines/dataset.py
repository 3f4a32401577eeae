"""A crawl's folder in, its committed files and tables out; nothing that the manifest does not name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from linkcrawler.exceptions import CorruptPartError, DatasetError
from linkcrawler.plain import quoted
from pipelines.damage import corrupt
from pipelines.manifest import Manifest, read_manifest
from pipelines.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

RANKED_KEY: Final = "linkcrawler.ranked"
"""Key of the metadata of ``domains`` that holds the `Dataset.fingerprint` it was made from."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A crawl (or a merge of crawls) on disk.

    Args:
        folder: where it is.
        manifest: what its ``run.json`` said when it was opened.
    """

    folder: Path
    manifest: Manifest

    @property
    def fingerprint(self) -> str:
        """What the dataset's links and pages are, as a hash; changes when a crawl goes on."""
        digests = sorted(part.sha256 for part in self.manifest.parts)
        return hashlib.sha256("".join(digests).encode()).hexdigest()

    def is_ranking_stale(self) -> bool:
        """Return whether links or pages have changed since ``domains`` was written."""
        for path in self.files("domains"):
            with pq.ParquetFile(path) as file:
                ranked = (file.metadata.metadata or {}).get(RANKED_KEY.encode(), b"").decode()
            return bool(ranked != self.fingerprint)
        return False

    def files(self, table: str) -> list[Path]:
        """Return the files of ``table`` that count; empty where the table does not exist yet.

        Raises:
            CorruptPartError: a file that the manifest names is missing.
        """
        if table not in ("links", "pages"):
            path = self.folder / f"{table}.parquet"
            return [path] if path.is_file() else []
        found = [
            committed_path(self.folder, part.path)
            for part in self.manifest.parts
            if part.table == table
        ]
        for path in found:
            if not path.is_file():
                raise CorruptPartError(
                    f"{path} is missing, though {self.folder / 'run.json'} names it; "
                    "restore the file, or crawl into another folder"
                )
        return found

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of ``table``, page checksums verified.

        Raises:
            CorruptPartError: a file is missing, truncated or damaged.
            DatasetError: an earlier version wrote it, without one of ``columns``.
        """
        for path in self.files(table):
            try:
                with pq.ParquetFile(path, page_checksum_verification=True) as file:
                    _must_have(path, file.schema_arrow.names, columns or ())
                    yield from file.iter_batches(columns=list(columns) if columns else None)
            except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
                raise corrupt(path, error) from error

    def table(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return ``table`` in memory, with the schema's types; empty where it does not exist yet.

        Raises:
            CorruptPartError: a file is missing, truncated or damaged.
            DatasetError: the schema has no such column, or an earlier version wrote the file without it.
        """
        schema = TABLES[table]
        if columns is not None:
            unknown = [name for name in columns if name not in schema.names]
            if unknown:
                raise DatasetError(
                    f"{table} has no column {unknown[0]}; it has {', '.join(schema.names)}"
                )
            schema = pa.schema([schema.field(name) for name in columns])
        batches = [batch.select(schema.names) for batch in self.batches(table, schema.names)]
        if not batches:
            return schema.empty_table()
        return pa.Table.from_batches(batches).cast(schema)

    def links(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return every link occurrence; see the schema's ``links``."""
        return self.table("links", columns)

    def pages(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return every URL tried or refused; see the schema's ``pages``."""
        return self.table("pages", columns)

    def relation(
        self, table: str, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Return ``table`` as a DuckDB relation over its files, read when asked.

        Raises:
            DatasetError: the table has no file yet.
        """
        import duckdb

        files = [literal_path(path) for path in self.files(table)]
        if not files:
            raise DatasetError(f"{self.folder} has no table {table} yet; run `linkcrawler rank`")
        return (connection or duckdb.default_connection()).read_parquet(files)


def _must_have(path: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a file that lacks one of ``columns``."""
    missing = [column for column in columns if column not in names]
    if missing:
        raise DatasetError(
            f"{path} has no column {missing[0]}: an earlier version wrote it; "
            f"run `linkcrawler rank {quoted(path.parent)}` again"
        )


def open_dataset(folder: str | Path) -> Dataset:
    """Return the dataset in ``folder``.

    Raises:
        NotADatasetError: it holds no crawl.
        SchemaVersionError: another version of the schema wrote it.
        CorruptPartError: its manifest is damaged.
    """
    path = Path(folder)
    return Dataset(path, read_manifest(path))


def literal_path(path: Path) -> str:
    """Return ``path`` as DuckDB takes it literally: its wildcards each in brackets.

    >>> from pathlib import PurePosixPath
    >>> literal_path(PurePosixPath("crawls/a[1]*/links.parquet"))
    'crawls/a[[]1][*]/links.parquet'
    """
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def committed_path(folder: Path, path: str) -> Path:
    """Return where a file that the manifest names is: under its name, or on the way to it.

    A file counts from the moment it is recorded, and takes its name a moment later; a crash may
    come between the two.
    """
    final = folder / path
    temporary = on_the_way(final)
    return temporary if not final.is_file() and temporary.is_file() else final


def on_the_way(final: Path) -> Path:
    """Return the name that a file has until it takes its own.

    Readers of whole folders pass over names that begin with a dot.
    """
    return final.with_name(f".{final.name}.tmp")
