"""Domains outside of the niche let those inside go first, and never hold the crawl up by that."""

from __future__ import annotations

import time

import pytest
from support.frontier_rows import seed

from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.policies.order import BREADTH_FIRST, PAGERANK, REFERRERS, Order
from linkcrawler.policies.turns import Turns

OUTSIDE = [f"out{number}.example" for number in range(6)]
INSIDE = "in.example"
PAGES = 8
JUDGED = """
UPDATE domain SET relevance = ?, judged = ?, pages = ?, is_proven = 1, votes = ?, rank = ? WHERE name LIKE ?
"""


@pytest.fixture
def frontier_of(tmp_path):
    """A function from an order to a frontier with `INSIDE`, behind `OUTSIDE` in the order of the crawl."""
    opened = []

    def frontier_of(order):
        limits = Limits(
            max_hops=None, max_pages=0, max_pages_per_domain=0, order=Order(order), has_niche=True
        )
        store = SqliteFrontierStore(tmp_path / "frontier.sqlite", limits)
        opened.append(store)
        names = [*OUTSIDE, INSIDE]
        store.add_seeds(seed(f"http://{name}/{n}") for name in names for n in range(PAGES))
        # So much speaks for the others that they stand before it all the same.
        store._db.execute(JUDGED, (0.0, 2, 2, 1e6, 1e6, "out%"))
        store._db.execute(JUDGED, (3000.0, 10_000, 10_000, 1.0, 1.0, "in%"))
        store._queue.place_all()
        return Frontier(store, limits, Turns(1000.0, 0.0))

    yield frontier_of
    for store in opened:
        store.close()


def leased(frontier):
    """Return the domains of what is handed out now, each answer there at once."""
    names = []
    while (lease := frontier.lease()) is not None:
        names.append(lease.domain.name)
        frontier.downloaded(lease)
    return names


@pytest.mark.parametrize("order", [REFERRERS, PAGERANK])
def test_who_is_inside_is_asked_though_others_stand_before(frontier_of, order):
    names = leased(frontier_of(order))
    assert names[0] != INSIDE
    assert INSIDE in names
    assert len(names) < 1 + len(OUTSIDE)  # the others wait


def test_what_is_held_back_wakes_nobody_before_its_time(frontier_of):
    frontier = frontier_of(REFERRERS)
    leased(frontier)
    assert frontier.has_pending()
    assert frontier.next_time() > time.monotonic()


def test_breadth_first_knows_of_no_niche(frontier_of):
    assert set(leased(frontier_of(BREADTH_FIRST))) == {*OUTSIDE, INSIDE}
