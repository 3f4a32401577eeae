"""Scrapy's HTTP handler that can be ended: what is in flight does not hold an interrupt up."""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest

from linkcrawler.bodies import room_of
from linkcrawler.bodies_coming import Coming, metered
from linkcrawler.connections import GuardedPool, Peers
from linkcrawler.exceptions import StorageError, UsageError
from linkcrawler.frontier.session import session_of
from linkcrawler.guard import must_be_resolved
from linkcrawler.rendering import render_pool_of
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from linkcrawler.frontier.session import Session

T = TypeVar("T")

DUE: Final = "linkcrawler_due"
"""Key of a request's meta that holds its deadline, of the loop's clock."""


class StoppedError(IgnoreRequest):
    """Raised for a request that the end of the crawl cut off; its URL stays pending."""


async def cuttable(session: Session, work: Coroutine[Any, Any, T], url: str) -> T:
    """Return what ``work`` on ``url`` returns.

    Raises:
        StoppedError: the crawl's end cut it off.
    """
    task = asyncio.ensure_future(work)
    session.downloads.add(task)
    if session.is_cut_off:
        task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        if session.is_cut_off:
            raise StoppedError(f"{url} was cut off") from None
        raise
    finally:
        session.downloads.discard(task)


class CrawlDownloadHandler(HTTP11DownloadHandler):
    """Downloads through the guard, as tasks of the session, which may cut them off."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.crawler = crawler
        self.session = session_of(crawler)
        # Certificates are not verified, for reach, and the dataset says so: no line a host.
        logging.getLogger("scrapy.core.downloader.tls").setLevel(logging.ERROR)
        self.proxy = self.session.plan.proxy
        self.room = room_of(crawler)
        self.limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._pool = self._guarded_pool(crawler)

    def _guarded_pool(self, crawler: Crawler) -> GuardedPool:
        from twisted.internet import reactor

        proxy_host = host_of(self.proxy).strip("[]").lower() if self.proxy else ""
        pool = GuardedPool(
            reactor,
            Peers(self.session.scope.gate.allowed, proxy_host),
            partial(metered, coming=Coming(there=self.room, clock=reactor)),
        )
        # All hosts share the proxy's connections.
        each = "CONCURRENT_REQUESTS" if self.proxy else "CONCURRENT_REQUESTS_PER_DOMAIN"
        pool.maxPersistentPerHost = crawler.settings.getint(each)
        return pool

    def _must_be_guarded(self, request: Request) -> None:
        """Refuse a download that would not go the guarded way.

        Raises:
            UsageError: names are looked up past the guard, or another proxy has been set.
        """
        must_be_resolved()
        if (request.meta.get("proxy") or "") != self.proxy:
            raise UsageError(
                "another component sends requests through a proxy of its own, past the guard: name "
                "the proxy with --proxy (LINKCRAWLER_PROXY) and switch that component off"
            )

    async def download_request(self, request: Request) -> Response:
        try:
            self._must_be_guarded(request)
        except UsageError as error:
            self.session.fail(error)
            raise StoppedError(f"{request.url} was not sent: there is no guard") from None
        self._leave(request)
        if request.meta.get("playwright"):
            return await self._render(request)
        timeout = request.meta.get("download_timeout") or math.inf
        request.meta[DUE] = asyncio.get_running_loop().time() + timeout
        response = await cuttable(self.session, super().download_request(request), request.url)
        further = self.limit if response.headers.get("Content-Encoding") else 0
        self.room.hold(request, len(response.body), further)
        return response

    def _leave(self, request: Request) -> None:
        """Let the delays of a request begin now, when it leaves, and not at its turn."""
        domain = request.meta.get("download_slot")
        if domain is None:
            return
        try:
            self.session.turns.leave(domain, asyncio.get_running_loop().time())
        except StorageError as error:
            self.session.fail(error)
            raise StoppedError(f"{request.url} was not sent") from None

    async def _render(self, request: Request) -> Response:
        """Return a page after its scripts ran; its domain is asked until that is over."""
        turns, domain = self.session.turns, request.meta["download_slot"]
        try:
            rendered = render_pool_of(self.crawler).render(request)
            return await cuttable(self.session, rendered, request.url)
        finally:
            turns.hold(domain, asyncio.get_running_loop().time() + turns.delay_of(domain))
