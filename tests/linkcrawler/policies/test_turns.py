"""A domain is never asked twice within its delay."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.turns import Turns


def sent(turns, domain, now, addresses=()):
    """When a request leaves that waits from ``now`` on."""
    while (later := turns.take(domain, now, addresses)) > now:
        now = later
    return now


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
            at = sent(turns, domain, now)
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
        assert sent(turns, domain, now) == max(now, told)


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


# Addresses


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"), st.sets(st.sampled_from("123"), max_size=2), st.integers(0, 9)
        ),
        max_size=40,
    )
)
def test_two_requests_to_an_address_are_never_closer_than_its_delay(steps):
    turns, now = Turns(3.0, 1.0), 0.0
    asked: dict[str, list[float]] = {}
    for domain, addresses, number in steps:
        now += number / 4
        at = sent(turns, domain, now, sorted(addresses))
        for key in [*addresses, domain]:
            asked.setdefault(key, []).append(at)
    for key, times in asked.items():
        delay = 3.0 if key.isalpha() else 1.0
        assert all(later - earlier >= delay for earlier, later in pairwise(sorted(times)))


def test_a_domain_whose_address_is_busy_is_said_to_wait():
    turns = Turns(4.0, 1.0)
    turns.take("a", 0.0, ["192.0.2.1"])
    turns.take("b", 1.0, ["192.0.2.1"])
    assert turns.next_at("b") == 5.0
    turns.take("c", 6.0, ["192.0.2.1"])
    assert turns.next_at("a") == 7.0  # its own delay is over, that of the address is not


def test_who_is_about_to_ask_books_the_address_so_that_others_are_offered_later():
    turns = Turns(1.0, 1.0)
    for at, domain in enumerate("abc"):
        turns.take(domain, float(at), ["192.0.2.1"])
    turns.book("a", 5.0)
    assert [turns.next_at(domain) for domain in "abc"] == [6.0, 6.0, 6.0]
    turns.forget(6.0)
    assert turns.next_at("b") == 0.0


def test_a_crawl_without_delay_waits_for_no_address():
    turns = Turns(0.0, 1.0)
    assert [turns.take(domain, 1.0, ["192.0.2.1"]) for domain in "ab"] == [1.0, 1.0]


# A site's own delay


def test_a_site_may_ask_for_a_longer_delay_and_never_for_a_shorter_one():
    turns = Turns(2.0)
    turns.slow_down("a", 5.0)
    turns.slow_down("a", 1.0)
    turns.slow_down("b", 1.0)
    assert [turns.delay_of(domain) for domain in "ab"] == [5.0, 2.0]
    assert [turns.take("a", 0.0), turns.take("a", 0.0)] == [0.0, 5.0]


def test_a_longer_delay_counts_from_the_request_before_it_was_known():
    turns = Turns(1.0)
    turns.take("a", 10.0)  # its robots.txt
    turns.slow_down("a", 30.0)
    assert turns.take("a", 10.5) == 40.0


# Who waits


def test_who_waits_is_promised_nothing():
    turns = Turns(2.0)
    turns.take("a", 0.0)
    assert [turns.take("a", 1.0), turns.take("a", 1.0)] == [2.0, 2.0]
    turns.hold("a", 9.0)  # a server wants to be left alone
    assert turns.take("a", 2.0) == 9.0
    assert turns.take("a", 9.5) == 9.5
    assert turns.next_at("a") == 11.5  # counts from when it left


# The ledger


class Book:
    """A ledger in memory that others write in, too."""

    def __init__(self):
        self.next = {}
        self.now = 0.0

    def take(self, gaps):
        wait = max([0.0, *(self.next.get(key, 0.0) for key, _ in gaps)]) - self.now
        if wait > 0:
            return wait
        self.count(gaps)
        return 0.0

    def count(self, gaps):
        self.next |= {key: self.now + gap for key, gap in gaps}


def test_delays_count_from_when_a_request_leaves_and_not_from_its_turn():
    book = Book()
    mine, other = Turns(2.0, 0.5, book), Turns(2.0, 0.5, book)
    assert mine.take("a", 0.0, ["192.0.2.1"]) == 0.0
    book.now = 0.3
    mine.leave("a", 0.3)
    assert mine.take("a", 2.1, ["192.0.2.1"]) == 2.3
    assert mine.take("b", 0.6, ["192.0.2.1"]) == 0.8
    assert other.take("b", 0.3, ["192.0.2.1"]) == 0.8
    mine.hold("a", 9.0)
    mine.leave("a", 0.4)
    assert mine.take("a", 2.4) == 9.0  # who asked to be left alone is


def test_what_others_have_sent_makes_a_request_wait():
    book = Book()
    mine, other = Turns(2.0, 0.5, book), Turns(2.0, 0.5, book)
    assert other.take("a", 0.0, ["192.0.2.1"]) == 0.0
    assert mine.take("a", 0.0, ["192.0.2.1"]) == 2.0
    assert mine.take("b", 0.0, ["192.0.2.1"]) == 0.5
    book.now = 2.0
    assert mine.take("a", 2.0, ["192.0.2.1"]) == 2.0
    assert other.take("b", 2.0, ["192.0.2.1"]) == 2.5
    assert mine.next_at("a") == 4.0
