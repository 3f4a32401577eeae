"""A domain is never asked twice within its delay."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.turns import Turns

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "hold", "forget"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 40),
    ),
    max_size=60,
)


@given(st.integers(1, 20), STEPS)
def test_two_turns_of_a_domain_are_never_closer_than_the_delay(delay, steps):
    turns, now = Turns(delay), 0
    given_out, held = {"a": [], "b": []}, {"a": 0, "b": 0}
    for what, domain, number in steps:
        now += number / 4
        if what == "take":
            at = turns.take(domain, now)
            assert at >= max(now, held[domain])
            given_out[domain].append(at)
        elif what == "hold":
            turns.hold(domain, now + number)
            held[domain] = max(held[domain], now + number)
        else:
            turns.forget(now)
    for times in given_out.values():
        assert all(later - earlier >= delay for earlier, later in pairwise(times))


@given(st.integers(1, 20), STEPS)
def test_next_at_tells_when_the_next_turn_will_be(delay, steps):
    turns, now = Turns(delay), 0
    for _, domain, number in steps:
        now += number / 4
        told = turns.next_at(domain)
        assert turns.take(domain, now) == max(now, told)


def test_domains_do_not_wait_for_each_other():
    turns = Turns(5.0)
    assert [turns.take("a", 1.0), turns.take("b", 1.0)] == [1.0, 1.0]


def test_without_a_delay_only_what_is_held_waits():
    turns = Turns(0.0)
    assert [turns.take("a", 1.0), turns.take("a", 1.0)] == [1.0, 1.0]
    turns.hold("a", 9.0)
    turns.hold("a", 3.0)
    assert turns.take("a", 2.0) == 9.0
    assert turns.next_at("b") == 0.0


def test_what_is_forgotten_is_only_what_makes_nobody_wait():
    turns = Turns(5.0)
    turns.take("past", 0.0)
    turns.take("waiting", 3.0)
    turns.forget(6.0)
    assert list(turns._next) == ["waiting"]
    assert turns.next_at("waiting") == 8.0
