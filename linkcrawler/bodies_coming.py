"""Large bodies on their way share a bounded room: while it is full, their senders are made to wait.

It is apart from the room of what is there (`linkcrawler.bodies`), and each body takes of it what has
come: servers that are slow hold up neither what is there already nor each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scrapy.exceptions import DownloadTimeoutError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import _DataLoss  # type: ignore[attr-defined]
from twisted.web.client import ResponseFailed

from linkcrawler.bodies import LARGE_BYTES

if TYPE_CHECKING:
    from linkcrawler.bodies import Room

COMING_BYTES: Final = 2 * 2**20
"""What large bodies may take together that are being received, the oldest of them left out."""
PASSING_BYTES: Final = 4 * 2**20
"""What they may take beyond that while the oldest stalls."""
STALL_SECS: Final = 1.0
STEADY_BYTES: Final = 16 * 1024
"""A sender that has not sent so much in `STALL_SECS` stalls."""
HURRY_SECS: Final = 5.0
"""A sender for which all others wait, because together they take all there is, has to send `LARGE_BYTES`
in so many seconds, or is cut off."""


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
        self._heard: dict[MeteredBody, tuple[float, int]] = {}
        """When each had last sent `STEADY_BYTES`, or was let go on; and how much had come of it then."""
        self._look: Any = None
        """The next look for senders that stall, while somebody waits."""
        self._awaited: tuple[MeteredBody, float, int] | None = None
        """For whom all others wait, since when, and what had come of it then."""

    def grow(self, body: MeteredBody, length: int) -> bool:
        """Count ``length`` bytes more of ``body``; return whether it may go on."""
        self._bodies[body] = self._bodies.get(body, 0) + length
        if self._bodies[body] >= self._heard.get(body, (0.0, 0))[1] + STEADY_BYTES:
            self._hear(body)
        self.taken += length
        may_go_on = self._may_go_on(body)
        if not may_go_on:
            self._look_later()
        return may_go_on

    def _hear(self, body: MeteredBody) -> None:
        self._heard[body] = self._now(), self._bodies[body]

    def _may_go_on(self, body: MeteredBody) -> bool:
        if self.there is not None and self.there.free <= 0:
            return False
        return self.taken <= self.length or body is self._whose_turn()

    def _whose_turn(self) -> MeteredBody:
        oldest = next(iter(self._bodies))
        if self.taken > self.length + PASSING_BYTES:
            return oldest
        since = self._now() - STALL_SECS
        going = (one for one in self._bodies if one.is_paused or self._heard[one][0] > since)
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
                self._hear(other)
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
        # Scrapy takes no other end of a body for a failed one.
        reasons = [Failure(error), Failure(_DataLoss())]  # type: ignore[no-untyped-call]
        self.connectionLost(Failure(ResponseFailed(reasons)))  # type: ignore[no-untyped-call]
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
