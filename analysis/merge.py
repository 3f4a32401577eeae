"""Several crawls in, one dataset of its own out, in which every URL stands once.

Of each URL the latest successful fetch wins, and only the links of that fetch are kept: a link
that an older fetch saw and a newer one did not is gone, and no link counts twice.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from analysis.database import add_view, database, rows, run, working_folder
from linkcrawler.disk import storage_errors, sync_folder
from linkcrawler.exceptions import DatasetError, NotADatasetError, UsageError
from pipelines.dataset import open_dataset
from pipelines.manifest import (
    MANIFEST_NAME,
    Manifest,
    Part,
    read_manifest,
    write_manifest,
)
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.dataset import Dataset

DERIVED_FILES: Final = (
    "domain_edges.parquet",
    "domains.parquet",
    "rankings.parquet",
    "ranking.csv",
    "ranking.json",
    "report.html",
)
"""What an earlier merge left that is not true of the new one."""

KEPT_PAGES_SQL: Final = """
CREATE TABLE kept_pages AS
SELECT * FROM all_pages
QUALIFY row_number() OVER (
    PARTITION BY url
    -- A failure never displaces what an earlier crawl saw, nor a refusal a failure. The dataset's number breaks ties, so
    -- that a crawl given twice, under two folders, counts once.
    ORDER BY CASE WHEN outcome IN ('ok', 'redirect', 'not_html') THEN 0
        WHEN outcome IN ('http_error', 'failed') THEN 1 ELSE 2 END, fetched_at DESC, dataset, outcome,
        crawl_id
) = 1
"""

MERGED_PAGES_SQL: Final = "SELECT * FROM kept_pages ORDER BY domain, url"

MERGED_LINKS_SQL: Final = """
SELECT all_links.*
FROM all_links JOIN kept_pages
    ON all_links.source = kept_pages.url AND all_links.dataset = kept_pages.dataset
ORDER BY all_links.target_domain, all_links.target, all_links.source, all_links.position,
    all_links.kind
"""


def merge(folders: Sequence[Path], out: Path) -> Manifest:
    """Merge the crawls in ``folders`` into a dataset in ``out``; return its manifest.

    The order of the folders does not matter, and a folder named twice counts once. Rows keep the
    ``crawl_id`` of the crawl that saw them; the merge has an id of its own, made from theirs. An
    earlier merge in ``out`` is replaced, with its ranking and report.

    Raises:
        UsageError: ``out`` holds a crawl, is one of ``folders`` or is no folder.
        NotADatasetError: one of ``folders`` holds no crawl.
        DatasetError: the crawls used different Public Suffix Lists, so that a domain of one is not
            a domain of the other.
        CorruptPartError: a file is missing, truncated or damaged.
        InUseError: another process ranks or merges in ``out``.
        StorageError: the disk refused.
    """
    datasets = _open_all(folders)
    _must_be_free(out, datasets)
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    crawl_id = merged_id(dataset.manifest.crawl_id for dataset in datasets)
    with working_folder(out) as work:
        parts = _write_tables(datasets, work, crawl_id)
        manifest = _manifest(datasets, parts, crawl_id)
        _publish(work, out, manifest)
    return manifest


def merged_id(crawl_ids: Iterable[str]) -> str:
    """Return the id of a merge of these crawls, the same for any order and repetition.

    >>> merged_id(["b", "a"]) == merged_id(["a", "b", "a"]) != merged_id(["a"])
    True
    """
    text = "\n".join(sorted(set(crawl_ids)))
    return f"merge-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _open_all(folders: Sequence[Path]) -> list[Dataset]:
    """Open each folder once, ordered by crawl id and place."""
    places = sorted({folder.resolve(): folder for folder in reversed(folders)}.items())
    datasets = [open_dataset(folder) for _, folder in places]
    datasets.sort(key=lambda dataset: dataset.manifest.crawl_id)
    first = datasets[0]
    for other in datasets[1:]:
        if other.manifest.suffix_list != first.manifest.suffix_list:
            raise DatasetError(
                f"{first.folder} used the Public Suffix List {first.manifest.suffix_list!r}, "
                f"{other.folder} {other.manifest.suffix_list!r}: their domains are not the same; "
                "crawl one of them again"
            )
    return datasets


def _must_be_free(out: Path, datasets: Sequence[Dataset]) -> None:
    """Refuse an ``out`` that holds a crawl or an input."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file; name a folder")
    if any(dataset.folder.resolve() == out.resolve() for dataset in datasets):
        raise UsageError(f"--out {out} is one of the crawls to merge; name another folder")
    try:
        is_crawl = not read_manifest(out).merged_from
    except NotADatasetError:
        is_crawl = (out / "raw").exists() or (out / "frontier.sqlite").exists()
    if is_crawl:
        raise UsageError(f"--out {out} holds a crawl, which a merge would overwrite; name another")


