"""The contract of every `FrontierStore`, as tests: a store's test class inherits it.

A subclass has a fixture ``open_store`` that returns a function: each call opens the same store
again, as a new process would (its keywords are limits; none by default).
"""

from __future__ import annotations

import pytest

from linkcrawler.frontier.records import (
    Counts,
    Discovery,
    OutboxRow,
    PageResult,
    PartRow,
    RefusedRow,
    State,
)


def found(url, domain=None, **more):
    """Return the discovery of a URL, on ``domain`` or the host that it names."""
    return Discovery(url, domain or url.split("/")[2], **more)


def across(url, **more):
    """Return the discovery of a URL on another domain."""
    return found(url, **({"hop_cost": 1, "enters": True} | more))


def moved(url, **more):
    """Return the discovery of what a page redirects to, on another domain."""
    return across(url, **({"cost": 0, "is_redirect": True} | more))


def seed(url, rule=None):
    return found(url, cost=0, enters=True, is_seed=True, rule=rule)


def result(url_id, *discoveries, state=State.DONE, outcome="ok", **more):
    """Return what is committed for a URL."""
    given = {"reason": "", "counts_as_page": True, "next_at": 0.0}
    return PageResult(url_id, state, outcome, **(given | more), discoveries=tuple(discoveries))


def positions(store):
    """Return ``{url: (distance, depth)}`` of what is pending, and hops by domain."""
    domains = list(store.domains())
    rows = {
        row.url: (row.distance, row.depth)
        for domain in domains
        for row in store.pending(domain.id, 1000)
    }
    return rows, {domain.name: domain.hops for domain in domains}


def ids(store):
    """Return ``{url: id}`` of what is pending."""
    return {row.url: row.id for domain in store.domains() for row in store.pending(domain.id, 1000)}


def urls(store, domain="a", *, limit=1000):
    """Return a domain's pending URLs in their order."""
    (domain_id,) = [row.id for row in store.domains() if row.name == domain]
    return [row.url for row in store.pending(domain_id, limit)]


def leased(store, worker=1, *, proven=False, most=1000, before=None, now=1e9, leaving=()):
    """Return the domains that a worker leases from the queue."""
    rows, _ = store.lease_domains(
        worker, now, proven=proven, most=most, before=before, leaving=leaving
    )
    return rows


def names(rows):
    return [row.name for row in rows]


