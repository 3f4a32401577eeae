"""Limits mean what they say, whatever the order in which pages come in."""

from __future__ import annotations

import random
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkcrawler.frontier.supply import BUFFER
from linkcrawler.policies.scope import Scope
from linkcrawler.urls.canonical import host_of


def u(domain, page=""):
    return f"http://{domain}.example/{page}"


def chain(names):
    """Return a web in which each domain's home page links to the next."""
    return {u(a): [u(b)] for a, b in pairwise(names)}


# Hops


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


# Depth and distance


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


# Budgets


def star(domain, pages):
    return {u(domain): [u(domain, n) for n in range(pages)]}


def test_the_budget_of_pages_is_counted_across_runs(crawl_of):
    crawl = crawl_of(star("a", 20), max_pages=5).open(u("a")).run(2)
    assert not crawl.frontier.is_spent()
    crawl.open(u("a")).run()
    assert len(crawl.order) == 5
    assert crawl.frontier.is_spent()
    assert not crawl.frontier.has_pending()
    crawl.open(u("a")).run()
    assert len(crawl.order) == 5


def test_the_budget_of_a_domain_is_counted_across_runs(crawl_of):
    web = star("a", 20) | star("b", 20)
    crawl = crawl_of(web, max_pages_per_domain=3).open(u("a"), u("b")).run(3)
    crawl.open().run()
    crawl.open().run()
    assert sorted(map(host_of, crawl.order)) == ["a.example"] * 3 + ["b.example"] * 3


def test_pages_in_flight_count_against_the_budgets(crawl_of):
    crawl = crawl_of(star("a", 20), max_pages=4, domain_window=50).open(u("a"))
    crawl.run(1)
    leases = [crawl.lease() for _ in range(5)]
    assert [lease is not None for lease in leases] == [True] * 3 + [False] * 2
    crawl = crawl_of(star("a", 20), max_pages_per_domain=4, domain_window=50).open(u("a"))
    crawl.run(1)
    assert [crawl.lease() is not None for _ in range(5)] == [True] * 3 + [False] * 2


def test_what_robots_txt_refuses_uses_no_budget(crawl_of):
    crawl = crawl_of(star("a", 6), max_pages=3).open(u("a")).run(1)
    for _ in range(3):
        crawl.commit(crawl.lease(), outcome="robots", reason="disallow")
    crawl.run()
    assert len(crawl.order) == 6
    assert (crawl.frontier.pages, crawl.store.counts().pending) == (3, 1)


def test_a_lease_given_back_stays_pending_and_uses_no_budget(crawl_of):
    crawl = crawl_of(star("a", 3), max_pages=4).open(u("a")).run(1)
    crawl.frontier.release(crawl.lease())
    crawl.open().run()
    assert crawl.fetched == {u("a"): 1, u("a", 0): 2, u("a", 1): 1, u("a", 2): 1}


def test_a_crawl_that_ends_by_itself_at_its_budget_is_not_spent(crawl_of):
    crawl = crawl_of(star("a", 3), max_pages=4).open(u("a")).run()
    assert len(crawl.order) == 4
    assert not crawl.frontier.is_spent()


# Retries, and pages that come twice


def test_a_page_that_fails_is_tried_again_and_then_given_up(crawl_of, clock):
    crawl = crawl_of({}, max_retries=2).open(u("a"))
    waits = []
    while True:
        while (lease := crawl.lease()) is not None:
            crawl.commit(lease, outcome="failed", reason="timeout", may_retry=True)
        if crawl.frontier.next_time() is None:
            break
        waits.append(crawl.frontier.next_time() - clock.now)
        clock.now = crawl.frontier.next_time()
    assert not crawl.frontier.has_pending()
    assert crawl.fetched == {u("a"): 3}
    assert [round(wait) for wait in waits] == [1, 2]
    assert waits != [1.0, 2.0]  # drawn a little longer or shorter
    counts = crawl.store.counts()
    assert (counts.failed, counts.pending) == (1, 0)
    assert crawl.frontier.pages == 1
    assert len(crawl.store.outbox(99)) == 1


def test_retries_and_their_waits_are_remembered_by_the_next_run(crawl_of, clock):
    crawl = crawl_of({}, max_retries=1).open(u("a"))
    crawl.commit(crawl.lease(), outcome="failed", reason="timeout", may_retry=True)
    crawl.open()
    assert crawl.lease() is None
    clock.now += 1.3
    crawl.commit(crawl.lease(), outcome="failed", reason="timeout", may_retry=True)
    assert crawl.store.counts().failed == 1


