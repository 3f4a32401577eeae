"""Raw files in, one sorted stream of rows out: sorted in memory where little is to be sorted, else on disk.

Memory bounds nothing: what proves to be more than `IN_MEMORY_BYTES` is left to DuckDB, which spills.
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkcrawler.disk import NewFile, remove_tree, storage_errors
from linkcrawler.exceptions import StorageError
from pipelines.damage import explain
from pipelines.dataset import literal_path
from pipelines.schema import SORTED_BY, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import duckdb

SPILL_PREFIX: Final = ".sort-"
"""How the names of folders begin that hold what sorting spills; one may outlive a crash."""
BATCH_ROWS: Final = 60 * 2048
"""Rows a batch and so a row group: what DuckDB hands out at a time at the most."""
MEMORY_LIMIT: Final = "384MB"
IN_MEMORY_BYTES: Final = 128 * 2**20
"""Bytes of rows that are sorted in memory, where they stand twice then; half of DuckDB's time, and none
for its start."""
STOP_SECS: Final = 0.2
"""How often a running sort looks whether it is to stop."""

# What was known of a URL's place when it was fetched may have been improved by links seen later.
SORT: Final = """
SELECT r.* REPLACE (coalesce(p.hops, r.hops) AS hops, coalesce(p.depth, r.depth) AS depth)
FROM (SELECT {columns} FROM rows) r LEFT JOIN places p ON p.url = r.{url}
ORDER BY {order}
"""
PLACES: Final = pa.schema([("url", pa.string()), ("hops", pa.int16()), ("depth", pa.int16())])
"""Where each URL tried stands, as all links seen have it."""
_URL: Final = {"links": "source", "pages": "url"}


class CompactionStoppedError(Exception):
    """Raised when compaction was asked to stop; the raw parts still count."""


class Unsorted(NamedTuple):
    """The rows of a table, in no order."""

    table: str
    """``links`` or ``pages``."""
    files: Sequence[Path]
    """Parquet files of the table."""
    places: Iterable[pa.RecordBatch]
    """The final ``hops`` and ``depth`` by ``url``, see `PLACES`."""
    more: Iterable[pa.RecordBatch]
    """Further rows, of URLs that are in no file."""


def sorted_batches(rows: Unsorted, folder: Path, stop: threading.Event) -> Iterator[pa.RecordBatch]:
    """Yield ``rows`` in the order of `SORTED_BY`.

    Args:
        rows: read once.
        folder: where sorting may spill to.
        stop: ends the sort soon after it is set.

    Raises:
        CompactionStoppedError: ``stop`` was set.
        StorageError: the disk refused.
        CorruptPartError: a file cannot be read.
    """
    table = rows.table
    read = [until(stop, batches) for batches in (rows.places, rows.more, _rows(table, rows.files))]
    held, is_all = [], True
    room = IN_MEMORY_BYTES
    for batches in read:
        taken, room = _taken(batches, room)
        held.append(taken)
        is_all = is_all and room > 0
        if not is_all:
            break
    if is_all:
        every = pa.Table.from_batches([*held[2], *held[1]], TABLES[table])
        yield from _sorted(table, every, pa.Table.from_batches(held[0], PLACES))
        return
    left = [chain(taken, rest) for taken, rest in zip([*held, [], []], read, strict=False)]
    yield from _sorted_on_disk(rows._replace(places=left[0], more=left[1]), folder, stop)


def _rows(table: str, files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``files`` as they stand."""
    try:
        for path in files:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield batch.select(TABLES[table].names)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise explain(error, [(path, table) for path in files]) from None


def _taken(batches: Iterator[pa.RecordBatch], room: int) -> tuple[list[pa.RecordBatch], int]:
    """Return the first of ``batches``, up to ``room`` bytes, and the room that is left; 0 for none."""
    taken: list[pa.RecordBatch] = []
    while room > 0 and (batch := next(batches, None)) is not None:
        taken.append(batch)
        room -= batch.nbytes
    return taken, max(0, room)


