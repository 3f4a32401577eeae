"""Pages read by processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from support.reader_pages import DEEP, LINK, document

from linkcrawler.extraction.prescan import HERE_TAGS, QUICK_TAGS, TREE_TAGS, Way, way_of
from linkcrawler.extraction.reading import read
from linkcrawler.frontier.scheduler import FrontierScheduler
from linkcrawler.lanes import BUSY, Lane, NotReadError
from linkcrawler.readers import LATE_SECS, MAX_STRIKES, MAX_WAITING, PageReader, Strikes

FAT = b"<p>" + b"".join(b"<b %d>" % n for n in range(1600)) + b"<p>x" * 3000 + LINK


class Stats(Counter):
    """Scrapy's stats, as far as they are used."""

    def inc_value(self, key: str) -> None:
        self[key] += 1


@pytest.fixture
def stats():
    return Stats()


def with_reader(stats, work, secs: float = 20.0):
    """Run ``work`` with a reader that is closed afterwards."""

    async def run():
        reader = PageReader(SimpleNamespace(stats=stats), secs)
        try:
            return await work(reader)
        finally:
            reader.close()

    return asyncio.run(run())


def test_where_a_page_is_read_depends_on_its_tags_and_bytes():
    assert way_of(b"<p>" * HERE_TAGS) is Way.HERE
    assert way_of(b"<p>" * (HERE_TAGS + 1)) is way_of(b"x" * 20_000) is Way.QUICK
    assert way_of(b"<p>" * QUICK_TAGS) is way_of(b"x" * 2**21) is Way.QUICK
    assert way_of(b"<p>" * (QUICK_TAGS + 1)) is Way.SLOW
    assert way_of(b"<" * (TREE_TAGS + 1)) is Way.ROUGH
    assert way_of("<p>".encode("utf-16") * (HERE_TAGS + 1)) is Way.QUICK


def test_a_page_that_is_read_elsewhere_is_read_as_here(stats):
    pages = [document(body * 600) for body in (LINK, b"<p>\xff<a href=x>", b"<table><a href=y>z")]

    async def work(reader):
        for page in pages:
            here, there = read(page), await reader.read(page)
            assert (there.links, there.facts.n_links) == (
                here.links,
                here.facts.n_links,
            )
            assert not there.degraded
        small = document(LINK)
        assert (await reader.read(small)).facts == read(small).facts

    with_reader(stats, work)
    assert stats == {"linkcrawler/read/quick": 3, "linkcrawler/read/here": 1}


@pytest.mark.timing
def test_a_page_that_takes_too_long_or_too_much_still_gives_its_links(stats):
    async def work(reader):
        lags = asyncio.ensure_future(longest_lag())
        deep, fat = await asyncio.gather(
            reader.read(document(DEEP, "deep.example")), reader.read(document(FAT, "fat.example"))
        )
        for reading in (deep, fat):
            assert reading.degraded
            assert reading.links[0].target.endswith("/found")
        lags.cancel()
        return (await asyncio.gather(lags, return_exceptions=True))[0]

    lag = with_reader(stats, work, secs=0.3)
    assert stats["linkcrawler/read/failed/deadline"] >= 1
    assert lag < 0.5


@pytest.mark.timing
def test_pages_that_wait_behind_hostile_ones_end_when_their_own_time_is_over(stats):
    async def work(reader):
        await reader.read(document(DEEP, "first.example"))  # all processes run
        begun = time.monotonic()
        hosts = [f"deep{n}.example" for n in range(8)]
        found = await asyncio.gather(*(reader.read(document(DEEP, host)) for host in hosts))
        took = time.monotonic() - begun
        assert all(reading.degraded and reading.facts.n_links for reading in found)
        stats.clear()
        again = await reader.read(document(LINK * 8000, hosts[-1]))
        assert not again.degraded  # it was not its domain's fault
        return took

    took = with_reader(stats, work, secs=1.0)
    assert took < 4  # one after the other they would take eight
    assert stats["linkcrawler/read/rough"] == 0


async def longest_lag() -> float:
    """Return, when cancelled, the longest time that the loop was held up."""
    longest, loop = 0.0, asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            return longest
        longest = max(longest, loop.time() - begun - 0.01)