def _write_tables(datasets: Sequence[Dataset], work: Path, crawl_id: str) -> list[Part]:
    """Write the merged tables into ``work``."""
    suffix_list = datasets[0].manifest.suffix_list
    with database(work) as connection:
        for table in ("links", "pages"):
            _add_union(connection, table, datasets)
        run(connection, KEPT_PAGES_SQL, datasets)
        return [
            write_table(
                work,
                table,
                rows(connection, query, datasets),
                file_metadata(table, crawl_id, suffix_list),
            )
            for table, query in (("links", MERGED_LINKS_SQL), ("pages", MERGED_PAGES_SQL))
        ]


def _add_union(
    connection: duckdb.DuckDBPyConnection, table: str, datasets: Sequence[Dataset]
) -> None:
    """Make ``all_<table>``: the rows of every dataset, with its number in column ``dataset``."""
    for number, dataset in enumerate(datasets):
        add_view(connection, f"{table}_{number}", dataset, table)
    selects = [
        f"SELECT *, {number} AS dataset FROM {table}_{number}"  # noqa: S608 -- both are ours
        for number in range(len(datasets))
    ]
    # By name: a part of a later version may hold more columns.
    union = " UNION ALL BY NAME ".join(selects)
    run(connection, f"CREATE VIEW all_{table} AS {union}", datasets)


def _manifest(datasets: Sequence[Dataset], parts: list[Part], crawl_id: str) -> Manifest:
    """Return the manifest of the merge."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(
        crawl_id=crawl_id,
        state="finished",
        finish_reason="merged",
        created_at=now,
        updated_at=now,
        seeds=sorted({seed for dataset in datasets for seed in dataset.manifest.seeds}),
        versions={"linkcrawler": metadata.version("linkcrawler")},
        suffix_list=datasets[0].manifest.suffix_list,
        counts={f"rows_{part.table}": part.rows for part in parts},
        parts=parts,
        merged_from=[_origin(dataset) for dataset in datasets],
    )


def _origin(dataset: Dataset) -> dict[str, Any]:
    """Return what the manifest says of one merged crawl."""
    manifest = dataset.manifest
    return {
        "crawl_id": manifest.crawl_id,
        "folder": dataset.folder.resolve().name,
        "state": manifest.state,
        "updated_at": manifest.updated_at,
        "counts": manifest.counts,
        "merged_from": manifest.merged_from,
    }


def _publish(work: Path, out: Path, manifest: Manifest) -> None:
    """Make the tables in ``work`` the dataset in ``out``.

    The old manifest goes first and the new one comes last: a merge that is killed in between is no
    dataset, and never one whose manifest names another's files.
    """
    with storage_errors(out):
        for name in (MANIFEST_NAME, *DERIVED_FILES):
            (out / name).unlink(missing_ok=True)
        sync_folder(out)
        for part in manifest.parts:
            (work / part.path).replace(out / part.path)
        sync_folder(out)
    write_manifest(out, manifest)
