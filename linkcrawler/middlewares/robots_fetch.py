"""A site in, the rules of its robots.txt out: redirects, statuses and sizes of RFC 9309 2.3."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request
from scrapy.exceptions import StopDownload

from linkcrawler import resolver
from linkcrawler.agent import product_token
from linkcrawler.failures import (
    TEMPORARY,
    RefusedByGuardError,
    RobotsUnreachableError,
    failure_reason,
    is_own_fault,
)
from linkcrawler.handler import StoppedError
from linkcrawler.policies.backoff import ROBOTS_UNREACHABLE
from linkcrawler.policies.retry_after import STATUSES as RETRY_AFTER_STATUSES
from linkcrawler.policies.retry_after import retry_after_secs
from linkcrawler.policies.robots import MAX_BYTES, RobotsRules
from linkcrawler.urls.canonical import host_of, redirect_target
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

MAX_REDIRECTS: Final = 5
"""RFC 9309 2.3.1.2: as many are followed; after them it may be taken as unavailable."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
TIMEOUT_SECS: Final = 20.0
MAX_DECODED: Final = 2 * 2**20
"""Bytes that a compressed answer may grow to; it was asked for as it is."""
SMALL_BYTES: Final = 32 * 1024
"""A longer text is read on a thread."""
SKIP: Final = "dont_obey_robotstxt"
"""Scrapy's own key of a request's meta."""
ROOM: Final = "linkcrawler_robots_room"
"""Key of a request's meta that holds how many bytes of the answer are still wanted."""


class RobotsFetcher:
    """Asks for the robots.txt of sites, as requests that pass the guard and wait like any other.

    Args:
        crawler: the crawler.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.token = product_token(crawler.settings["USER_AGENT"])

    async def fetch(self, site: str) -> RobotsRules:
        """Return the rules of ``site`` (``https://host:port``).

        Redirects are followed, also to other sites; what they lead to holds for ``site``.

        Raises:
            RobotsUnreachableError: the server is in trouble (2.3.1.4), which may pass: 429, 5xx, or
                an answer that cannot be read.
            Exception: what kept the request from being answered, as for any page.
        """
        url = f"{site}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response = await self.crawler.engine.download_async(self._request(url))
            except Exception as error:
                return self._unanswered(error, url, is_first=url == f"{site}/robots.txt")
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or not location:
                return await self._read(response, url)
            target = redirect_target(location, url)
            if target is None:  # neither http nor https
                return RobotsRules(refusal=ROBOTS_UNREACHABLE)
            url = target
        return RobotsRules()

    def _request(self, url: str) -> Request:
        meta: dict[str, Any] = {
            SKIP: True,
            ROOM: MAX_BYTES,
            "verbatim_url": True,
            "download_slot": registered_domain(host_of(url)),
            "download_timeout": min(
                TIMEOUT_SECS, self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
            ),
            # The length that an answer announces does not matter: `received` stops it in time.
            "download_maxsize": 0,
        }
        headers = {"Accept": "text/plain,*/*;q=0.5", "Accept-Encoding": "identity"}
        return Request(url, headers=headers, meta=meta, dont_filter=True)

    @staticmethod
    def received(data: bytes, request: Request) -> None:
        """Stop the download of a robots.txt where what is read of it has come; keep that."""
        room = request.meta.get(ROOM)
        if room is None:
            return
        request.meta[ROOM] = room - len(data)
        request.meta["download_maxsize"] = (
            MAX_DECODED  # of what it is decompressed to, from here on
        )
        if len(data) > room:
            raise StopDownload(fail=False)

    @staticmethod
    def _unanswered(error: Exception, url: str, *, is_first: bool) -> RobotsRules:
        """Return the rules where the guard refused a hop; raise what the page fails with where not."""
        if isinstance(error, StoppedError) or is_own_fault(error):
            raise error
        is_refused = isinstance(error, RefusedByGuardError) or resolver.refusal(host_of(url))
        if is_refused and not is_first:
            return RobotsRules(refusal=ROBOTS_UNREACHABLE)
        # The trouble of a server that was redirected to is not the site's own; and what no other try
        # would mend (an endless head) leaves the site without a verdict all the same.
        if not is_refused and (not is_first or failure_reason(error) not in TEMPORARY):
            raise RobotsUnreachableError(f"{url}: {failure_reason(error)}") from None
        raise error

    async def _read(self, response: Response, url: str) -> RobotsRules:
        """Return the rules that an answer stands for.

        Raises:
            RobotsUnreachableError: see `fetch`.
        """
        status = response.status
        if status >= 500 or status == 429:
            asked = (response.headers.get("Retry-After") or b"").decode("latin-1")
            wait = retry_after_secs(asked, time.time()) if status in RETRY_AFTER_STATUSES else 0.0
            raise RobotsUnreachableError(f"{url} answered {status}", wait)
        if not 200 <= status < 300:
            return RobotsRules()  # 2.3.1.3: unavailable, anything may be fetched
        coding = (response.headers.get("Content-Encoding") or b"").strip().lower()
        if coding not in (b"", b"identity"):
            raise RobotsUnreachableError(f"{url} is compressed in a way that is not known")
        if len(response.body) <= SMALL_BYTES:
            return RobotsRules(response.body, self.token)
        return await asyncio.to_thread(RobotsRules, response.body, self.token)
