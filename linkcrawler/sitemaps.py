"""The answer to a sitemap's URL in, its page with what it lists out: bounded, and of its own site."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.sitemaps import is_sitemap, read_sitemap
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkcrawler.extraction.sitemaps import Sitemap
    from linkcrawler.frontier.results import Lease
    from linkcrawler.items import Page
    from linkcrawler.page import Answer

SITEMAPS: Final = "linkcrawler_sitemaps"
"""Key of a request's meta that holds the sitemaps that its site's robots.txt names."""
REASON: Final = "sitemap"
"""Reason of the page of a sitemap that was read."""
MAX_CHILDREN: Final = 50
"""Sitemaps taken of one index, the first ones."""
MAX_LISTED: Final = 6000
"""URLs taken of one sitemap, the first ones: as many as links of a page, for they are committed at once."""
DEEPEST: Final = 2
"""Levels of indexes: what a robots.txt names may name sitemaps that name sitemaps."""
MAX_SITES: Final = 20_000
"""Sites whose counts are remembered."""


def as_sitemap(answer: Answer) -> Answer:
    """Return the answer to a sitemap's URL, which is no page where it is a sitemap that is called one."""
    if answer.outcome != "ok" or not is_sitemap(answer.response.body):
        return answer
    return replace(answer, outcome="not_html", reason=REASON)


class SitemapReader:
    """Reads sitemaps, within a bound of URLs for each registered domain.

    Args:
        max_urls: URLs taken of a registered domain in this process; 0 means no limit.
    """

    def __init__(self, max_urls: int) -> None:
        self.max_urls = max_urls
        self._taken: OrderedDict[str, int] = OrderedDict()

    async def read(self, page: Page, body: bytes, lease: Lease) -> Page:
        """Return ``page`` with what its body lists, where it is a sitemap; else as it is.

        URLs must be of the sitemap's own registered domain, or of the one whose robots.txt named it.
        """
        if page.outcome != "not_html":
            return page
        sites = {registered_domain(host_of(url)) for url in (page.url, lease.row.parent) if url}
        found = await asyncio.to_thread(_read, body, page.url, sites)
        if found is None:
            return page
        page = replace(page, reason=REASON)
        if not found.is_index:
            return replace(page, listed=self._within_bounds(found.urls[:MAX_LISTED]))
        if lease.row.sitemap > DEEPEST:
            return page
        return replace(page, sitemaps=found.urls[:MAX_CHILDREN])

    def _within_bounds(self, urls: Iterable[str]) -> tuple[str, ...]:
        if not self.max_urls:
            return tuple(urls)
        return tuple(url for url in urls if self._take(registered_domain(host_of(url))))

    def _take(self, domain: str) -> bool:
        taken = self._taken.pop(domain, 0)
        self._taken[domain] = taken + 1
        if len(self._taken) > MAX_SITES:
            self._taken.popitem(last=False)
        return taken < self.max_urls


def _read(body: bytes, url: str, sites: set[str]) -> Sitemap | None:
    """Return what a sitemap lists of ``sites``, as canonical URLs; it is left out itself."""
    sitemap = read_sitemap(body)
    if sitemap is None:
        return None
    found: dict[str, None] = {}
    for written in sitemap.urls:
        target = canonicalize(written, url)
        if target and target != url and registered_domain(host_of(target)) in sites:
            found[target] = None
    return sitemap._replace(urls=tuple(found))
