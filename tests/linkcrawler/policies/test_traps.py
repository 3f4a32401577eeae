"""Rules on the URL alone, and what a trap may cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.traps import LEAST_CAP, MOST_CAP, TRAP_RULES, repeats, trap_cap, url_rule

HOST = "http://a.example"
SEGMENTS = st.sampled_from(["a", "b", "news", "2019", "5", "index.html"])


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/a/b/c", None),
        ("/a/a/", None),
        ("/a/a/a/", "repeated_segments"),
        ("/x/a/b/a/b/a/b/y", "repeated_segments"),
        ("/a/b/c/a/b/c/a/b/c", "repeated_segments"),
        ("/a/b/c/d/a/b/c/d/a/b/c/d/", "repeated_segments"),
        ("/a/b/a/b/", None),
        ("/a/x/a/y/a/z/a", "repeated_segments"),
        ("/a/x/a/y/a", None),
        ("/1/1/1/1/1/1", None),
        ("/2011/11/11/11/1111", None),
        ("/v/1/v/1/v/1", "repeated_segments"),
        ("/" + "/".join(f"s{n}" for n in range(20)), None),
        ("/" + "/".join(f"s{n}" for n in range(21)), "path_depth"),
        ("/" + "/" * 30, "path_depth"),
        ("/?" + "&".join(f"p{n}=1" for n in range(10)), None),
        ("/?" + "&".join(f"p{n}=1" for n in range(11)), "query_parameters"),
        ("/?a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1", "query_parameters"),
        ("/?back=%252Fa", None),
        ("/?back=%25252Fa", "nested_encoding"),
    ],
)
def test_a_url_that_repeats_itself_is_refused_and_one_like_it_is_not(path, rule):
    assert url_rule(HOST + path) == rule


@given(st.lists(SEGMENTS, max_size=24), st.text(max_size=40))
def test_the_rules_take_any_url(segments, query):
    rule = url_rule(f"{HOST}/{'/'.join(segments)}?{query}")
    assert rule is None or rule in TRAP_RULES


@given(st.lists(st.sampled_from("abc1"), max_size=14))
def test_repetition_is_found_where_a_plain_search_finds_it(segments):
    def in_a_row():
        for size in range(1, 5):
            for start in range(len(segments) - 3 * size + 1):
                group = segments[start : start + size]
                thrice = segments[start : start + 3 * size] == group * 3
                if thrice and not all(part.isdigit() for part in group):
                    return True
        return False

    often = any(segments.count(word) > 3 for word in "abc")
    assert repeats(segments) == (often or in_a_row())


@pytest.mark.parametrize(
    ("pages", "per_domain", "cap"),
    [(10_000, 50, 5), (10_000, 0, 100), (0, 0, 500), (3000, 0, 30), (0, 20_000, 200),
     (10**9, 0, 500), (1, 0, 5)],
)  # fmt: skip
def test_a_trap_may_cost_a_hundredth_of_the_smaller_limit(pages, per_domain, cap):
    assert trap_cap(pages, per_domain) == cap
    assert LEAST_CAP <= cap <= MOST_CAP
