"""A dataset's committed files in, DuckDB views over them out; DuckDB's errors out as ours.

DuckDB works in a folder of its own inside the output folder: what does not fit into its memory
limit goes there, and the folder is removed afterwards.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from linkcrawler.disk import storage_errors
from linkcrawler.exceptions import InUseError
from pipelines.damage import explain
from pipelines.dataset import literal_path
from pipelines.schema import TABLES, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipelines.dataset import Dataset

MEMORY_LIMIT: Final = "2GB"
"""What DuckDB may hold in memory, in its own spelling; the rest spills to the working folder."""
WORKING_FOLDER: Final = "rank.tmp"
BATCH_ROWS: Final = 240 * 2048
"""Rows a batch, a multiple of DuckDB's vectors just below the writer's row group."""


@contextmanager
def working_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder inside ``folder`` to one process at a time; remove it at the end.

    Leftovers of a killed process are removed first.

    Raises:
        InUseError: another process works there.
        StorageError: the disk refused.
    """
    path = folder / WORKING_FOLDER
    with storage_errors(path):
        path.mkdir(exist_ok=True)
        handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(
                f"another process is ranking {folder}; wait until it has ended"
            ) from None
        try:
            _empty(path)
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    """Remove what ``folder`` holds."""
    with storage_errors(folder):
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def database(work: Path, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB database that spills into ``work`` and loads nothing over the network.

    In memory and not a file: a file would be compressed, logged and synced for nothing.

    Raises:
        StorageError: DuckDB cannot work there.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(work / "spill"),
        "preserve_insertion_order": "false",  # every query that is kept says its order itself
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(":memory:", config=config)
    except duckdb.Error as error:
        raise explain(error, []) from error
    try:
        yield connection
    finally:
        connection.close()


def add_view(
    connection: duckdb.DuckDBPyConnection, name: str, dataset: Dataset, table: str
) -> None:
    """Make ``table`` of ``dataset`` readable as ``name``; empty where it has no file yet.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
    """
    files = [literal_path(path) for path in dataset.files(table)]
    if not files:
        connection.register(name, TABLES[table].empty_table())
        return
    try:
        connection.read_parquet(files).create_view(name)
    except duckdb.Error as error:
        raise explain(error, _files([dataset])) from error


def run(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    datasets: Sequence[Dataset],
    parameters: Mapping[str, str] | None = None,
) -> None:
    """Run a statement that reads ``datasets`` and has no result.

    Raises:
        CorruptPartError: a file of ``datasets`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    try:
        connection.execute(statement, dict(parameters or {}))
    except duckdb.Error as error:
        raise explain(error, _files(datasets)) from error


def rows(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    datasets: Sequence[Dataset],
    parameters: Mapping[str, str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the result of ``query`` in batches of at most `BATCH_ROWS` rows.

    Raises:
        CorruptPartError: a file of ``datasets`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    try:
        yield from connection.sql(query, params=dict(parameters or {})).to_arrow_reader(BATCH_ROWS)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise explain(error, _files(datasets)) from error


def answer(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    datasets: Sequence[Dataset],
    parameters: Mapping[str, str] | None = None,
) -> pa.Table:
    """Return the result of ``query`` in memory, times in UTC whatever this machine's zone.

    Raises:
        CorruptPartError: a file of ``datasets`` is truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    try:
        table = connection.sql(query, params=dict(parameters or {})).to_arrow_table()
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise explain(error, _files(datasets)) from error
    kinds = (
        TIMESTAMP if pa.types.is_timestamp(field.type) else field.type for field in table.schema
    )
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def _files(datasets: Sequence[Dataset]) -> Iterator[tuple[Path, str]]:
    """Yield the files of every table, with its name."""
    for dataset in datasets:
        for table in TABLES:
            for path in dataset.files(table):
                yield path, table
