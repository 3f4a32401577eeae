"""Which page of a domain comes first: home, entries, pages that lead out; and how links add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.pages import (
    ARCHIVE,
    HOME,
    INNER,
    LEAST_STANDING,
    MOST_STANDING,
    OUTWARD,
    cash_of,
    hint_of,
    lead,
    share_of,
    standing_of,
)


@pytest.mark.parametrize(
    ("url", "anchor", "hint"),
    [
        ("https://a.com/", "Links", HOME),
        ("https://a.com/?page=2", "", INNER),
        ("https://a.com/links.html", "", OUTWARD),
        ("https://a.com/our-partners/", "", OUTWARD),
        ("https://a.com/p/17", "Blogroll", OUTWARD),
        ("https://a.com/p/17", "Liens utiles", OUTWARD),
        ("https://a.com/tag/links/", "", ARCHIVE),
        ("https://a.com/genindex.html", "references", ARCHIVE),
        ("https://a.com/linksys", "", INNER),
        ("https://a.com/2024/05/a-post", "Read more", INNER),
    ],
)
def test_urls_and_anchors_say_what_a_page_is(url, anchor, hint):
    assert hint_of(url, anchor) == hint


def at(**facts):
    return lead(**{"enters": False, "is_led_out": False, "hint": INNER, "depth": 1} | facts)


def test_pages_come_in_groups_and_shallow_first_inside_them():
    places = [
        at(hint=HOME, depth=9),
        at(enters=True, depth=0),
        at(enters=True, hint=ARCHIVE, depth=7),
        at(is_led_out=True, depth=2),
        at(hint=OUTWARD, depth=3),
        at(depth=1),
        at(depth=10**9),
        at(hint=ARCHIVE, is_led_out=True, depth=1),
    ]
    assert places == sorted(places)
    assert len(set(places)) == len(places)


@given(st.floats(min_value=2.0**LEAST_STANDING, max_value=2.0**MOST_STANDING))
def test_standing_is_the_logarithm_of_what_links_brought(cash):
    assert 2.0 ** standing_of(cash) <= cash < 2.0 ** (standing_of(cash) + 1)
    assert standing_of(cash_of(standing_of(cash))) == standing_of(cash)


def test_standing_is_bounded():
    assert (standing_of(0.0), standing_of(1e-300)) == (LEAST_STANDING, LEAST_STANDING)
    assert standing_of(1e300) == MOST_STANDING


@given(st.integers(LEAST_STANDING, MOST_STANDING), st.integers(0, 10_000))
def test_a_page_spreads_what_it_has_and_a_little_of_its_own(standing, links):
    assert share_of(standing, links) * max(1, links) == pytest.approx(cash_of(standing) + 0.1)