@pytest.mark.timing
def test_while_many_pages_wait_to_be_read_the_crawl_fetches_no_more(stats):
    asked = []
    frontier = SimpleNamespace(lease=lambda: asked.append(1), next_time=lambda: None)
    session = SimpleNamespace(stopping=asyncio.Event(), is_open=True, frontier=frontier)
    page = document(LINK + b"<p>" * 2 * HERE_TAGS)

    async def work(reader):
        scheduler = FrontierScheduler(
            SimpleNamespace(spider=SimpleNamespace(reader=reader)), session
        )
        pages = [asyncio.create_task(reader.read(page)) for _ in range(MAX_WAITING + 2)]
        await asyncio.sleep(0)
        scheduler.next_request()
        while_waiting = len(asked)
        readings = await asyncio.gather(*pages)
        scheduler.next_request()
        return while_waiting, len(asked), {reading.degraded for reading in readings}

    assert with_reader(stats, work) == (0, 1, {False})


@pytest.mark.timing
def test_pages_that_queue_for_slow_readers_are_read_soon_after_their_deadline(stats):
    """Twelve at once of which each takes a reader for seconds: from tags, the last ones in part."""
    slow = [document(LINK * 3 + b"<a " * 450_000 + LINK, f"s{n}.example") for n in range(12)]

    async def timed(reader, page, due):
        return await reader.read(page, due), asyncio.get_running_loop().time() - due

    async def work(reader):
        await reader._rough.read(document(LINK), 20.0, rough_secs=1.0)  # its process is there
        due = asyncio.get_running_loop().time() + 0.5
        return await asyncio.gather(*(timed(reader, page, due) for page in slow))

    found = with_reader(stats, work, secs=5.0)
    assert max(late for _, late in found) < LATE_SECS + 3  # on a busy machine
    for reading, _ in found:
        assert reading.degraded
        assert reading.links[0].target.endswith("/found")
    cut = [reading.facts.is_cut for reading, _ in found]
    assert cut.count(True) >= stats["linkcrawler/read/last"] > 0


def test_a_page_whose_turn_comes_too_late_does_not_cost_its_reader(stats):
    page = document(LINK)

    async def work():
        lane = Lane()
        try:
            await lane.read(page, 20.0)
            process = lane._child.process
            soon = asyncio.get_running_loop().time() + 0.1
            with pytest.raises(NotReadError) as caught:
                await lane.read(page, 20.0, end=soon)
            return caught.value.reason, lane._child.process is process, process.poll()
        finally:
            lane.close()

    assert asyncio.run(work()) == (BUSY, True, None)


def test_a_domain_that_went_too_far_gets_no_tree_any_more(stats):
    async def work(reader):
        for _ in range(MAX_STRIKES):
            await reader.read(document(DEEP, "www.deep.example"))
        begun = time.monotonic()
        reading = await reader.read(document(b"<p>" * 1000 + LINK, "deep.example"))
        assert reading.degraded
        assert reading.facts.n_links == 2
        return time.monotonic() - begun

    with_reader(stats, work, secs=0.3)
    assert stats["linkcrawler/read/rough"] == 1


def test_a_reader_that_dies_is_replaced(stats):
    async def work(reader):
        page = document(LINK * 600)
        await reader.read(page)
        os.kill(reader._quick._child.process.pid, signal.SIGKILL)
        reading = await reader.read(page)
        assert reading.facts.n_links == 601
        return reading

    with_reader(stats, work)


def test_without_time_for_it_no_tree_is_built(stats):
    async def work(reader):
        assert (await reader.read(document(LINK * 600))).degraded
        assert not (await reader.read(document(LINK))).degraded

    with_reader(stats, work, secs=0.0)
    assert stats == {"linkcrawler/read/rough": 1, "linkcrawler/read/here": 1}


def test_strikes_are_counted_by_name_and_forgotten_at_last(monkeypatch):
    monkeypatch.setattr("linkcrawler.readers.MAX_DOMAINS", 2)
    strikes = Strikes()
    for name in "aab":
        strikes.add(name)
    assert (strikes.is_out("a"), strikes.is_out("b")) == (True, False)
    strikes.add("c")
    assert not strikes.is_out("a")
