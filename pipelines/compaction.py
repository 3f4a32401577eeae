"""Raw files in, one sorted stream of rows out; sorted on disk, so that memory does not bound it."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from linkcrawler.exceptions import StorageError
from pipelines.dataset import corrupt
from pipelines.schema import SORTED_BY, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SPILL_PREFIX: Final = ".sort-"
"""How the names of folders begin that hold what sorting spills; one may outlive a crash."""
BATCH_ROWS: Final = 65_536
MEMORY_LIMIT: Final = "1GB"

# What was known of a URL's place when it was fetched may have been improved by links seen later.
SORT: Final = """
SELECT r.* REPLACE (coalesce(p.hops, r.hops) AS hops, coalesce(p.depth, r.depth) AS depth)
FROM (SELECT {columns} FROM {rows}) r LEFT JOIN places p ON p.url = r.{url}
ORDER BY {order}
"""
_URL: Final = {"links": "source", "pages": "url"}


def sorted_batches(
    table: str,
    files: Sequence[Path],
    places: pa.Table,
    more: Iterable[pa.RecordBatch],
    folder: Path,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``files`` and ``more`` in the order of `SORTED_BY`.

    Args:
        table: ``links`` or ``pages``.
        files: Parquet files of the table.
        places: the final ``hops`` and ``depth`` by ``url``.
        more: further rows, of URLs that are in no file.
        folder: where sorting may spill to.

    Raises:
        StorageError: the disk refused.
        CorruptPartError: a file cannot be read.
    """
    schema = TABLES[table]
    extra = pa.Table.from_batches(more, schema=schema)
    with (
        tempfile.TemporaryDirectory(prefix=SPILL_PREFIX, dir=folder) as spill,
        duckdb.connect() as db,
    ):
        db.execute("SET memory_limit = ?", [MEMORY_LIMIT])
        db.execute("SET temp_directory = ?", [spill])
        db.execute("SET preserve_insertion_order = false")
        db.register("places", places)
        db.register("extra", extra)
        columns = ", ".join(f'"{name}"' for name in schema.names)
        sources = [f"SELECT {columns} FROM extra"]  # noqa: S608 - names of our own schema
        if files:
            sources.append(f"SELECT {columns} FROM files")  # noqa: S608
        query = SORT.format(
            columns=columns,
            rows=f"({' UNION ALL '.join(sources)})",
            url=_URL[table],
            order=", ".join(SORTED_BY[table]),
        )
        try:
            if files:
                db.read_parquet([str(path) for path in files]).create_view("files")
            yield from db.sql(query).to_arrow_reader(BATCH_ROWS)
        except duckdb.InvalidInputException as error:
            raise corrupt(files[0].parent, error) from error
        except duckdb.IOException as error:
            raise StorageError(f"cannot sort {folder / table}: {error}") from error
