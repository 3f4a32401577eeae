"""An error of a reader in, the operator's error out: the damaged file by its name, else the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from linkcrawler.exceptions import CorruptPartError, StorageError
from linkcrawler.plain import quoted
from pipelines.manifest import MANIFEST_NAME
from pipelines.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from linkcrawler.exceptions import LinkCrawlerError


def explain(error: Exception, files: Iterable[tuple[Path, str]]) -> LinkCrawlerError:
    """Return the error behind one of DuckDB's that read ``files``, pairs of path and table."""
    import duckdb  # here, so that a crawl does without

    of_types = isinstance(error, duckdb.BinderException)
    for path, table in files:
        cause = damage(path, table) or (mistyped(path, table) if of_types else None)
        if cause is not None:
            return corrupt(path, cause)
    cause_text = str(error).partition("\n")[0][:200]
    return StorageError(f"DuckDB gave up ({cause_text}); make room on the disk and run it again")


def damage(path: Path, table: str) -> Exception | None:
    """Return why ``path`` cannot be read whole as ``table``; None where it can."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            missing = set(TABLES[table].names) - set(file.schema_arrow.names)
            if missing:
                return ValueError(f"it has no column {min(missing)}")
            for _ in file.iter_batches():
                pass
    except (pa.ArrowException, OSError) as error:
        return error
    return None


def mistyped(path: Path, table: str) -> Exception | None:
    """Return which column of ``path`` has another type than ``table`` says; None where none has."""
    found = pq.read_schema(path)
    for field in TABLES[table]:
        kind = found.field(field.name).type
        if kind != field.type:
            return ValueError(f"its column {field.name} is {kind}, not {field.type}")
    return None


def corrupt(path: Path, error: Exception) -> CorruptPartError:
    """Return the error for a file that cannot be read as Parquet."""
    cause = str(error).partition("\n")[0][:200]
    folder = next((up for up in path.parents if (up / MANIFEST_NAME).is_file()), path.parent)
    return CorruptPartError(
        f"{path} is damaged ({cause}); run `linkcrawler check {quoted(folder)}` and restore the file"
    )
