"""The room that large bodies share."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from linkcrawler.bodies import HELD, LARGE_BYTES, Room, release


def test_who_comes_first_is_let_in_first():
    room, entered = Room(10), []
    first = room.ask(6, lambda: entered.append(1))
    second = room.ask(6, lambda: entered.append(2))
    third = room.ask(1, lambda: entered.append(3))
    assert (first.is_in, second.is_in, third.is_in) == (True, False, False)
    first.leave()
    assert entered == [2, 3]
    second.leave()
    third.leave()
    assert room.free == 10


def test_nobody_asks_for_more_than_there_is_and_who_leaves_waits_no_longer():
    room = Room(10)
    whole = room.ask(99, lambda: None)
    waiting = room.ask(5, lambda: None)
    waiting.leave()
    whole.leave()
    whole.leave()
    assert (whole.length, room.free) == (10, 10)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5)), max_size=30))
def test_no_more_is_handed_out_than_there_is(steps):
    room, held = Room(10), []
    for length, leaver in steps:
        held.append(room.ask(length, lambda: None))
        assert sum(ticket.length for ticket in held if ticket.is_in) == 10 - room.free <= 10
        if leaver < len(held):
            held.pop(leaver).leave()
    while held:
        held.pop().leave()
    assert room.free == 10


def test_a_request_that_is_gone_gives_its_room_back():
    room = Room(2 * LARGE_BYTES)
    small, large, gone = (Request("http://a.example/") for _ in range(3))
    room.hold(small, LARGE_BYTES)
    assert HELD not in small.meta
    room.hold(large, LARGE_BYTES + 1)
    room.hold(gone, LARGE_BYTES + 1)
    assert room.free == -2
    del gone
    release(large)
    release(large)
    assert room.free == room.length


def test_entering_waits_for_room_and_can_be_given_up():
    async def run():
        room = Room(10)
        first = await room.enter(10)
        second = asyncio.ensure_future(room.enter(4))
        third = asyncio.ensure_future(room.enter(10))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        first.leave()
        (await third).leave()
        assert room.free == 10

    asyncio.run(run())
