"""Record batches in, one complete Parquet file out; a file is visible only when it is whole."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from linkcrawler.disk import NewFile, remove, rename, storage_errors, sync_folder
from linkcrawler.exceptions import StorageError
from pipelines.manifest import Part
from pipelines.schema import SCHEMA_VERSION, SORTED_BY, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

DICTIONARY_PAGE_BYTES: Final = 16 * 2**20
"""Parquet's default of 1 MiB gives up on dictionaries of URLs; 8 to 32 MiB halve the file."""
PLAIN: Final = frozenset({"anchor", "text_before", "text_after", "block", "position"})
"""Columns whose values come again too seldom for a dictionary: with one they take a seventh more."""
PAGE_BYTES: Final = 4 * 2**20
PAGE_ROWS: Final = 2**20
"""Not the bound of a page: pages of Arrow's 20,000 rows are too short to compress well."""
ROW_GROUP_ROWS: Final = 120 * 2048
"""Rows that are compressed together; as many are held in memory."""
RAW_LEVEL: Final = 1
SORTED_LEVEL: Final = 7
"""Of zstd, for files that stay. Level 12 takes twice the time for 2 % less."""


def file_metadata(
    table: str, crawl_id: str, suffix_list: str, created_at: str | None = None
) -> dict[str, str]:
    """Return the key-value metadata that every file of the dataset carries.

    Args:
        table: whose file it is.
        crawl_id: of the dataset.
        suffix_list: its version.
        created_at: when what the file says was known, ISO 8601; None for now. What is computed from a
            dataset bears the dataset's date, so that computing it again gives the same bytes.
    """
    return {
        "linkcrawler.schema_version": str(SCHEMA_VERSION),
        "linkcrawler.table": table,
        "linkcrawler.crawl_id": crawl_id,
        "linkcrawler.suffix_list": suffix_list,
        "linkcrawler.created_at": created_at
        if created_at is not None
        else datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_parquet(
    path: Path,
    table: str,
    batches: Iterable[pa.RecordBatch],
    metadata: dict[str, str],
    *,
    is_sorted: bool = False,
) -> tuple[int, int, str]:
    """Write ``batches`` to ``path`` and sync it; return its rows, bytes and sha256.

    Args:
        path: where the file goes; its folder exists.
        table: a key of `pipelines.schema.TABLES`.
        batches: rows in the table's schema (column order and types may be cast).
        metadata: key-value metadata of the file, see `file_metadata`.
        is_sorted: the rows come in the order of `SORTED_BY`, which the file then declares.

    Raises:
        StorageError: the disk refused; what was written of the file is removed.
    """
    schema = TABLES[table].with_metadata(metadata)
    order = [pq.SortingColumn(schema.get_field_index(name)) for name in SORTED_BY[table]]
    try:
        with storage_errors(path), NewFile(path) as file:
            rows = _write_rows(file, schema, batches, order if is_sorted else None)
            file.sync()
    except BaseException:
        with suppress(StorageError):  # the first error is the one to tell
            remove(path)
        raise
    finally:
        # A generator that is not read to its end holds files and databases open.
        if isinstance(batches, Generator):
            batches.close()
    return rows, file.size, file.sha256


def _write_rows(
    file: NewFile,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    order: list[pq.SortingColumn] | None,
) -> int:
    """Write the Parquet file itself; return its rows."""
    rows = 0
    with pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=RAW_LEVEL if order is None else SORTED_LEVEL,
        use_dictionary=[name for name in schema.names if name not in PLAIN],
        dictionary_pagesize_limit=DICTIONARY_PAGE_BYTES,
        data_page_size=PAGE_BYTES,
        max_rows_per_page=PAGE_ROWS,
        write_page_checksum=True,
        sorting_columns=order,
    ) as writer:
        for part in _row_groups(batches, schema):
            writer.write_table(part, row_group_size=max(1, part.num_rows))
            rows += part.num_rows
    return rows


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield ``batches`` in tables of at least `ROW_GROUP_ROWS`, but for the last."""
    held: list[pa.Table] = []
    rows = 0
    for batch in batches:
        held.append(pa.Table.from_batches([batch]).select(schema.names).cast(schema))
        rows += batch.num_rows
        if rows >= ROW_GROUP_ROWS:
            yield pa.concat_tables(held)
            held, rows = [], 0
    if held:
        yield pa.concat_tables(held)


def write_table(
    folder: Path, table: str, batches: Iterable[pa.RecordBatch], metadata: dict[str, str]
) -> Part:
    """Write the sorted compact file of ``table`` into ``folder`` in one rename; return its part.

    Raises:
        StorageError: the disk refused; the earlier file, if any, is untouched.
    """
    path = folder / f"{table}.parquet"
    temporary = path.with_name(path.name + ".tmp")
    rows, size, digest = write_parquet(temporary, table, batches, metadata, is_sorted=True)
    rename(temporary, path)
    sync_folder(folder)
    return Part(table=table, path=path.name, rows=rows, bytes=size, sha256=digest)
