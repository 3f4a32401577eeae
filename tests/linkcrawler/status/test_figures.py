"""How a crawl stands is told with all its figures, and the state that its lock and manifest say."""

from __future__ import annotations

import shutil

import pytest
from support.begun import NOW, change, held, running, write_manifest
from support.frontier_rows import ids, result, seed

from linkcrawler import status_words
from linkcrawler.frontier import sqlite_figures
from linkcrawler.frontier.records import HostTrouble, State
from linkcrawler.status import read_status
from linkcrawler.status_words import as_lines


def test_a_running_crawl_is_told_with_all_its_figures(busy, folder):
    with held(folder):
        status = read_status(folder, NOW)
    assert (status.crawl_id, status.state, status.folder) == ("c1", "running", str(folder))
    assert (status.pages, status.max_pages, status.links) == (4, 100, 2)
    assert status.outcomes == {"ok": 2, "http_error": 1, "failed": 1}
    assert status.errors == {"failed/dns": 1, "http_error/404": 1, "retry/timeout": 1}
    assert (status.domains, status.domains_crawled) == (7, 4)
    urls = status.urls
    assert (urls.discovered, urls.pending, urls.done, urls.failed, urls.excluded) == (9, 4, 3, 1, 1)
    assert urls.adds_up
    queue = status.queue
    assert (queue.ready, queue.waiting, queue.leased, queue.next_at) == (2, 1, 2, NOW + 7)
    hosts = status.hosts
    assert (hosts.in_trouble, hosts.given_up) == (2, 1)
    assert [host.failures for host in hosts.worst] == [5, 2]
    disk = status.disk
    assert (disk.parts, disk.part_bytes) == (1, 1234)
    sizes = [(folder / f"frontier.sqlite{end}").stat().st_size for end in ("", "-wal")]
    assert disk.frontier_bytes == sum(sizes)
    assert disk.free_bytes == pytest.approx(shutil.disk_usage(folder).free, rel=0.1)
    (worker,) = status.workers
    assert (worker.pid, worker.seen_at, worker.in_flight, worker.domains) == (4321, NOW - 2, 3, 2)
    assert worker.reserved == 59


def test_a_domain_whose_time_has_come_can_be_asked_though_nobody_has_looked(busy, folder):
    queue = read_status(folder, NOW + 8).queue
    assert (queue.ready, queue.waiting, queue.next_at) == (3, 0, None)


def test_a_host_may_be_asked_again_after_its_rest(busy, folder):
    assert read_status(folder, NOW + 1799).hosts.given_up == 1
    assert read_status(folder, NOW + 1801).hosts.given_up == 0


def test_at_most_ten_hosts_are_named_the_worst_first(open_store, folder):
    store = open_store()
    store.add_seeds([seed(f"http://h{n}/") for n in range(25)])
    store.commit(
        [
            result(url_id, state=State.PENDING, outcome="failed", reason="timeout",
                   trouble=HostTrouble(f"h{n}", 1, n + 1, 0.0))
            for n, url_id in enumerate(ids(store).values())
        ]
    )  # fmt: skip
    hosts = read_status(folder, NOW).hosts
    assert [host.strikes for host in hosts.worst] == list(range(25, 15, -1))
    assert hosts.in_trouble == 25
    assert "15 more" in as_lines(read_status(folder, NOW))


def test_counters_that_do_not_add_up_are_told(busy, folder):
    change(folder, "UPDATE counter SET n = n + 1 WHERE name = 'done'")
    status = read_status(folder, NOW)
    assert not status.urls.adds_up
    assert "9 discovered, NOT 4 pending + 4 done" in as_lines(status)


def test_a_frontier_without_urls_is_told(open_store, folder):
    open_store()
    status = read_status(folder, NOW)
    assert status.urls.discovered == 0
    assert status.urls.adds_up
    assert "pages     0 of 100: none" in as_lines(status)


def test_of_very_many_domains_only_so_many_are_counted(open_store, folder, monkeypatch):
    monkeypatch.setattr(sqlite_figures, "MOST_COUNTED", 3)
    monkeypatch.setattr(status_words, "MOST_COUNTED", 3)
    for name in ("READY", "DUE", "WAITING"):
        query = getattr(sqlite_figures, name)
        assert "LIMIT 100000)" in query
        monkeypatch.setattr(sqlite_figures, name, query.replace("LIMIT 100000)", "LIMIT 3)"))
    store = open_store()
    store.add_seeds([seed(f"http://h{n}/") for n in range(9)])
    assert read_status(folder, NOW).queue.ready == 3
    assert "3 or more can be asked now, 0 wait" in as_lines(read_status(folder, NOW))
    change(folder, f"UPDATE domain SET next_at = {NOW} + id")
    assert read_status(folder, NOW).queue.waiting == 3
    assert read_status(folder, NOW + 5).queue.ready == 3


# Its state


@pytest.mark.parametrize(
    ("written", "is_held", "state"),
    [
        ("running", True, "running"),
        ("interrupted", True, "running"),
        ("running", False, "killed"),
        ("interrupted", False, "interrupted"),
        ("finished", False, "finished"),
        ("failed", False, "failed"),
        (None, False, "killed"),
        (None, True, "running"),
    ],
)
def test_the_state_is_what_the_lock_and_the_manifest_say(
    open_store, folder, written, is_held, state
):
    open_store().close()
    if written is None:
        (folder / "run.json").unlink()
    else:
        write_manifest(folder, written, finish_reason="why")
    if is_held:
        with held(folder):
            status = read_status(folder, NOW)
    else:
        (folder / ".lock").touch()
        status = read_status(folder, NOW)
    assert status.state == state
    assert status.is_running == is_held
    assert status.finish_reason == ("why" if written and not is_held else "")


def test_workers_and_pace_of_a_run_that_has_ended_are_left_out(busy, folder):
    status = read_status(folder, NOW)
    assert status.state == "killed"
    assert status.workers == []
    assert (status.pace.last_minute, status.pace.last_ten_minutes) == (None, None)
    assert status.queue.leased == 2
    assert status.pages == 4


def test_a_crawl_that_nobody_fetches_for_is_just_beginning_or_ending(open_store, folder):
    open_store()
    assert "nobody fetches" in as_lines(running(folder))
