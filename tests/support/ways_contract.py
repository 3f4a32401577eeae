"""The part of the `frontier_contract` about order, limits and the ways to a URL, as tests."""

from __future__ import annotations

import pytest

from linkcrawler.frontier.records import Counts, RefusedRow
from support.frontier_rows import across, found, ids, leased, moved, positions, result, seed, urls


class WaysContract:
    """What is pending comes in order, as near as the shortest way to it, and within limits and rules."""

    # Order and limits

    def test_pending_urls_come_by_distance_then_age(self, store):
        store.add_seeds([seed("http://a/")])
        store.commit([result(ids(store)["http://a/"], found("http://a/2"), found("http://a/1"))])
        store.commit([result(ids(store)["http://a/2"], found("http://a/3"), found("http://a/0"))])
        store.add_seeds([seed("http://a/s")])
        order = ["http://a/s", "http://a/1", "http://a/3", "http://a/0"]
        assert urls(store) == order
        assert urls(store, limit=2) == order[:2]

    @pytest.mark.parametrize(
        ("limits", "kept_out"),
        [
            ({"max_depth": 1}, {"http://a/2": "depth"}),
            ({"max_distance": 1}, {"http://a/2": "depth_limit"}),
            ({"max_hops": 0}, {"http://b/": "hops"}),
            ({"max_hops": 1, "max_depth": 2, "max_distance": 2}, {}),
        ],
    )
    @pytest.mark.parametrize("are_there_from_the_start", [True, False])
    def test_limits_on_the_way_keep_urls_pending_and_unseen(
        self, open_store, limits, kept_out, are_there_from_the_start
    ):
        store = open_store(**(limits if are_there_from_the_start else {}))
        store.add_seeds([seed("http://a/")])
        at = ids(store)["http://a/"]
        store.commit([result(at, found("http://a/1"), across("http://b/"))])
        store.commit([result(ids(store)["http://a/1"], found("http://a/2"))])
        store.close()
        store = open_store(**limits)
        store.begin(0.0, 300.0)
        offered = {domain.name for domain in leased(store)}
        seen = {url for name in offered for url in urls(store, name)}
        assert {row.url: row.rule for row in store.refused()} == kept_out
        assert seen == {"http://a/2", "http://b/"} - kept_out.keys()
        assert store.counts() == Counts(pending=2, done=2)
        store.close()
        store = open_store()  # without limits they come back
        store.begin(0.0, 300.0)
        assert {domain.name for domain in leased(store)} == {"a", "b"}
        assert (urls(store), list(store.refused())) == (["http://a/2"], [])

    def test_a_shorter_way_brings_a_url_and_its_domain_nearer(self, store):
        store.add_seeds([seed("http://a/"), seed("http://s/")])
        at = ids(store)
        store.commit([result(at["http://a/"], across("http://b/"))])
        store.commit([result(ids(store)["http://b/"], across("http://c/x"), found("http://b/1"))])
        assert positions(store)[1]["c"] == 2
        nearer = store.commit([result(at["http://s/"], across("http://c/x"))]).nearer
        assert [(row.name, row.hops) for row in nearer] == [("c", 1)]
        assert positions(store)[0]["http://c/x"] == (1, 0)

    def test_what_a_nearer_domain_links_to_comes_nearer_with_it(self, store, open_store):
        store.add_seeds([seed("http://a/"), seed("http://s/")])
        at = ids(store)
        previous = at["http://a/"]
        for name in "bcde":
            store.commit([result(previous, across(f"http://{name}/"))])
            previous = ids(store)[f"http://{name}/"]
        assert positions(store)[1] == {"a": 0, "s": 0, "b": 1, "c": 2, "d": 3, "e": 4}
        store.close()
        store = open_store()  # the ways are durable too
        nearer = store.commit([result(at["http://s/"], across("http://c/new"))]).nearer
        assert {row.name: row.hops for row in nearer} == {"c": 1, "d": 2, "e": 3}
        assert positions(store)[1] == {"a": 0, "s": 0, "b": 1, "c": 1, "d": 2, "e": 3}
        assert {url: hops for url, hops, _ in store.positions()}["http://d/"] == 2

    def test_what_a_seed_redirects_to_is_a_seed_at_no_hops(self, store):
        store.add_seeds([seed("http://a/"), seed("http://s/")])
        at = ids(store)
        store.commit([result(at["http://a/"], across("http://b/"))])
        store.commit([result(ids(store)["http://b/"], across("http://c/"))])
        nearer = store.commit(
            [result(at["http://s/"], moved("http://b/home"), outcome="redirect")]
        ).nearer
        assert {row.name: row.hops for row in nearer} == {"b": 0, "c": 1}
        assert positions(store)[0]["http://b/home"] == (0, 0)
        (domain,) = [row for row in store.domains() if row.name == "b"]
        assert [row.is_seed for row in store.pending(domain.id, 9)] == [True]

    def test_what_any_other_page_redirects_to_is_a_hop_away(self, store):
        store.add_seeds([seed("http://a/")])
        store.commit([result(ids(store)["http://a/"], found("http://a/x"))])
        store.commit([result(ids(store)["http://a/x"], moved("http://b/"), outcome="redirect")])
        assert positions(store) == ({"http://b/": (1, 0)}, {"a": 0, "b": 1})

    @pytest.mark.parametrize("how", ["a redirect of a seed", "a person"])
    def test_a_redirect_counts_as_a_seed_s_once_its_url_is_a_seed(self, open_store, how):
        store = open_store()
        store.add_seeds([seed("http://a/"), seed("http://s/")])
        at = ids(store)
        store.commit([result(at["http://a/"], across("http://x/"))])
        store.commit([result(ids(store)["http://x/"], moved("http://y/"), outcome="redirect")])
        store.commit([result(ids(store)["http://y/"], moved("http://y/2"), outcome="redirect")])
        store.commit([result(ids(store)["http://y/2"], across("http://z/"))])
        assert positions(store)[1] == {"a": 0, "s": 0, "x": 1, "y": 2, "z": 3}
        store.close()
        store = open_store()
        if how == "a person":
            store.add_seeds([seed("http://x/")])
        else:
            store.commit([result(at["http://s/"], moved("http://x/"), outcome="redirect")])
        assert positions(store)[1] == {"a": 0, "s": 0, "x": 0, "y": 0, "z": 1}

    def test_redirects_of_seeds_in_a_ring_end(self, store):
        store.add_seeds([seed("http://a/")])
        for here, there in (("a", "b"), ("b", "c"), ("c", "a")):
            page = result(
                ids(store)[f"http://{here}/"], moved(f"http://{there}/"), outcome="redirect"
            )
            store.commit([page])
        assert positions(store) == ({}, {"a": 0, "b": 0, "c": 0})

    def test_a_ring_of_domains_ends(self, store):
        store.add_seeds([seed("http://a/")])
        previous = "http://a/"
        for name in "bcd":
            store.commit([result(ids(store)[previous], across(f"http://{name}/"))])
            previous = f"http://{name}/"
        store.commit([result(ids(store)[previous], across("http://a/2"), across("http://b/2"))])
        assert positions(store)[1] == {"a": 0, "b": 1, "c": 2, "d": 3}

    def test_depths_stay_least_through_pages_already_fetched(self, open_store):
        store = open_store(max_depth=9)
        store.add_seeds([seed("http://a/"), seed("http://s/")])
        at = ids(store)
        previous = at["http://a/"]
        for number in range(1, 5):
            store.commit([result(previous, found(f"http://a/{number}"))])
            previous = ids(store)[f"http://a/{number}"]
        store.close()
        store = open_store(max_depth=3)
        assert urls(store) == []
        store.commit([result(at["http://s/"], across("http://a/2"))])
        depths = {url: depth for url, _, depth in store.positions()}
        assert (depths["http://a/2"], depths["http://a/3"]) == (0, 1)
        assert urls(store) == ["http://a/4"]

    def test_what_is_named_as_a_sitemap_stays_one(self, open_store):
        store = open_store()
        store.add_seeds([seed("http://a/")])
        sitemap = found("http://a/s", cost=0, sitemap=1)
        store.commit([result(1, sitemap, found("http://a/t"), found("http://a/u"))])
        # What was known as a page becomes one, as long as it has not been fetched.
        again = [found(f"http://a/{name}", cost=0, sitemap=2) for name in "stu"]
        store.commit([result(ids(store)["http://a/u"], *again)])
        levels = {row.url: (row.sitemap, row.distance) for row in open_store().pending(1, 10)}
        assert levels == {"http://a/s": (1, 0), "http://a/t": (2, 1)}

    def test_a_redirect_costs_neither_distance_nor_depth(self, store):
        store.add_seeds([seed("http://a/")])
        home = found("http://a/new", cost=0, is_redirect=True)
        store.commit([result(ids(store)["http://a/"], home, outcome="redirect")])
        assert positions(store)[0] == {"http://a/new": (0, 0)}

    # Rules

    def test_reconsidering_moves_urls_both_ways_and_leaves_what_is_done(self, store):
        store.add_seeds(
            [seed("http://a/done"), seed("http://a/in"), seed("http://a/out", "exclude")]
        )
        store.commit([result(ids(store)["http://a/done"])])
        asked = []

        def verdict(url):
            asked.append(url)
            return None if url.endswith("out") else "include"

        store.reconsider(verdict)
        assert sorted(asked) == ["http://a/in", "http://a/out"]
        assert urls(store) == ["http://a/out"]
        assert [(row.url, row.rule) for row in store.refused()] == [("http://a/in", "include")]
        assert store.counts() == Counts(pending=1, done=1, excluded=1)

    def test_many_urls_are_reconsidered_each_once(self, store):
        store.add_seeds([seed(f"http://a/{number}") for number in range(12_000)])
        asked = []
        store.reconsider(lambda url: asked.append(url) or ("odd" if url[-1] in "13579" else None))
        assert len(asked) == len(set(asked)) == 12_000
        assert store.counts() == Counts(pending=6_000, excluded=6_000)

    def test_a_refused_url_tells_where_it_was_found(self, store):
        store.add_seeds([seed("http://a/")])
        store.commit([result(ids(store)["http://a/"], across("http://b/", rule="address"))])
        assert list(store.refused()) == [RefusedRow("http://b/", 1, 0, "http://a/", "address")]
