import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.intervals import Intervals, around, rank_intervals, tiers
from analysis.measures.pagerank import pagerank
from analysis.resampling import edges_kept, survivors


def random_graph(seed, size=12, edges=30):
    """Return shares, and for each edge the numbers of the pages that support it."""
    rng = np.random.default_rng(seed)
    pairs = {(a, b) for a, b in rng.integers(0, size, (edges, 2)).tolist() if a != b}
    pages = {pair: rng.integers(0, 40, rng.integers(1, 4)).tolist() for pair in sorted(pairs)}
    matrix = np.zeros((size, size))
    for source, target in pairs:
        matrix[source, target] = 1
    sums = matrix.sum(axis=1, keepdims=True)
    shares = sparse.csr_array(np.divide(matrix, sums, out=matrix, where=sums > 0))
    return shares, pages


def numbers(pages):
    return np.array(pages, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def support(pages):
    rows = sorted((a, b, page) for (a, b), some in pages.items() for page in some)
    source, target, page = np.array(rows).T
    return [(source, target, numbers(page))]


def bit(words, row, replicate):
    return bool(int(words[row, replicate // 64]) >> (replicate % 64) & 1)


def test_a_page_survives_as_often_as_a_poisson_weight_is_above_zero():
    words = survivors(numbers(range(2000)), 192)
    share = np.bitwise_count(words).sum() / (2000 * 192)
    assert share == pytest.approx(1 - np.exp(-1), abs=0.003)
    assert len(np.unique(words)) > 5900  # no two pages, no two words share their fate


def test_an_edge_is_kept_where_any_page_that_supports_it_survives():
    shares, pages = random_graph(3)
    kept = edges_kept(shares, support(pages), 100)
    alive = survivors(numbers(range(40)), 100)
    entries = shares.tocoo()
    for row, pair in enumerate(zip(*(axis.tolist() for axis in entries.coords), strict=True)):
        for replicate in range(100):
            expected = any(bit(alive, page, replicate) for page in pages[pair])
            assert bit(kept, row, replicate) is expected


def test_support_may_come_in_batches_and_may_name_what_is_no_edge():
    shares, pages = random_graph(4)
    ((source, target, page),) = support({**pages, (0, 0): [1, 2]})
    halves = [tuple(column[i::2][::-1] for column in (source, target, page)) for i in (0, 1)]
    assert np.array_equal(edges_kept(shares, halves), edges_kept(shares, support(pages)))


@pytest.mark.parametrize("seed", [1, 2])
def test_intervals_are_those_of_replicates_ranked_by_networkx(seed, monkeypatch):
    monkeypatch.setattr("analysis.intervals.TOLERANCE", 1e-13)
    shares, pages = random_graph(seed)
    kept, size, replicates = edges_kept(shares, support(pages), 60), shares.shape[0], 60
    lows, highs = [], []
    entries = shares.tocoo()
    for replicate in range(replicates):
        graph = nx.DiGraph()
        graph.add_nodes_from(range(size))
        graph.add_edges_from(
            pair
            for row, pair in enumerate(
                zip(*(axis.tolist() for axis in entries.coords), strict=True)
            )
            if bit(kept, row, replicate)
        )
        found = nx.pagerank(graph, tol=1e-14, max_iter=500)
        scores = np.array([found[node] for node in range(size)]).round(9)
        lows.append([1 + int((scores > score).sum()) for score in scores])
        highs.append([int((scores >= score).sum()) for score in scores])
    found = rank_intervals(shares, pagerank(shares), kept, replicates=replicates)
    # A twentieth of 60 replicates, 3, is left out on either side.
    assert found.low.tolist() == np.sort(lows, axis=0)[3].tolist()
    assert found.high.tolist() == np.sort(highs, axis=0)[-4].tolist()


def test_what_many_pages_say_is_surer_than_what_one_says():
    size = 40
    matrix = np.zeros((size, size))
    matrix[4:22, 0] = matrix[22:, 1] = 1  # 18 sources vote for either
    shares = sparse.csr_array(matrix)
    pages = {(row, 0): [row] for row in range(4, 22)}
    pages |= {(row, 1): list(range(100 * row, 100 * row + 30)) for row in range(22, size)}
    found = rank_intervals(shares, pagerank(shares), edges_kept(shares, support(pages)))
    assert (found.low[1], found.high[1]) == (1, 1)
    assert found.high[0] == 2
    assert found.low[2] == 3
    assert found.high[2] == size


def test_those_that_stand_before_all_others_do_so_in_every_replicate():
    shares, pages = random_graph(5)
    first = np.arange(12) >= 8
    kept = edges_kept(shares, support(pages))
    found = rank_intervals(shares, pagerank(shares), kept, first=first)
    assert found.high[first].max() <= 4
    assert found.low[~first].min() >= 5


def test_the_same_graph_gives_the_same_intervals_and_none_gives_none():
    shares, pages = random_graph(6)
    kept = edges_kept(shares, support(pages))
    one, other = (rank_intervals(shares, pagerank(shares), kept) for _ in range(2))
    assert np.array_equal(one.low, other.low)
    assert np.array_equal(one.high, other.high)
    empty = sparse.csr_array((0, 0))
    nothing = rank_intervals(empty, np.zeros(0), edges_kept(empty, []))
    assert tiers(around(nothing, np.zeros(0, dtype=np.int64))).size == 0


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
