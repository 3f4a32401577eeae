"""A page in, the URLs that the crawl may go to from it out (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from linkcrawler.frontier.records import Discovery
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from linkcrawler.frontier.results import Lease
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
    found = {url: _sitemap(url, lease, scope) for url in page.sitemaps}
    for link in getattr(page.links, "ways", page.links):  # where they lead is known of packed ones
        if link.kind in CRAWLED_KINDS and (link.follow or scope.nofollow):
            known = found.get(link.target)
            if known is None or (known.cost and link.kind in FREE_KINDS):
                found[link.target] = _discovery(link, lease, scope)
    for url in page.listed:
        if url not in found:
            found[url] = _way(url, lease, scope, cost=1)
    return tuple(found.values())


def _discovery(link: Link | Way, lease: Lease, scope: Scope) -> Discovery:
    is_redirect = link.kind == "redirect"
    # What a sitemap redirects to is one.
    level = lease.row.sitemap if is_redirect else 0
    cost = int(link.kind not in FREE_KINDS)
    return _way(link.target, lease, scope, cost=cost, is_redirect=is_redirect, sitemap=level)


def _sitemap(url: str, lease: Lease, scope: Scope) -> Discovery:
    """Return a sitemap that robots.txt names, or that the sitemap at hand does."""
    level = lease.row.sitemap + 1
    return _way(url, lease, scope, cost=int(level > 1), sitemap=level)


def _way(url: str, lease: Lease, scope: Scope, **facts: Any) -> Discovery:
    domain = registered_domain(host_of(url))
    enters = domain != lease.domain.name
    rule = scope.reject_reason(url)
    return Discovery(url, domain, hop_cost=int(enters), enters=enters, rule=rule, **facts)
