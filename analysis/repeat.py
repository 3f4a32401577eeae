"""A ranked dataset in, whether ranking it again gives the same bytes out."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.policy import policy_of
from analysis.rankings import rank
from analysis.record import RANKED_FILES, current_record, sha256, versions
from linkcrawler.disk import storage_errors
from pipelines.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from pipelines.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Repetition:
    """What became of a ranking that was computed again.

    Args:
        same: files that came out with the recorded bytes.
        different: files that did not.
        changed: files in the folder that are no longer those that the record names.
        versions: ``name recorded -> name now`` of software that is another now.
    """

    same: tuple[str, ...]
    different: tuple[str, ...]
    changed: tuple[str, ...]
    versions: tuple[str, ...]

    def in_words(self) -> str:
        """Return what is not as recorded, and what may be the reason."""
        parts = [f"{name} came out different" for name in self.different]
        parts += [f"{name} was changed since" for name in self.changed]
        if self.different and self.versions:
            parts.append(f"other versions: {', '.join(self.versions)}")
        return "; ".join(parts)


def repeat(dataset: Dataset) -> Repetition:
    """Rank ``dataset`` again as its record says, in a folder of its own; compare the bytes.

    Nothing in the dataset's folder is written or changed.

    Raises:
        DatasetError: not ranked yet, or links or pages have changed since.
        CorruptPartError: a file is missing, truncated or damaged.
        StorageError: the disk refused.
    """
    record = current_record(dataset)
    with tempfile.TemporaryDirectory(prefix="linkcrawler-") as name:
        folder = Path(name)
        _link_to(dataset, folder)
        asked = record.parameters
        rank(folder, policy_of(asked), asked["method"], intervals=asked["intervals"])
        again = {name: sha256(folder / name) for name in RANKED_FILES}
    now = {name: _sha256_if_there(dataset.folder / name) for name in RANKED_FILES}
    return Repetition(
        same=tuple(name for name in RANKED_FILES if again[name] == record.files[name]),
        different=tuple(name for name in RANKED_FILES if again[name] != record.files[name]),
        changed=tuple(name for name in RANKED_FILES if now[name] != record.files[name]),
        versions=_other_versions(record.versions),
    )


def _sha256_if_there(path: Path) -> str:
    return sha256(path) if path.is_file() else ""


def _link_to(dataset: Dataset, folder: Path) -> None:
    """Make ``folder`` the same dataset, its files links to the files that count."""
    with storage_errors(folder):
        shutil.copyfile(dataset.folder / MANIFEST_NAME, folder / MANIFEST_NAME)
        for table in ("links", "pages"):
            named = (part for part in dataset.manifest.parts if part.table == table)
            for part, path in zip(named, dataset.files(table), strict=True):
                place = folder / part.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(path.resolve())


def _other_versions(recorded: dict[str, str]) -> tuple[str, ...]:
    now = versions()
    return tuple(
        f"{name} {recorded.get(name, '?')} -> {version}"
        for name, version in now.items()
        if recorded.get(name) != version
    )
