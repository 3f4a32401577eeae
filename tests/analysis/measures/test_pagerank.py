import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.graph import build_graph
from analysis.measures.pagerank import pagerank, unlinked_rank
from analysis.measures.scale import authority, settle
from analysis.warm import warm_pagerank
from linkcrawler.exceptions import LinkCrawlerError


@st.composite
def domain_graphs(draw):
    """Graphs with isolated and dangling nodes, self-links and repeated edges; none and one node."""
    size = draw(st.integers(0, 12))
    names = [f"d{number}.com" for number in range(size)]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)) if names else st.nothing()
    edges = draw(st.lists(pairs, max_size=30)) if names else []
    table = pa.table(
        {
            "source": pa.array([source for source, _ in edges], pa.string()),
            "target": pa.array([target for _, target in edges], pa.string()),
            "weight": pa.array([1.0] * len(edges), pa.float64()),
        }
    )
    return build_graph(table, names)


def networkx_ranks(graph, **options):
    size = max(len(graph.names), 1)
    ranks = nx.pagerank(graph.to_networkx(), alpha=0.85, tol=1e-12 / size, max_iter=2000, **options)
    return np.array([ranks[name] for name in graph.names])


def matrix(rows):
    return sparse.csr_array(np.array(rows, dtype=float))


@settings(deadline=None, max_examples=200)
@given(domain_graphs())
def test_pagerank_is_within_1e_9_of_networkx(graph):
    ranks = pagerank(graph.adjacency)
    assert ranks.shape == (len(graph.names),)
    assert np.abs(ranks - networkx_ranks(graph)).sum() < 1e-9


@settings(deadline=None, max_examples=50)
@given(domain_graphs().filter(lambda graph: graph.names))
def test_pagerank_from_seeds_is_within_1e_9_of_networkx(graph):
    seeds = graph.names[::2]
    teleport = np.array([float(name in seeds) for name in graph.names])
    ranks = pagerank(graph.adjacency, teleport=teleport)
    expected = networkx_ranks(graph, personalization=dict.fromkeys(seeds, 1.0))
    assert np.abs(ranks - expected).sum() < 1e-9


def test_pagerank_of_a_larger_graph_sums_to_one_and_agrees_with_networkx():
    random = nx.gnp_random_graph(400, 0.01, seed=1, directed=True)
    graph = nx.relabel_nodes(random, {node: f"d{node:03}" for node in random})
    adjacency = sparse.csr_array(nx.to_scipy_sparse_array(graph))
    expected = nx.pagerank(graph, tol=1e-12 / 400, max_iter=1000)
    ranks = pagerank(adjacency)
    assert ranks.sum() == pytest.approx(1, abs=1e-14)
    assert np.abs(ranks - [expected[name] for name in graph]).sum() < 1e-9


def test_an_edge_and_an_isolated_node_rank_by_the_rule_for_dangling_nodes():
    ranks = pagerank(matrix([[0, 1, 0], [0, 0, 0], [0, 0, 0]]))
    assert ranks == pytest.approx(np.array([1, 1.85, 1]) / 3.85, abs=1e-9)


def test_weights_share_a_nodes_vote():
    ranks = pagerank(matrix([[0, 3, 1], [0, 0, 0], [0, 0, 0]]))
    base = ranks[0]
    assert ranks[1:] == pytest.approx([base * (1 + 0.85 * 0.75), base * (1 + 0.85 * 0.25)])


def test_no_node_gives_an_empty_array_and_one_node_has_all():
    assert pagerank(sparse.csr_array((0, 0))).tolist() == []
    assert pagerank(sparse.csr_array((1, 1))).tolist() == [1.0]


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-8])
def test_the_stated_tolerance_is_met(tolerance):
    # A long chain into a ring converges slowly, so that a looser stop rule would show.
    graph = nx.gn_graph(300, seed=2)
    graph.add_edges_from((node, (node + 1) % 300) for node in range(0, 300, 7))
    adjacency = sparse.csr_array(nx.to_scipy_sparse_array(graph))
    exact = pagerank(adjacency, tolerance=1e-14)
    assert np.abs(pagerank(adjacency, tolerance=tolerance) - exact).sum() <= tolerance


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1.0])
def test_a_weight_that_is_no_share_is_refused(weight):
    with pytest.raises(ValueError, match="weight is negative, infinite or no number"):
        pagerank(matrix([[0, weight], [1, 0]]))


@pytest.mark.parametrize("teleport", [[0, 0], [1, -1], [np.nan, 1], [1.0]])
def test_a_teleport_vector_that_is_no_distribution_is_refused(teleport):
    with pytest.raises(ValueError, match="teleport vector must hold 2 numbers"):
        pagerank(matrix([[0, 1], [1, 0]]), teleport=np.array(teleport, dtype=float))


@pytest.mark.parametrize("wrong", [{"damping": 1.0}, {"damping": -0.1}, {"tolerance": 0.0}])
def test_a_parameter_out_of_range_is_named(wrong):
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))} is"):
        pagerank(matrix([[0, 1], [1, 0]]), **wrong)


@pytest.mark.parametrize("damping", [0.98, 0.999])
@pytest.mark.parametrize("first", [0.2, 1.0])
def test_a_damping_near_one_takes_its_rounds_where_nothing_mixes(damping, first):
    # Two circles of two, one with a node that links into it: each round shrinks the error by d alone,
    # and from the first node on rounding keeps the change above what would say so.
    cells = np.zeros((5, 5))
    for source, target in [(0, 1), (1, 0), (2, 1), (3, 4), (4, 3)]:
        cells[source, target] = 1
    cells = sparse.csr_array(cells)
    teleport = np.array([first, *[(1 - first) / 4] * 4])
    exact = np.linalg.solve(np.eye(5) - damping * cells.T, (1 - damping) * teleport)
    found = pagerank(cells, damping=damping, teleport=teleport)
    assert np.abs(found - exact).sum() <= 1e-10
    warm = warm_pagerank(cells.T.tocsr(), np.eye(5)[0], damping=damping)
    assert np.abs(warm - pagerank(cells, damping=damping)).sum() <= 2e-10


def test_too_few_rounds_are_an_error_not_a_wrong_answer():
    with pytest.raises(LinkCrawlerError, match="after 3 rounds"):
        pagerank(matrix([[0, 1, 0], [0, 0, 1], [0, 1, 0]]), max_rounds=3)


def test_the_rank_of_an_unlinked_node_is_the_lowest_there_is():
    adjacency = sparse.csr_array(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=float))
    ranks = pagerank(adjacency, tolerance=1e-13)
    assert unlinked_rank(adjacency, ranks) == pytest.approx(ranks[0], abs=1e-12)
    assert ranks[0] == ranks.min()
    assert unlinked_rank(sparse.csr_array((0, 0)), np.zeros(0)) == 0


def test_an_unlinked_node_has_the_rank_of_one_to_the_last_digit_and_so_no_authority():
    source = ["a", "a", "a", "s", "b"]
    target = ["n", "m", "s", "e", "m"]
    adjacency = build_graph(
        pa.table({"source": source, "target": target, "weight": [1.0] * 5})
    ).shares
    ranks = settle(pagerank(adjacency, shares=True))
    floor = unlinked_rank(adjacency, ranks, shares=True)
    assert floor == ranks[0] == ranks[1]
    assert authority(ranks, floor)[:2].tolist() == [0, 0]
