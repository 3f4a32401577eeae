"""Crawls of earlier versions are read, ranked and checked; those of later ones are refused."""

from __future__ import annotations

import json

import pytest
from support.crawling import linkcrawler
from support.earlier import change, copied, migrate

import analysis
from linkcrawler.exceptions import SchemaVersionError
from pipelines.check import check_dataset


def test_the_dataset_of_version_1_is_read(folder):
    said = json.loads((folder / "run.json").read_bytes())["counts"]
    found = analysis.open(folder)
    assert found.links().num_rows == said["rows_links"] > 50
    assert found.pages().num_rows == said["rows_pages"]


def test_the_dataset_of_version_1_is_ranked(folder):
    ended = linkcrawler("rank", folder, "--format", "csv")
    assert ended.code == 0, ended.err
    assert "h0.example" in ended.out


def test_check_finds_no_fault_in_a_crawl_of_version_1(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert check_dataset(folder)[0] == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    migrate(folder / "frontier.sqlite")
    assert check_dataset(folder)[0] == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM url WHERE id = 1", "pages recorded"),
        ("UPDATE tally SET n = n + 1 WHERE key = 'links'", "links recorded"),
        ("DELETE FROM part WHERE kind = 'pages'", "rows of pages"),
    ],
)
def test_check_finds_what_is_missing_in_a_frontier_of_version_1(tmp_path, statement, said):
    folder = copied("interrupted", tmp_path)
    change(folder / "frontier.sqlite", statement)
    found, _ = check_dataset(folder)
    assert any(said in fault for fault in found), found


def test_status_says_what_brings_a_frontier_of_version_1_up(folder):
    ended = linkcrawler("status", folder)
    assert ended.code == 5
    assert "version 1: the next crawl into the folder brings it to version 3" in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["check", "rank", "report"])
def test_a_dataset_of_another_version_is_refused_with_the_way_out(command, tmp_path):
    folder = copied("finished", tmp_path)
    said = json.loads((folder / "run.json").read_bytes()) | {"schema_version": 999}
    (folder / "run.json").write_text(json.dumps(said), encoding="utf-8")
    ended = linkcrawler(command, folder)
    assert ended.code == 5
    assert "schema version 999" in ended.err
    assert "use the linkcrawler that wrote it, or crawl again" in ended.err
    with pytest.raises(SchemaVersionError):
        analysis.open(folder).links()
