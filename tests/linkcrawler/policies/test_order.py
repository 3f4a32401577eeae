"""Places in the queue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.order import MOST_PAGES, breadth_first, distance_of

DISTANCE = st.integers(0, 2**31 - 1)
PAGES = st.integers(0, 2**40)


@given(DISTANCE, PAGES, DISTANCE, PAGES)
def test_distance_goes_before_pages(far, many, near, few):
    one, two = (far, min(many, MOST_PAGES)), (near, min(few, MOST_PAGES))
    assert (breadth_first(far, many) < breadth_first(near, few)) == (one < two)


@given(DISTANCE, PAGES)
def test_a_place_tells_its_distance_and_fits_a_signed_integer_of_64_bits(distance, pages):
    place = breadth_first(distance, pages)
    assert distance_of(place) == distance
    assert 0 <= place < 2**63
