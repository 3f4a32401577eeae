"""A page that fails is tried again; one that comes twice counts once."""

from __future__ import annotations

from support.small_webs import star, u


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
