"""A host that fails costs little, is left alone, and is fetched whole once it is well again."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count, pairwise

import pytest

from benchmarks.fairness_downloads import Answer, Downloads
from linkcrawler.frontier.domain import Domain
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import State, UrlRow
from linkcrawler.frontier.results import CommittedPage, Judge, Lease, Moment
from linkcrawler.items import Page
from linkcrawler.policies.backoff import REST_SECS
from linkcrawler.policies.turns import Turns

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


# Servers that say how long to stay away

BUSY = Answer(0.1, "http_error", "429", retry_after=40.0)
AWAY = Answer(0.1, "http_error", "503", retry_after=7200.0)


def test_a_whole_domain_is_left_alone_for_as_long_as_one_of_its_hosts_asked(crawl_of):
    numbers = count()
    crawl = crawl_of(BUSY, lambda _: next(numbers) != 1)  # the second answer asks for it
    crawl.run(pages(BAD, 4) + pages(GOOD, 4))
    times = [at for at, _ in crawl.fetched]
    waits = [after - before for before, after in pairwise(times)]
    assert sum(wait >= BUSY.retry_after for wait in waits) == 1
    assert crawl.store.counts().done == 8


def test_what_was_asked_for_outlives_the_process(crawl_of):
    crawl = crawl_of(BUSY, is_over=lambda at: at > 1000.5)
    crawl.run(pages(BAD, 3), until=1000.2)
    crawl.close()  # as `kill -9` leaves it: nothing is written here
    crawl.run()
    times = [at for at, _ in crawl.fetched]
    assert times[1] - times[0] >= BUSY.retry_after


def test_a_domain_that_is_asked_for_very_long_is_given_up_until_then_and_loses_no_url(crawl_of):
    crawl = crawl_of(AWAY, is_over=lambda at: at > 8000.0)
    crawl.run(pages(BAD, 10) + pages(GOOD, 3))
    assert crawl.asked[BAD] == 1
    assert crawl.asked[GOOD] == 0
    assert crawl.store.counts().pending == 13
    assert set(rules(crawl).values()) == {"host_failed"}
    crawl.close()
    crawl.now = 1000.0 + AWAY.retry_after - 60.0
    crawl.run()  # too early
    assert crawl.asked[BAD] == 1
    crawl.close()
    crawl.now += 120.0
    crawl.run()
    assert crawl.store.counts().done == 13


def test_answers_to_requests_sent_together_are_one_step_of_the_wait(crawl_of):
    # The first is answered well, so that four are in flight when the trouble begins.
    numbers = count()
    refused = Answer(1.0, "http_error", "429")
    limits = Limits(max_hops=None, max_pages=0, max_pages_per_domain=0, domain_window=4)
    crawl = crawl_of(refused, lambda _: next(numbers) == 0, limits=limits)
    crawl.run(pages(BAD, 200))
    assert crawl.asked[BAD] <= MOST_REQUESTS
    times = [at for at, _ in crawl.fetched]
    burst = [at for at in times[1:] if at < times[1] + 0.5]
    assert len(burst) == 4
    next_wait = times[1 + len(burst)] - burst[-1] - refused.secs
    assert next_wait <= 1.26  # the first step, though four answers refused


def test_a_server_that_always_refuses_is_asked_once_a_step(crawl_of):
    crawl = crawl_of(Answer(0.1, "http_error", "429", retry_after=5.0)).run(pages(BAD, 100))
    times = [at for at, _ in crawl.fetched]
    assert crawl.asked[BAD] <= MOST_REQUESTS
    assert all(after - before >= 5.0 for before, after in pairwise(times))


def test_pages_that_waited_for_one_robots_txt_weigh_as_one_failure():
    judge, domain = Judge(Limits(), Turns(1.0)), Domain(1, "a.example", 0, 0)

    def strikes(sent_at, failed_at):
        lease = Lease(UrlRow(1, f"http://{BAD}/", 0, 0, 0, False, None), domain, sent_at)
        page = Page(lease.url, "failed", datetime(2024, 1, 1, tzinfo=UTC), "robots_unreachable")
        done = CommittedPage(lease, page, b"", 0, (), may_retry=True)
        result = judge.result(done, Moment(failed_at, failed_at))
        domain.troubles[BAD] = result.trouble
        assert (result.state, result.counts_as_try) == (State.PENDING, False)
        return result.trouble.strikes

    first = strikes(1.0, 5.0)
    assert strikes(1.0, 6.0) == strikes(2.0, 7.0) == first
    assert strikes(8.0, 9.0) == 2 * first
