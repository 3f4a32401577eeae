"""Compaction can be stopped at any moment, and is done once."""

from __future__ import annotations

import random
import threading

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkcrawler.exceptions import CorruptPartError, StorageError
from pipelines import compaction, writer
from pipelines.compaction import PLACES, CompactionStoppedError, Unsorted, sorted_batches
from pipelines.schema import LINKS, TABLES

DEADLINE = 20


@pytest.fixture
def sealed(crawl, some_pages):
    """A crawl with raw parts, and a URL that a rule refuses."""
    crawl.commit(*some_pages, rules=[("http://z.example/private", "exclude")])
    crawl.seal(20)
    crawl.seal()
    return crawl


@pytest.fixture(params=[compaction.IN_MEMORY_BYTES, 1, 0], ids=["memory", "some", "disk"])
def way(request, monkeypatch):
    """Rows that are sorted in memory; that prove too many on the way; that are too many at once."""
    monkeypatch.setattr(compaction, "IN_MEMORY_BYTES", request.param)


@pytest.fixture
def on_disk(monkeypatch):
    monkeypatch.setattr(compaction, "IN_MEMORY_BYTES", 0)


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


def test_stopped_wherever_it_is_compaction_leaves_the_raw_parts_and_nothing_else(way, sealed):
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


def test_a_sort_that_runs_is_interrupted(on_disk, tmp_path, monkeypatch):
    endless = "SELECT r.* FROM rows r, range(1000000) a, range(1000000) b -- {columns} {url} ORDER BY {order}"
    monkeypatch.setattr(compaction, "SORT", endless + "\nORDER BY hash(a.range, b.range)")
    monkeypatch.setattr(compaction, "STOP_SECS", 0.01)
    one = pa.RecordBatch.from_pylist([_link()], schema=LINKS)
    stop = threading.Event()
    ended = []

    def sort():
        try:
            list(sorted_batches(Unsorted("links", [], [], [one]), tmp_path, stop))
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


def test_both_ways_of_sorting_give_the_same_rows(tmp_path, monkeypatch):
    pick = random.Random(0)
    hosts = ["b.example", "a.example", "\U0001f600.example", "a.example.org"]
    rows = [
        {**_link(), "target_domain": pick.choice(hosts), "source": f"http://{pick.choice(hosts)}/",
         "target": f"http://x/{pick.randrange(9)}", "position": n, "hops": 5, "depth": 6}
        for n in range(500)
    ]  # fmt: skip
    path = tmp_path / "raw.parquet"
    pq.write_table(pa.Table.from_pylist(rows[:400], schema=LINKS), path)
    more = pa.RecordBatch.from_pylist(rows[400:], schema=LINKS)
    places = pa.RecordBatch.from_pylist(
        [{"url": f"http://{hosts[0]}/", "hops": 1, "depth": 2}], schema=PLACES
    )
    found = []
    for room in (compaction.IN_MEMORY_BYTES, 1, 0):
        monkeypatch.setattr(compaction, "IN_MEMORY_BYTES", room)
        batches = sorted_batches(
            Unsorted("links", [path], [places], [more]), tmp_path, threading.Event()
        )
        found.append(pa.Table.from_batches([*batches]).to_pylist())
    assert found[0] == found[1] == found[2]
    assert {row["position"] for row in found[0]} == set(range(500))
    assert {row["hops"] for row in found[0] if row["source"] == f"http://{hosts[0]}/"} == {1}
    assert {row["hops"] for row in found[0] if row["source"] != f"http://{hosts[0]}/"} == {5}


def test_a_damaged_part_is_named_by_both_ways(way, sealed):
    path = sealed.folder / next(part.path for part in sealed.store.parts() if part.table == "links")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CorruptPartError, match=path.name):
        sealed.files.compact(refused(sealed))


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


def test_a_sort_without_room_to_spill_names_the_folder(on_disk, tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "MEMORY_LIMIT", "1MB")
    rows = [pa.RecordBatch.from_pylist([_link()] * 50_000, schema=TABLES["links"])]
    with pytest.raises(StorageError, match="make room on the disk") as caught:
        list(sorted_batches(Unsorted("links", [], [], rows), tmp_path, threading.Event()))
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
