"""Compaction can be stopped at any moment, and is done once."""

from __future__ import annotations

import threading

import duckdb
import pyarrow as pa
import pytest

from linkcrawler.exceptions import StorageError
from pipelines import compaction, writer
from pipelines.compaction import CompactionStoppedError, sorted_batches
from pipelines.schema import LINKS, TABLES

DEADLINE = 20


@pytest.fixture
def sealed(crawl, some_pages):
    """A crawl with raw parts, and a URL that a rule refuses."""
    crawl.commit(*some_pages, rules=[("http://z.example/private", "exclude")])
    crawl.seal(20)
    crawl.seal()
    return crawl


def refused(crawl):
    return crawl.store.refused()


class StopAfter(threading.Event):
    """Is set when it was looked at ``looks`` times."""

    def __init__(self, looks):
        super().__init__()
        self.looks = looks

    def is_set(self):
        self.looks -= 1
        return super().is_set() or self.looks < 0


def test_stopped_wherever_it_is_compaction_leaves_the_raw_parts_and_nothing_else(sealed):
    before, files = sealed.held(), sealed.data_files()
    stopped = 0
    for looks in range(100):
        try:
            sealed.files.compact(refused(sealed), StopAfter(looks))
        except CompactionStoppedError:
            stopped += 1
            assert sealed.data_files() == files
            assert sealed.held() == before
            sealed.check_files()
        else:
            break
    assert stopped > 6
    assert sealed.files.is_compact
    assert sealed.held() == before


def test_a_sort_that_runs_is_interrupted(tmp_path, monkeypatch):
    endless = "SELECT r.* FROM rows r, range(1000000) a, range(1000000) b -- {columns} {url} ORDER BY {order}"
    monkeypatch.setattr(compaction, "SORT", endless + "\nORDER BY hash(a.range, b.range)")
    monkeypatch.setattr(compaction, "STOP_SECS", 0.01)
    one = pa.RecordBatch.from_pylist([_link()], schema=LINKS)
    stop = threading.Event()
    ended = []

    def sort():
        try:
            list(sorted_batches("links", [], [], [one], tmp_path, stop))
        except CompactionStoppedError:
            ended.append(True)

    connect = duckdb.connect
    opened = threading.Event()

    def connecting():
        opened.set()
        return connect()

    monkeypatch.setattr(duckdb, "connect", connecting)
    thread = threading.Thread(target=sort)
    thread.start()
    assert opened.wait(DEADLINE)
    stop.set()
    thread.join(DEADLINE)
    assert ended == [True]
    assert list(tmp_path.iterdir()) == []


def _link():
    values = {pa.string(): "x", pa.bool_(): False}
    return {field.name: values.get(field.type, 1) for field in LINKS}


def test_what_is_compact_is_not_compacted_again(sealed):
    sealed.compact()
    before = {path: (sealed.folder / path).read_bytes() for path in sealed.data_files()}
    sealed.compact()
    assert {path: (sealed.folder / path).read_bytes() for path in sealed.data_files()} == before
    sealed.check_files()


def test_what_is_raw_is_not_opened_again(sealed):
    files = sealed.data_files()
    sealed.files.reopen()
    assert sealed.data_files() == files
    sealed.check_files()


def test_a_sort_without_room_to_spill_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "MEMORY_LIMIT", "1MB")
    rows = [pa.RecordBatch.from_pylist([_link()] * 50_000, schema=TABLES["links"])]
    with pytest.raises(StorageError, match="make room on the disk") as caught:
        list(sorted_batches("links", [], [], rows, tmp_path, threading.Event()))
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_cannot_be_written_takes_the_one_before_with_it(sealed, monkeypatch):
    before, files = sealed.held(), sealed.data_files()
    written = writer.file_metadata
    tables = []

    def refuse(table, *more):
        tables.append(table)
        if table == "pages":
            raise StorageError("no")
        return written(table, *more)

    monkeypatch.setattr("pipelines.parts.file_metadata", refuse)
    with pytest.raises(StorageError, match="no"):
        sealed.compact()
    assert tables == ["links", "pages"]
    assert sealed.data_files() == files
    assert sealed.held() == before
