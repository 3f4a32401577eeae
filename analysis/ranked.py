"""A dataset in, nothing out where it is ranked; else the error that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkcrawler.exceptions import DatasetError
from linkcrawler.plain import quoted

if TYPE_CHECKING:
    from pipelines.dataset import Dataset


def must_be_ranked(dataset: Dataset, *tables: str) -> None:
    """Refuse a dataset without one of ``tables``, which ranking writes.

    Raises:
        DatasetError: not ranked yet.
    """
    if not all(dataset.files(table) for table in tables):
        raise DatasetError(
            f"{dataset.folder} is not ranked yet; run `linkcrawler rank {quoted(dataset.folder)}` first"
        )
