"""Scrapy's HTTP handler that can be ended: what is in flight does not hold an interrupt up."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest

from linkcrawler import resolver
from linkcrawler.exceptions import UsageError
from linkcrawler.frontier.session import session_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class StoppedError(IgnoreRequest):
    """Raised for a request that the end of the crawl cut off; its URL stays pending."""


class CrawlDownloadHandler(HTTP11DownloadHandler):
    """Downloads through the guard, as tasks of the session, which may cut them off."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.session = session_of(crawler)
        # Certificates are not verified, for reach, and the dataset says so: no line a host.
        logging.getLogger("scrapy.core.downloader.tls").setLevel(logging.ERROR)
        if self.session.plan.proxy:
            # All hosts share the proxy's connections.
            self._pool.maxPersistentPerHost = crawler.settings.getint("CONCURRENT_REQUESTS")

    async def download_request(self, request: Request) -> Response:
        if not resolver.is_installed():
            self.session.fail(
                UsageError(
                    "the guard against private addresses is not installed: run the crawl through "
                    "`scrapy crawl`, `linkcrawler crawl` or AsyncCrawlerProcess"
                )
            )
            raise StoppedError(f"{request.url} was not sent: there is no guard")
        task = asyncio.ensure_future(super().download_request(request))
        self.session.downloads.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self.session.is_cut_off:
                raise StoppedError(f"{request.url} was cut off") from None
            raise
        finally:
            self.session.downloads.discard(task)
