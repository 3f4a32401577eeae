"""Large bodies share bounded rooms in memory: while one is full, who comes later is made to wait.

Without them, as many bodies of the largest size as there are requests in flight would be in memory at
once. Small bodies never wait. What is being received has a room of its own, of which each body takes
what has come of it: servers that are slow hold up neither what is there already nor each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from scrapy.exceptions import DownloadTimeoutError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request
    from scrapy.crawler import Crawler

ROOM_BYTES: Final = 6 * 2**20
"""What large bodies may take together that are there, to the end of their reading."""
COMING_BYTES: Final = 2 * 2**20
"""What large bodies may take together that are being received, the oldest of them left out."""
PASSING_BYTES: Final = 4 * 2**20
"""What they may take beyond that while the oldest stalls."""
STALL_SECS: Final = 1.0
"""A sender that has sent nothing for so long stalls."""
HURRY_SECS: Final = 5.0
"""A sender for which all others wait, because together they take all there is, has to send `LARGE_BYTES`
in so many seconds, or is cut off."""
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


class Coming:
    """Large bodies that are being received, in the order in which they proved large.

    While together they take more than there is room for, only one goes on: the oldest whose sender does
    not stall, and the oldest of all beyond `PASSING_BYTES`. So no more is in memory than the room, these
    and one body. While what is there already takes all of its room, all wait for the reading. An oldest
    one that hardly sends anything is cut off.

    Args:
        length: bytes of room.
        there: the room of what is there.
        clock: the reactor; without one nobody is taken to stall.
    """

    def __init__(
        self, length: int = COMING_BYTES, there: Room | None = None, clock: Any = None
    ) -> None:
        self.length = length
        self.there = there
        if there is not None:
            there.on_leave.append(self.go_on)
        self.taken = 0
        self._clock = clock
        self._bodies: dict[MeteredBody, int] = {}
        self._heard: dict[MeteredBody, float] = {}
        """When each last sent something, or was let go on."""
        self._look: Any = None
        """The next look for senders that stall, while somebody waits."""
        self._awaited: tuple[MeteredBody, float, int] | None = None
        """For whom all others wait, since when, and what had come of it then."""

    def grow(self, body: MeteredBody, length: int) -> bool:
        """Count ``length`` bytes more of ``body``; return whether it may go on."""
        self._bodies[body] = self._bodies.get(body, 0) + length
        self._heard[body] = self._now()
        self.taken += length
        may_go_on = self._may_go_on(body)
        if not may_go_on:
            self._look_later()
        return may_go_on

    def _may_go_on(self, body: MeteredBody) -> bool:
        if self.there is not None and self.there.free <= 0:
            return False
        return self.taken <= self.length or body is self._whose_turn()

    def _whose_turn(self) -> MeteredBody:
        oldest = next(iter(self._bodies))
        if self.taken > self.length + PASSING_BYTES:
            return oldest
        since = self._now() - STALL_SECS
        going = (one for one in self._bodies if one.is_paused or self._heard[one] > since)
        return next(going, oldest)

    def _now(self) -> float:
        return self._clock.seconds() if self._clock is not None else 0.0

    def _look_later(self) -> None:
        if self._clock is not None and self._look is None:
            self._look = self._clock.callLater(STALL_SECS, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        self._hurry()
        self.go_on()
        if any(one.is_paused for one in self._bodies):
            self._look_later()

    def _hurry(self) -> None:
        """Cut off the sender for which all others wait, where it takes its time."""
        oldest = next(iter(self._bodies), None)
        if oldest is None or oldest.is_paused or self.taken <= self.length + PASSING_BYTES:
            self._awaited = None
            return
        now, length = self._now(), self._bodies[oldest]
        since = self._awaited
        if since is None or since[0] is not oldest or length >= since[2] + LARGE_BYTES:
            self._awaited = (oldest, now, length)
        elif now >= since[1] + HURRY_SECS:
            self._awaited = None
            oldest.cut_off()

    def leave(self, body: MeteredBody) -> None:
        """Forget ``body``, and let go on who may."""
        self.taken -= self._bodies.pop(body, 0)
        self._heard.pop(body, None)
        if not self._bodies and self._look is not None:
            self._look.cancel()
            self._look = None
        self.go_on()

    def go_on(self) -> None:
        """Let go on who may."""
        for other in list(self._bodies):
            if other.is_paused and self._may_go_on(other):
                self._heard[other] = self._now()
                other.go_on()


class MeteredBody(Protocol):
    """Takes a body in for ``inner``, and lets its sender wait while there is no room.

    Args:
        inner: the protocol that the body is for.
        coming: what is being received.
    """

    def __init__(self, inner: Protocol, coming: Coming) -> None:
        self.inner = inner
        self.coming = coming
        self.is_paused = False
        self._received = 0
        self._is_over = False

    def connectionMade(self) -> None:
        self.inner.makeConnection(self.transport)  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:
        if self._is_over:
            return
        is_first = self._received <= LARGE_BYTES
        self._received += len(data)
        if self._received > LARGE_BYTES:
            more = self._received if is_first else len(data)
            if not self.coming.grow(self, more) and not self.is_paused:
                self.is_paused = True
                self.transport.pauseProducing()  # type: ignore[union-attr]
        self.inner.dataReceived(data)

    def go_on(self) -> None:
        """Receive again, where that was stopped."""
        if self.is_paused:
            self.is_paused = False
            self.transport.resumeProducing()  # type: ignore[union-attr]

    def cut_off(self) -> None:
        """Receive no more: the answer has taken too long."""
        error = DownloadTimeoutError("others waited for it, and it hardly sent anything")
        self.connectionLost(Failure(error))  # type: ignore[no-untyped-call]
        self.transport.loseConnection()  # type: ignore[union-attr, misc]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._is_over:
            return
        self._is_over = True
        self.is_paused = False
        self.coming.leave(self)
        self.inner.connectionLost(reason)


def metered(response: Any, coming: Coming) -> Any:
    """Return Twisted's ``response``, whose body will be metered.

    Args:
        response: an answer whose body has not been asked for.
        coming: what is being received.
    """
    deliver = response.deliverBody
    response.deliverBody = lambda inner: deliver(MeteredBody(inner, coming))
    return response


_rooms: WeakKeyDictionary[Crawler, Room] = WeakKeyDictionary()


def room_of(crawler: Crawler) -> Room:
    """Return the room that the bodies of ``crawler`` share."""
    return _rooms.setdefault(crawler, Room())
