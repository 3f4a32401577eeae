"""Raw files in, one sorted stream of rows out; sorted on disk, so that memory does not bound it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.damage import explain
from pipelines.dataset import literal_path
from pipelines.schema import SORTED_BY, TABLES
from pipelines.writer import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SPILL_PREFIX: Final = ".sort-"
"""How the names of folders begin that hold what sorting spills; one may outlive a crash."""
BATCH_ROWS: Final = 240 * 2048
"""Rows a batch, a multiple of DuckDB's vectors just below the writer's row group."""
MEMORY_LIMIT: Final = "1GB"

# What was known of a URL's place when it was fetched may have been improved by links seen later.
SORT: Final = """
SELECT r.* REPLACE (coalesce(p.hops, r.hops) AS hops, coalesce(p.depth, r.depth) AS depth)
FROM (SELECT {columns} FROM rows) r LEFT JOIN places p ON p.url = r.{url}
ORDER BY {order}
"""
PLACES: Final = pa.schema([("url", pa.string()), ("hops", pa.int16()), ("depth", pa.int16())])
"""Where each URL tried stands, as all links seen have it."""
_URL: Final = {"links": "source", "pages": "url"}


def sorted_batches(
    table: str,
    files: Sequence[Path],
    places: Iterable[pa.RecordBatch],
    more: Iterable[pa.RecordBatch],
    folder: Path,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``files`` and ``more`` in the order of `SORTED_BY`.

    Args:
        table: ``links`` or ``pages``.
        files: Parquet files of the table.
        places: the final ``hops`` and ``depth`` by ``url``, see `PLACES`.
        more: further rows, of URLs that are in no file.
        folder: where sorting may spill to.

    Raises:
        StorageError: the disk refused.
        CorruptPartError: a file cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix=SPILL_PREFIX, dir=folder) as spill,
        duckdb.connect() as db,
    ):
        db.execute("SET memory_limit = ?", [MEMORY_LIMIT])
        db.execute("SET temp_directory = ?", [spill])
        db.execute("SET preserve_insertion_order = false")
        places_file, more_file = Path(spill, "places.parquet"), Path(spill, "more.parquet")
        _write(places_file, PLACES, places)
        _write(more_file, TABLES[table], more)
        query = SORT.format(
            columns=", ".join(f'"{name}"' for name in TABLES[table].names),
            url=_URL[table],
            order=", ".join(SORTED_BY[table]),
        )
        try:
            db.read_parquet(literal_path(places_file)).create_view("places")
            parts = [literal_path(path) for path in (*files, more_file)]
            db.read_parquet(parts).create_view("rows")
            yield from db.sql(query).to_arrow_reader(BATCH_ROWS)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise explain(error, [(path, table) for path in files]) from None


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write rows that are in no file yet to one that lives as long as the sort."""
    with storage_errors(path), pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
