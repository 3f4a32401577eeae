"""Depth is counted inside a site, and distance across sites, by the shortest way."""

from __future__ import annotations

from itertools import pairwise

from support.small_webs import chain, u


def site(*pages, more=()):
    """Return a site whose pages link to the next, and further links."""
    web = {u("a", page): [u("a", after)] for page, after in pairwise(pages)}
    for page, target in more:
        web.setdefault(u("a", page), []).append(u("a", target))
    return web


def test_depth_is_links_followed_inside_the_site(crawl_of):
    crawl = crawl_of(site("", 1, 2, 3), max_depth=2).open(u("a")).run()
    assert crawl.order == [u("a"), u("a", 1), u("a", 2)]
    assert crawl.refused == {u("a", 3): "depth"}


def test_depth_starts_again_where_another_site_is_entered(crawl_of):
    web = {u("a"): [u("a", 1)], u("a", 1): [u("b", "deep/page")], u("b", "deep/page"): [u("b")]}
    crawl = crawl_of(web, max_depth=1).open(u("a")).run()
    assert crawl.order == [u("a"), u("a", 1), u("b", "deep/page"), u("b")]


def test_a_redirect_inside_a_site_costs_no_depth(crawl_of):
    web = {u("a"): [">" + u("a", 1)], u("a", 1): [u("a", 2)], u("a", 2): [u("a", 3)]}
    crawl = crawl_of(web, max_depth=1).open(u("a")).run()
    assert crawl.refused == {u("a", 3): "depth"}


def test_a_shallower_way_reaches_through_pages_already_fetched(crawl_of):
    web = site("", 1, 2, 3, 4, more=[("late", 2)])
    crawl = crawl_of(web, max_depth=3).open(u("a")).run()
    assert crawl.refused == {u("a", 4): "depth"}
    crawl.open(u("a", "late")).run()
    assert crawl.refused == {}
    assert crawl.order[-1] == u("a", 4)
    assert max(crawl.fetched.values()) == 1


def test_distance_counts_links_from_the_nearest_seed_across_sites(crawl_of):
    crawl = crawl_of(chain("abcd"), max_distance=2).open(u("a")).run()
    assert crawl.order == [u("a"), u("b"), u("c")]
    assert crawl.refused == {u("d"): "depth_limit"}
