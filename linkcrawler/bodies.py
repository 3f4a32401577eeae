"""Large bodies share a bounded room in memory: while it is full, who comes later is made to wait.

Without it, as many bodies of the largest size as there are requests in flight would be in memory at
once. Small bodies never wait. What is being received has a room of its own, see
`linkcrawler.bodies_coming`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request
    from scrapy.crawler import Crawler

ROOM_BYTES: Final = 6 * 2**20
"""What large bodies may take together that are there, to the end of their reading."""
DECODING_BYTES: Final = 8 * 2**20
"""Room that a body needs before it is decoded, where it proves large."""
LARGE_BYTES: Final = 128 * 1024
"""Length of a body that is large."""
WAIT_SECS: Final = 60.0
"""Longest wait of a body that is there and is to be decoded."""
HELD: Final = "linkcrawler_room"
"""Key of a request's meta that holds the room of its answer's body."""


class Ticket:
    """A share of the room, given back when nobody has the ticket any more, or before."""

    def __init__(self, room: Room, length: int, enter: Callable[[], None] | None) -> None:
        self.length = length
        self.is_in = False
        self._room = room
        self._enter = enter

    def let_in(self) -> None:
        """Say that the share is there."""
        self.is_in = True
        enter, self._enter = self._enter, None
        if enter is not None:
            enter()

    def leave(self) -> None:
        """Give the share back, or wait for it no longer."""
        self._enter = None
        self._room.leave(self)

    def __del__(self) -> None:
        self._room.take_back(self)
        with suppress(RuntimeError):  # no loop: nobody waits any more
            # Not here: this is a moment that nobody chose.
            asyncio.get_running_loop().call_soon(self._room.let_in)


class Room:
    """Bytes that are handed out first come, first served.

    Args:
        length: how many there are.
    """

    def __init__(self, length: int = ROOM_BYTES) -> None:
        self.length = length
        self.free = length
        self.on_leave: list[Callable[[], None]] = []
        """Called when there may be room again; the handlers of http and https have one each."""
        self._waiting: deque[Ticket] = deque()

    def ask(self, length: int, enter: Callable[[], None]) -> Ticket:
        """Return a ticket for ``length`` bytes; ``enter`` is called once they are there, unless now."""
        ticket = Ticket(self, min(length, self.length), enter)
        if self._waiting or self.free < ticket.length:
            self._waiting.append(ticket)
        else:
            self.free -= ticket.length
            ticket.is_in = True
        return ticket

    def take(self, length: int) -> Ticket:
        """Return a ticket for what is in memory already, whether there is room or not."""
        ticket = Ticket(self, length, None)
        ticket.is_in = True
        self.free -= length
        return ticket

    async def enter(self, length: int) -> Ticket:
        """Return a ticket once there is room for ``length`` bytes, or after `WAIT_SECS` all the same.

        Whoever holds a ticket must not wait for another one: all might.
        """
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket = self.ask(length, partial(_settle, entered))
        try:
            if not ticket.is_in:
                async with asyncio.timeout(WAIT_SECS):
                    await entered
        except TimeoutError:
            ticket.leave()
            return self.take(length)
        except asyncio.CancelledError:
            ticket.leave()
            raise
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take back the share of ``ticket``, and let in who waits for it."""
        self.take_back(ticket)
        self.let_in()

    def let_in(self) -> None:
        """Let in those for whom there is room."""
        while self._waiting and self.free >= self._waiting[0].length:
            following = self._waiting.popleft()
            self.free -= following.length
            following.let_in()
        for tell in self.on_leave:
            tell()

    def take_back(self, ticket: Ticket) -> None:
        """Take back the share of ``ticket``, or its place among those who wait."""
        if ticket.is_in:
            ticket.is_in = False
            self.free += ticket.length
        elif ticket in self._waiting:
            self._waiting.remove(ticket)

    def hold(self, request: Request, length: int, further: int = 0) -> None:
        """Let the body of the answer to ``request`` hold its room until `release`, or its end.

        Args:
            request: what was answered.
            length: that of the body.
            further: bytes that a large body needs beside, because it is still to be decoded.
        """
        release(request)
        if length > LARGE_BYTES:
            request.meta[HELD] = self.take(length + further)


def release(request: Request | None) -> None:
    """Give back what the body of the answer to ``request`` holds."""
    ticket = request.meta.pop(HELD, None) if request is not None else None
    if ticket is not None:
        ticket.leave()


def _settle(entered: asyncio.Future[None]) -> None:
    if not entered.done():
        entered.set_result(None)


_rooms: WeakKeyDictionary[Crawler, Room] = WeakKeyDictionary()


def room_of(crawler: Crawler) -> Room:
    """Return the room that the bodies of ``crawler`` share."""
    return _rooms.setdefault(crawler, Room())
