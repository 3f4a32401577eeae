"""Whatever moment a crash comes at, no row is lost and none is there twice."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

import pyarrow.parquet as pq
import pytest

from linkcrawler import disk
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from pipelines import parts as parts_module

# A process that dies closes nothing; these only pretend to die, and the interpreter notices.
DEAD = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


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