def _sorted(table: str, rows: pa.Table, places: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield ``rows`` in order, each at its final place."""
    found = pc.index_in(rows[_URL[table]], value_set=places["url"])
    for name in ("hops", "depth"):
        final = pc.coalesce(places[name].take(found), rows[name])
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), final)
    order = [(name, "ascending") for name in SORTED_BY[table]]
    yield from rows.sort_by(order).combine_chunks().to_batches(BATCH_ROWS)


def _sorted_on_disk(
    rows: Unsorted, folder: Path, stop: threading.Event
) -> Iterator[pa.RecordBatch]:
    """Yield the same as `sorted_batches`, by way of files in ``folder``."""
    import duckdb

    table, files, places, more = rows
    with _spill(folder) as spill:
        places_file, more_file = spill / "places.parquet", spill / "more.parquet"
        _write(places_file, PLACES, places)
        _write(more_file, TABLES[table], more)
        query = SORT.format(
            columns=", ".join(f'"{name}"' for name in TABLES[table].names),
            url=_URL[table],
            order=", ".join(SORTED_BY[table]),
        )
        try:
            with _database(spill, stop) as db:
                db.read_parquet(literal_path(places_file)).create_view("places")
                parts = [literal_path(path) for path in (*files, more_file)]
                db.read_parquet(parts).create_view("rows")
                yield from until(stop, db.sql(query).to_arrow_reader(BATCH_ROWS))
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if stop.is_set():
                raise CompactionStoppedError from None
            if isinstance(error, StorageError):
                raise
            raise _explained(error, [(path, table) for path in files], spill) from None


def until(stop: threading.Event, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``batches`` until ``stop`` is set.

    Raises:
        CompactionStoppedError: ``stop`` was set.
    """
    for batch in batches:
        if stop.is_set():
            raise CompactionStoppedError
        yield batch
    if stop.is_set():
        raise CompactionStoppedError


def _explained(error: Exception, files: list[tuple[Path, str]], spill: Path) -> Exception:
    """Return the operator's error; a disk that is full needs no look through all files."""
    import duckdb

    text = str(error).partition("\n")[0][:200]
    if isinstance(error, duckdb.OutOfMemoryException) or str(spill) in text:
        folder = spill.parent
        return StorageError(f"cannot sort in {folder} ({text}); make room on the disk and go on")
    return explain(error, files)


@contextmanager
def _spill(folder: Path) -> Iterator[Path]:
    """Make a folder that lives as long as the sort; a crash leaves it to `DatasetFiles.recover`."""
    spill = folder / f"{SPILL_PREFIX}{secrets.token_hex(4)}"
    with storage_errors(spill):
        os.mkdir(spill)  # noqa: PTH102 (a step of the disk, see `linkcrawler.disk`)
    try:
        yield spill
    except BaseException:
        with suppress(StorageError):  # the first error is the one to tell
            remove_tree(spill)
        raise
    remove_tree(spill)


@contextmanager
def _database(spill: Path, stop: threading.Event) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that spills into ``spill``, and whose queries end when ``stop`` is set."""
    import duckdb

    done = threading.Event()
    with duckdb.connect() as db:
        db.execute("SET memory_limit = ?", [MEMORY_LIMIT])
        db.execute("SET temp_directory = ?", [str(spill)])
        db.execute("SET preserve_insertion_order = false")

        def watch() -> None:
            while not done.wait(STOP_SECS):
                if stop.is_set():
                    db.interrupt()

        watcher = threading.Thread(target=watch, name="sort-watcher", daemon=True)
        watcher.start()
        try:
            yield db
        finally:
            done.set()
            watcher.join()


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write rows that are in no file yet to one that lives as long as the sort."""
    with (
        storage_errors(path),
        NewFile(path) as file,
        pq.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)
