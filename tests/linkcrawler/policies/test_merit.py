"""What a domain is worth: votes or rank, and its relevance where there is a niche."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.frontier.limits import Limits
from linkcrawler.policies.merit import Merit, ShareOutside, fits, relevance_of, worth_of
from linkcrawler.policies.order import PAGERANK, REFERRERS, Order

BY_VOTES, BY_RANK = Order(REFERRERS), Order(PAGERANK)


def test_votes_or_rank_make_the_worth():
    merit = Merit(votes=2.0, rank=7.0)
    assert worth_of(merit, BY_VOTES, has_niche=False) == 2.5
    assert worth_of(merit, BY_RANK, has_niche=False) == 7.0
    assert worth_of(merit._replace(rank=0.0), BY_RANK, has_niche=False) == 2.5


def test_relevance_counts_only_with_a_niche():
    good, bad = Merit(votes=1.0, relevance=8.0, judged=8), Merit(votes=1.0, judged=8)
    assert worth_of(good, BY_VOTES, has_niche=False) == worth_of(bad, BY_VOTES, has_niche=False)
    assert worth_of(good, BY_VOTES, has_niche=True) > 10 * worth_of(bad, BY_VOTES, has_niche=True)
    assert worth_of(bad, BY_VOTES, has_niche=True) > 0


def test_domains_outside_of_the_niche_come_behind_all_of_it():
    weak = Merit(pages=400, relevance=80.0, judged=400)
    strong = Merit(votes=1000.0, judged=10)
    assert fits(weak)
    assert not fits(strong)
    order = Limits(order=BY_VOTES, has_niche=True)
    assert order.place(1, weak) < order.place(1, strong)
    plain = Limits(order=BY_VOTES)
    assert plain.place(1, weak) > plain.place(1, strong)


def test_pages_that_cannot_be_judged_speak_against_a_domain_a_little():
    said = Merit(hint=0.2, hints=1)
    assert fits(said)
    assert not fits(said._replace(pages=6))
    good = Merit(pages=20, relevance=8.0, judged=16)
    assert fits(good)


def test_no_more_than_a_part_goes_outside():
    share = ShareOutside()
    asked = []
    for _ in range(400):
        asked.append(share.allows())
        share.count(is_outside=asked[-1])
    assert 0.04 < sum(asked) / len(asked) < 0.1


def test_a_domain_speaks_for_itself_after_some_pages():
    said = Merit(hint=9.0, hints=9)
    assert relevance_of(said) > 0.9
    assert relevance_of(said._replace(judged=20)) < 0.1


@given(st.integers(0, 100), st.integers(0, 100), st.floats(0, 1), st.floats(0, 1))
def test_relevance_stays_a_share(judged, hints, relevance, hint):
    merit = Merit(relevance=judged * relevance, judged=judged, hint=hints * hint, hints=hints)
    assert 0 <= relevance_of(merit) <= 1


@pytest.mark.parametrize(("referrers", "pages"), [(0, 50), (7, 85), (1000, 200)])
def test_referring_domains_earn_pages_up_to_four_times_the_budget(referrers, pages):
    limits = Limits(max_pages_per_domain=50, earned=5)
    assert limits.budget_of(Merit(referrers=referrers)) == pages
    assert Limits(max_pages_per_domain=50).budget_of(Merit(referrers=referrers)) == 50


def test_a_domain_rests_after_its_barren_pages_and_never_where_that_is_not_asked_for():
    assert [Limits(rest_after=3).rests(Merit(barren=barren)) for barren in (2, 3)] == [False, True]
    assert not Limits().rests(Merit(barren=10**6))
