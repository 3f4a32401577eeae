"""Every measure equals networkx, or a plain Python version of its definition, on random graphs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.measures.endorsement import endorsement
from analysis.measures.harmonic import harmonic, harmonic_sampled, nearness
from analysis.measures.hits import SMALL, hits
from analysis.measures.pagerank import pagerank
from analysis.measures.salsa import salsa
from analysis.measures.spam_mass import spam_mass
from analysis.measures.supporters import referring, supporters
from analysis.measures.trust import distrust, trust
from linkcrawler.exceptions import UsageError

EXAMPLES = settings(deadline=None, max_examples=40)


@st.composite
def graphs(draw, most=12):
    count = draw(st.integers(1, most))
    node = st.integers(0, count - 1)
    edges = draw(st.sets(st.tuples(node, node), max_size=4 * count))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edge for edge in sorted(edges) if edge[0] != edge[1])
    return graph


def matrix(graph):
    return sparse.csr_array(
        nx.to_scipy_sparse_array(graph, nodelist=range(len(graph)), dtype=float)
    )


def chosen(graph, draw):
    return np.array(draw(st.lists(st.booleans(), min_size=len(graph), max_size=len(graph))))


def by_networkx(graph, teleport):
    """The fixed point, to 1e-13."""
    ends = {node: float(value) for node, value in enumerate(teleport)}
    ranks = nx.pagerank(graph, personalization=ends, tol=1e-14 / len(graph), max_iter=5000)
    return [ranks[node] for node in range(len(graph))]


@EXAMPLES
@given(graph=graphs(), data=st.data())
def test_trust_is_the_personalised_pagerank_of_networkx(graph, data):
    seeds = chosen(graph, data.draw)
    expected = by_networkx(graph, seeds) if seeds.any() else [0] * len(graph)
    assert trust(matrix(graph), seeds).tolist() == pytest.approx(expected, abs=1e-9)


@EXAMPLES
@given(graph=graphs(), data=st.data())
def test_distrust_is_trust_on_the_graph_turned_round(graph, data):
    seeds = chosen(graph, data.draw)
    expected = by_networkx(graph.reverse(), seeds) if seeds.any() else [0] * len(graph)
    weights = matrix(graph)
    weights.data[:] = np.linspace(0.1, 1, weights.nnz)
    assert distrust(weights, seeds).tolist() == pytest.approx(expected, abs=1e-9)


@EXAMPLES
@given(graph=graphs(), data=st.data())
def test_spam_mass_is_that_of_the_two_linear_systems(graph, data):
    core = chosen(graph, data.draw)
    found = spam_mass(matrix(graph), core, good=0.7)
    if not core.any():
        assert np.isnan(found).all()
        return
    count = len(graph)
    dense = matrix(graph).toarray()
    rows = dense.sum(axis=1, keepdims=True)
    flow = np.divide(dense, rows, out=np.zeros_like(dense), where=rows > 0)
    system = np.eye(count) - 0.85 * flow.T
    whole = np.linalg.solve(system, 0.15 * np.full(count, 1 / count))
    good = np.linalg.solve(system, 0.15 * 0.7 * core / core.sum())
    assert found.tolist() == pytest.approx((1 - good / whole).tolist(), abs=1e-8)


def test_a_share_of_good_domains_beyond_one_is_refused():
    with pytest.raises(UsageError, match=r"share of good domains is 1\.5"):
        spam_mass(sparse.csr_array(np.ones((1, 1))), np.array([True]), good=1.5)


@EXAMPLES
@given(graph=graphs())
def test_hubs_and_authorities_are_what_power_iteration_converges_to(graph):
    dense = matrix(graph).toarray()
    hubs, authorities = hits(matrix(graph))
    if not dense.any():
        assert not hubs.any()
        assert not authorities.any()
        return
    # Every eigenvalue but the first dies out in 2^40 rounds, unless it equals it.
    power = dense.T @ dense
    for _ in range(40):
        power = power / np.linalg.norm(power)
        power = power @ power
    expected = power @ np.ones(len(graph))
    assert authorities.tolist() == pytest.approx((expected / expected.sum()).tolist(), abs=1e-8)
    expected = dense @ expected
    assert hubs.tolist() == pytest.approx((expected / expected.sum()).tolist(), abs=1e-8)


@pytest.mark.parametrize("count", [60, SMALL + 200])
def test_hits_equals_networkx_small_and_large(count):
    graph = nx.gnp_random_graph(count, 0.05, seed=3, directed=True)
    hubs, authorities = hits(matrix(graph))
    expected_hubs, expected = nx.hits(graph, max_iter=1000, tol=1e-14)
    assert authorities.tolist() == pytest.approx([expected[n] for n in range(count)], abs=1e-10)
    assert hubs.tolist() == pytest.approx([expected_hubs[n] for n in range(count)], abs=1e-10)


@pytest.mark.parametrize("leaves", [1, 3])
def test_hits_gives_communities_that_weigh_the_same_the_same(leaves):
    # Too many nodes to square the matrix; all that the vector of ones leads to are two vectors.
    count = SMALL + 4 * leaves
    star = nx.DiGraph((0, leaf) for leaf in range(1, leaves + 1))
    stars = nx.disjoint_union_all([star] * count)
    hubs, authorities = hits(matrix(stars))
    assert set(hubs.round(12)) == {0, round(1 / count, 12)}
    assert set(authorities.round(12)) == {0, round(1 / count / leaves, 12)}


@EXAMPLES
@given(graph=graphs())
def test_salsa_is_where_the_walk_back_and_forth_ends_up(graph):
    found = salsa(matrix(graph))
    linked = [node for node in graph if graph.in_degree(node)]
    now = {node: 1 / len(linked) for node in linked}
    for _ in range(400):
        after = dict.fromkeys(linked, 0.0)
        for node in linked:
            for source in graph.predecessors(node):
                for target in graph.successors(source):
                    ways = graph.in_degree(node) * graph.out_degree(source)
                    after[target] += now[node] / ways
        now = after
    assert found.tolist() == pytest.approx([now.get(node, 0) for node in graph], abs=1e-6)


@EXAMPLES
@given(graph=graphs(), data=st.data())
def test_referring_nodes_and_groups_are_counted_as_by_hand(graph, data):
    groups = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(graph), max_size=len(graph)))
    )
    assert referring(matrix(graph)).tolist() == [graph.in_degree(node) for node in graph]
    expected = [len({groups[s] for s in graph.predecessors(n)} - {groups[n]}) for n in graph]
    assert referring(matrix(graph), groups).tolist() == expected


@EXAMPLES
@given(graph=graphs(most=80))
def test_supporters_are_the_nodes_at_most_two_steps_away(graph):
    expected = [
        len(nx.single_source_shortest_path_length(graph.reverse(), node, cutoff=2)) - 1
        for node in graph
    ]
    assert supporters(matrix(graph)).tolist() == expected


@EXAMPLES
@given(graph=graphs())
def test_endorsement_is_handed_on_as_the_docstring_says(graph):
    ratings = dict.fromkeys(graph, 1.0)
    for _ in range(50):
        ratings = {
            node: 0.15
            + 0.85 * sum(ratings[s] / graph.out_degree(s) for s in graph.predecessors(node))
            for node in graph
        }
    assert endorsement(matrix(graph)).tolist() == pytest.approx(list(ratings.values()))


@EXAMPLES
@given(graph=graphs(), data=st.data())
def test_pagerank_of_shares_sends_what_they_lack_to_the_teleport_vector(graph, data):
    dense = matrix(graph).toarray()
    rows = dense.sum(axis=1, keepdims=True)
    kept = np.array(
        data.draw(st.lists(st.floats(0.1, 1), min_size=len(graph), max_size=len(graph)))
    )
    flow = np.divide(dense, rows, out=np.zeros_like(dense), where=rows > 0) * kept[:, None]
    teleport = np.arange(1, len(graph) + 1) / np.arange(1, len(graph) + 1).sum()
    whole = flow + np.outer(1 - flow.sum(axis=1), teleport)
    expected = np.linalg.solve(np.eye(len(graph)) - 0.85 * whole.T, 0.15 * teleport)
    found = pagerank(sparse.csr_array(flow), teleport=teleport, shares=True)
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-9)


def test_shares_of_more_than_everything_are_refused():
    with pytest.raises(ValueError, match="shares of a node sum to more than 1"):
        pagerank(sparse.csr_array(np.array([[0, 0.7, 0.7], [0, 0, 0], [0, 0, 0]])), shares=True)


def test_sampled_harmonic_is_exact_with_all_sources_and_within_its_error_with_some():
    multiple = nx.scale_free_graph(900, seed=5)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(900))
    graph.add_edges_from(edge for edge in multiple.edges() if edge[0] != edge[1])
    exact = harmonic(matrix(graph))
    every, none = harmonic_sampled(matrix(graph), samples=len(graph))
    assert every.tolist() == pytest.approx(exact.tolist())
    assert not none.any()
    errors = []
    for seed in range(20):
        some, error = harmonic_sampled(matrix(graph), samples=100, seed=seed)
        assert (error <= np.count_nonzero(np.diff(matrix(graph).indptr)) / 40 + 1e-9).all()
        known = error > 0
        errors.append(((some - exact)[known] / error[known]) ** 2)
        assert some[~known].tolist() == pytest.approx(exact[~known].tolist(), abs=20)
    # The errors are standard errors: their squares are 1 on average.
    assert 0.8 < np.concatenate(errors).mean() < 1.25


def test_nearness_is_exact_on_small_graphs_and_states_its_error_on_large_ones(monkeypatch):
    graph = nx.gnp_random_graph(1500, 0.003, seed=1, directed=True)
    values, errors = nearness(matrix(graph))
    assert values.tolist() == harmonic(matrix(graph)).tolist()
    assert not errors.any()
    monkeypatch.setattr("analysis.measures.search.CHEAP", 0)
    values, errors = nearness(matrix(graph))
    assert errors.max() > 0
    assert np.abs(values - harmonic(matrix(graph))).max() < 6 * errors.max()
