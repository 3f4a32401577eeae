"""``run.json`` is replaced whole, and anything else in its place is refused in one line."""

from __future__ import annotations

import json
import os
from dataclasses import fields

import pytest

from linkcrawler.disk import replace_file
from linkcrawler.exceptions import (
    CorruptPartError,
    NotADatasetError,
    SchemaVersionError,
    StorageError,
)
from pipelines.manifest import Manifest, Part, read_manifest, write_manifest
from pipelines.schema import SCHEMA_VERSION

WHOLE = Manifest(
    crawl_id="c1",
    state="finished",
    finish_reason="max_pages",
    created_at="2024-01-01T00:00:00+00:00",
    seeds=["http://a.example/"],
    arguments={"hops": 2, "include": ["é"]},
    counts={"done": 3},
    parts=[
        Part("links", "links.parquet", 3, 100, "ab"),
        Part("pages", "pages.parquet", 1, 9, "cd"),
    ],
    merged_from=[{"crawl_id": "c0"}],
)


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    write_manifest(tmp_path, WHOLE)
    assert read_manifest(tmp_path) == WHOLE
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_every_field_is_a_key_of_the_file_in_plain_text(tmp_path):
    write_manifest(tmp_path, WHOLE)
    text = (tmp_path / "run.json").read_text("utf-8")
    assert set(json.loads(text)) == {field.name for field in fields(Manifest)}
    assert "é" in text
    assert text.endswith("}\n")


@pytest.mark.parametrize("folder", ["", "missing", "file.txt"])
def test_a_folder_without_a_manifest_is_no_crawl(tmp_path, folder):
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(NotADatasetError, match="is no crawl") as caught:
        read_manifest(tmp_path / folder)
    assert str(tmp_path / folder) in str(caught.value)
    assert caught.value.exit_code == 5


def whole(**changed):
    return json.dumps({"schema_version": SCHEMA_VERSION, "crawl_id": "c1", "parts": []} | changed)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b"3", b'"x"', b"\xff\xfe", b"{}", b"[1, 2]",
        whole().encode()[:-1],
        whole(unknown=1).encode(),
        whole(parts=None).encode(),
        whole(parts=3).encode(),
        whole(parts=[3]).encode(),
        whole(parts=["abcde"]).encode(),
        whole(parts=[{"table": "links"}]).encode(),
        whole(parts=[{"table": "links", "path": "x", "rows": 1, "bytes": 1, "sha256": "", "y": 1}]).encode(),
        json.dumps({"schema_version": SCHEMA_VERSION, "parts": []}).encode(),
        json.dumps({"schema_version": SCHEMA_VERSION, "crawl_id": "c1"}).encode(),
        b"[" * 100_000,
        whole(parts=[{"table": "links", "path": 5, "rows": 1, "bytes": 1, "sha256": ""}]).encode(),
        whole(parts=[{"table": "links", "path": "x", "rows": "1", "bytes": 1, "sha256": ""}]).encode(),
        whole(parts=[{"table": "links", "path": "../x", "rows": 1, "bytes": 1, "sha256": ""}]).encode(),
        whole(parts=[{"table": "links", "path": "/x", "rows": 1, "bytes": 1, "sha256": ""}]).encode(),
        whole(crawl_id=7).encode(),
        whole(updated_at=5).encode(),
        whole(seeds=None).encode(),
        whole(seeds=[3]).encode(),
        whole(counts=[1]).encode(),
        whole(counts={"done": "3"}).encode(),
    ],
    ids=range(30),
)  # fmt: skip
def test_a_damaged_manifest_is_told_in_one_line(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(CorruptPartError) as caught:
        read_manifest(tmp_path)
    assert str(tmp_path / "run.json") in str(caught.value)
    assert "damaged" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, "1", None])
def test_another_schema_version_is_told_with_what_to_do(tmp_path, version):
    (tmp_path / "run.json").write_text(whole(schema_version=version, new_key=1))
    with pytest.raises(SchemaVersionError, match=f"schema version {version}") as caught:
        read_manifest(tmp_path)
    assert caught.value.exit_code == 5


def test_a_manifest_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(StorageError, match=r"cannot read .*run\.json"):
        read_manifest(tmp_path)


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "x"
    replace_file(path, b"old")

    def refuse(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        replace_file(path, b"new")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    monkeypatch.undo()
    replace_file(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_a_manifest_in_a_folder_that_is_gone_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="cannot write"):
        write_manifest(tmp_path / "gone", WHOLE)
