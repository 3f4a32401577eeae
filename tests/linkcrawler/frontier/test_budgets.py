"""Budgets of pages mean what they say, across runs and with pages in flight."""

from __future__ import annotations

from support.small_webs import star, u

from linkcrawler.urls.canonical import host_of


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
