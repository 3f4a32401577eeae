"""No page is fetched before its site's robots.txt allows it (RFC 9309)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request
from scrapy.exceptions import NotConfigured

from linkcrawler.agent import PRODUCT_TOKEN
from linkcrawler.failures import RobotsDisallowedError, RobotsUnreachableError
from linkcrawler.frontier.session import session_of
from linkcrawler.policies.robots import RobotsRules
from linkcrawler.urls.canonical import authority_of, canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from linkcrawler.policies.scope import Scope

MAX_BYTES: Final = 500 * 1024
"""What is read of a robots.txt; RFC 9309 2.5 asks for at least this much."""
MAX_REDIRECTS: Final = 5
MAX_AGE_SECS: Final = 24 * 3600.0
"""RFC 9309 2.4: a copy is not used for longer than a day."""
MAX_SITES: Final = 10_000
"""Sites whose rules are kept in memory."""
TIMEOUT_SECS: Final = 20.0
UNREACHABLE: Final = "robots_unreachable"
"""Reason of URLs whose site's robots.txt cannot be read, so that nothing may be fetched."""
SKIP: Final = "dont_obey_robotstxt"
"""Scrapy's own key of a request's meta."""


class RobotsMiddleware:
    """Fetches robots.txt once a site and day, and refuses what it does not allow."""

    def __init__(self, crawler: Crawler, scope: Scope, retries: int) -> None:
        self.crawler = crawler
        self.scope = scope
        self.retries = retries
        self._sites: OrderedDict[str, asyncio.Future[RobotsRules]] = OrderedDict()
        self._fetched_at: dict[str, float] = {}
        self._refusals: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured("robots.txt is not obeyed: ROBOTSTXT_OBEY is off")
        session = session_of(crawler)
        return cls(crawler, session.scope, session.limits.max_retries)

    async def process_request(self, request: Request) -> None:
        if request.meta.get(SKIP):
            return
        rules = await self._rules_of(request.url)
        reason = rules.reject_reason(request.url)
        if reason is not None:
            self.crawler.stats.inc_value(f"linkcrawler/robots/{reason}")
            raise RobotsDisallowedError(request.url, reason)

    async def _rules_of(self, url: str) -> RobotsRules:
        """Return the rules of the URL's site; many may ask at once, one fetches."""
        site = url[: url.index("//") + 2] + authority_of(url)
        known = self._sites.get(site)
        if known is not None and not (known.done() and self._is_stale(site)):
            self._sites.move_to_end(site)
            return await asyncio.shield(known)
        asked: asyncio.Future[RobotsRules] = asyncio.get_running_loop().create_future()
        self._sites[site] = asked
        if len(self._sites) > MAX_SITES:
            oldest, _ = self._sites.popitem(last=False)
            self._fetched_at.pop(oldest, None)
            self._refusals.pop(oldest, None)
        try:
            rules = await self._fetch(site)
        except BaseException as error:
            # The page fails with the same error, and the next one asks again.
            self._sites.pop(site, None)
            asked.set_exception(error)
            asked.exception()  # marks it as seen: nobody else may be waiting
            raise
        self._fetched_at[site] = time.monotonic()
        asked.set_result(rules)
        return rules

    def _is_stale(self, site: str) -> bool:
        return time.monotonic() - self._fetched_at.get(site, 0.0) > MAX_AGE_SECS

    async def _fetch(self, site: str) -> RobotsRules:
        """Fetch and read the robots.txt of ``site``; redirects are followed, also elsewhere."""
        url = f"{site}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            response = await self.crawler.engine.download_async(self._request(url))
            target = self._redirect(response, url)
            if target is None:
                self.crawler.stats.inc_value("linkcrawler/robots/fetched")
                return self._read(response, site)
            if self.scope.reject_reason(target) in ("address", "credentials"):
                return RobotsRules(refusal=UNREACHABLE)
            url = target
        # RFC 9309 2.3.1.2: after five redirects it may be taken as unavailable.
        return RobotsRules()

    @staticmethod
    def _request(url: str) -> Request:
        meta: dict[str, Any] = {
            SKIP: True,
            "verbatim_url": True,
            "download_slot": registered_domain(host_of(url)),
            "download_timeout": TIMEOUT_SECS,
        }
        return Request(url, meta=meta, dont_filter=True)

    @staticmethod
    def _redirect(response: Response, url: str) -> str | None:
        location = response.headers.get("Location")
        if response.status not in (301, 302, 303, 307, 308) or not location:
            return None
        return canonicalize(location.decode("utf-8", "replace"), url)

    def _read(self, response: Response, site: str) -> RobotsRules:
        """Return the rules that the answer stands for.

        Raises:
            RobotsUnreachableError: the server is in trouble, which may pass: to be asked again.
        """
        if 200 <= response.status < 300:
            return RobotsRules(
                response.body[:MAX_BYTES].decode("utf-8-sig", "replace"), PRODUCT_TOKEN
            )
        # RFC 9309 2.3.1.4: a server in trouble means stay away; 429 is such trouble.
        if response.status >= 500 or response.status == 429:
            self._refusals[site] += 1
            if self._refusals[site] <= self.retries:
                raise RobotsUnreachableError(f"{site}/robots.txt answered {response.status}")
            return RobotsRules(refusal=UNREACHABLE)
        return RobotsRules()
