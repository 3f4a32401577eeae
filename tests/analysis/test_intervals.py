import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.earlier import Earlier
from analysis.intervals import (
    FINENESS,
    LEVEL,
    NEIGHBOURS,
    Before,
    Intervals,
    around,
    rank_intervals,
    scores_then,
    tiers,
)


def middles(scores):
    """Return the mean of the ranks that each may stand at, by counting."""
    known = [score for score in scores if not math.isnan(score)]
    return [
        (1 + sum(other > score for other in known) + sum(other >= score for other in known)) / 2
        for score in scores
    ]


def nine_tenths(moved):
    return sorted(moved)[math.ceil((len(moved) + 1) * LEVEL) - 1]


def factors(now, before):
    """Return how far nodes near each rank have moved, plainly."""
    pairs = sorted(
        (then, abs(math.log(rank / then)))
        for rank, then, score in zip(middles(now), middles(before), before, strict=True)
        if not math.isnan(score)
    )
    moved = [distance for _, distance in pairs]
    ranks, farthest = [NEIGHBOURS], [nine_tenths(moved[:NEIGHBOURS])]
    while ranks[-1] < len(moved):
        ranks.append(NEIGHBOURS * FINENESS ** len(ranks))
        farthest.append(nine_tenths(moved[int(ranks[-1] / 2) : int(2 * ranks[-1])]))
    return np.interp(np.log(middles(now)), np.log(ranks), farthest)


@pytest.mark.parametrize("size", [9, 60, 700])
def test_a_rank_is_divided_and_multiplied_by_how_far_ranks_near_it_have_moved(size):
    rng = np.random.default_rng(size)
    now = rng.pareto(1.2, size).round(2)  # some tie
    half, quarter = (now * np.exp(rng.normal(0, by, size)) for by in (0.3, 0.5))
    quarter[:: max(3, size // 9)] = np.nan if size > 9 else quarter[0]
    found = rank_intervals(now, [Before(0.5, half), Before(0.25, quarter)])
    reach = np.maximum(factors(now, half), factors(now, quarter) / math.sqrt(3))
    best = np.array([1 + (now > score).sum() for score in now])
    worst = np.array([(now >= score).sum() for score in now])
    assert found.low.tolist() == np.floor(best / np.exp(reach)).clip(1).tolist()
    assert found.high.tolist() == np.ceil(worst * np.exp(reach)).tolist()


def test_what_has_not_moved_keeps_its_rank_and_ties_stand_at_any_of_theirs():
    now = np.array([5.0, 4.0, 4.0, *range(3, -9, -1)])
    found = rank_intervals(now, [Before(0.5, now)])
    assert found.low.tolist() == [1, 2, 2, *range(4, 16)]
    assert found.high.tolist() == [1, 3, 3, *range(4, 16)]


def test_what_is_left_of_the_crawl_is_left_to_move_and_nothing_at_its_end():
    rng = np.random.default_rng(2)
    now = rng.pareto(1.2, 50)
    half = now * np.exp(rng.normal(0, 0.5, 50))
    found = rank_intervals(now, [Before(0.5, half, left=0.36)])
    reach = 0.6 * factors(now, half)
    worst = np.array([(now >= score).sum() for score in now])
    assert found.high.tolist() == np.ceil(worst * np.exp(reach)).tolist()
    ended = rank_intervals(
        now, [Before(0.5, half, left=0.0), Before(0.25, np.full(50, np.nan), 0.0)]
    )
    assert ended.low.tolist() == ended.high.tolist() == worst.tolist()


def test_where_too_little_was_known_earlier_an_interval_holds_all_ranks():
    now = np.arange(12.0)
    few = np.where(now < 8, now, np.nan)
    for earlier in (
        [],
        [Before(0.5, np.full(12, np.nan))],
        [Before(0.5, now), Before(0.25, few)],
    ):
        found = rank_intervals(now, earlier)
        assert found.low.tolist() == [1] * 12
        assert found.high.tolist() == [12] * 12
    nothing = rank_intervals(np.zeros(0), [Before(0.5, np.zeros(0))])
    assert tiers(around(nothing, np.zeros(0, dtype=np.int64))).size == 0


def test_ranks_by_means_end_within_nine_intervals_of_ten():
    rng = np.random.default_rng(1)
    worth = np.sort(rng.pareto(1.0, 2000))[::-1] + 1
    # What 1,000 pages say of each, of a web that has 100 times as many.
    noise = worth[:, None] * rng.normal(0, 20, (2000, 4)) * np.sqrt(1 / np.array([4, 4, 4, 4]))
    quarters = worth[:, None] + noise / np.sqrt(250)
    scores = [quarters[:, :n].mean(axis=1) for n in (4, 2, 1)]
    found = rank_intervals(scores[0], [Before(0.5, scores[1]), Before(0.25, scores[2])])
    place = np.empty(2000, dtype=np.int64)
    place[np.argsort(-scores[0], kind="stable")] = np.arange(2000)
    true = np.arange(1, 2001)
    inside = (found.low <= true) & (true <= found.high)
    assert 0.85 < inside.mean() < 0.99
    assert 0.85 < inside[place < 200].mean() < 0.99


def test_earlier_scores_are_the_pagerank_of_what_was_known_then():
    rng = np.random.default_rng(3)
    matrix = (rng.random((14, 14)) < 0.25) * 1.0
    np.fill_diagonal(matrix, 0)
    matrix[:, 13] = matrix[13] = 0
    sums = matrix.sum(axis=1, keepdims=True)
    shares = sparse.csr_array(np.divide(matrix, sums, out=matrix, where=sums > 0))
    edges = rng.random(shares.nnz) < 0.6
    nodes = np.arange(14) < 13
    found = scores_then(shares, Earlier(edges, nodes), 0.8)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(13))
    ends = zip(*(axis[edges].tolist() for axis in shares.tocoo().coords), strict=True)
    graph.add_edges_from(ends)
    expected = nx.pagerank(graph, alpha=0.8, tol=1e-14, max_iter=500)
    assert found[:13] == pytest.approx([expected[node] for node in range(13)], abs=1e-10)
    assert math.isnan(found[13])


def test_an_interval_is_widened_to_hold_the_rank():
    found = around(Intervals(np.array([2, 1]), np.array([3, 2])), np.array([1, 4]))
    assert found.low.tolist() == [1, 1]
    assert found.high.tolist() == [3, 4]


interval = st.tuples(st.integers(1, 30), st.integers(0, 8)).map(lambda pair: (pair[0], sum(pair)))


@settings(deadline=None)
@given(st.lists(interval, min_size=1, max_size=40))
def test_a_tier_is_one_more_than_the_highest_of_those_surely_above(pairs):
    low, high = (np.array(ends) for ends in zip(*pairs, strict=True))
    found = tiers(Intervals(low, high))
    for node, begin in enumerate(low):
        above = found[high < begin]
        assert found[node] == (above.max() + 1 if above.size else 1)
    for tier in set(found.tolist()):
        inside = found == tier
        assert low[inside].max() <= high[inside].min(), "all of a tier overlap"
