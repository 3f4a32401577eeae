"""A page in, the URLs that the crawl may go to from it out (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.records import Discovery
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from linkcrawler.frontier.results import Lease
    from linkcrawler.items import Link, Page
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
    """
    found: dict[str, Discovery] = {}
    for link in page.links:
        if link.kind in CRAWLED_KINDS and (link.follow or scope.nofollow):
            known = found.get(link.target)
            if known is None or (known.cost and link.kind in FREE_KINDS):
                found[link.target] = _discovery(link, lease, scope)
    return tuple(found.values())


def _discovery(link: Link, lease: Lease, scope: Scope) -> Discovery:
    domain = registered_domain(host_of(link.target))
    enters = domain != lease.domain.name
    return Discovery(
        url=link.target,
        domain=domain,
        hop_cost=int(enters),
        cost=int(link.kind not in FREE_KINDS),
        enters=enters,
        rule=scope.reject_reason(link.target),
        is_redirect=link.kind == "redirect",
    )
