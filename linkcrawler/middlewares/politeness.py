"""Every request waits for its domain's turn, robots.txt included."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from linkcrawler.frontier.session import session_of
from linkcrawler.handler import StoppedError
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session


class PolitenessMiddleware:
    """Keeps requests to one registered domain the delay apart, and names the download slot.

    It stands last before the downloader, so that nothing delays a request after its turn.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(session_of(crawler))

    async def process_request(self, request: Request) -> None:
        domain = request.meta.get("download_slot") or self._slot(request)
        loop = asyncio.get_running_loop()
        now = loop.time()
        wait = self.session.turns.take(domain, now) - now
        if wait > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.session.stopping.wait(), wait)
        if self.session.stopping.is_set():
            raise StoppedError(f"{request.url} was not sent")

    @staticmethod
    def _slot(request: Request) -> str:
        """Name the slot of a request that is not the frontier's."""
        domain = registered_domain(host_of(canonicalize(request.url) or request.url))
        request.meta["download_slot"] = domain
        return domain
