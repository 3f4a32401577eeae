"""Several processes on one frontier: what one alone would find, whoever of them dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest
from support.crawling import end, link_multiset, linkcrawler, page_multiset, rows, start

from benchmarks.bigweb import BigWeb
from benchmarks.bigweb_shape import Shape
from linkcrawler.extensions.workers import STUCK_SECS, Worker, WorkerPool

ALL = (
    "--delay", "0", "--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0", "--quiet",
    "-s", "LINKCRAWLER_DATASET_PART_LINKS=400", "-s", "LINKCRAWLER_CONTACT=a@b.example",
)  # fmt: skip
WAIT_SECS = 60


@pytest.fixture(scope="module")
def web():
    """A web of 12 hosts that takes a while for each answer."""
    with BigWeb(Shape(hosts=12, pages=12, links=8, latency=0.2)) as web:
        yield web


@pytest.fixture(scope="module")
def whole(web, tmp_path_factory):
    """What one process finds there."""
    folder = tmp_path_factory.mktemp("one")
    assert crawl(web, folder).code == 0
    return link_multiset(folder), page_multiset(folder)


def command(web, folder, *more):
    return ("crawl", web.seed, "--proxy", web.url, "--out", folder, *ALL, *more)


def crawl(web, folder, *more):
    return linkcrawler(*command(web, folder, *more))


def found(folder):
    return link_multiset(folder), page_multiset(folder)


def pids(folder):
    """Return the workers' process ids by number, as the frontier has them."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(folder / "frontier.sqlite")) as db:
        return dict(db.execute("SELECT id, pid FROM worker"))
    return {}


def once(condition, process):
    """Wait until ``condition`` holds, and return its value; nothing waits for ever."""
    limit = time.monotonic() + WAIT_SECS
    while not (value := condition()):
        assert process.poll() is None, end(process)
        assert time.monotonic() < limit
        time.sleep(0.02)
    return value


def all_at_work(folder, number):
    """Return the pids once ``number`` workers have domains."""
    known = pids(folder)
    with suppress(sqlite3.Error), closing(sqlite3.connect(folder / "frontier.sqlite")) as db:
        busy = db.execute("SELECT count(DISTINCT worker) FROM domain WHERE worker > 0").fetchone()
        return known if len(known) == number and busy[0] == number else {}
    return {}


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_several_processes_find_what_one_finds_and_never_share_a_domain(web, whole, tmp_path):
    before = len(web.log())
    done = crawl(web, tmp_path, "--workers", "3", "--concurrency", "2")
    assert (done.code, done.err) == (0, "")
    assert found(tmp_path) == whole
    log = web.log()
    mine = range(before, len(log))
    # Two requests each and a robots.txt on the way: more at once means more than one process.
    assert most_open([(log.asked[n], log.answered[n]) for n in mine]) > 2
    for host in range(12):
        spans = [(log.asked[n], log.answered[n]) for n in mine if log.hosts[n] == host]
        assert most_open(spans) == 1
    assert linkcrawler("check", tmp_path).code == 0
    assert pids(tmp_path) == {}


def most_open(spans):
    """Return how many of the spans of time overlap at the most."""
    moments = sorted([(start, 1) for start, _ in spans] + [(stop, -1) for _, stop in spans])
    most = now = 0
    for _, step in moments:
        now += step
        most = max(most, now)
    return most


@pytest.mark.parametrize("limit", [7, 40])
def test_the_budget_of_pages_is_shared_and_never_exceeded(web, tmp_path, limit):
    done = crawl(web, tmp_path, "--workers", "2", "--max-pages", limit)
    assert done.code == 0, done
    assert len(rows(tmp_path, "pages")) == limit
    assert "Stopped at the limit of pages" in done.out


def test_what_a_killed_worker_had_goes_to_the_others(web, whole, tmp_path):
    process = start(*command(web, tmp_path, "--workers", "2", "--concurrency", "2"))
    known = once(lambda: all_at_work(tmp_path, 2), process)
    os.kill(known[2], signal.SIGKILL)
    done = end(process)
    assert done.code == 0, done
    assert "Worker 2 ended with code -9; the others go on" in done.err
    assert found(tmp_path) == whole
    assert linkcrawler("check", tmp_path).code == 0


