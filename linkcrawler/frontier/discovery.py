"""A page in, the URLs that the crawl may go to from it out (pure)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.steps import SOME, finished
from linkcrawler.policies.gate import LONGEST_START
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import REMEMBERED, registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkcrawler.frontier.results import Lease
    from linkcrawler.frontier.steps import Steps
    from linkcrawler.items import Link, Page
    from linkcrawler.packing import Way
    from linkcrawler.policies.scope import Scope

CRAWLED_KINDS: Final = frozenset(
    {"a", "area", "iframe", "frame", "redirect", "refresh", "canonical", "alternate"}
)
"""Kinds of links that the crawl follows; ``link`` (author, license, feeds) is recorded only."""
FREE_KINDS: Final = frozenset({"redirect", "refresh"})
"""Kinds that lead on without a click."""


def discoveries(page: Page, lease: Lease, scope: Scope) -> tuple[Discovery, ...]:
    """Return where ``page`` leads, each URL once, in the order of the page.

    A link to another domain costs a hop. The store lets a redirect cost none where a seed itself
    redirects: what a seed redirects to is what was meant by it.

    Sitemaps that robots.txt names are as near as the page, so that they are read soon; what they list
    is as far as what the page links to, and stands behind that because it is known later.
    """
    return finished(finding(page, lease, scope))


def finding(page: Page, lease: Lease, scope: Scope) -> Steps[tuple[Discovery, ...]]:
    """Do as `discoveries`, in steps."""
    here = lease.domain.name
    found = {url: _sitemap(url, lease, scope) for url in page.sitemaps}
    # Where packed links lead is known without unpacking them.
    links: Iterable[Link | Way] = getattr(page.links, "ways", page.links)
    for number, link in enumerate(links, 1):
        if not number % SOME:
            yield None
        target = link.target
        if link.kind in CRAWLED_KINDS and (link.follow or scope.nofollow):
            known = found.get(target)
            if known is None or (known.cost and link.kind in FREE_KINDS):
                known = found[target] = _way_of(link, lease, scope)
            best = max(link.relevance, known.relevance)
            found[target] = known if best < 0 else known._replace(relevance=best)
    for number, url in enumerate(page.listed, 1):
        if not number % SOME:
            yield None
        if url not in found:
            found[url] = _way(url, here, scope, 1)
    return tuple(found.values())


def _way_of(link: Link | Way, lease: Lease, scope: Scope) -> Discovery:
    """Return where a link leads."""
    if link.kind in FREE_KINDS:
        return _free_way(link, lease, scope)
    return _way(link.target, lease.domain.name, scope, 1, link.anchor or "")


def _free_way(link: Link | Way, lease: Lease, scope: Scope) -> Discovery:
    """Return where a redirect or refresh leads."""
    is_redirect = link.kind == "redirect"
    # What a sitemap redirects to is one.
    level = lease.row.sitemap if is_redirect else 0
    way = _way(link.target, lease.domain.name, scope, 0)
    return way._replace(is_redirect=is_redirect, sitemap=level)


def _sitemap(url: str, lease: Lease, scope: Scope) -> Discovery:
    """Return a sitemap that robots.txt names, or that the sitemap at hand does."""
    level = lease.row.sitemap + 1
    return _way(url, lease.domain.name, scope, int(level > 1))._replace(sitemap=level)


def _way(url: str, here: str, scope: Scope, cost: int, anchor: str = "") -> Discovery:
    """Return the way from a page of the domain ``here`` to ``url``."""
    end = url.find("/", LONGEST_START)
    domain = _domain_at(url if end < 0 else url[:end])
    enters = domain != here
    rule = scope.reject_reason(url)
    return Discovery(url, domain, int(enters), cost, enters, rule, anchor=anchor)


@lru_cache(maxsize=REMEMBERED)
def _domain_at(origin: str) -> str:
    """Return the registered domain at an origin, which most links of a page share with others."""
    return registered_domain(host_of(origin))
