"""Bodies are decoded within bounds, a little at a time; what cannot be decoded is no page."""

from __future__ import annotations

import asyncio
import math
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from scrapy.exceptions import NotConfigured
from scrapy.http import TextResponse
from scrapy.responsetypes import responsetypes

from linkcrawler.bodies import DECODING_BYTES, HELD, LARGE_BYTES, release, room_of
from linkcrawler.codings import DECODERS, CodingError, codings_of, decoded
from linkcrawler.failures import BadBodyError
from linkcrawler.frontier.session import session_of
from linkcrawler.handler import DUE, cuttable

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from linkcrawler.bodies import Room
    from linkcrawler.frontier.session import Session

BREATH_SECS: Final = 0.01
"""How long decoding goes on before other work gets its turn."""
HEADER: Final = "Content-Encoding"


class CodingsMiddleware:
    """Stands where Scrapy's own decoding stands, which knows no bound on codings nor on the ratio.

    Args:
        session: the crawl, whose end cuts decoding off.
        room: what large bodies share.
        limit: bytes that a body may decode to; 0 means no limit.
    """

    def __init__(self, session: Session, room: Room, limit: int) -> None:
        self.session = session
        self.room = room
        self.limit = limit
        self._decoding = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        if not settings.getbool("COMPRESSION_ENABLED"):
            raise NotConfigured("bodies are not decoded: COMPRESSION_ENABLED is off")
        return cls(session_of(crawler), room_of(crawler), settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", ", ".join(DECODERS))

    async def process_response(self, request: Request, response: Response) -> Response:
        """Return the response with its body decoded.

        Raises:
            BadBodyError: it cannot be, or not by the deadline of its request; an answer that is an error all the same keeps its status.
            StoppedError: the crawl's end cut it off.
        """
        values = [value.decode("latin-1") for value in response.headers.getlist(HEADER)]
        if not values or request.method == "HEAD":
            return response
        limit = request.meta.get("download_maxsize", self.limit)
        parts = decoded(response.body, codings_of(values), limit)
        body, fault = b"", None
        try:
            whole = self._whole(parts, has_room=HELD in request.meta)
            body = await cuttable(self.session, _by(_due(request), whole), request.url)
        except TimeoutError:
            fault = "timeout", "not decoded by its deadline"
        except CodingError as error:
            fault = error.reason, str(error)
        if fault is not None:
            release(request)
            if fault[0] == "timeout" or 200 <= response.status < 300:
                # Not from the error above: what it came from would hold all that was decoded.
                raise BadBodyError(request.url, *fault)
        self.room.hold(request, len(body))
        headers = response.headers.copy()
        del headers[HEADER]
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        given: dict[str, Any] = {"headers": headers, "body": body}
        if issubclass(kind, TextResponse):
            given["encoding"] = None  # what was guessed from the coded body says nothing
        return response.replace(cls=kind, **given)

    async def _whole(self, parts: Iterator[bytes], *, has_room: bool) -> bytes:
        """Return the parts together; others get their turn in between, large bodies one at a time.

        Args:
            parts: the body.
            has_room: the body has the room already that it needs where it is large.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + BREATH_SECS
        ticket, is_large = None, False
        try:
            with BytesIO() as result:  # closed, as an error may hold on to it for long
                for part in parts:
                    result.write(part)
                    if not is_large and result.tell() > LARGE_BYTES:
                        ticket = None if has_room else await self.room.enter(DECODING_BYTES)
                        is_large = await self._decoding.acquire()
                    if loop.time() > until:
                        await asyncio.sleep(0)
                        until = loop.time() + BREATH_SECS
                return result.getvalue()
        finally:
            if is_large:
                self._decoding.release()
            if ticket is not None:
                ticket.leave()


async def _by(due: float | None, work: Coroutine[Any, Any, bytes]) -> bytes:
    async with asyncio.timeout_at(due):
        return await work


def _due(request: Request) -> float | None:
    due: float = request.meta.get(DUE, math.inf)
    return due if due < math.inf else None
