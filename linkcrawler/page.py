"""An answer in, its `Page` out: what became of the URL, and its links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.agent import PRODUCT_TOKEN
from linkcrawler.extraction.charset import decode
from linkcrawler.extraction.html import PageFacts, PageHeaders, links_of_headers, read_page
from linkcrawler.extraction.relations import robots_directives
from linkcrawler.extraction.text import clean_tokens
from linkcrawler.items import Link, Page
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.http import Response

    from linkcrawler.frontier.results import Lease

HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SNIFF_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL stands in the crawl."""

    url: str
    hops: int
    depth: int
    discovered_from: str | None

    @classmethod
    def of(cls, lease: Lease) -> Place:
        """Return the place of a leased URL."""
        return cls(lease.url, lease.domain.hops, lease.row.depth, lease.row.parent)

    def fields(self) -> dict[str, Any]:
        """Return the fields of a `Page` that come from here, and the time."""
        return {
            "url": self.url,
            "hops": self.hops,
            "depth": self.depth,
            "discovered_from": self.discovered_from,
            "fetched_at": datetime.now(UTC),
        }


def page_without_answer(place: Place, outcome: str, reason: str) -> Page:
    """Return the page of a URL that gave no answer."""
    return Page(**place.fields(), outcome=outcome, reason=reason)


def page_of(response: Response, place: Place, max_links: int, *, is_verified: bool) -> Page:
    """Return the page of an answer.

    Args:
        response: the answer.
        place: where its URL stands in the crawl.
        max_links: links kept at the most; 0 means no limit.
        is_verified: certificates were checked, where there was one.
    """
    headers = PageHeaders(_values(response, "Link"), _values(response, "X-Robots-Tag"))
    content_type = _first(response, "Content-Type")
    media_type = clean_tokens(content_type.partition(";")[0], 128)
    outcome, reason, target = _outcome(response, place.url, media_type)
    charset, guessed = "", False
    if outcome == "ok":
        decoded = decode(response.body, content_type)
        charset, guessed = decoded.charset, decoded.guessed
        facts = read_page(decoded.text, place.url, headers, PRODUCT_TOKEN)
    else:
        facts = _facts_of_headers(headers, place.url, outcome, target)
    domain = registered_domain(host_of(place.url))
    internal = sum(registered_domain(host_of(link.target)) == domain for link in facts.links)
    kept: Sequence[Link] = facts.links[:max_links] if max_links else facts.links
    return Page(
        **place.fields(),
        outcome=outcome,
        reason=reason,
        status=response.status,
        redirect_to=target,
        content_type=media_type,
        charset=charset,
        charset_guessed=guessed,
        lang=facts.lang,
        title=facts.title,
        canonical=facts.canonical,
        noindex=facts.noindex,
        nofollow=facts.nofollow,
        n_links=len(facts.links),
        n_internal=internal,
        links_truncated=len(kept) < len(facts.links),
        bytes=len(response.body),
        download_ms=round(1000 * float(response.meta.get("download_latency", 0))),
        ip=str(response.ip_address) if response.ip_address else None,
        tls=_tls(place.url, is_verified=is_verified),
        links=tuple(kept),
    )


def _outcome(response: Response, url: str, media_type: str) -> tuple[str, str, str | None]:
    """Return outcome, reason and redirect target of an answer."""
    status = response.status
    if status in REDIRECTS:
        location = _first(response, "Location")
        target = canonicalize(location, url) if location else None
        return "redirect", "" if target else "no_target", target
    if not 200 <= status < 300:
        return "http_error", str(status), None
    if media_type in HTML_TYPES or (not media_type and _looks_like_html(response.body)):
        return "ok", "", None
    return "not_html", media_type or "no_type", None


def _facts_of_headers(
    headers: PageHeaders, url: str, outcome: str, target: str | None
) -> PageFacts:
    """Return what an answer without a page says: its redirect and its headers' links."""
    directives = robots_directives(headers.x_robots_tag, PRODUCT_TOKEN)
    facts = PageFacts(noindex="noindex" in directives, nofollow="nofollow" in directives)
    if target is not None:
        facts.links.append(Link(target, "redirect"))
    if outcome != "http_error":
        cause = "header" if facts.nofollow else ""
        facts.links.extend(links_of_headers(headers, url, cause))
    return facts


def _tls(url: str, *, is_verified: bool) -> str:
    if not url.startswith("https:"):
        return "none"
    return "verified" if is_verified else "unverified"


def _looks_like_html(body: bytes) -> bool:
    head = body[:_SNIFF_BYTES].lower()
    return b"<html" in head or b"<!doctype html" in head or b"<head" in head or b"<body" in head


def _first(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return _text(value) if value else ""


def _values(response: Response, name: str) -> tuple[str, ...]:
    return tuple(_text(value) for value in response.headers.getlist(name))


def _text(value: bytes) -> str:
    """Return a header's value: UTF-8 where it is, else bytes as code points, as browsers do."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
