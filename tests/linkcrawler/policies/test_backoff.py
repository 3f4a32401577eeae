"""Waits between tries, and when a host is given up."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.failures import TEMPORARY
from linkcrawler.policies.backoff import (
    GIVE_UP,
    JITTER,
    MAX_WAIT_SECS,
    is_given_up,
    strikes,
    wait_secs,
)

CHANCE = st.floats(0, 1)
BASE = st.floats(0.1, 600)


@given(st.integers(1, 10_000), BASE, CHANCE)
def test_a_wait_stays_within_its_bounds(failures, base, chance):
    wait = wait_secs(failures, base, chance)
    longest = max(MAX_WAIT_SECS, base)
    assert base * (1 - JITTER) - 1e-9 <= wait <= longest * (1 + JITTER) + 1e-9


@given(st.integers(1, 10_000), BASE, CHANCE)
def test_waits_never_shrink_with_more_failures(failures, base, chance):
    assert wait_secs(failures, base, chance) <= wait_secs(failures + 1, base, chance)


@given(st.integers(1, 6), st.floats(0.1, 1), CHANCE)
def test_a_wait_is_twice_the_one_before_it_until_its_bound(failures, base, chance):
    once, twice = (wait_secs(number, base, chance) for number in (failures, failures + 1))
    bound = MAX_WAIT_SECS * (1 + JITTER * (2 * chance - 1))
    assert abs(twice - min(2 * once, bound)) < 1e-6


@given(st.integers(1, 9), BASE, CHANCE, CHANCE)
def test_the_jitter_draws_a_wait_longer_or_shorter(failures, base, one, other):
    first, second = (wait_secs(failures, base, chance) for chance in (one, other))
    assert (first < second) == (one < other) or abs(one - other) < 1e-12
    assert wait_secs(failures, base, 0.0) < wait_secs(failures, base, 1.0)


WAYS = [("failed", reason) for reason in sorted(TEMPORARY)] + [
    ("http_error", ""),
    ("http_error", "503"),
]


@given(st.lists(st.sampled_from(WAYS), min_size=20, max_size=20))
def test_any_mixture_of_failures_gives_a_host_up_before_20_requests(ways):
    total = list(accumulate(strikes(*way) for way in ways))
    assert total[18] >= GIVE_UP
    assert total[0] < GIVE_UP  # never at once


@given(st.integers(0, 200), st.floats(0, 1e10), st.floats(0, 1e10))
def test_a_host_is_left_alone_until_its_time(weight, retry_at, now):
    assert is_given_up(weight, retry_at, now) == (weight >= GIVE_UP and now < retry_at)
