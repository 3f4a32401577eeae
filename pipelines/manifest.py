"""``run.json``, the manifest of a dataset: what was asked, what came of it, which files count.

A reader takes the files that the manifest names and no others. It is replaced whole (temporary
name, fsync, rename), so it is never seen half written.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.disk import replace_file
from linkcrawler.exceptions import (
    CorruptPartError,
    NotADatasetError,
    SchemaVersionError,
    StorageError,
)
from pipelines.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST_NAME: Final = "run.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of the dataset."""

    table: str
    path: str
    """Relative to the dataset's folder, ``/`` between."""
    rows: int
    bytes: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What ``run.json`` holds; every field is a key of the same name."""

    crawl_id: str
    schema_version: int = SCHEMA_VERSION
    state: str = "running"
    """``running``, ``interrupted``, ``finished`` or ``failed``."""
    finish_reason: str = ""
    """Why the crawl ended; empty while it runs."""
    created_at: str = ""
    updated_at: str = ""
    seeds: list[str] = field(default_factory=list)
    """Canonical URLs of the seeds."""
    arguments: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    suffix_list: str = ""
    """Version of the Public Suffix List behind every domain column."""
    counts: dict[str, int] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    merged_from: list[dict[str, Any]] = field(default_factory=list)
    """The crawls that a merge was made of; empty for a crawl."""


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of ``folder``.

    Raises:
        NotADatasetError: the folder holds no ``run.json``.
        CorruptPartError: ``run.json`` is not what linkcrawler writes.
        SchemaVersionError: it was written by another version of the schema.
    """
    path = folder / MANIFEST_NAME
    try:
        raw = json.loads(path.read_bytes())
        version = raw["schema_version"]
    except (FileNotFoundError, NotADirectoryError):
        message = f"{folder} is no crawl: it holds no {MANIFEST_NAME}; name a folder that `linkcrawler crawl --out` wrote"
        raise NotADatasetError(message) from None
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CorruptPartError(f"{path} is damaged: it is no manifest of a crawl") from None
    if version != SCHEMA_VERSION:
        message = (
            f"{folder} was written with schema version {version}, this linkcrawler reads "
            f"{SCHEMA_VERSION}; use the linkcrawler that wrote it, or crawl again"
        )
        raise SchemaVersionError(message)
    try:
        manifest = Manifest(**raw | {"parts": [Part(**part) for part in raw["parts"]]})
        _must_be_typed(manifest)
    except (KeyError, TypeError) as error:
        raise CorruptPartError(f"{path} is damaged: {error}") from None
    return manifest


def _must_be_typed(manifest: Manifest) -> None:
    """Refuse values of other types than are written, and files of other folders.

    Raises:
        TypeError: there is one; names it.
    """
    checked: list[tuple[Manifest | Part, Manifest | Part]] = [(manifest, Manifest(""))]
    checked += [(part, Part("", "", 0, 0, "")) for part in manifest.parts]
    for found, pattern in checked:
        for key in fields(pattern):
            wanted = type(getattr(pattern, key.name))
            if type(getattr(found, key.name)) is not wanted:
                raise TypeError(f"{key.name} is no {wanted.__name__}")
    if not all(isinstance(seed, str) for seed in manifest.seeds):
        raise TypeError("seeds holds what is no str")
    if not all(isinstance(count, int) for count in manifest.counts.values()):
        raise TypeError("counts holds what is no int")
    for part in manifest.parts:
        path = PurePosixPath(part.path)
        if path.is_absolute() or ".." in path.parts:
            raise TypeError(f"{part.path!r} is no file of the folder")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of ``folder``.

    Raises:
        StorageError: the disk refused.
    """
    text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False, default=str) + "\n"
    replace_file(folder / MANIFEST_NAME, text.encode())
