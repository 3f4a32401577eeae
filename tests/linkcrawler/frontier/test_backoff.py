"""A host that fails costs little, is left alone, and is fetched whole once it is well again."""

from __future__ import annotations

from itertools import count, pairwise

import pytest

from benchmarks.fairness_downloads import Answer, Downloads
from linkcrawler.policies.backoff import REST_SECS

FAILURES = [
    Answer(1.0, "failed", "dns"),
    Answer(0.1, "failed", "refused"),
    Answer(30.0, "failed", "timeout"),
    Answer(0.1, "failed", "robots_unreachable"),
    Answer(0.1, "http_error", "500"),
]
BAD, GOOD = "bad.a.example", "www.a.example"
MOST_REQUESTS = 20

each_failure = pytest.mark.parametrize("failure", FAILURES, ids=lambda answer: answer.reason)


def pages(host, number):
    return [f"http://{host}/{page}" for page in range(number)]


@pytest.fixture
def crawl_of(tmp_path):
    """A function from a failure, and whether it is over at a time, to the downloads of a crawl."""
    made = []

    def crawl_of(failure, is_over=lambda _: False, **options):
        def answer(url, at):
            return Answer() if GOOD in url or is_over(at) else failure

        made.append(Downloads(tmp_path / f"{len(made)}.sqlite", answer, **options))
        return made[-1]

    yield crawl_of
    for crawl in made:
        crawl.close()


def rules(crawl):
    return {row.url: row.rule for row in crawl.store.refused()}


@each_failure
@pytest.mark.parametrize("number", [1, 30, 2_000])
def test_a_host_that_always_fails_costs_few_requests_whatever_the_number_of_its_urls(
    crawl_of, failure, number
):
    crawl = crawl_of(failure).run(pages(BAD, number))
    assert crawl.asked[BAD] <= MOST_REQUESTS
    assert not crawl.frontier.has_pending()
    counts = crawl.store.counts()
    assert counts.discovered == number
    refused = rules(crawl)
    assert set(refused.values()) <= {"host_failed"}
    assert len(refused) == counts.pending
    assert counts.pending + counts.failed + counts.done == number
    assert counts.failed + counts.done <= MOST_REQUESTS


@each_failure
def test_a_healthy_host_of_the_same_domain_is_fetched_whole(crawl_of, failure):
    crawl = crawl_of(failure).run(pages(BAD, 300) + pages(GOOD, 300))
    assert crawl.asked[GOOD] == 300
    assert crawl.asked[BAD] <= MOST_REQUESTS
    assert {url.split("/")[2] for url in rules(crawl)} == {BAD}
    assert not crawl.frontier.has_pending()


@each_failure
@pytest.mark.parametrize("every_secs", [3.0, 40.0])
def test_failures_are_remembered_by_the_next_run(crawl_of, failure, every_secs):
    crawl = crawl_of(failure)
    crawl.run(pages(BAD, 50), until=crawl.now + every_secs)
    for _ in range(20):
        crawl.close()
        crawl.run(until=crawl.now + every_secs)
    assert crawl.asked[BAD] <= MOST_REQUESTS


@each_failure
def test_the_waits_grow_and_are_drawn(crawl_of, failure):
    ways = []
    for _ in range(2):
        crawl = crawl_of(failure).run(pages(BAD, 50))
        times = [at for at, _ in crawl.fetched]
        ways.append([after - before - failure.secs for before, after in pairwise(times)])
    assert ways[0] != ways[1]
    for waits in ways:
        for number, wait in enumerate(waits):
            assert 0.74 * min(60.0, 2.0**number) <= wait <= 1.26 * min(60.0, 2.0**number)


@each_failure
def test_a_host_that_recovers_in_time_is_fetched_whole(crawl_of, failure):
    crawl = crawl_of(failure, lambda at: at > 1000.5)
    crawl.run(pages(BAD, 100))
    assert crawl.store.counts().done == 100
    assert rules(crawl) == {}


@each_failure
def test_a_host_that_was_given_up_is_tried_again_by_a_later_run(crawl_of, failure):
    crawl = crawl_of(failure, lambda at: at > 3000.0)
    crawl.run(pages(BAD, 100))
    left = crawl.store.counts().pending
    asked = crawl.asked[BAD]
    assert left > 80
    crawl.close()
    crawl.run()  # too early
    assert crawl.asked[BAD] == asked
    crawl.close()
    crawl.now += REST_SECS
    crawl.run()
    assert crawl.asked[BAD] == asked + left
    assert crawl.store.counts().pending == 0
    assert rules(crawl) == {}


@each_failure
def test_a_host_that_still_fails_after_its_rest_costs_one_request_more(crawl_of, failure):
    crawl = crawl_of(failure).run(pages(BAD, 100))
    asked = crawl.asked[BAD]
    crawl.close()
    crawl.now += REST_SECS + 1
    crawl.run()
    assert crawl.asked[BAD] == asked + 1
    assert set(rules(crawl).values()) == {"host_failed"}


def test_one_success_ends_the_trouble(crawl_of):
    # Every third answer is good: that is no host to give up.
    numbers = count()
    crawl = crawl_of(FAILURES[1], lambda _: next(numbers) % 3 == 2).run(pages(BAD, 40))
    assert (crawl.store.counts().done, rules(crawl)) == (40, {})
    assert crawl.asked[BAD] == 120


HOSTS = [f"h{number}.example" for number in range(12)]
OUTAGE = Answer(0.1, "failed", "connection")


def test_an_outage_of_our_own_network_is_held_against_nobody(crawl_of):
    crawl = crawl_of(OUTAGE, is_over=lambda at: at > 90.0)
    crawl.run([url for host in HOSTS for url in pages(host, 5)])
    assert crawl.store.counts().done == 60
    assert crawl.store.counts().failed == 0
    assert rules(crawl) == {}


def test_hosts_that_are_all_dead_are_given_up_all_the_same(crawl_of):
    crawl = crawl_of(OUTAGE).run([url for host in HOSTS for url in pages(host, 50)])
    assert not crawl.frontier.has_pending()
    assert max(crawl.asked[host] for host in HOSTS) <= MOST_REQUESTS
    assert set(rules(crawl).values()) == {"host_failed"}
