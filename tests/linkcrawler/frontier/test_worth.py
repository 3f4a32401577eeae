"""An order by worth, on a file: votes, leads, standings, exploration, ranks, and what rests."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from support.frontier_rows import across, found, ids, result, seed

from linkcrawler.frontier.limits import ENDLESS
from linkcrawler.frontier.ranker import fresh_ranks
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.policies.order import PAGERANK, REFERRERS, SIMPLE, Order

BY_VOTES = Order(REFERRERS)


@pytest.fixture
def open_store(tmp_path):
    """A function that opens the same file again."""
    opened = []

    def open_store(order=BY_VOTES, **limits):
        while opened:
            opened.pop().close()
        limits = replace(ENDLESS, order=order, **limits)
        opened.append(SqliteFrontierStore(tmp_path / "frontier.sqlite", limits))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def commit(store, url, *discoveries, **more):
    return store.commit([result(ids(store)[url], *discoveries, **more)])


def named(store):
    return {row.name: row for row in store.domains()}


def queue(store, most=100):
    """The domains of the queue in their order, all given back."""
    rows, _ = store.lease_domains(1, 0.0, proven=False, most=most)
    more, _ = store.lease_domains(1, 0.0, proven=True, most=most)
    store.give_back(1, [(row.id, 0.0) for row in [*rows, *more]])
    return [row.name for row in sorted([*rows, *more], key=lambda row: row.place)]


def pending(store, name, **how):
    return [row.url for row in store.pending(named(store)[name].id, 100, **how)]


def test_a_link_between_domains_votes_once_and_less_from_who_links_to_many(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/"), seed("http://a/2"), seed("http://b/")])
    commit(store, "http://a/", across("http://x/"), across("http://y/"))
    commit(store, "http://a/2", across("http://x/again"), across("http://z/"))
    commit(store, "http://b/", across("http://x/"))
    merits = {name: row.merit for name, row in named(store).items()}
    assert {name: merits[name].referrers for name in "abxyz"} == {
        "a": 0,
        "b": 0,
        "x": 2,
        "y": 1,
        "z": 1,
    }
    assert merits["x"].votes == 1 / 2 + 1 / 2
    assert merits["z"].votes == 1 / 4  # a had linked to two before
    assert queue(store) == ["x", "y", "z"]
    counted = store.counters()
    assert [counted[name] for name in ("domain_links", "referred", "referred_once")] == [4, 3, 2]


def test_votes_survive_another_process_and_count_what_memory_has_forgotten(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/"), seed("http://a/2")])
    commit(store, "http://a/", across("http://x/"))
    store = open_store()
    commit(store, "http://a/2", across("http://x/"), across("http://y/"))
    assert {name: named(store)[name].merit.referrers for name in "xy"} == {"x": 1, "y": 1}
    assert store.counters()["domain_links"] == 2


def test_pages_spent_move_a_domain_back(open_store):
    store = open_store()
    store.add_seeds([seed(f"http://a/{page}") for page in range(4)] + [seed("http://b/")])
    commit(store, "http://a/0")
    assert queue(store) == ["b", "a"]


def test_a_domain_linked_to_anew_moves_up_without_a_new_url(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/"), seed("http://b/"), seed("http://c/"), seed("http://d/")])
    commit(store, "http://a/", across("http://d/"))
    assert queue(store)[0] == "d"


def test_pages_come_home_first_then_entries_then_what_was_found_on_pages_that_lead_out(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/start")])
    commit(
        store, "http://a/start", found("http://a/deep/x"), found("http://a/tag/y"), found("http://a/"),
        found("http://a/links"),
    )  # fmt: skip
    commit(store, "http://a/deep/x", found("http://a/late"), across("http://b/"))
    assert pending(store, "a") == ["http://a/", "http://a/links", "http://a/late", "http://a/tag/y"]


def test_a_page_whose_link_says_that_it_lists_others_comes_before_the_rest(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/")])
    ways = [found("http://a/1", "a"), found("http://a/2", "a", anchor="Our friends")]
    commit(store, "http://a/", *ways)
    assert pending(store, "a") == ["http://a/2", "http://a/1"]


def test_a_known_page_moves_up_when_a_page_that_leads_out_links_to_it(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/start")])
    commit(store, "http://a/start", found("http://a/1"), found("http://a/2"), found("http://a/3"))
    commit(store, "http://a/1", found("http://a/3"), across("http://b/"))
    assert pending(store, "a") == ["http://a/3", "http://a/2"]
    store = open_store()
    commit(store, "http://b/", across("http://a/2"))
    assert pending(store, "a") == ["http://a/2", "http://a/3"]


def test_the_page_that_most_links_lead_to_comes_first_by_standing(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/start")])
    pages = [found(f"http://a/{page}") for page in range(20)]
    commit(store, "http://a/start", *pages)
    for page in range(4):
        commit(store, f"http://a/{page}", found("http://a/19"))
    assert pending(store, "a")[0] == "http://a/4"
    assert pending(store, "a", best_linked=True)[0] == "http://a/19"
    store = open_store()
    assert pending(store, "a", best_linked=True)[0] == "http://a/19"


def test_another_order_sorts_what_is_pending_anew(open_store):
    store = open_store(SIMPLE)
    store.add_seeds([seed("http://a/far"), seed("http://b/")])
    commit(store, "http://a/far", found("http://a/1"), found("http://a/"), across("http://c/"))
    assert pending(store, "a") == ["http://a/1", "http://a/"]
    assert queue(store) == ["b", "a", "c"] or queue(store) == ["b", "c", "a"]
    store = open_store()
    assert pending(store, "a") == ["http://a/", "http://a/1"]
    assert queue(store)[0] == "c"
    store = open_store(SIMPLE)
    assert pending(store, "a") == ["http://a/1", "http://a/"]
    assert queue(store)[0] == "b"


def test_ranks_place_domains_and_are_those_of_the_links_seen(open_store):
    store = open_store(Order(PAGERANK))
    store.add_seeds([seed(f"http://{name}/") for name in "abc"])
    for name in "abc":
        commit(store, f"http://{name}/", across("http://x/"), across(f"http://{name}{name}/"))
    commit(store, "http://x/", across("http://top/"), found("http://x/2"))
    assert queue(store)[0] != "top"
    store.set_ranks(fresh_ranks(store))
    assert queue(store)[0] == "top"
    ranks = store.ranks()
    assert sum(ranks.values()) == pytest.approx(len(ranks), rel=0.01)
    assert fresh_ranks(store).keys() < ranks.keys()  # what has hardly changed is left alone


def test_the_top_goes_by_votes(open_store):
    store = open_store()
    store.add_seeds([seed(f"http://{name}/") for name in "abc"])
    for name, to in (("a", "xy"), ("b", "x"), ("c", "x")):
        commit(store, f"http://{name}/", *(across(f"http://{one}/") for one in to))
    at = named(store)
    assert store.top(2) == [at["x"].id, at["y"].id]


def test_domains_never_asked_are_drawn_each_once_and_leased(open_store):
    store = open_store()
    store.add_seeds([seed(f"http://s{number}/") for number in range(8)] + [seed("http://s0/2")])
    commit(store, "http://s0/")
    drawn = [row.name for _ in range(9) for row in store.explore(1, 1)]
    assert sorted(drawn) == [f"s{number}" for number in range(1, 8)]
    assert queue(store) == ["s0"]


def test_draws_differ_from_the_order_in_which_domains_were_found(open_store):
    store = open_store()
    store.add_seeds([seed(f"http://s{number}/") for number in range(40)])
    drawn = [row.id for _ in range(40) for row in store.explore(1, 1)]
    assert drawn != sorted(drawn)


def test_a_domain_rests_after_barren_pages_and_no_longer_once_the_limit_is_off(open_store):
    store = open_store(rest_after=2)
    store.add_seeds([seed(f"http://a/{page}") for page in range(6)])
    commit(store, "http://a/0")
    commit(store, "http://a/1", across("http://b/"))
    commit(store, "http://a/2", across("http://b/2"))
    assert queue(store) == ["b", "a"]
    commit(store, "http://a/3")
    assert (queue(store), store.resting()) == (["b"], 1)
    assert sorted(queue(open_store())) == ["a", "b"]


def test_domains_are_fetched_only_once_enough_others_link_to_them(open_store):
    store = open_store(co_links=2)
    store.add_seeds([seed("http://a/"), seed("http://b/")])
    commit(store, "http://a/", across("http://x/"), across("http://y/"))
    assert queue(store) == ["b"]
    commit(store, "http://b/", across("http://x/"))
    assert queue(store) == ["x"]


def test_a_commit_tells_what_speaks_for_its_domains_now(open_store):
    store = open_store()
    store.add_seeds([seed("http://a/")])
    told = commit(store, "http://a/", across("http://x/")).merits
    at = named(store)
    assert told == {at["a"].id: at["a"].merit, at["x"].id: at["x"].merit}
    assert (told[at["a"].id].pages, told[at["x"].id].votes) == (1, 0.5)


WEB = {
    f"http://h{site}.example/{page}": [
        f"http://h{site}.example/{page + 1}",
        f"http://h{site}.example/{page + 3}",
        f"http://h{(site * 7 + page) % 23}.example/0",
    ]
    for site in range(23)
    for page in range(12)
}


@pytest.mark.parametrize("name", [REFERRERS, PAGERANK])
def test_everything_within_reach_is_handed_out_once_in_whatever_way_pages_come_back(crawl_of, name):
    crawl = crawl_of(WEB, order=Order(name)).open("http://h0.example/0")
    crawl.run_shuffled(random.Random(4))
    assert set(crawl.fetched.values()) == {1}
    assert set(WEB) <= crawl.fetched.keys()


def test_two_workers_share_an_order_by_worth(crawl_of):
    crawl = crawl_of(WEB, order=BY_VOTES).open("http://h0.example/0", is_shared=True)
    other = crawl.join(2)
    for _ in range(400):
        for worker in (crawl, other):
            lease = worker.lease()
            if lease is not None:
                worker.commit(lease)
        crawl.clock.now += 0.3
    other.close()
    assert set(crawl.fetched.values()) == {1}
    assert set(WEB) <= crawl.fetched.keys()


def test_every_other_page_is_the_one_that_most_links_lead_to(crawl_of):
    web = {
        "http://a.example/": [f"http://a.example/{page}" for page in range(40)],
        **{f"http://a.example/{page}": ["http://a.example/39"] for page in range(4)},
    }
    crawl = crawl_of(web, order=BY_VOTES).open("http://a.example/").run(12)
    assert "http://a.example/39" in crawl.order
    assert crawl.order[:2] == ["http://a.example/", "http://a.example/0"]


def test_one_page_in_sixteen_goes_to_a_domain_drawn_at_random(crawl_of):
    # Each hub links to domains that get one poor vote; nothing speaks for those.
    web = {
        f"http://hub{hub}.example/{page}": [
            f"http://hub{hub}.example/{page + 1}",
            *(f"http://hub{(hub + other) % 8}.example/{page}" for other in range(1, 8)),
            *(f"http://poor{hub}-{page}-{n}.example/" for n in range(60)),
        ]
        for hub in range(8)
        for page in range(60)
    }
    seeds = [f"http://hub{hub}.example/0" for hub in range(8)]
    shares = {}
    for explores in (0, 16):
        order = replace(BY_VOTES, explores=explores)
        crawl = crawl_of(web, order=order).open(*seeds).run(160)
        shares[explores] = sum("poor" in url for url in crawl.order)
    assert shares[16] >= shares[0]
    assert shares[16] >= 160 // 16 - 1
