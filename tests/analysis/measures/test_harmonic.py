import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.measures.harmonic import harmonic


def adjacency_of(graph):
    return sparse.csr_array(nx.to_scipy_sparse_array(graph, nodelist=sorted(graph)))


def networkx_harmonic(graph):
    values = nx.harmonic_centrality(graph)
    return [values[node] for node in sorted(graph)]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 25), st.floats(0, 0.4), st.integers(0, 10_000))
def test_harmonic_equals_networkx_on_random_graphs(size, density, seed):
    graph = nx.gnp_random_graph(size, density, seed=seed, directed=True)
    assert harmonic(adjacency_of(graph)) == pytest.approx(networkx_harmonic(graph), abs=1e-12)


def test_harmonic_equals_networkx_where_sources_fill_several_words():
    graph = nx.gnp_random_graph(200, 0.015, seed=3, directed=True)
    assert harmonic(adjacency_of(graph)) == pytest.approx(networkx_harmonic(graph), abs=1e-12)


def test_the_node_that_is_reached_gains_and_the_one_that_links_does_not():
    chain = sparse.csr_array(np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=float))
    assert harmonic(chain).tolist() == [0, 1, 1.5]


def test_no_node_and_nodes_without_edges_are_zero():
    assert harmonic(sparse.csr_array((0, 0))).tolist() == []
    assert harmonic(sparse.csr_array((2, 2))).tolist() == [0, 0]


def test_a_long_chain_is_followed_to_its_end():
    size = 300
    chain = sparse.csr_array(np.eye(size, k=1))
    assert harmonic(chain)[-1] == pytest.approx(sum(1 / step for step in range(1, size)))
