"""Hops are counted from the nearest seed, whatever the order in which pages come in."""

from __future__ import annotations

from support.small_webs import chain, u


def test_hops_are_domains_crossed_from_the_nearest_seed(crawl_of):
    crawl = crawl_of(chain("abcde"), max_hops=2).open(u("a")).run()
    assert crawl.order == [u("a"), u("b"), u("c")]
    assert crawl.hops == {"a.example": 0, "b.example": 1, "c.example": 2, "d.example": 3}
    assert crawl.refused == {u("d"): "hops"}


def test_hops_within_a_site_cost_nothing(crawl_of):
    web = {u("a"): [u("a", 1)], u("a", 1): [u("a", 2)], u("a", 2): [u("b")], u("b"): [u("b", 1)]}
    crawl = crawl_of(web, max_hops=1).open(u("a")).run()
    assert set(crawl.order) == {u("a"), u("a", 1), u("a", 2), u("b"), u("b", 1)}


def test_a_url_refused_as_too_far_comes_back_when_a_shorter_way_appears(crawl_of):
    web = chain("abcd") | {u("a"): [u("b"), u("a", "late")], u("a", "late"): [u("d")]}
    crawl = crawl_of(web, max_hops=2)
    crawl.open(u("a"))
    first = crawl.lease()
    crawl.commit(first)
    late = None
    while (lease := crawl.lease()) is not None:
        if lease.url == u("a", "late"):
            late = lease  # stays away until all else is done
            crawl.frontier.downloaded(late)
        else:
            crawl.commit(lease)
    assert crawl.refused == {u("d"): "hops"}
    crawl.commit(late)
    assert crawl.refused == {}
    assert crawl.run().order[-1] == u("d")
    assert crawl.hops["d.example"] == 1


def test_a_shorter_way_reaches_through_domains_already_fetched(crawl_of):
    web = chain("abcdef") | {u("s"): [u("c", "x")]}
    crawl = crawl_of(web, max_hops=3).open(u("a")).run()
    assert crawl.refused == {u("e"): "hops"}
    crawl.open(u("s")).run()
    assert crawl.hops == {
        "a.example": 0, "s.example": 0, "b.example": 1, "c.example": 1, "d.example": 2,
        "e.example": 3, "f.example": 4,
    }  # fmt: skip
    assert u("e") in crawl.order
    assert max(crawl.fetched.values()) == 1


def test_a_seed_s_redirect_costs_no_hop_and_another_page_s_costs_one(crawl_of):
    web = {u("a"): [">" + u("b")], u("b"): [u("c")], u("c"): [">" + u("d")]}
    crawl = crawl_of(web, max_hops=1).open(u("a")).run()
    assert crawl.hops == {"a.example": 0, "b.example": 0, "c.example": 1, "d.example": 2}
    assert crawl.refused == {u("d"): "hops"}


def test_a_chain_of_redirects_from_a_seed_costs_no_hop(crawl_of):
    web = {u("a"): [">" + u("b")], u("b"): [">" + u("c")], u("c"): [u("d")]}
    crawl = crawl_of(web, max_hops=0).open(u("a")).run()
    assert crawl.order == [u("a"), u("b"), u("c")]


def test_a_seed_s_redirect_counts_for_a_url_that_waits_in_memory(crawl_of):
    # x waits among others of its site when the seed s turns out to mean it.
    web = {
        u("a"): [u("x", n) for n in range(3)] + [u("x")],
        u("s"): [">" + u("x")],
        u("x"): [">" + u("y")],
        u("y"): [u("z")],
    }
    crawl = crawl_of(web, max_hops=0)
    crawl.limits = type(crawl.limits)(
        max_hops=1, max_pages=0, max_pages_per_domain=0, domain_window=1
    )
    crawl.open(u("a"), u("s"))
    a, s = crawl.lease(), crawl.lease()
    crawl.commit(a)
    crawl.commit(crawl.lease())  # the first of x: the others are in memory now
    crawl.commit(s)
    crawl.run()
    assert crawl.hops["y.example"] == 0
    assert u("z") in crawl.order


def test_a_seed_s_redirect_counts_for_a_redirect_already_followed(crawl_of):
    web = {u("a"): [u("x")], u("s"): [">" + u("x")], u("x"): [">" + u("y")], u("y"): [u("z")]}
    crawl = crawl_of(web, max_hops=1).open(u("a"), u("s"))
    a, s = crawl.lease(), crawl.lease()
    crawl.commit(a)
    crawl.run()
    crawl.commit(s)
    crawl.run()
    assert crawl.hops == {
        "a.example": 0, "s.example": 0, "x.example": 0, "y.example": 0, "z.example": 1,
    }  # fmt: skip
    assert crawl.fetched[u("z")] == 1
