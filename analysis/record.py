"""``ranking.json``, the manifest of a ranking: all that is needed to repeat it bit for bit, and to check."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.agent import tool_version
from linkcrawler.disk import replace_file, storage_errors
from linkcrawler.exceptions import CorruptPartError, DatasetError
from linkcrawler.plain import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.policy import Policy
    from pipelines.dataset import Dataset

RECORD_NAME: Final = "ranking.json"
RANKED_FILES: Final = ("domain_edges.parquet", "domains.parquet", "ranking.csv")
"""What a ranking writes, besides its record."""
LIBRARIES: Final = ("duckdb", "numpy", "pyarrow", "scipy", "tldextract")
"""Libraries whose version may change the bytes of a ranking."""


@dataclass(frozen=True, slots=True)
class Record:
    """What ``ranking.json`` holds; every field is a key of the same name. No time of day is in it."""

    crawl_id: str
    fingerprint: str
    """Of the links and pages that were ranked; see `pipelines.dataset.Dataset.fingerprint`."""
    suffix_list: str
    parameters: dict[str, Any]
    """What was asked for: what `analysis.rankings.rank` takes, as JSON."""
    versions: dict[str, str]
    files: dict[str, str]
    """SHA-256 of each of `RANKED_FILES`."""
    changes: dict[str, int] = field(default_factory=dict)
    """How much each rule of the graph changed."""
    niche: dict[str, int] = field(default_factory=dict)
    """What the gate of the lens ``niche`` changed, see `analysis.gating`; empty without it."""


def parameters(policy: Policy, method: str, *, intervals: bool) -> dict[str, Any]:
    """Return what a ranking was asked to be, as JSON takes it."""
    return policy.to_json() | {"method": method, "intervals": intervals}


def write_record(
    dataset: Dataset,
    parameters: dict[str, Any],
    changes: dict[str, int],
    niche: dict[str, int] | None = None,
) -> None:
    """Write the record of the ranking that now lies in the folder of ``dataset``.

    Raises:
        StorageError: the disk refused.
    """
    folder, manifest = dataset.folder, dataset.manifest
    record = Record(
        crawl_id=manifest.crawl_id,
        fingerprint=dataset.fingerprint,
        suffix_list=manifest.suffix_list,
        parameters=parameters,
        versions=versions(),
        files={name: sha256(folder / name) for name in RANKED_FILES},
        changes=changes,
        niche=niche or {},
    )
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
    replace_file(folder / RECORD_NAME, text.encode())


def read_record(dataset: Dataset) -> Record:
    """Return the record of the ranking in the folder of ``dataset``.

    Raises:
        DatasetError: not ranked yet, or by a version that wrote no record.
        CorruptPartError: it is not what linkcrawler writes.
    """
    path = dataset.folder / RECORD_NAME
    try:
        return Record(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise DatasetError(
            f"{dataset.folder} has no {RECORD_NAME}; run `linkcrawler rank {quoted(dataset.folder)}` first"
        ) from None
    except (OSError, ValueError, TypeError, RecursionError):
        raise CorruptPartError(f"{path} is damaged; rank the crawl again") from None


def current_record(dataset: Dataset) -> Record:
    """Return the record of the ranking of the links and pages that are there now.

    Raises:
        DatasetError: not ranked yet, or links or pages have changed since.
        CorruptPartError: it is not what linkcrawler writes.
    """
    record = read_record(dataset)
    if record.fingerprint != dataset.fingerprint:
        raise DatasetError(
            f"{dataset.folder} has changed since it was ranked; "
            f"run `linkcrawler rank {quoted(dataset.folder)}` again"
        )
    return record


def versions() -> dict[str, str]:
    """Return the versions of all that a ranking is computed with."""
    found = {"linkcrawler": tool_version(), "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}


def sha256(path: Path) -> str:
    """Return the hash of a file, as hexadecimal digits.

    Raises:
        StorageError: it cannot be read.
    """
    with storage_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
