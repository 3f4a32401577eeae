"""Which URL comes next, and how many of a domain at a time."""

from __future__ import annotations

from support.small_webs import star, u

from linkcrawler.frontier.supply import BUFFER
from linkcrawler.policies.scope import Scope
from linkcrawler.urls.canonical import host_of


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
