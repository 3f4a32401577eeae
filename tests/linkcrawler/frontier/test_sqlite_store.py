"""The embedded store keeps the contract, and says in one line what stands in its way."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace

import pytest
from support.disks import file_size_limit
from support.frontier_contract import FrontierContract
from support.frontier_rows import across, ids, result, seed

from linkcrawler.exceptions import CorruptPartError, SchemaVersionError, StorageError
from linkcrawler.frontier import sqlite_places
from linkcrawler.frontier.limits import ENDLESS
from linkcrawler.frontier.records import Counts
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore


class TestSqliteFrontierStore(FrontierContract):
    """The contract, on a file."""

    @pytest.fixture
    def open_store(self, tmp_path):
        opened = []

        def open_store(**limits):
            opened.append(
                SqliteFrontierStore(tmp_path / "frontier.sqlite", replace(ENDLESS, **limits))
            )
            return opened[-1]

        yield open_store
        for store in opened:
            store.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "frontier.sqlite"


def test_nothing_is_lost_when_the_store_is_never_closed(path):
    dead = SqliteFrontierStore(path)
    dead.add_seeds([seed("http://a/")])
    dead.commit([result(ids(dead)["http://a/"], across("http://b/"), rows=b"x", n_links=1)])
    # What a killed process leaves: the file and its log, copied while they are in use.
    copy = path.with_name("copy.sqlite")
    for ending in ("", "-wal"):
        copy.with_name(copy.name + ending).write_bytes(
            path.with_name(path.name + ending).read_bytes()
        )
    dead.close()
    again = SqliteFrontierStore(copy)
    assert again.counts() == Counts(pending=1, done=1)
    assert again.outbox_size() == (1, 1)
    again.close()


def test_the_memory_of_known_urls_may_overflow(path, monkeypatch):
    monkeypatch.setattr(sqlite_places, "KNOWN_URLS", 3)
    store = SqliteFrontierStore(path)
    store.add_seeds([seed("http://a/")])
    many = [across(f"http://b/{n % 7}") for n in range(50)]
    store.commit([result(ids(store)["http://a/"], *many)])
    assert store.counts() == Counts(pending=7, done=1)
    store.close()


def test_text_that_is_none_is_told_as_damage(path):
    """More room on the disk, which another error asks for, would be of no help."""
    store = SqliteFrontierStore(path)
    store.add_seeds([seed("http://a/")])
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE url SET url = CAST(x'ff' AS TEXT)")
    with pytest.raises(CorruptPartError, match=r"frontier\.sqlite is damaged"):
        ids(store)
    store.close()


def test_another_version_is_refused_and_left_as_it_is(path):
    SqliteFrontierStore(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    with pytest.raises(SchemaVersionError) as caught:
        SqliteFrontierStore(path)
    assert str(path) in str(caught.value)
    assert "version 999" in str(caught.value)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_refused_and_left_as_it_is(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE other (x)")
    before = path.read_bytes()
    with pytest.raises(SchemaVersionError, match="no frontier"):
        SqliteFrontierStore(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"\x00" * 4096])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path, content):
    path.write_bytes(content)
    with pytest.raises(SchemaVersionError, match="no frontier") as caught:
        SqliteFrontierStore(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_path_that_cannot_be_opened_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "missing" / "frontier.sqlite"):
        with pytest.raises(StorageError) as caught:
            SqliteFrontierStore(path)
        assert str(path) in str(caught.value)
        assert caught.value.exit_code == 6


def test_a_full_disk_is_told_with_the_path_and_loses_nothing_committed(path):
    store = SqliteFrontierStore(path)
    store.add_seeds([seed(f"http://a/{n}") for n in range(100)])
    at = iter(ids(store).values())
    committed = 0
    error = None
    with file_size_limit(600_000):
        for url_id in at:
            try:
                store.commit([result(url_id, rows=b"x" * 50_000, n_links=1)])
            except StorageError as raised:
                error = raised
                break
            committed += 1
    assert str(path) in str(error)
    assert len(str(error).splitlines()) == 1
    assert 0 < committed < 100
    assert store.counts() == Counts(pending=100 - committed, done=committed)
    # There is room again: the same store goes on.
    store.commit([result(url_id, rows=b"x" * 50_000, n_links=1)])
    store.close()
    again = SqliteFrontierStore(path)
    assert again.counts() == Counts(pending=99 - committed, done=committed + 1)
    assert again.outbox_size() == (committed + 1, committed + 1)
    again.close()


def test_a_file_that_may_only_be_read_is_named(path):
    store = SqliteFrontierStore(path)
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")  # holds the file against every writer
        store._db.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(StorageError) as caught:
            store.add_seeds([seed("http://a/")])
    assert str(path) in str(caught.value)
    assert store.add_seeds([seed("http://a/")]) == 1
    store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match=r"frontier\.sqlite: attempt to write a readonly"):
        store.set_meta("x", "y")
    store.close()


def test_a_closed_store_says_so_as_a_storage_error(path):
    store = SqliteFrontierStore(path)
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.counts()
