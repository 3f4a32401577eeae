"""No page is fetched before its site's robots.txt allows it (RFC 9309)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from scrapy import signals
from scrapy.exceptions import NotConfigured

from linkcrawler.failures import RobotsDisallowedError
from linkcrawler.frontier.session import session_of
from linkcrawler.middlewares.robots_fetch import SKIP, RobotsFetcher
from linkcrawler.policies.robots_cache import RobotsCache
from linkcrawler.sitemaps import SITEMAPS
from linkcrawler.urls.canonical import authority_of, canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

    from linkcrawler.policies.robots import RobotsRules

MAX_AGE_SECS: Final = 24 * 3600.0
"""RFC 9309 2.4: a copy is not used for longer than a day."""
REFUSAL_SECS: Final = 3600.0
"""How long a site is left alone whose robots.txt redirects to where the crawl must not go."""


class RobotsMiddleware:
    """Asks for robots.txt once a site and day, and refuses what it does not allow.

    A robots.txt that cannot be read for now fails the page that asked, and is kept for nobody: the
    frontier holds the domain back, and gives the host up where it goes on.

    Args:
        crawler: the crawler.
        fetcher: asks for the robots.txt of a site.
        cache: what is known of sites.
        max_delay: longest Crawl-delay that is heeded, in seconds; a longer one counts as this. 0
            means no limit.
        with_sitemaps: whether requests are told the sitemaps that their site's robots.txt names.
    """

    def __init__(
        self,
        crawler: Crawler,
        fetcher: RobotsFetcher,
        cache: RobotsCache,
        max_delay: float,
        *,
        with_sitemaps: bool,
    ) -> None:
        self.stats = crawler.stats
        self.turns = session_of(crawler).turns
        self.fetcher = fetcher
        self.cache = cache
        self.max_delay = max_delay
        self.with_sitemaps = with_sitemaps
        self._asked: dict[str, asyncio.Future[RobotsRules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        if not settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured("robots.txt is not obeyed: ROBOTSTXT_OBEY is off")
        fetcher = RobotsFetcher(crawler)
        crawler.signals.connect(fetcher.received, signals.bytes_received)
        return cls(
            crawler,
            fetcher,
            RobotsCache(settings.getint("LINKCRAWLER_ROBOTS_CACHE_MB") * 2**20),
            settings.getfloat("LINKCRAWLER_ROBOTS_CRAWL_DELAY_MAX_SECS"),
            with_sitemaps=settings.getbool("LINKCRAWLER_SITEMAPS"),
        )

    async def process_request(self, request: Request) -> None:
        if request.meta.get(SKIP):
            return
        url = canonicalize(request.url) or request.url
        site = url[: url.index("//") + 2] + authority_of(url)
        rules = await self._rules_of(site)
        if rules.crawl_delay:
            domain = request.meta.get("download_slot") or registered_domain(host_of(url))
            self.turns.slow_down(domain, self._delay(rules))
        if self.with_sitemaps and rules.sitemaps:
            found = (canonicalize(written, f"{site}/robots.txt") for written in rules.sitemaps)
            request.meta[SITEMAPS] = tuple(filter(None, found))
        reason = rules.reject_reason(url)
        if reason is not None:
            self.stats.inc_value(f"linkcrawler/robots/{reason}")
            raise RobotsDisallowedError(request.url, reason)

    async def _rules_of(self, site: str) -> RobotsRules:
        """Return the rules of ``site``; many may ask at once, one fetches."""
        known = self.cache.get(site, time.monotonic())
        if known is not None:
            return known
        asked = self._asked.get(site)
        if asked is not None:
            return await asyncio.shield(asked)
        asked = self._asked[site] = asyncio.get_running_loop().create_future()
        try:
            rules = await self.fetcher.fetch(site)
        except BaseException as error:
            # The page fails with the same error, and the next one asks again.
            asked.set_exception(error)
            asked.exception()  # marks it as seen: nobody else may be waiting
            raise
        else:
            asked.set_result(rules)
        finally:
            del self._asked[site]
        self._keep(site, rules)
        return rules

    def _keep(self, site: str, rules: RobotsRules) -> None:
        self.stats.inc_value("linkcrawler/robots/fetched")
        if rules.crawl_delay > self._delay(rules):
            self.stats.inc_value("linkcrawler/robots/delay_clamped")
        age = REFUSAL_SECS if rules.refusal else MAX_AGE_SECS
        self.cache.put(site, rules, time.monotonic() + age)

    def _delay(self, rules: RobotsRules) -> float:
        return min(rules.crawl_delay, self.max_delay or rules.crawl_delay)
