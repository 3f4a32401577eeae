"""A domain's place: breadth-first by distance and pages, or by worth over the pages spent."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.order import (
    BREADTH_FIRST,
    ORDERS,
    REFERRERS,
    Order,
    breadth_first,
    by_worth,
    distance_of,
)

counts = st.integers(min_value=0, max_value=2**31 - 1)
worths = st.floats(min_value=2**-30, max_value=2**30)


@given(counts, counts, counts, counts)
def test_distance_decides_then_pages(distance, pages, other_distance, other_pages):
    place, other = breadth_first(distance, pages), breadth_first(other_distance, other_pages)
    assert (place < other) == ((distance, pages) < (other_distance, other_pages))


@given(counts, counts)
def test_the_distance_can_be_read_from_a_place(distance, pages):
    place = breadth_first(distance, pages)
    assert distance_of(place) == distance
    assert 0 <= place < 2**63


@given(worths, st.integers(0, 10**6), worths, st.integers(0, 10**6))
def test_more_worth_for_each_page_spent_comes_first(worth, pages, other, other_pages):
    value = math.log2(worth) - 1.2 * math.log2(1 + pages)
    other_value = math.log2(other) - 1.2 * math.log2(1 + other_pages)
    if abs(value - other_value) > 1e-5:
        assert (by_worth(worth, pages) < by_worth(other, other_pages)) == (value > other_value)


@given(st.floats(min_value=1e-300, max_value=1e300), counts, st.sampled_from(ORDERS), counts)
def test_every_place_is_a_number_that_a_store_can_keep(worth, pages, name, distance):
    assert 0 <= Order(name).place(distance, pages, worth) < 2**63


@pytest.mark.parametrize("ease", [1.0, 1.2])
def test_pages_spent_count_by_the_exponent(ease):
    assert by_worth(8.0**ease, 7, ease) == by_worth(1.0, 0, ease)


def test_votes_of_a_domain_that_links_to_many_count_little():
    order = Order(REFERRERS)
    assert [order.vote(out) for out in (0, 2, 98)] == [0.5, 0.25, 0.01]
    assert Order(REFERRERS, splits_votes=False).vote(98) == 1.0


def test_the_orders_of_pages_take_turns_only_where_worth_decides():
    turns = [Order(REFERRERS).takes_best_linked(pages) for pages in range(4)]
    assert turns == [False, True, False, True]
    assert not any(Order(BREADTH_FIRST).takes_best_linked(pages) for pages in range(4))
