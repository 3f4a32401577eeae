"""Shapes that traps have, and the shapes of ordinary URLs beside them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.traps import url_rule
from linkcrawler.policies.traps_shapes import date_shape, query_values, template
from linkcrawler.policies.traps_tokens import is_token, looks_random, tokens_in

HOST = "http://a.example"
PIECES = st.lists(
    st.sampled_from(
        ["2031", "02", "3", "jan", "week-5", "-", "/", "?", "&", "=", "year", "date", "m", "id", ",",
         "%2C", "a8f3", "8f14e45fceea167a5a36dedd4bea2543", "S(", ")", ";", "print", "é", "1700000000"]
    ), max_size=16,
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("/cal/2031/02/", "/cal"),
        ("/cal/2031/2/14", "/cal"),
        ("/2031/02", ""),
        ("/cal/14/02/2031", "/cal"),
        ("/cal/2031-02", "/cal"),
        ("/cal/2031-02-14/", "/cal"),
        ("/cal/14.02.2031", "/cal"),
        ("/cal/2031/jan/3", "/cal"),
        ("/cal/2031/february/", "/cal"),
        ("/cal/2031/w07", "/cal"),
        ("/cal/2031-w07/", "/cal"),
        ("/cal/2031-02.html", "/cal"),
    ],
)
def test_a_path_that_ends_with_a_date_has_the_shape_of_a_calendar(path, stem):
    assert date_shape(HOST + path) == (HOST + stem, True)


@pytest.mark.parametrize(
    "path",
    [
        "/cal/2031/02/print", "/cal/2031-02-14/ical/", "/cal/2031/02?view=list",
        "/cal/20310214", "/e?date=2031-02-14&id=77",
        "/e?year=2031&month=2&Itemid=9",
    ],
)  # fmt: skip
def test_a_date_with_a_word_or_another_value_is_one_that_may_say_more(path):
    assert date_shape(HOST + path).is_bare is False


@pytest.mark.parametrize(
    "query",
    [
        "year=2031&month=2", "y=2031&m=02&d=14", "date=2031-02-14", "start=2031-02-14T10:00",
        "m=203102", "jahr=2031&monat=2", "x=14.02.2031", "cal_date=20310214", "t=2031-02",
        "from=2031-02-01&to=2031-02-28", "ts=1930000000", "month=feb&year=2031", "d=2031/02/14",
    ],
)  # fmt: skip
def test_a_query_that_is_a_date_has_the_shape_of_a_calendar(query):
    assert date_shape(f"{HOST}/e?{query}") == (f"{HOST}/e", True)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/2019", "/item/2019", "/2019/05/a-post-about-ink", "/2019/05/04/ink2", "/v/1/2",
        "/item?id=20190504", "/item?id=2019", "/item/200512", "/list?page=2019", "/list?start=20", "/a/123/456",
        "/?p=1234", "/?month=2", "/news-2019", "/isbn/9783161484100", "/forum?t=1930000000",
    ],
)  # fmt: skip
def test_an_ordinary_url_is_no_date(path):
    assert date_shape(HOST + path) is None


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("a=1&b=2", ("a=1", "b=2")),
        ("b=2&a=1", ("b=2", "a=1")),
        ("tags=x,y", ("tags=x", "tags=y")),
        ("tags=x%2Cy%7Cz", ("tags=x", "tags=y", "tags=z")),
        ("A=1&a=1", ("a=1", "a=1")),
        ("a&b=", ("a=", "b=")),
    ],
)
def test_the_values_of_a_query_are_taken_apart(query, pairs):
    assert query_values(f"{HOST}/s?{query}").pairs == pairs


@pytest.mark.parametrize("path", ["/", "/s", "/s?", "/s?a=1", "/s?a=1&", "/s/a,b"])
def test_one_value_combines_nothing(path):
    assert query_values(HOST + path) is None


@pytest.mark.parametrize(
    ("query", "paging"),
    [
        ("t=7&start=15", True),
        ("page=2&c=9", True),
        ("a=1&b=2&page=2", False),
        ("t=7&start=x", False),
    ],
)
def test_the_pages_of_one_value_are_told_from_combinations(query, paging):
    assert query_values(f"{HOST}/s?{query}").is_paging is paging


@pytest.mark.parametrize(
    "text",
    ["8f14e45fceea167a5a36dedd4bea2543", "a8k3j2q9", "9f3c0b7e-1b2a-4c3d-8e4f-5a6b7c8d9e0f",
     "1700000000123", "Xa9-kL2_p0Qz7", "dGhpcyBpcyB0b2tlbg1x2=="],
)  # fmt: skip
def test_what_is_drawn_at_random_is_a_token(text):
    assert is_token(text)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "12345678", "spring-sale", "how-to-write-2019", "iphone15", "2019-05-04",
     "internationalization", "page-2-of-3", "a" * 200],
)  # fmt: skip
def test_what_is_written_by_people_is_no_token(text):
    assert not is_token(text)


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        ("/about?visit=8f14e45fceea167a", "/about?visit=*"),
        ("/s/(8f14e45fceea167a5a36)/home", "/s/*/home"),
        ("/S(lit3py55t21z5v55vlm25s55)/a.aspx", "/*/a.aspx"),
        ("/u/9f3c0b7e-1b2a-4c3d-8e4f-5a6b7c8d9e0f/posts", "/u/*/posts"),
        ("/a?x=1&_=1700000000123&y=2", "/a?x=1&_=*&y=2"),
    ],
)
def test_a_url_is_known_without_its_tokens(path, bare):
    assert tokens_in(HOST + path).bare == HOST + bare


@pytest.mark.parametrize(
    "path", ["/", "/a?id=7", "/how-to-write-a-letter-in-2019", "/a/b?q=ink+pens"]
)
def test_a_url_without_tokens_has_none(path):
    assert tokens_in(HOST + path) is None


@pytest.mark.parametrize("label", ["a8f3kq", "x1y2z3", "xkvqzrtb", "d41d8cd98f"])
def test_a_label_drawn_at_random_looks_like_it(label):
    assert looks_random(label)


@pytest.mark.parametrize(
    "label", ["blog", "shop2", "en", "www", "physics", "mail1", "support", "cdn"]
)
def test_a_label_that_means_something_does_not(label):
    assert not looks_random(label)


@given(PIECES.map("".join))
def test_any_url_has_shapes(text):
    url = f"{HOST}/{text}"
    for shape in (date_shape, query_values, tokens_in, template, url_rule):
        shape(url)


LONG = [
    "/" + "2031/" * 400_000, "/" + "2031-02-" * 250_000, "/?" + "a=1,2,3;" * 250_000,
    "/?" + "&".join(["date=2031-02"] * 150_000), "/" + "8f14e45fceea167a" * 120_000, "/" + "a8" * 900_000,
    "/" + "(" * 1_000_000, "/?x=" + "-" * 1_000_000, "/" + "%25" * 600_000,
]  # fmt: skip


@pytest.mark.timing
@pytest.mark.parametrize("path", LONG, ids=[path[:12] for path in LONG])
def test_a_long_url_takes_no_longer_than_its_length(path):
    """A second for two megabytes: what takes time with the square would take days."""
    began = time.perf_counter()
    for shape in (date_shape, query_values, tokens_in, template, url_rule):
        shape(HOST + path)
    assert time.perf_counter() - began < 1
