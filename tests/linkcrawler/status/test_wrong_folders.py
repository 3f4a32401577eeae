"""What is no crawl, or is damaged or of another version, is told in one line."""

from __future__ import annotations

import pytest
from support.begun import change

from linkcrawler.exceptions import (
    CorruptPartError,
    DatasetError,
    NotADatasetError,
    SchemaVersionError,
)
from linkcrawler.status import read_status


def test_a_folder_that_holds_no_crawl_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            NotADatasetError, match="name a folder that `linkcrawler crawl"
        ) as caught:
            read_status(path)
        assert str(path) in str(caught.value)


def test_a_merge_has_no_frontier(folder):
    with pytest.raises(DatasetError, match="name the folder of a crawl, not of a merge"):
        read_status(folder)


def test_a_damaged_manifest_is_told(open_store, folder):
    open_store().close()
    (folder / "run.json").write_bytes(b"{")
    with pytest.raises(DatasetError, match=r"run\.json is damaged"):
        read_status(folder)


@pytest.mark.parametrize("content", [b"no database " * 500, b"\0" * 8192])
def test_a_damaged_frontier_is_told(folder, content):
    (folder / "frontier.sqlite").write_bytes(content)
    with pytest.raises(CorruptPartError, match=r"frontier\.sqlite is damaged"):
        read_status(folder)


def test_other_databases_and_later_versions_are_refused(open_store, folder):
    open_store().close()
    change(folder, "PRAGMA user_version = 999")
    with pytest.raises(SchemaVersionError, match="version 999"):
        read_status(folder)
    change(folder, "PRAGMA application_id = 5")
    with pytest.raises(SchemaVersionError, match="no frontier"):
        read_status(folder)
