"""A dataset's faults, as ``check`` finds them."""

from __future__ import annotations

import pyarrow.parquet as pq

from pipelines.check import check_dataset


def faults(folder):
    """Return the faults of a dataset, each one line that says where."""
    found, _ = check_dataset(folder)
    for fault in found:
        assert str(folder) in fault or fault.startswith("run.json")
        assert len(fault.splitlines()) == 1
    return found


def rows_of(folder, table):
    """Return the rows of a table of a compact dataset."""
    return pq.read_table(folder / f"{table}.parquet")
