"""Every request waits for the turn of its domain and of its address, robots.txt included."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from linkcrawler.exceptions import StorageError
from linkcrawler.frontier.session import session_of
from linkcrawler.handler import StoppedError
from linkcrawler.lookups import addresses_of
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session


class PolitenessMiddleware:
    """Keeps requests to one registered domain, and to one address, their delays apart.

    It stands last before the downloader, so that nothing delays a request after its turn. It also
    names the download slot.

    Args:
        session: the crawl.
        lookup_secs: longest wait for a name, in seconds; the download asks again.
    """

    def __init__(self, session: Session, lookup_secs: float) -> None:
        self.session = session
        self.lookup_secs = lookup_secs

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(session_of(crawler), crawler.settings.getfloat("DNS_TIMEOUT"))

    async def process_request(self, request: Request) -> None:
        url = canonicalize(request.url) or request.url
        domain = request.meta.get("download_slot") or registered_domain(host_of(url))
        request.meta["download_slot"] = domain
        await self._wait_for_turn(domain, await self._addresses(host_of(url)))
        if self.session.stopping.is_set():
            raise StoppedError(f"{request.url} was not sent")

    async def _addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses that ``host`` is asked at, where that is known and matters."""
        if self.session.plan.proxy or not self.session.turns.address_delay:
            return ()
        asked = asyncio.ensure_future(addresses_of(host))
        stopping = asyncio.ensure_future(self.session.stopping.wait())
        try:
            await asyncio.wait(
                (asked, stopping), timeout=self.lookup_secs, return_when="FIRST_COMPLETED"
            )
            return asked.result() if asked.done() else ()
        finally:
            asked.cancel()
            stopping.cancel()

    async def _wait_for_turn(self, domain: str, addresses: tuple[str, ...]) -> None:
        """Return at the turn, or when nothing may be sent any more.

        Whoever waits asks again when the time has come: what was sent late, or a server that wants
        to be left alone, moves the turns of those who wait.
        """
        clock = asyncio.get_running_loop().time
        while not self.session.stopping.is_set():
            now = clock()
            try:
                wait = self.session.turns.take(domain, now, addresses) - now
            except StorageError as error:
                self.session.fail(error)
                return
            if wait <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self.session.stopping.wait(), wait)