def test_a_host_that_answers_after_it_was_given_up_is_fetched_whole(crawl_of, clock):
    crawl = crawl_of(star("a", 30), domain_window=9).open(u("a")).run(1)
    flying = [crawl.lease() for _ in range(9)]
    for lease in flying[:5]:
        crawl.commit(lease, outcome="failed", reason="timeout", may_retry=True)
    for lease in flying[5:]:  # their answers have come, and wait to be committed
        crawl.frontier.downloaded(lease)
    clock.now += 100.0
    assert crawl.lease() is None
    assert set(crawl.refused.values()) == {"host_failed"}
    for lease in flying[5:]:
        crawl.commit(lease)
    for _ in range(600):
        clock.now += 1.0
        crawl.run()
    assert crawl.refused == {}
    assert len(set(crawl.order)) == 31
    assert crawl.store.counts().pending == 0


def test_a_clock_set_back_does_not_stop_a_domain_for_good(crawl_of, clock):
    crawl = crawl_of(star("a", 2), delay=2.0).open(u("a"))
    crawl.run(1)
    clock.now -= 900.0
    crawl.open()
    assert crawl.frontier.next_time() - clock.now <= 300.0


def test_a_page_that_comes_twice_counts_once(crawl_of):
    crawl = crawl_of(star("a", 3)).open(u("a"))
    lease = crawl.lease()
    crawl.frontier.commit([crawl.page(lease), crawl.page(lease)])
    crawl.frontier.commit([crawl.page(lease)])
    assert (crawl.frontier.pages, next(crawl.store.domains()).pages) == (1, 1)
    assert crawl.store.counts().done == 1
    assert len(crawl.store.outbox(99)) == 1


def test_a_page_that_comes_again_with_other_links_changes_nothing(crawl_of):
    crawl = crawl_of({u("a"): []}).open(u("a"))
    lease = crawl.lease()
    crawl.commit(lease)
    crawl.web[u("a")] = [u("b")]
    crawl.commit(lease)
    assert crawl.hops == {"a.example": 0}
    assert crawl.lease() is None


# Order


def test_a_site_is_fetched_breadth_first(crawl_of):
    web = {u("a", n): [u("a", 2 * n + 1), u("a", 2 * n + 2)] for n in range(31)}
    crawl = crawl_of(web).open(u("a", 0)).run()
    assert crawl.order == [u("a", n) for n in range(63)]


def test_a_nearer_url_goes_before_farther_ones_that_wait_in_memory(crawl_of):
    far = [u("b", f"far{n}") for n in range(BUFFER)]
    web = {u("a"): [u("m")], u("m"): far, u("late"): [u("b", "near")]}
    crawl = crawl_of(web).open(u("a"), u("late"))
    a, late = crawl.lease(), crawl.lease()
    crawl.commit(a)
    crawl.commit(crawl.lease())
    crawl.commit(crawl.lease())
    assert crawl.order[-1] == far[0]
    crawl.commit(late)
    crawl.run(1)
    assert crawl.order[-1] == u("b", "near")


def test_sites_nearer_to_the_seeds_go_first(crawl_of):
    web = {u(f"d{n}"): [u(f"d{2 * n + 1}"), u(f"d{2 * n + 2}")] for n in range(15)}
    crawl = crawl_of(web).open(u("d0")).run()
    assert crawl.order == [u(f"d{n}") for n in range(31)]


def test_no_more_requests_are_in_flight_to_a_domain_than_its_window(crawl_of):
    for window in (1, 3):
        crawl = crawl_of(star("a", 9) | star("b", 9), domain_window=window).open(u("a"), u("b"))
        crawl.run(2)
        flying = []
        while (lease := crawl.lease()) is not None:
            flying.append(lease)
        assert sorted(host_of(lease.url)[0] for lease in flying) == ["a"] * window + ["b"] * window
        # An answer frees its place before its page is committed, and the URL is not given again.
        crawl.frontier.downloaded(flying[0])
        again = crawl.lease()
        assert again.domain is flying[0].domain
        assert again.url not in {lease.url for lease in flying}
        assert crawl.lease() is None


def test_a_domain_is_not_asked_before_its_delay_has_run(crawl_of, clock):
    crawl = crawl_of(star("a", 2) | star("b", 2), delay=5.0).open(u("a"), u("b")).run(2)
    assert crawl.lease() is None
    assert crawl.frontier.has_pending()
    assert crawl.frontier.next_time() == clock.now + 5.0
    clock.now += 4.9
    assert crawl.lease() is None
    crawl.open()  # the delay outlives the process
    assert crawl.lease() is None
    clock.now += 0.2
    assert crawl.lease() is not None


def test_rules_of_the_scope_keep_urls_out_and_let_them_in_when_they_change(crawl_of):
    web = {u("a"): [u("a", "private"), u("b"), u("a", 1)]}
    scope = Scope(exclude=("private",))
    crawl = crawl_of(web, scope=scope).open(u("a")).run()
    assert crawl.refused == {u("a", "private"): "exclude"}
    crawl.close()
    crawl.open()
    crawl.store.reconsider(Scope().reject_reason)
    crawl.open().run()
    assert crawl.order[-1] == u("a", "private")


# Whatever the order

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
