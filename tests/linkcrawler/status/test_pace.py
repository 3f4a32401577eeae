"""Pace and the time that is left are told where they are no guess."""

from __future__ import annotations

import pytest
from support.begun import NOW, running, write_manifest
from support.frontier_rows import found, ids, result, seed

from linkcrawler.status_words import as_lines


def paced(store, commits):
    """Commit pages at the times that ``commits`` gives, seconds before `NOW`."""
    store.add_seeds([seed("http://a/"), seed("http://z/")])
    start_id = ids(store)["http://a/"]
    store.commit([result(start_id, *(found(f"http://a/{n}") for n in range(500)))], now=NOW - 5000)
    at = iter(ids(store).values())
    for ago, pages in commits:
        store.commit([result(next(at)) for _ in range(pages)], now=NOW - ago)


def test_pace_counts_the_pages_of_the_last_minute_and_of_ten(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 4000)
    paced(store, [(700, 50), (300, 100), (40, 20), (0, 6)])
    pace = running(folder).pace
    # The current ten seconds are 3 s old: the windows are 53 s and 593 s long.
    assert pace.last_minute == pytest.approx(26 / 53)
    assert pace.last_ten_minutes == pytest.approx(126 / 593)


def test_pace_of_a_young_run_is_counted_from_its_start(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 20)
    paced(store, [(100, 50), (15, 20)])
    pace = running(folder).pace
    assert pace.last_minute == pace.last_ten_minutes == pytest.approx(20 / 20)


def test_pace_is_not_told_in_the_first_second(open_store, folder):
    store = open_store()
    store.enrol(1, 1, NOW - 0.5)
    status = running(folder)
    assert status.pace.last_minute is None
    assert "too early to tell" in as_lines(status)


def test_pages_of_the_future_do_not_count_where_the_clock_was_set_back(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 4000)
    paced(store, [(-500, 50)])
    assert running(folder).pace.last_minute == 0.0


def test_the_time_left_is_told_where_a_limit_a_pace_and_enough_urls_are_there(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 593)
    paced(store, [(500, 59)])
    status = running(folder)
    assert status.pages == 60
    assert status.pace.seconds_left == pytest.approx(40 / (59 / 593))
    assert "the limit of pages in about 6.7 min" in as_lines(status)


@pytest.mark.parametrize("reason", ["no limit", "first minute", "few urls", "no pace"])
def test_the_time_left_is_not_told_where_it_would_be_a_guess(open_store, folder, reason):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - (30 if reason == "first minute" else 593))
    paced(store, [(2000 if reason == "no pace" else 20, 59)])
    limit = {"no limit": 0, "few urls": 1000}.get(reason, 100)
    write_manifest(folder, arguments={"max_pages": limit})
    assert running(folder).pace.seconds_left is None
