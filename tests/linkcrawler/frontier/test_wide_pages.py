"""A page that leads to thousands of URLs holds nothing up, whatever these look like."""

from __future__ import annotations

import gc

import pytest
from support.frontier_rows import across, ids, result, seed

from benchmarks.wide_pages import PAGES, SHAPES, commit
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import State
from linkcrawler.frontier.sqlite_change import Change, Source
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.frontier.steps import SOME, finished

MOST_SECS = 1.0
"""Of processor time, five times what was seen, as another's work on the same processor costs time, too: one
look a value or a link too many took seconds, one at each link for each link minutes."""
MOST_TURN_SECS = 0.2
"""Likewise, in one turn of the event loop, where 0.06 were seen."""


@pytest.fixture(autouse=True)
def no_collection_of_what_other_tests_left():
    """A look at each object of all the tests before takes longer than any turn."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.timing
@pytest.mark.parametrize("shape", SHAPES)
def test_six_thousand_urls_of_a_shape_are_committed_in_time(tmp_path, shape):
    times = commit(tmp_path / "frontier.sqlite", shape)
    assert len(times) == PAGES
    assert max(spent.find + spent.commit for spent in times) < MOST_SECS
    assert max(spent.turn for spent in times) < MOST_TURN_SECS


def test_hosts_are_counted_across_the_steps_in_which_a_page_is_judged(tmp_path):
    """Of the hosts of a domain as many are let in as the limit says, each with all its URLs."""
    limit = SOME + 100
    store = SqliteFrontierStore(tmp_path / "f.sqlite", Limits(hosts_per_domain=limit, traps=False))
    store.add_seeds([seed("http://a.example/")])
    many = [across(f"http://h{n}.b.example/", domain="b.example") for n in range(2 * SOME)]
    again = [across(f"http://h{n}.b.example/again", domain="b.example") for n in range(2 * SOME)]
    finished(store.commit_in_steps([result(ids(store)["http://a.example/"], *many, *again)]))
    assert store.counts().pending == 2 * limit
    assert store.counters()["excluded/hosts"] == 2 * (2 * SOME - limit)
    store.close()


def test_no_step_judges_more_than_some_hosts(tmp_path):
    store = SqliteFrontierStore(tmp_path / "f.sqlite", Limits(hosts_per_domain=1))
    found = [across(f"http://h{n}.b{n}.example/") for n in range(3 * SOME)]
    with store._transaction():
        fresh = store._places.arrive(found, Source(), Change())
        assert len(list(store._pages.traps.hosts.judge(fresh, Change()))) == 3
    assert all(one.state == State.PENDING for one in fresh)
    store.close()
