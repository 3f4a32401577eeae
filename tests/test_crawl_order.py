"""The replay of crawl orders: graphs read right, the whole crawled whole, each order as it says."""

import random
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.crawl_order import RULE, best_first, two_levels
from benchmarks.order_graph import read_graph
from linkcrawler.policies.order import BREADTH_FIRST, PAGERANK, REFERRERS, Order
from linkcrawler.policies.pages import ARCHIVE, HOME, INNER, OUTWARD

SITES = 150


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    """One site of 600 pages that leads nowhere, and small ones whose last page links to others."""
    folder, chance = tmp_path_factory.mktemp("graph"), random.Random(5)
    site = [0] * 600 + [number for number in range(1, SITES + 1) for _ in range(8)]
    homes = [0, *range(600, len(site), 8)]
    links = [(0, page) for page in range(1, 600)]
    links += [(0, homes[1]), (0, homes[2])]
    links += [(home + 7, after) for home, after in pairwise(homes[1:])]
    for home in homes[1:]:
        links += [(home + page, home + page + 1) for page in range(7)]
        links += [(home + page, homes[int(SITES * chance.random() ** 3) + 1]) for page in (1, 2)]
        links += [(home + page, chance.choice(homes)) for page in (1, 2)]
    table = pa.table({"source": [a for a, _ in links], "target": [b for _, b in links]})
    pq.write_table(table, folder / "links.parquet")
    pq.write_table(pa.table({"page": range(len(site)), "site": site}), folder / "sites.parquet")
    return read_graph(folder / "links.parquet", folder / "sites.parquet", None)


def test_a_graph_of_numbers_is_read_with_each_link_once_and_none_to_itself(graph):
    assert (graph.pages, graph.sites) == (600 + SITES * 8, SITES + 1)
    assert len(set(graph.links(0))) == len(graph.links(0))
    assert sum(graph.truth) == pytest.approx(1)
    assert all(page not in graph.links(page) for page in range(graph.pages))


def test_a_graph_of_urls_tells_sites_what_can_be_fetched_and_what_urls_say(tmp_path):
    rows = [
        ("http://a.com/", "http://a.com/p", "More"), ("http://a.com/", "http://a.com/q", "Our links"),
        ("http://a.com/", "http://b.org/x", ""), ("http://a.com/p", "http://a.com/tag/z", ""),
    ]  # fmt: skip
    pq.write_table(
        pa.table(
            dict(zip(("source_url", "target_url", "anchor"), zip(*rows, strict=True), strict=True))
        ),
        tmp_path / "links.parquet",
    )
    urls = [
        "http://a.com/",
        "http://a.com/p",
        "http://a.com/q",
        "http://a.com/tag/z",
        "http://a.com/old",
    ]
    pq.write_table(
        pa.table({"url": urls, "location": ["", "", "", "", "http://a.com/#top"]}),
        tmp_path / "pages.parquet",
    )
    graph = read_graph(tmp_path / "links.parquet", None, tmp_path / "pages.parquet")
    assert (graph.pages, graph.sites, len(graph.site)) == (5, 2, 6)
    assert graph.fetchable.tolist() == [True] * 5 + [False]
    assert graph.hints == [HOME, INNER, OUTWARD, ARCHIVE, INNER, INNER]
    assert graph.links(0) == [1, 2, 5]
    assert graph.links(4) == [0]


ORDERS = {
    "breadth-first": best_first("breadth-first"),
    "opic": best_first("opic"),
    "omniscient": best_first("omniscient"),
    "rule": two_levels(RULE),
    **{name: two_levels(Order(name)) for name in (BREADTH_FIRST, REFERRERS, PAGERANK)},
}


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_comes_to_the_whole_ranking_in_the_end(graph, name):
    crawl = ORDERS[name](graph, [0])
    (end,) = crawl.run([1.0])
    assert len(set(crawl.fetched)) == len(crawl.fetched)
    assert end.top == pytest.approx(1.0, abs=0.03)  # sites of equal rank at the edge
    assert end.arcs == 1.0
    assert end.mass == pytest.approx(sum(graph.mass[page] for page in crawl.fetched))


def test_the_two_levels_find_far_more_of_the_ranking_than_breadth_first(graph):
    early = {name: make(graph, [0]).run([0.2])[0] for name, make in ORDERS.items()}
    assert early[REFERRERS].tau > early[BREADTH_FIRST].tau + 0.2
    assert early[PAGERANK].tau > early[BREADTH_FIRST].tau + 0.2
    assert early["omniscient"].mass > early["breadth-first"].mass
    assert 0 < early[REFERRERS].coverage < 1


def test_a_cap_bounds_the_pages_of_a_site(graph):
    crawl = best_first("breadth-first", 3)(graph, [0])
    crawl.run([1.0])
    assert max(crawl.pages) == 3
