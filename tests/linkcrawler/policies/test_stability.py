"""A top that no longer moves is told from one that does, or that is not full."""

from linkcrawler.policies.stability import Stability


def looks(stability, tops, pages=100):
    found = []
    for top in tops:
        found.append(stability.look(pages, top))
        pages = int(pages * 1.2) + 100
    return found


def test_three_quiet_looks_in_a_row_are_enough():
    top = range(100)
    assert looks(Stability(100), [top] * 5) == [False, False, False, True, True]


def test_a_newcomer_among_fifty_moves_and_two_among_a_hundred_do_not():
    few = [range(at, at + 50) for at in (0, 0, 0, 2, 2, 2)]
    assert not any(looks(Stability(50), few))
    many = [range(at, at + 100) for at in (0, 2, 4, 6)]
    assert looks(Stability(100), many)[-1]


def test_a_top_that_is_not_full_is_never_stable():
    assert not any(looks(Stability(100), [range(99)] * 6))


def test_nothing_is_looked_at_before_the_crawl_has_grown_by_a_tenth():
    stability = Stability(2)
    stability.look(10_000, [1, 2])
    assert [stability.is_due(pages) for pages in (10_100, 10_999, 11_000)] == [False, False, True]
    assert not Stability(2).is_due(99)
