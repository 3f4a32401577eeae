import os
import pickle
import re
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest

import analysis
from analysis.array_graph import ArrayGraph
from analysis.backend_info import FUNCTIONS
from analysis.rankings import rank

TESTS = (
    "networkx.algorithms.link_analysis.tests.test_pagerank",
    "networkx.algorithms.link_analysis.tests.test_hits",
    "networkx.algorithms.centrality.tests.test_harmonic_centrality",
    "networkx.algorithms.centrality.tests.test_degree_centrality",
    "networkx.tests.test_convert_scipy",
)
"""networkx's own tests of what the backend implements."""


@pytest.fixture(scope="module")
def graph(tmp_path_factory, make):
    rng = np.random.default_rng(4)
    names = [f"d{number}.com" for number in range(40)]
    pairs = {tuple(rng.choice(40, 2, replace=False).tolist()) for _ in range(150)}
    links = [
        make.link(
            f"https://{names[a]}/", f"https://{names[b]}/{n % 3}", position=n, follow=n % 9 > 0
        )
        for n, (a, b) in enumerate(sorted(pairs))
    ]
    folder = make.crawl(tmp_path_factory.mktemp("backend") / "c", (), links)
    rank(folder)
    return analysis.open(folder).graph()


def untouched(graph):
    """Whether the dictionaries of a DiGraph have not been made."""
    return "_plain" not in vars(graph)


@pytest.mark.parametrize(
    "call",
    [
        lambda graph: nx.pagerank(graph, tol=1e-15, max_iter=2000),
        lambda graph: nx.pagerank(graph, weight="n_links", tol=1e-15, max_iter=2000),
        lambda graph: nx.pagerank(
            graph, alpha=0.6, personalization={"d1.com": 2, "d2.com": 1}, dangling={"d3.com": 1},
            tol=1e-15, max_iter=2000,
        ),
        lambda graph: nx.hits(graph, tol=1e-14, max_iter=1000)[0],
        lambda graph: nx.hits(graph, tol=1e-14, max_iter=1000)[1],
        nx.harmonic_centrality,
        lambda graph: nx.harmonic_centrality(graph, nbunch=["d1.com", "d2.com"]),
        lambda graph: nx.harmonic_centrality(graph, sources=["d1.com", "d2.com", "none.com"]),
        nx.degree_centrality, nx.in_degree_centrality, nx.out_degree_centrality,
        lambda graph: dict(graph.degree), lambda graph: dict(graph.in_degree()),
        lambda graph: dict(graph.out_degree(weight="n_links")),
        lambda graph: dict(graph.degree(["d1.com", "d7.com"])),
        lambda graph: {"one": graph.in_degree("d1.com"), "edges": graph.number_of_edges()},
    ],
)  # fmt: skip
def test_networkx_gives_the_same_from_arrays_as_from_its_own_graph(graph, call):
    plain = graph.copy()
    assert type(plain) is nx.DiGraph
    fresh = ArrayGraph(graph.arrays)
    assert call(fresh) == pytest.approx(call(plain), abs=1e-9)
    assert untouched(fresh)


def test_the_array_is_the_one_that_networkx_makes(graph):
    for weight in (None, "weight", "n_links", "unknown"):
        expected = nx.to_scipy_sparse_array(graph.copy(), nodelist=list(graph), weight=weight)
        assert (nx.to_scipy_sparse_array(graph, weight=weight) != expected).nnz == 0


def test_default_settings_of_networkx_give_the_exact_pagerank(graph):
    exact = nx.pagerank(graph.copy(), tol=1e-15, max_iter=2000)
    assert sum(abs(nx.pagerank(graph)[name] - exact[name]) for name in graph) < 1e-9


def test_what_the_backend_does_not_do_networkx_does_when_allowed(graph):
    with pytest.raises(NotImplementedError, match="'betweenness_centrality' is not implemented by"):
        nx.betweenness_centrality(graph)
    with nx.config(fallback_to_nx=True):
        found = nx.betweenness_centrality(graph)
    assert found == nx.betweenness_centrality(graph.copy())


def test_the_graph_is_a_digraph_that_nobody_changes(graph):
    assert isinstance(graph, nx.DiGraph)
    with pytest.raises(nx.NetworkXError, match="Frozen graph"):
        graph.add_edge("d1.com", "d2.com")
    with pytest.raises(TypeError):
        graph.nodes["d1.com"]["rank"] = 5
    copy = graph.copy()
    copy.add_edge("new.com", "d1.com")
    assert "new.com" not in graph
    assert "d1.com" in graph
    assert len(graph) == len(list(graph)) == 40


def test_what_networkx_derives_from_it_is_plain_and_whole(graph):
    some = list(graph)[:10]
    assert set(graph.subgraph(some)) == set(some)
    reverse = graph.reverse()
    assert set(reverse.edges) == {(v, u) for u, v in graph.edges}
    again = pickle.loads(pickle.dumps(graph.copy()))
    assert nx.utils.graphs_equal(again, graph.copy())


def test_networkx_converts_its_own_graph_where_this_backend_is_asked_for():
    graph = nx.gnp_random_graph(60, 0.05, seed=2, directed=True)
    found = nx.pagerank(graph, backend="linkcrawler")
    assert found == pytest.approx(nx.pagerank(graph, tol=1e-15, max_iter=2000), abs=1e-9)


def test_networkx_runs_its_own_tests_of_these_functions_on_the_backend():
    env = {**os.environ, "NETWORKX_TEST_BACKEND": "linkcrawler", "NETWORKX_FALLBACK_TO_NX": "True"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull,
               "-W", "ignore", "--pyargs", *TESTS]  # fmt: skip
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    (passed,) = re.findall(r"(\d+) passed", done.stdout)
    print(f"{passed} of networkx's own tests of {', '.join(FUNCTIONS)} pass")
    assert int(passed) > 60