def test_when_the_first_is_killed_the_others_end_and_the_same_command_goes_on(web, whole, tmp_path):
    process = start(*command(web, tmp_path, "--workers", "3", "--concurrency", "2"))
    known = once(lambda: all_at_work(tmp_path, 3), process)
    process.kill()
    process.communicate()
    limit = time.monotonic() + WAIT_SECS
    while any(is_running(pid) for pid in known.values()):
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert crawl(web, tmp_path, "--workers", "2").code == 0
    assert found(tmp_path) == whole


@pytest.mark.timing
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_ends_all_of_them_and_one_process_can_go_on(web, whole, tmp_path, number):
    process = start(*command(web, tmp_path, "--workers", "2", "--concurrency", "2"))
    known = once(lambda: all_at_work(tmp_path, 2), process)
    begun = time.monotonic()
    process.send_signal(number)
    done = end(process)
    assert time.monotonic() - begun < 30
    assert done.code == 130, done
    assert not any(is_running(pid) for pid in known.values())
    assert "pending" in done.out
    assert crawl(web, tmp_path).code == 0
    assert found(tmp_path) == whole


def test_an_interrupt_while_the_first_waits_for_the_others_ends_the_crawl():
    """Scrapy stops the engine then, though its end is still waited for."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    session = SimpleNamespace(stopping=asyncio.Event())

    async def interrupted():
        pool = WorkerPool(None, session, stop_secs=0)
        pool.workers.append(Worker(2, process))
        waiting = asyncio.ensure_future(pool.ending("finished"))
        await asyncio.sleep(0)
        pool.closed()
        await asyncio.wait_for(waiting, WAIT_SECS)

    with process:
        asyncio.run(interrupted())
    assert process.returncode == -signal.SIGKILL


class Silent:
    """A store whose worker 2 said at ``at``, by the time of day, that it lives."""

    def __init__(self, at):
        self.at = at

    def workers(self):
        return [SimpleNamespace(id=2, seen_at=self.at)]


def looked_after(store):
    """A pool with a worker that never ends by itself, and the list of the times that it was killed."""
    killed = []
    process = SimpleNamespace(kill=lambda: killed.append(True), poll=lambda: None)
    session = SimpleNamespace(stopping=asyncio.Event(), store=store, is_open=True)
    pool = WorkerPool(None, session, stop_secs=0)
    pool.workers.append(Worker(2, process))
    return pool, killed


def test_a_worker_that_says_nothing_for_long_is_ended():
    pool, killed = looked_after(Silent(at=1000.0))
    for now in (10.0, 60.0, 10.0 + STUCK_SECS):
        pool._end_stuck(now)
    assert not killed
    pool._end_stuck(20.0 + STUCK_SECS)
    assert killed == [True]


def test_no_worker_is_ended_because_the_time_of_day_leaps_or_the_machine_has_slept():
    store = Silent(at=time.time() - 10 * STUCK_SECS)
    pool, killed = looked_after(store)
    for now in range(10, 40, 10):
        pool._end_stuck(float(now))
    store.at = time.time() + 10 * STUCK_SECS
    for now in range(40, 10 + int(STUCK_SECS), 10):
        pool._end_stuck(float(now))
    assert not killed


def test_whatever_fails_in_looking_after_workers_the_end_does_not_wait_for_ever():
    """Who has ended is buried all the same."""
    failed = []

    def fail(error):
        failed.append(error)
        session.stopping.set()

    def refuse(*_):
        raise KeyError("nobody foresaw this")

    process = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE)
    process.wait()
    session = SimpleNamespace(
        stopping=asyncio.Event(), fail=fail, is_open=True, failures=suppress,
        store=SimpleNamespace(workers=list, dismiss=refuse), turns=SimpleNamespace(delay=0.0),
    )  # fmt: skip

    async def ended():
        pool = WorkerPool(None, session, stop_secs=0)
        pool.workers.append(Worker(2, process))
        pool._task = asyncio.ensure_future(pool._look_after())
        await asyncio.wait_for(pool.ending("finished"), WAIT_SECS)

    with process:
        asyncio.run(ended())
    assert [type(error) for error in failed] == [KeyError]


def test_a_number_of_workers_that_makes_no_sense_is_refused(web, tmp_path):
    for written, says in (("0", "at least 1"), ("65", "at most 64"), ("two", "whole number")):
        done = crawl(web, tmp_path, "--workers", written)
        assert (done.code, says in done.err) == (2, True), done
