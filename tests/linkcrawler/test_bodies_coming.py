"""Large bodies that come in while others take the room that they share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import _ResponseReader
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from linkcrawler.bodies import LARGE_BYTES, Room
from linkcrawler.bodies_coming import HURRY_SECS, PASSING_BYTES, STALL_SECS, Coming, MeteredBody
from linkcrawler.failures import failure_reason


class Transport:
    """Notes whether it was paused."""

    is_paused = False
    is_closed = False

    def loseConnection(self):
        self.is_closed = True

    def pauseProducing(self):
        self.is_paused = True

    def resumeProducing(self):
        self.is_paused = False


class Inner(MeteredBody):
    """Takes what it is given."""

    def __init__(self):
        self.data = b""
        self.is_over = False

    def connectionMade(self):
        pass

    def dataReceived(self, data):
        self.data += data

    def connectionLost(self, reason=None):
        self.is_over = True
        self.reason = reason


def sender(coming):
    """A body that is being received, its transport, and what has come of it."""
    inner, transport = Inner(), Transport()
    body = MeteredBody(inner, coming)
    body.makeConnection(transport)
    return body, transport, inner


def test_a_sender_waits_while_older_ones_take_the_room_and_nothing_is_lost():
    coming = Coming(2 * LARGE_BYTES)
    first, first_transport, _ = sender(coming)
    second, second_transport, inner = sender(coming)
    first.dataReceived(b"x" * (LARGE_BYTES + 1))
    second.dataReceived(b"x" * LARGE_BYTES)
    assert not second_transport.is_paused  # small until now
    second.dataReceived(b"y")
    assert second_transport.is_paused
    first.dataReceived(b"x" * LARGE_BYTES)
    assert not first_transport.is_paused  # the oldest always goes on
    first.connectionLost()
    assert not second_transport.is_paused
    second.connectionLost()
    assert (len(inner.data), inner.is_over) == (LARGE_BYTES + 1, True)
    assert coming.taken == 0


def test_all_senders_wait_while_what_is_there_takes_its_room():
    room = Room(LARGE_BYTES)
    coming, others = (Coming(4 * LARGE_BYTES, room) for _ in range(2))  # of http and of https
    body, transport, _ = sender(coming)
    other, other_transport, _ = sender(others)
    body.dataReceived(b"x" * (LARGE_BYTES + 1))
    assert not transport.is_paused
    first, second = room.take(LARGE_BYTES), room.take(1)
    body.dataReceived(b"x")
    other.dataReceived(b"x" * (LARGE_BYTES + 1))
    assert transport.is_paused
    assert other_transport.is_paused
    second.leave()
    assert transport.is_paused  # there is no byte of room yet
    first.leave()
    assert not transport.is_paused
    assert not other_transport.is_paused


def test_a_slow_sender_holds_up_nobody():
    coming = Coming(4 * LARGE_BYTES)
    slow, _, _ = sender(coming)
    slow.dataReceived(b"x" * (LARGE_BYTES + 1))  # and nothing more for a long time
    for _ in range(100):
        other, transport, inner = sender(coming)
        other.dataReceived(b"x" * (2 * LARGE_BYTES))
        assert not transport.is_paused
        other.connectionLost()
        assert inner.is_over


def test_senders_that_stall_while_they_take_all_the_room_lose_their_turn():
    clock = Clock()
    coming = Coming(2 * LARGE_BYTES, clock=clock)
    stalled = [sender(coming) for _ in range(3)]
    for body, _, _ in stalled[:2]:
        body.dataReceived(b"x" * (LARGE_BYTES + 1))  # and nothing more, ever
    assert not stalled[0][1].is_paused
    for number in range(4):
        other, transport, inner = sender(coming)
        other.dataReceived(b"x" * (LARGE_BYTES + 1))
        assert transport.is_paused is (number == 0)  # later ones need not find out again
        clock.pump([STALL_SECS] * 3)  # the second stalls, too, once it is let go on
        assert not transport.is_paused
        other.dataReceived(b"x" * LARGE_BYTES)
        assert not transport.is_paused
        other.connectionLost()
        assert inner.is_over
    for body, _, _ in stalled:
        body.connectionLost()
    assert (coming.taken, clock.getDelayedCalls()) == (0, [])


def test_a_sender_that_drips_loses_its_turn_as_one_that_stalls():
    clock = Clock()
    coming = Coming(2 * LARGE_BYTES, clock=clock)
    slow, _, _ = sender(coming)
    slow.dataReceived(b"x" * (LARGE_BYTES + 1))
    other, transport, _ = sender(coming)
    other.dataReceived(b"x" * 2 * LARGE_BYTES)
    assert transport.is_paused
    for _ in range(6):
        clock.advance(STALL_SECS / 2)
        slow.dataReceived(b"x")
    assert not transport.is_paused
    slow.connectionLost()
    other.connectionLost()


def test_turns_pass_only_within_a_bound_of_memory():
    clock = Clock()
    coming = Coming(2 * LARGE_BYTES, clock=clock)
    senders = [sender(coming) for _ in range(4)]
    senders[0][0].dataReceived(b"x" * (3 * LARGE_BYTES))
    for body, transport, _ in senders[1:]:
        body.dataReceived(b"x" * (LARGE_BYTES + 1))
        assert transport.is_paused
    for _ in range(4):
        clock.advance(STALL_SECS)
        for body, transport, _ in senders[1:]:
            while not transport.is_paused and coming.taken < 10 * PASSING_BYTES:
                body.dataReceived(b"x" * LARGE_BYTES)
    assert coming.taken <= coming.length + PASSING_BYTES + LARGE_BYTES
    assert [transport.is_paused for _, transport, _ in senders] == [False, True, True, True]
    senders[0][0].connectionLost()
    assert not senders[1][1].is_paused


def overfull(clock, coming):
    """The oldest of three senders, beside which there is no room for the others, and these."""
    oldest, *others = (sender(coming) for _ in range(3))
    oldest[0].dataReceived(b"x" * (coming.length + PASSING_BYTES + 1))
    for body, transport, _ in others:
        body.dataReceived(b"x" * (LARGE_BYTES + 1))
        assert transport.is_paused
    clock.pump([STALL_SECS] * 3)
    assert all(transport.is_paused for _, transport, _ in others)
    return oldest, others


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["stalls", "drips"])
def test_a_sender_that_fills_the_room_and_hardly_sends_more_is_cut_off(drip):
    clock = Clock()
    coming = Coming(2 * LARGE_BYTES, clock=clock)
    (body, transport, inner), others = overfull(clock, coming)
    for _ in range(int(HURRY_SECS / STALL_SECS)):
        if drip:
            body.dataReceived(drip)
        clock.advance(STALL_SECS)
    assert inner.is_over
    assert failure_reason(inner.reason.value) == "timeout"
    assert transport.is_closed
    assert not any(other.is_paused for _, other, _ in others)
    body.dataReceived(b"late")
    body.connectionLost()  # as the connection says then
    assert coming.taken == 2 * (LARGE_BYTES + 1)
    for other, _, _ in others:
        other.connectionLost()
    assert clock.getDelayedCalls() == []


def test_scrapy_hears_at_once_of_a_sender_that_is_cut_off():
    heard, request = Deferred(), Request("http://a.example/")
    body, transport, _ = sender(Coming())
    body.inner = _ResponseReader(heard, None, request, 0, 0, True, get_crawler())
    body.cut_off()
    assert transport.is_closed
    errors = []
    heard.addErrback(errors.append)
    assert [failure_reason(error.value) for error in errors] == ["timeout"]


def test_a_sender_that_fills_the_room_and_goes_on_is_let_end():
    clock = Clock()
    coming = Coming(2 * LARGE_BYTES, clock=clock)
    (body, _, inner), _ = overfull(clock, coming)
    for _ in range(20):
        body.dataReceived(b"x" * (LARGE_BYTES // 2))
        clock.advance(STALL_SECS)
    assert not inner.is_over


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3), st.booleans()), max_size=40))
def test_only_the_oldest_goes_on_where_there_is_no_room(steps):
    coming = Coming(4 * LARGE_BYTES)
    senders = [sender(coming) for _ in range(6)]
    gone = set()
    for number, length, ends in steps:
        body, transport, _ = senders[number]
        if number in gone or transport.is_paused:
            continue
        body.dataReceived(b"x" * (length * LARGE_BYTES))
        if ends:
            body.connectionLost()
            gone.add(number)
        going = [t for n, (_, t, _) in enumerate(senders) if n not in gone and not t.is_paused]
        assert going or len(gone) == 6
    for number in range(6):
        if number not in gone:
            senders[number][0].connectionLost()
    assert coming.taken == 0
