"""Names looked up once at a time, dead ones left alone, whoever asks and however often."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter

import pytest
from scrapy.resolver import dnscache
from scrapy.settings import Settings
from twisted.internet.address import IPv6Address

from linkcrawler import lookups, resolver
from linkcrawler.policies.dead_names import MAX_NAMES, TEMPORARY_SECS, DeadNames

DEAD, AWAY, ALIVE = "dead.example", "away.example", "alive.example"
WAIT_SECS = 30


class Reactor:
    """What look-ups need of a reactor: to be called from their threads."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.nameResolver = None

    def callFromThread(self, function, *arguments, **named):
        self.loop.call_soon_threadsafe(lambda: function(*arguments, **named))


class Receiver:
    """Takes the addresses of one look-up."""

    def __init__(self):
        self.addresses = []
        self.done = asyncio.get_running_loop().create_future()

    def resolutionBegan(self, _):
        pass

    def addressResolved(self, address):
        self.addresses.append(address)

    def resolutionComplete(self):
        self.done.set_result([(address.host, address.port) for address in self.addresses])


class System:
    """A getaddrinfo that counts, and may be held up."""

    def __init__(self):
        self.asked = Counter()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, host, port, family=0, type=0):
        self.asked[host] += 1
        assert self.may_answer.wait(WAIT_SECS)
        if host == DEAD:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host == AWAY:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        host.encode("idna")
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:2800::1", port, 7, 2)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port)),
        ]


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def system(monkeypatch):
    found = System()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    return found


def answers(asking, *asked):
    """What several look-ups that begin together come to; ``asked`` are names and ports."""
    receivers = []
    for name, port in asked:
        receivers.append(Receiver())
        asking.resolveHostName(receivers[-1], name, port)
    return asyncio.gather(*(receiver.done for receiver in receivers))


def in_loop(story):
    """Run ``story`` with look-ups over a clock of its own."""

    async def run():
        clock = Clock()
        asking = lookups.Lookups(Reactor(), DeadNames(1800.0), 4, clock)
        try:
            return await asyncio.wait_for(story(asking, clock), WAIT_SECS)
        finally:
            asking._pool.stop()

    return asyncio.run(run())


def test_those_who_ask_for_a_name_together_share_one_look_up_each_with_its_port(system):
    async def story(asking, clock):
        system.may_answer.clear()
        waiting = answers(asking, (ALIVE, 80), (ALIVE, 443), (ALIVE, 80))
        system.may_answer.set()
        return await waiting

    found = in_loop(story)
    assert found[1] == [("2606:2800::1", 443), ("93.184.215.14", 443)]
    assert [port for _, port in found[0] + found[2]] == [80] * 4
    assert system.asked == {ALIVE: 1}


def test_an_address_keeps_its_flow_and_scope(system):
    found = lookups._with_port(IPv6Address("TCP", "fe80::1", 0, 7, 2), 443)
    assert found == IPv6Address("TCP", "fe80::1", 443, 7, 2)


def test_a_dead_name_is_looked_up_twice_an_hour_however_often_it_is_asked_for(system):
    async def story(asking, clock):
        for _ in range(3600):
            assert await answers(asking, (DEAD, 80), (DEAD, 443)) == [[], []]
            clock.now += 1.0

    in_loop(story)
    assert system.asked == {DEAD: 2}


def test_a_name_whose_servers_are_away_is_asked_again_soon_and_then_no_more(system):
    async def story(asking, clock):
        for _ in range(360):
            await answers(asking, (AWAY, 80), (ALIVE, 80))
            clock.now += 10.0

    in_loop(story)
    assert system.asked[AWAY] == 2


def test_while_no_name_is_resolved_at_all_each_is_asked_again_every_minute(system):
    async def story(asking, clock):
        for _ in range(10):
            await answers(asking, (AWAY, 80))
            clock.now += TEMPORARY_SECS

    in_loop(story)
    assert system.asked[AWAY] == 10


def test_a_name_that_cannot_be_written_as_one_is_answered_and_dead(system):
    name = f"{'a' * 64}.example"

    async def story(asking, clock):
        return await answers(asking, (name, 80)) + await answers(asking, (name, 80))

    assert in_loop(story) == [[], []]
    assert system.asked == {name: 1}


def test_look_ups_that_hang_do_not_keep_the_process(system):
    async def story(asking, clock):
        system.may_answer.clear()
        waiting = answers(asking, (ALIVE, 80))
        assert all(thread.daemon for thread in asking._pool.threads)
        assert asking._pool.threads
        system.may_answer.set()
        await waiting

    in_loop(story)


def test_the_reactors_resolver_remembers_dead_names_and_live_ones(system):
    names = [DEAD, ALIVE]

    async def run():
        reactor = Reactor()
        crawler = type("Crawler", (), {"settings": Settings({"REACTOR_THREADPOOL_MAXSIZE": 2})})
        guarded = resolver.GuardedResolver.from_crawler(crawler, reactor)
        try:
            for _ in range(3):
                for name in names:
                    await asyncio.wait_for(answers(guarded, (name, 80)), WAIT_SECS)
        finally:
            guarded.original_resolver._pool.stop()
            dnscache.pop(ALIVE, None)

    asyncio.run(run())
    assert system.asked == {DEAD: 1, ALIVE: 1}


def test_names_remembered_as_dead_are_bounded_and_the_one_not_asked_for_goes_first():
    dead = DeadNames(1800.0)
    for number in range(MAX_NAMES):
        dead.fail(f"n{number}.example", 0.0, is_temporary=False)
    assert dead.is_dead("n0.example", 1.0)
    dead.fail("one-more.example", 1.0, is_temporary=False)
    assert dead.is_dead("n0.example", 1.0)
    assert not dead.is_dead("n1.example", 1.0)


def test_a_name_that_came_back_starts_anew_and_zero_remembers_nothing():
    dead = DeadNames(1800.0)
    dead.fail(AWAY, 0.0, is_temporary=True)
    dead.succeed(AWAY, 61.0)
    dead.fail(AWAY, 100.0, is_temporary=True)
    assert not dead.is_dead(AWAY, 100.0 + TEMPORARY_SECS)
    nothing = DeadNames(0.0)
    nothing.fail(DEAD, 0.0, is_temporary=False)
    assert not nothing.is_dead(DEAD, 0.0)
