"""Limits mean what they say, whatever the order in which pages come in."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.small_webs import u

from linkcrawler.urls.canonical import host_of

DOMAINS = [f"d{n}" for n in range(7)]
URLS = [u(domain, page) for domain in DOMAINS for page in ("", "1")]


@st.composite
def webs(draw):
    links = st.lists(st.sampled_from(URLS), max_size=4)
    moved = st.sampled_from(URLS).map(lambda url: [">" + url])
    return {url: draw(st.one_of(links, links, moved)) for url in URLS}


def expected(web, seeds, max_hops):
    """Return the hops of each domain and the URLs fetched: the crawl's promise, worked out plainly."""
    meant = set(seeds)  # seeds and what they redirect to
    while True:
        more = {web[url][0][1:] for url in meant if web[url][:1] and web[url][0][0] == ">"}
        if more <= meant:
            break
        meant |= more
    fetched = set()
    while True:
        graph = nx.DiGraph()
        graph.add_nodes_from(host_of(url) for url in seeds)
        known = set(seeds)
        for url in fetched:
            for target in (link.lstrip(">") for link in web[url]):
                known.add(target)
                a, b = host_of(url), host_of(target)
                free = url in meant and web[url][0].startswith(">")
                cost = int(a != b and not free)
                if not graph.has_edge(a, b) or graph[a][b]["cost"] > cost:
                    graph.add_edge(a, b, cost=cost)
        hops = nx.multi_source_dijkstra_path_length(
            graph, {host_of(url) for url in seeds}, weight="cost"
        )
        now = {url for url in known if hops[host_of(url)] <= max_hops}
        if now == fetched:
            return dict(hops), fetched
        fetched = now


@given(
    webs(), st.sets(st.sampled_from(URLS), min_size=1, max_size=3), st.integers(0, 3), st.integers()
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_hops_and_pages_are_those_of_the_shortest_ways_in_any_order(
    crawl_of, web, seeds, hops, salt
):
    chance = random.Random(salt)
    crawl = crawl_of(web, max_hops=hops, domain_window=chance.choice([1, 2, 8]))
    crawl.open(*sorted(seeds)).run_shuffled(chance)
    want_hops, want_fetched = expected(web, seeds, hops)
    assert crawl.hops == want_hops
    assert set(crawl.order) == want_fetched
    assert max(crawl.fetched.values()) == 1
    crawl.close()


@given(
    st.lists(st.lists(st.integers(0, 11), max_size=3), min_size=12, max_size=12),
    st.sets(st.integers(0, 11), max_size=3),
    st.integers(1, 4),
    st.integers(),
)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_depths_are_those_of_the_shortest_ways_in_any_order(crawl_of, links, moving, depth, salt):
    web = {
        u("a", n): [">" + u("a", targets[0])]
        if n in moving and targets
        else [u("a", target) for target in targets]
        for n, targets in enumerate(links)
    }
    graph = nx.DiGraph()
    graph.add_node(u("a", 0))
    graph.add_weighted_edges_from(
        (page, target.lstrip(">"), int(not target.startswith(">")))
        for page, targets in web.items()
        for target in targets
    )
    want = nx.single_source_dijkstra_path_length(graph, u("a", 0), cutoff=depth)
    chance = random.Random(salt)
    crawl = crawl_of(web, max_depth=depth, domain_window=chance.choice([1, 4]))
    crawl.open(u("a", 0)).run_shuffled(chance)
    assert {url: steps for url, _, steps in crawl.store.positions()} == want
    assert set(crawl.order) == set(want)
    assert max(crawl.fetched.values()) == 1
    crawl.close()


@pytest.mark.parametrize("salt", range(5))
def test_a_crawl_that_is_stopped_again_and_again_fetches_the_same(crawl_of, salt):
    chance = random.Random(salt)
    web = {url: chance.sample(URLS, 3) for url in URLS}
    whole = crawl_of(web, max_hops=2).open(URLS[0]).run()
    broken = crawl_of(web, max_hops=2).open(URLS[0])
    while broken.frontier.has_pending():
        broken.run(chance.randint(0, 3))
        broken.open(URLS[0])
    assert (sorted(broken.order), broken.hops) == (sorted(whole.order), whole.hops)
