"""A dataset in, what is wrong with it out: files, checksums, schema, accounts, links against pages, text."""

from __future__ import annotations

import hashlib
import tempfile
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkcrawler.exceptions import CorruptPartError
from linkcrawler.frontier.sqlite_reader import is_in_use
from pipelines.accounts import frontier_faults
from pipelines.check_text import text_faults
from pipelines.damage import explain
from pipelines.dataset import committed_path, literal_path, open_dataset
from pipelines.schema import SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.dataset import Dataset
    from pipelines.manifest import Part

QUESTIONS: Final = (
    (
        "URLs that have more than one row in pages",
        "SELECT count(*) - count(DISTINCT url) FROM pages",
    ),
    (
        "links whose source is not in pages",
        "SELECT count(*) FROM links ANTI JOIN pages ON pages.url = links.source",
    ),
    (
        "pages whose links do not match their count",
        """SELECT count(*) FROM pages LEFT JOIN
           (SELECT source, count(*) AS n FROM links GROUP BY source) l ON l.source = pages.url
           WHERE coalesce(l.n, 0) <> n_links AND NOT links_truncated""",
    ),
    (
        "links that share source and position",
        "SELECT count(*) - count(DISTINCT (source, position)) FROM links",
    ),
)
"""What must be 0, and the query that counts it; one line each."""
TRIES: Final = 4
"""How often is looked at what a running crawl may just be replacing."""


def check_dataset(folder: Path) -> tuple[list[str], dict[str, int]]:
    """Return what is wrong with the dataset in ``folder``, and how much was looked at.

    What seems wrong while a crawl replaces its files is looked at again.

    Raises:
        NotADatasetError: it holds no crawl.
        SchemaVersionError: another version of the schema wrote it.
        CorruptPartError: its manifest is damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    for left in reversed(range(TRIES)):
        was_in_use = is_in_use(folder)
        dataset = open_dataset(folder)
        try:
            faults = _faults(dataset)
        except CorruptPartError:
            if not left or not _may_have_changed(dataset, was_in_use=was_in_use):
                raise
            continue
        if not faults or not _may_have_changed(dataset, was_in_use=was_in_use):
            break
    parts = dataset.manifest.parts
    return faults, {
        "files": len(parts),
        "bytes": sum(part.bytes for part in parts),
        "links": sum(part.rows for part in parts if part.table == "links"),
        "pages": sum(part.rows for part in parts if part.table == "pages"),
    }


def _may_have_changed(dataset: Dataset, *, was_in_use: bool) -> bool:
    """Return whether a crawl may have replaced, or renamed, files since the dataset was opened."""
    if was_in_use or is_in_use(dataset.folder):
        return True
    return open_dataset(dataset.folder).manifest != dataset.manifest


def _faults(dataset: Dataset) -> list[str]:
    faults: list[str] = []
    for part in dataset.manifest.parts:
        faults.extend(_part_faults(dataset.folder, part))
    for table in ("domain_edges", "domains", "rankings"):
        faults.extend(_ranked_faults(dataset, table))
    faults.extend(_strangers(dataset))
    faults.extend(_count_faults(dataset))
    if not faults:
        faults.extend(_row_faults(dataset))
        faults.extend(_text_faults(dataset))
    return faults + list(frontier_faults(dataset))


def _part_faults(folder: Path, part: Part) -> Iterator[str]:
    """Yield what is wrong with one file that the manifest names."""
    path = committed_path(folder, part.path)
    if not path.is_file():
        yield f"{path} is missing, though run.json names it"
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != part.sha256:
        size = path.stat().st_size
        yield f"{path} is not what was written: {size} bytes of {part.bytes}, or other content (sha256 differs)"
        return
    if part.table not in TABLES:
        yield f"run.json: {part.path} is of no known table, {part.table!r}"
        return
    yield from _schema_faults(path, part.table, part.rows)


def _schema_faults(path: Path, table: str, rows: int | None) -> Iterator[str]:
    """Yield what is wrong with a file; its pages are read where no sha256 has vouched for them."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            found, metadata = file.schema_arrow, file.metadata
            for _ in file.iter_batches() if rows is None else ():
                pass
    except (pa.ArrowException, OSError) as error:
        yield f"{path} cannot be read: {str(error).partition(chr(10))[0]}"
        return
    if rows is not None and metadata.num_rows != rows:
        yield f"{path} has {metadata.num_rows} rows, run.json says {rows}"
    if not found.equals(TABLES[table]):
        yield f"{path} does not have the columns of table {table}"
    written = (metadata.metadata or {}).get(b"linkcrawler.schema_version", b"none").decode()
    if written != str(SCHEMA_VERSION):
        yield f"{path} was written with schema version {written}, not {SCHEMA_VERSION}"


def _ranked_faults(dataset: Dataset, table: str) -> Iterator[str]:
    for path in dataset.files(table):
        yield from _schema_faults(path, table, None)


def _strangers(dataset: Dataset) -> Iterator[str]:
    """Yield data files that no manifest names: a reader of the folder would count them twice."""
    if is_in_use(dataset.folder):  # a crawl is just about to name its files
        return
    named = {part.path for part in dataset.manifest.parts}
    found = [*dataset.folder.glob("raw/*/*.parquet")]
    found += [p for t in ("links", "pages") for p in dataset.folder.glob(f"{t}.parquet")]
    for path in sorted(found):
        if path.relative_to(dataset.folder).as_posix() not in named:
            yield f"{path} is named by no manifest; run the crawl again, or remove it"


def _count_faults(dataset: Dataset) -> Iterator[str]:
    """Yield where the counts of the manifest do not add up."""
    counts = dataset.manifest.counts
    if "discovered" in counts:
        total = sum(counts.get(name, 0) for name in ("pending", "done", "failed", "excluded"))
        if total != counts["discovered"]:
            yield f"run.json: {counts['discovered']} URLs discovered, {total} accounted for"
    for table in ("links", "pages"):
        rows = sum(part.rows for part in dataset.manifest.parts if part.table == table)
        if counts.get(f"rows_{table}", rows) != rows:
            yield f"run.json: {counts[f'rows_{table}']} rows of {table}, its files hold {rows}"


def _text_faults(dataset: Dataset) -> Iterator[str]:
    """Yield where text breaks the rules of the schema."""
    for table in TABLES:
        for path in dataset.files(table):
            try:
                yield from text_faults(path, table)
            except (pa.ArrowException, OSError) as error:
                raise CorruptPartError(f"{path}: {error}") from error


def _row_faults(dataset: Dataset) -> Iterator[str]:
    """Yield where the tables contradict each other."""
    files = {table: dataset.files(table) for table in ("links", "pages")}
    with (
        # Not where the command was given, which is DuckDB's own choice for what memory does not hold.
        tempfile.TemporaryDirectory(prefix="linkcrawler-") as work,
        duckdb.connect(config={"temp_directory": work}) as db,
    ):
        for table, paths in files.items():
            if paths:
                db.read_parquet(list(map(literal_path, paths))).create_view(table)
            else:
                db.register(table, TABLES[table].empty_table())
        for what, question in QUESTIONS:
            try:
                count = db.sql(question).fetchall()[0][0]
            except duckdb.Error as error:
                read = [(path, table) for table, paths in files.items() for path in paths]
                raise explain(error, read) from error
            if count:
                yield f"{dataset.folder}: {count} {what}"
