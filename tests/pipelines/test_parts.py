"""Whatever moment a crash comes at, no row is lost and none is there twice."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkcrawler import disk
from linkcrawler.exceptions import CorruptPartError, StorageError
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from pipelines import parts as parts_module
from pipelines.schema import LINKS, PAGES, SORTED_BY

# A process that dies closes nothing; these only pretend to die, and the interpreter notices.
DEAD = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def sealed(crawl, some_pages):
    """A crawl with two raw parts a table, and pages that wait."""
    crawl.commit(*some_pages, rules=[("http://z.example/private", "exclude")])
    crawl.seal(10)
    crawl.seal(10)
    return crawl


# Sealing


def test_sealing_moves_rows_from_the_outbox_to_parts(crawl, some_pages):
    crawl.commit(*some_pages)
    before = crawl.held()
    crawl.seal(10)
    assert crawl.held() == before
    assert crawl.store.outbox_size()[0] == len(some_pages) - 4
    assert crawl.data_files() == ["raw/links/part-00000.parquet", "raw/pages/part-00000.parquet"]
    crawl.seal()
    assert crawl.held() == before
    assert crawl.store.outbox_size() == (0, 0)
    crawl.check_files()
    assert [row["url"] for row in crawl.rows("pages")] == [page.url for page in some_pages]


def test_pages_without_links_make_no_part_of_links(crawl, page):
    crawl.commit(page("http://a.example/"))
    crawl.seal()
    assert crawl.data_files() == ["raw/pages/part-00000.parquet"]
    crawl.check_files()


def test_numbers_of_parts_are_never_used_twice(sealed, page):
    sealed.seal()
    (sealed.folder / "raw/links/part-00007.parquet").write_bytes(b"x")
    sealed.commit(page("http://new.example/"))
    sealed.seal()
    assert "raw/pages/part-00008.parquet" in sealed.data_files()


# Compacting and opening again


def test_compacting_makes_one_sorted_file_a_table_of_all_rows(sealed):
    sealed.seal()
    before = sealed.held()
    sealed.compact()
    assert sealed.held() == before
    assert sealed.data_files() == ["links.parquet", "pages.parquet"]
    assert not (sealed.folder / "raw").exists()
    assert sealed.files.is_compact
    sealed.check_files()
    for table, schema in (("links", LINKS), ("pages", PAGES)):
        assert pq.read_schema(sealed.folder / f"{table}.parquet").equals(schema)
        keys = [tuple(row[name] for name in SORTED_BY[table]) for row in sealed.rows(table)]
        assert keys == sorted(keys)
        order = pq.read_metadata(sealed.folder / f"{table}.parquet").row_group(0).sorting_columns
        assert [schema.names[one.column_index] for one in order] == list(SORTED_BY[table])


def test_refused_urls_become_rows_when_compacting_and_leave_when_opened_again(sealed, page):
    sealed.seal()
    sealed.compact()
    refused = [row for row in sealed.rows("pages") if row["outcome"] == "excluded"]
    assert [(row["url"], row["reason"]) for row in refused] == [
        ("http://z.example/private", "exclude")
    ]
    before = sealed.held()
    sealed.files.reopen()
    assert sealed.held() == before
    assert "excluded" not in {row["outcome"] for row in sealed.rows("pages")}
    assert not sealed.files.is_compact
    sealed.check_files()
    sealed.commit(page("http://new.example/", "http://a.example/"))
    sealed.seal()
    sealed.compact()
    assert sealed.held() - before == {
        ("page", "http://new.example/"): 1,
        ("link", "http://new.example/", 0, "http://a.example/"): 1,
    }
    sealed.check_files()


def test_a_url_that_was_tried_and_excluded_is_kept_when_opened_again(crawl, page):
    crawl.commit(page("http://a.example/", outcome="excluded", reason="address:private"))
    crawl.seal()
    crawl.compact()
    crawl.files.reopen()
    assert [row["reason"] for row in crawl.rows("pages")] == ["address:private"]


def test_a_crawl_with_nothing_in_it_can_be_compacted_and_opened_again(crawl):
    crawl.compact()
    assert (crawl.rows("links"), crawl.rows("pages")) == ([], [])
    assert pq.read_schema(crawl.folder / "links.parquet").equals(LINKS)
    crawl.files.reopen()
    crawl.check_files()


def test_hops_and_depth_are_those_known_at_the_end(crawl, page):
    crawl.commit(page("http://a.example/", "http://b.example/", hops=3, depth=5))
    crawl.seal()
    crawl.compact()  # the store has it as a seed, at no hops and no depth
    assert [(row["hops"], row["depth"]) for row in crawl.rows("pages")] == [(0, 0)]
    assert [(row["hops"], row["depth"]) for row in crawl.rows("links")] == [(0, 0)]


def test_a_damaged_part_is_told_and_the_raw_parts_still_count(sealed):
    sealed.seal()
    path = sealed.folder / "raw/links/part-00001.parquet"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptPartError) as caught:
        sealed.compact()
    assert len(str(caught.value).splitlines()) == 1
    path.write_bytes(data)
    sealed.open().files.recover()
    sealed.check_files()
    assert len(sealed.store.parts()) == 6


def test_links_are_cloned_by_a_copy_where_no_hard_link_can_be_made(sealed, monkeypatch):
    def refuse(*args):
        raise OSError(errno.EPERM, "no hard links here")

    sealed.seal()
    sealed.compact()
    before = sealed.held()
    monkeypatch.setattr(os, "link", refuse)
    sealed.files.reopen()
    assert sealed.held() == before
    sealed.check_files()


# Crashes


class Crash(BaseException):
    """The process dies; nothing that it wanted to do afterwards happens."""


STEPS = [
    (os, "mkdir"),
    (os, "replace"),
    (os, "unlink"),
    (os, "rmdir"),
    (os, "link"),
    (os, "fsync"),
    (pq.ParquetWriter, "write_table"),
    (pq.ParquetWriter, "close"),
    (SqliteFrontierStore, "replace_parts"),
]
"""Everything that changes the disk, or comes right after a change."""


def dying(original, steps, *, after):
    """Return ``original`` as a step of a process that dies when no step is left."""

    def step(*args, **kwargs):
        steps["left"] -= 1
        if steps["left"] < 0 or (steps["left"] == 0 and not after):
            raise Crash
        outcome = original(*args, **kwargs)
        if steps["left"] == 0:
            raise Crash
        return outcome

    return step


@contextmanager
def crash_at(number, *, after):
    """Let the process die at its n-th step from now, before or after it; tell whether it did."""
    died = []
    with pytest.MonkeyPatch.context() as patch:
        steps = {"left": number}
        for owner, name in STEPS:
            patch.setattr(owner, name, dying(getattr(owner, name), steps, after=after))
        try:
            yield died
        except Crash:
            died.append(True)


def seal(crawl):
    crawl.seal()


def compact(crawl):
    crawl.compact()


def reopen(crawl):
    crawl.files.reopen()


def recover(crawl):
    crawl.files.recover()


ACTIONS = {
    "seal": ([], seal),
    "seal the first": ([], seal),
    "compact": ([seal], compact),
    "reopen": ([seal, compact], reopen),
}
"""What a crash may come into, after what."""


@pytest.fixture(params=ACTIONS)
def crashing(request, crawl, some_pages):
    """A crawl and what is done to it: a function that restores the one and the other."""
    prepare, action = ACTIONS[request.param]
    crawl.commit(*some_pages, rules=[("http://z.example/private", "exclude")])
    if request.param != "seal the first":
        crawl.seal(10)
        crawl.seal(10)
    for step in prepare:
        step(crawl)
    crawl.close()
    saved = crawl.folder.with_name("saved")
    shutil.copytree(crawl.folder, saved)

    def restore(state=saved):
        crawl.close()
        shutil.rmtree(crawl.folder)
        shutil.copytree(state, crawl.folder)
        crawl.open()
        return crawl

    return restore, action


def go_on(crawl):
    """Finish the crawl as its next run would."""
    if crawl.files.is_compact:
        crawl.files.reopen()
    while crawl.store.outbox_size()[0]:
        crawl.seal(10)
    crawl.compact()


@DEAD
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_after_a_crash_at_any_step_nothing_is_lost_or_there_twice(crashing, after):
    restore, action = crashing
    for number in range(1, 100):
        crawl = restore()
        before = crawl.held()
        with crash_at(number, after=after) as died:
            action(crawl)
        if not died:
            break
        crawl.open().files.recover()
        crawl.check_files()
        assert crawl.held() == before
        if number % 4 == 0:  # takes its time
            go_on(crawl)
            crawl.check_files()
            assert crawl.held() == before
    assert number > 8


@DEAD
def test_setting_right_may_crash_too(crashing):
    restore, action = crashing
    crashes = 0
    for number in range(2, 100, 3):
        crawl = restore()
        before = crawl.held()
        with crash_at(number, after=True) as died:
            action(crawl)
        if not died:
            break
        crawl.close()
        dead = crawl.folder.with_name(f"dead-{number}")
        shutil.copytree(crawl.folder, dead)
        for again in range(1, 100):
            crawl = restore(dead)
            with crash_at(again, after=True) as died:
                recover(crawl)
            if not died:
                break
            crashes += 1
            crawl.open().files.recover()
            crawl.check_files()
            assert crawl.held() == before
    assert crashes


def test_what_sorting_left_behind_is_removed(sealed):
    spill = sealed.folder / ".sort-abc"
    spill.mkdir()
    (spill / "duckdb_temp.tmp").write_bytes(b"x")
    sealed.files.recover()
    sealed.check_files()


def test_setting_right_what_is_right_changes_nothing(sealed):
    before = sealed.held()
    sealed.files.recover()
    sealed.files.recover()
    assert sealed.held() == before
    sealed.check_files()


def test_a_file_that_counts_and_is_gone_is_told(sealed):
    path = sealed.folder / "raw/links/part-00001.parquet"
    path.unlink()
    with pytest.raises(CorruptPartError, match="is missing") as caught:
        sealed.files.recover()
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "path", ["../mine.parquet", "{}/mine.parquet", "raw/links/../../mine.parquet"]
)
def test_a_record_that_leads_out_of_the_dataset_is_refused_and_the_file_is_left(sealed, path):
    """A folder may come from somebody else: what its frontier names is renamed and removed."""
    mine = sealed.folder.parent / "mine.parquet"
    mine.write_text("mine")
    path = path.format(sealed.folder.parent)
    sealed.store._db.execute(
        "UPDATE part SET path = ? WHERE path LIKE '%links/part-00001%'", (path,)
    )
    with pytest.raises(CorruptPartError, match="no file of a dataset"):
        sealed.files.recover()
    assert mine.read_text() == "mine"


def test_a_disk_that_refuses_is_told_and_what_was_there_still_counts(sealed, monkeypatch):
    before = sealed.held()

    def refuse(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageError, match="No space left on device") as caught:
            sealed.seal()
    assert str(sealed.folder) in str(caught.value)
    sealed.open().files.recover()
    assert sealed.held() == before
    sealed.check_files()


def test_new_folders_are_synced_so_that_a_power_cut_cannot_take_parts_with_them(
    crawl, page, monkeypatch
):
    synced, original = [], disk.sync_folder
    for module in (disk, parts_module):
        monkeypatch.setattr(module, "sync_folder", lambda f: (synced.append(f), original(f)))
    recorded = []
    replace = crawl.store.replace_parts

    def note(*args):
        recorded.extend(synced)
        replace(*args)

    monkeypatch.setattr(crawl.store, "replace_parts", note)
    crawl.commit(page("http://a.example/", "http://b.example/"))
    crawl.seal()
    folders = {"", "raw", "raw/links", "raw/pages"}
    assert {(crawl.folder / name) for name in folders} <= set(recorded)


def test_a_part_s_rows_may_come_from_any_number_of_pages(crawl, page):
    pages = [page(f"http://a.example/{n}", *["http://b.example/"] * n) for n in range(9)]
    crawl.commit(*pages)
    limits = 0
    while crawl.store.outbox_size()[0]:
        crawl.seal(3)
        limits += 1
    assert limits > 2
    crawl.compact()
    table = pa.Table.from_pylist(crawl.rows("links"), schema=LINKS)
    assert table.num_rows == sum(range(9))
