import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.contributions import contributions
from analysis.measures.pagerank import pagerank
from analysis.warm import warm_pagerank

SIZE = 8


@st.composite
def graphs(draw):
    """Return shares among eight nodes: rows that pass on all, a part or nothing."""
    pairs = draw(st.sets(st.tuples(*[st.integers(0, SIZE - 1)] * 2), max_size=30))
    passed = draw(st.lists(st.sampled_from([0.25, 1.0, 1.0]), min_size=SIZE, max_size=SIZE))
    matrix = np.zeros((SIZE, SIZE))
    for source, target in pairs:
        matrix[source, target] = source != target
    sums = matrix.sum(axis=1, keepdims=True)
    matrix = np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)
    return sparse.csr_array(matrix * np.array(passed)[:, None])


def solved(shares, damping):
    """Return PageRank by solving its linear equation."""
    missing = 1 - np.asarray(shares.sum(axis=1))
    matrix = shares.toarray() + np.outer(missing, np.full(SIZE, 1 / SIZE))
    return np.linalg.solve(np.eye(SIZE) - damping * matrix.T, np.full(SIZE, (1 - damping) / SIZE))


@settings(deadline=None)
@given(graphs(), st.sampled_from([0.5, 0.85, 0.99]), st.integers(0, SIZE - 1))
def test_the_parts_add_up_to_the_whole_score(shares, damping, node):
    ranks = solved(shares, damping)
    found = contributions(shares, ranks, node, damping=damping)
    assert found.links.sum() + found.restart + found.returned == pytest.approx(1, abs=1e-12)
    assert found.total == pytest.approx(ranks[node], rel=1e-9)
    dense = shares.toarray()
    assert set(found.sources.tolist()) == set(np.flatnonzero(dense[:, node]).tolist())
    for source, part in zip(found.sources, found.links, strict=True):
        expected = damping * dense[source, node] * ranks[source] / ranks[node]
        assert part == pytest.approx(expected, rel=1e-9)
    assert (np.diff(found.links) <= 0).all()


@settings(deadline=None)
@given(graphs(), st.sampled_from([0.5, 0.85]))
def test_from_wherever_it_starts_it_ends_at_the_solution(shares, damping):
    start = np.zeros(SIZE)
    start[0] = 1
    found = warm_pagerank(shares.T.tocsr(), start, damping=damping)
    assert np.abs(found - solved(shares, damping)).sum() < 2e-10


def test_a_graph_whose_rows_sum_to_one_has_the_pagerank_of_its_edges():
    matrix = sparse.csr_array(np.array([[0, 0.5, 0.5], [0, 0, 1.0], [0, 0, 0]]))
    found = warm_pagerank(matrix.T.tocsr(), np.full(3, 1 / 3))
    assert found == pytest.approx(pagerank(matrix), abs=2e-10)
    assert warm_pagerank(sparse.csr_array((0, 0)), np.zeros(0)).size == 0
