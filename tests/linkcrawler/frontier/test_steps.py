"""A page that leads far is committed over turns of the event loop, and still whole or not at all."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from scrapy.settings import Settings
from support.frontier_rows import across, ids, result, seed

from linkcrawler.exceptions import StorageError
from linkcrawler.frontier.committer import AT_ONCE, Committer
from linkcrawler.frontier.records import Counts
from linkcrawler.frontier.session import Session
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.frontier.steps import UnderWay, finished, in_turns, some_of
from linkcrawler.items import Link, Page

WIDE = 3000


@pytest.fixture
def store(tmp_path):
    store = SqliteFrontierStore(tmp_path / "frontier.sqlite")
    store.add_seeds([seed("http://a.example/"), seed("http://b.example/")])
    yield store
    store.close()


def wide(store, url="http://a.example/"):
    """What is committed for a page that leads to `WIDE` domains."""
    found = [across(f"http://n{n}.example/") for n in range(WIDE)]
    return result(ids(store)[url], *found, rows=b"x", n_links=WIDE)


def begun(store, steps=20):
    """The commit of a wide page in the midst of its steps."""
    work = UnderWay(store.commit_in_steps([wide(store)]))
    for _ in range(steps):
        assert work.step()
    assert store.is_busy
    return work


def as_a_kill_leaves_it(path):
    """The store opened on a copy of the file and its log."""
    copy = path.with_name("copy.sqlite")
    for ending in ("", "-wal"):
        found = path.with_name(path.name + ending).read_bytes()
        copy.with_name(copy.name + ending).write_bytes(found)
    return SqliteFrontierStore(copy)


def test_a_kill_between_two_steps_leaves_nothing_of_the_page(store):
    begun(store)
    left = as_a_kill_leaves_it(store.path)
    assert left.counts() == Counts(pending=2)
    assert left.outbox_size() == (0, 0)
    assert left.counters()["domains"] == 2
    left.close()


def test_after_the_last_step_all_of_it_is_durable(store):
    committed = finished(store.commit_in_steps([wide(store)]))
    assert len(committed.nearer) == WIDE
    left = as_a_kill_leaves_it(store.path)
    assert left.counts() == Counts(pending=1 + WIDE, done=1)
    assert left.outbox_size() == (1, WIDE)
    left.close()


@pytest.mark.parametrize("write", [
    lambda store: store.set_meta("key", "value"),
    lambda store: store.commit([result(ids(store)["http://b.example/"])]),
    lambda store: store.lease_domains(1, 0.0, proven=False, most=5),
    lambda store: finished(store.commit_in_steps([result(ids(store)["http://b.example/"])])),
], ids=["meta", "page", "lease", "steps"])  # fmt: skip
def test_whatever_else_is_written_brings_it_to_its_end_first(store, write):
    work = begun(store)
    write(store)
    assert not store.is_busy
    assert store.counters()["domains"] == 2 + WIDE
    assert work.step() is False
    assert len(work.result().nearer) == WIDE


def test_other_threads_read_meanwhile_what_is_committed(store):
    begun(store)
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(store._rows, "SELECT id FROM url").result()) == 2
    assert store.is_busy
    assert len(store._rows("SELECT id FROM url")) > 2


def test_a_store_that_is_closed_meanwhile_has_the_page(store):
    begun(store)
    store.close()
    again = SqliteFrontierStore(store.path)
    assert again.counts() == Counts(pending=1 + WIDE, done=1)
    again.close()


def test_an_error_in_a_step_takes_all_steps_back(store, monkeypatch):
    def refuse(*args):
        raise KeyError("nobody foresaw this")

    monkeypatch.setattr(store._places, "write", refuse)
    work = UnderWay(store.commit_in_steps([wide(store)]))
    work.finish()
    with pytest.raises(KeyError):
        work.result()
    monkeypatch.undo()
    assert not store.is_busy
    assert store.counts() == Counts(pending=2)
    store.commit([wide(store)])
    assert store.counts() == Counts(pending=1 + WIDE, done=1)


# The event loop


@pytest.fixture
def session(tmp_path):
    settings = Settings()
    settings.setmodule("linkcrawler.settings")
    settings.set("LINKCRAWLER_DIR", str(tmp_path / "c"))
    settings.set("DOWNLOAD_DELAY", 0)
    seeds = ["http://a.example/", "http://b.example/", "http://c.example/"]
    session = Session(settings, seeds, seeds)
    session.open()
    yield session
    session.close()


def page_of(lease, links=0):
    found = tuple(Link(f"http://n{n}.example/", "a") for n in range(links))
    return Page(lease.url, "ok", datetime(2024, 1, 1, tzinfo=UTC), status=200, links=found)


def test_others_have_turns_while_a_page_is_committed_and_later_pages_wait_for_it(session):
    turns = []

    async def count():
        while True:
            await asyncio.sleep(0)
            turns.append(session.store.is_busy)

    async def run():
        committer = Committer(session, 16, 86_400.0)
        first, second, third = (session.frontier.lease() for _ in range(3))
        counting = asyncio.ensure_future(count())
        far = asyncio.ensure_future(committer.commit(page_of(first, WIDE), first, b"rows"))
        while not session.store.is_busy:
            await asyncio.sleep(0)
        assert session.frontier.lease() is None
        assert session.frontier.has_pending()
        assert session.frontier.next_time() is None
        near = [committer.commit(page_of(one), one, b"rows") for one in (second, third)]
        assert await asyncio.gather(far, *near) == [True, True, True]
        counting.cancel()
        assert session.frontier.lease() is not None

    asyncio.run(asyncio.wait_for(run(), 60))
    assert turns.count(True) >= 3
    assert session.store.counts() == Counts(pending=WIDE, done=3)


@pytest.mark.parametrize(("each", "is_in_steps"), [(AT_ONCE // 2, False), (AT_ONCE // 2 + 1, True)])
def test_a_group_is_committed_in_steps_where_its_pages_together_lead_to_many_urls(
    session, each, is_in_steps
):
    async def run():
        committer = Committer(session, 2, 86_400.0)
        first, second = session.frontier.lease(), session.frontier.lease()
        done = committer.submit(page_of(first, each), first, b"rows")
        committer.submit(page_of(second, each), second, b"rows")
        assert done.done() is not is_in_steps
        while not done.done():
            await asyncio.sleep(0)
        return await done

    assert len(asyncio.run(asyncio.wait_for(run(), 60))) == 2


def test_what_fails_in_a_step_ends_the_crawl_and_leaves_nobody_waiting(session, monkeypatch):
    def refuse(*args):
        raise KeyError("nobody foresaw this")

    async def run():
        committer = Committer(session, 16, 86_400.0)
        lease = session.frontier.lease()
        monkeypatch.setattr(session.store._places, "write", refuse)
        done = await committer.commit(page_of(lease, WIDE), lease, b"rows")
        again = await committer.commit(page_of(lease, WIDE), lease, b"rows")
        return done, again

    assert asyncio.run(asyncio.wait_for(run(), 60)) == (False, False)
    assert session.stopping.is_set()
    assert session.store.counts() == Counts(pending=3)


def test_a_flush_has_all_committed_when_it_returns(session):
    async def run():
        committer = Committer(session, 16, 86_400.0)
        lease = session.frontier.lease()
        far = asyncio.ensure_future(committer.commit(page_of(lease, WIDE), lease, b"rows"))
        while not session.store.is_busy:
            await asyncio.sleep(0)
        committer.flush()
        assert not session.frontier.leases
        assert session.store.counts().done == 1
        return await far

    assert asyncio.run(asyncio.wait_for(run(), 60))


# Steps


def test_work_in_turns_gives_the_same_as_work_at_once():
    def count(most):
        for _ in range(most):
            yield
        return most

    assert finished(count(5)) == asyncio.run(in_turns(UnderWay(count(5)))) == 5


def test_what_may_be_done_aside_is_done_once_and_its_error_is_the_works():
    done = []

    def work(aside):
        yield aside
        done.append("after")

    def refuse():
        raise OSError("no room")

    with_thread = UnderWay(work(lambda: done.append("aside")))
    asyncio.run(in_turns(with_thread))
    assert done == ["aside", "after"]
    by_hand = UnderWay(work(lambda: done.append("aside")))
    by_hand.step()
    by_hand.aside()
    by_hand.finish()
    assert done == ["aside", "after"] * 2
    with pytest.raises(OSError, match="no room"):
        finished(work(refuse))
    with pytest.raises(OSError, match="no room"):
        asyncio.run(in_turns(UnderWay(work(refuse))))
    assert done == ["aside", "after"] * 2


def test_a_commit_that_the_disk_refuses_is_taken_back(store):
    work = begun(store)
    while (aside := work.aside) is None and work.step():
        pass
    assert aside is not None
    store._db.execute("ROLLBACK")  # as SQLite does itself where the disk is full
    work.finish()
    with pytest.raises(StorageError):
        work.result()
    assert store.counts() == Counts(pending=2)


def test_things_come_in_lists_of_some_and_none_is_left_out():
    assert list(some_of(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(some_of((), 3)) == []
