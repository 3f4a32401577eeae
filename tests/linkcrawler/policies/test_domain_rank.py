"""The crawl's own PageRank of domains agrees with networkx where it is given time."""

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcrawler.policies.domain_rank import domain_rank

arcs = st.sets(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda arc: arc[0] != arc[1]),
    max_size=40,
)


def links_of(found):
    links = {}
    for source, target in sorted(found):
        links.setdefault(source, []).append(target)
    return links


@settings(max_examples=60, deadline=None)
@given(arcs)
def test_it_is_pagerank_in_units_of_the_average(found):
    graph = nx.DiGraph(sorted(found))
    graph.add_nodes_from(range(10))
    exact = nx.pagerank(graph, tol=1e-12, max_iter=1000)
    rank = domain_rank(range(10), links_of(found), rounds=200)
    for domain in range(10):
        assert rank[domain] == pytest.approx(10 * exact[domain], abs=0.02)
    assert sum(rank.values()) == pytest.approx(10)


def test_a_start_from_the_last_one_needs_fewer_rounds():
    links = links_of({(a, b) for a in range(30) for b in range(30) if a != b and a * b % 7 == 3})
    exact = domain_rank(range(30), links, rounds=500)
    grown = {domain: [*targets] for domain, targets in links.items()}
    grown.setdefault(0, []).append(30)
    target = domain_rank(range(31), grown, rounds=500)

    def error(rank):
        return sum(abs(rank[domain] - target[domain]) for domain in range(31))

    assert error(domain_rank(range(31), grown, exact, rounds=1)) < error(
        domain_rank(range(31), grown, rounds=1)
    )


def test_nothing_is_ranked_where_nothing_is_known():
    assert domain_rank([], {}) == {}