class FrontierContract:
    """What every frontier on disk must do, and never lose."""

    @pytest.fixture
    def store(self, open_store):
        return open_store()

    # The crawl as a whole

    def test_values_of_the_crawl_are_kept_and_replaced(self, store, open_store):
        assert store.get_meta("x") is None
        store.set_meta("x", "1")
        store.set_meta("x", "é\n2")
        store.set_meta("y", "")
        store.close()
        again = open_store()
        assert (again.get_meta("x"), again.get_meta("y")) == ("é\n2", "")

    def test_a_new_store_is_empty(self, store):
        assert store.counts() == Counts()
        assert store.tally() == {}
        assert list(store.domains()) == list(store.positions()) == store.workers() == []
        assert list(store.refused()) == store.parts() == store.outbox(10) == []
        assert store.outbox_size() == (0, 0)

    # Seeds

    def test_seeds_stand_at_no_hops_and_count_once(self, store):
        assert store.add_seeds([seed("http://a/"), seed("http://b/"), seed("http://a/")]) == 2
        assert store.add_seeds([seed("http://b/"), seed("http://a/x")]) == 1
        rows, hops = positions(store)
        assert rows == dict.fromkeys(("http://a/", "http://b/", "http://a/x"), (0, 0))
        assert hops == {"a": 0, "b": 0}
        assert store.counts() == Counts(pending=3)

    def test_a_seed_that_a_rule_refuses_is_excluded(self, store):
        store.add_seeds([seed("http://a/", rule="exclude")])
        assert store.counts() == Counts(excluded=1)
        assert store.queue(1, 0.0).is_empty
        assert list(store.refused()) == [RefusedRow("http://a/", 0, 0, None, "exclude")]

    def test_a_url_that_becomes_a_seed_comes_to_the_front(self, store):
        store.add_seeds([seed("http://a/")])
        store.commit([result(ids(store)["http://a/"], across("http://b/x"))])
        store.add_seeds([seed("http://b/x")])
        assert positions(store) == ({"http://b/x": (0, 0)}, {"a": 0, "b": 0})
        (domain,) = [row for row in store.domains() if row.name == "b"]
        (row,) = store.pending(domain.id, 9)
        assert (row.is_seed, row.parent) == (True, "http://a/")

    # Committing

    def test_a_page_is_committed_whole(self, store, open_store):
        store.add_seeds([seed("http://a/")])
        (url_id,) = ids(store).values()
        nearer = store.commit(
            [
                result(
                    url_id,
                    found("http://a/x"),
                    across("http://b/"),
                    across("http://c/", rule="exclude"),
                    rows=b"rows",
                    n_links=3,
                    next_at=12.5,
                )
            ]
        ).nearer
        assert sorted((row.name, row.hops) for row in nearer) == [("b", 1), ("c", 1)]
        store.close()
        again = open_store()
        assert positions(again) == (
            {"http://a/x": (1, 1), "http://b/": (1, 0)},
            {"a": 0, "b": 1, "c": 1},
        )
        assert again.counts() == Counts(pending=2, done=1, excluded=1)
        assert [(row.rows, row.n_links) for row in again.outbox(1)] == [(b"rows", 3)]
        (domain,) = [row for row in again.domains() if row.name == "a"]
        assert (domain.pages, domain.next_at) == (1, 12.5)
        assert again.tally() == {"ok": 1, "links": 3}
        assert list(again.positions()) == [("http://a/", 0, 0)]

    def test_a_page_is_never_committed_twice(self, store):
        store.add_seeds([seed("http://a/")])
        (url_id,) = ids(store).values()
        page = result(url_id, rows=b"once", n_links=2)
        store.commit([page, result(url_id, across("http://b/"), rows=b"twice", n_links=5)])
        assert store.commit([result(url_id, across("http://c/"), rows=b"thrice")]).nearer == ()
        assert [row.rows for row in store.outbox(99)] == [b"once"]
        assert [(row.name, row.pages) for row in store.domains()] == [("a", 1)]
        assert store.tally() == {"ok": 1, "links": 2}

    def test_a_failed_page_is_given_up_and_an_uncounted_one_uses_no_budget(self, store):
        store.add_seeds([seed("http://a/"), seed("http://a/r")])
        at = ids(store)
        store.commit(
            [
                result(at["http://a/"], state=State.FAILED, outcome="failed", reason="dns"),
                result(at["http://a/r"], outcome="robots", reason="Disallow", counts_as_page=False),
            ]
        )
        assert store.counts() == Counts(done=1, failed=1)
        assert [row.pages for row in store.domains()] == [1]
        tally = store.tally()
        assert (tally["failed"], tally["failed/dns"], tally["robots"]) == (1, 1, 1)
        assert sorted(store.positions()) == [("http://a/", 0, 0), ("http://a/r", 0, 0)]

    def test_a_retry_stays_pending_and_counts_its_attempts(self, store):
        store.add_seeds([seed("http://a/")])
        (url_id,) = ids(store).values()
        again = result(
            url_id, state=State.PENDING, outcome="failed", counts_as_page=False, next_at=7.0
        )
        store.commit([again])
        store.commit([again])
        (domain,) = store.domains()
        (row,) = store.pending(domain.id, 9)
        assert (row.attempts, domain.pages, domain.next_at) == (2, 0, 7.0)
        assert store.outbox_size() == (0, 0)
        assert "failed" not in store.tally()
        store.commit([result(url_id, rows=b"x")])
        assert store.counts() == Counts(done=1)

    def test_a_commit_that_cannot_be_whole_leaves_nothing(self, store):
        store.add_seeds([seed("http://a/"), seed("http://a/2")])
        at = ids(store)
        bad = result(at["http://a/2"], across("http://c/"), rows=b"y", next_at=object())
        with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the driver's affair
            store.commit([result(at["http://a/"], across("http://b/x"), rows=b"x"), bad])
        assert store.counts() == Counts(pending=2)
        assert [row.name for row in store.domains()] == ["a"]
        assert (store.outbox_size(), store.tally()) == ((0, 0), {})
        # and what was found then is news again
        nearer = store.commit([result(at["http://a/"], across("http://b/x"), rows=b"x")]).nearer
        assert [row.name for row in nearer] == ["b"]
        assert "http://b/x" in ids(store)

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

    # Outbox and parts

    def test_the_outbox_gives_the_oldest_pages_up_to_a_number_of_links(self, store):
        store.add_seeds([seed(f"http://a/{n}") for n in range(4)])
        rows = [b"0", b"", b"2", b"3"]
        store.commit(
            [result(ids(store)[f"http://a/{n}"], rows=rows[n], n_links=n * 10) for n in range(4)]
        )
        assert store.outbox_size() == (3, 50)
        assert [row.rows for row in store.outbox(1)] == [b"0", b"2"]
        assert [row.rows for row in store.outbox(21)] == [b"0", b"2", b"3"]
        assert all(isinstance(row, OutboxRow) for row in store.outbox(1000))

    def test_recording_parts_empties_the_outbox_of_what_they_hold(self, store, open_store):
        store.add_seeds([seed("http://a/0"), seed("http://a/1"), seed("http://a/2")])
        for url_id in ids(store).values():
            store.commit([result(url_id, rows=b"x", n_links=1)])
        first, second, third = store.outbox(99)
        parts = [
            PartRow("links", "raw/links/0", 1, 10, "aa"),
            PartRow("pages", "raw/pages/0", 2, 20, "bb"),
        ]
        store.replace_parts(parts, [], sealed_to=second.id)
        store.close()
        again = open_store()
        assert again.parts() == parts
        assert [row.id for row in again.outbox(99)] == [third.id]
        assert first.id < second.id < third.id
        whole = PartRow("links", "links", 3, 30, "cc")
        again.replace_parts([whole], ["raw/links/0", "raw/pages/0", "never/was"])
        assert again.parts() == [whole]
        assert again.outbox_size() == (1, 1)

    def test_a_sealed_id_is_never_given_again(self, store):
        store.add_seeds([seed("http://a/0"), seed("http://a/1")])
        at = ids(store)
        store.commit([result(at["http://a/0"], rows=b"x")])
        (row,) = store.outbox(9)
        store.replace_parts([], [], sealed_to=row.id)
        store.commit([result(at["http://a/1"], rows=b"y")])
        assert store.outbox(9)[0].id > row.id
