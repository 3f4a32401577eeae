"""An answer in, its `Page` out: what became of the URL, and its links.

What stands in an HTML page is read in between, by `linkcrawler.readers`: `Answer.document` is what
there is to read, and `page_of` takes what was read.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.agent import PRODUCT_TOKEN
from linkcrawler.extraction.elements import (
    PageFacts,
    PageHeaders,
    links_of_headers,
    own_domain,
    refreshes_of_headers,
)
from linkcrawler.extraction.reading import Document
from linkcrawler.extraction.relations import robots_directives
from linkcrawler.extraction.text import clean_tokens
from linkcrawler.items import Link, Page
from linkcrawler.policies.retry_after import STATUSES as RETRY_AFTER_STATUSES
from linkcrawler.policies.retry_after import retry_after_secs
from linkcrawler.urls.canonical import redirect_target

if TYPE_CHECKING:
    from scrapy.http import Response

    from linkcrawler.extraction.reading import Reading
    from linkcrawler.frontier.results import Lease

HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
UNREADABLE: Final = "unreadable"
"""Reason of a page whose markup brought down all that tried to read it."""
_SNIFF_BYTES: Final = 1024
_BEGINNING: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:!--|(?:a|b|body|br|div|font|h1|head|html|iframe|p|script|style|table|title)[\t\n\f\r />])"
)
"""How a page begins by WHATWG's MIME sniffing, in lower case."""
_TYPE: Final = re.compile(
    r"[\t\n\r ]*([!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+)(?![^\t\n\r (])"
)
_UNKNOWN_TYPES: Final = frozenset({"*/*", "application/unknown", "unknown/unknown"})
"""Types that say nothing."""


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


def page_without_answer(place: Place, outcome: str, reason: str, retry_after: float = 0.0) -> Page:
    """Return the page of a URL that gave no answer."""
    return Page(**place.fields(), outcome=outcome, reason=reason, retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and what it says before it is read."""

    response: Response
    place: Place
    outcome: str
    reason: str
    target: str | None
    """Where it redirects to."""
    content_type: str
    """The header, whole."""
    headers: PageHeaders
    max_links: int
    """Links kept at the most; 0 means no limit."""
    agent: str = PRODUCT_TOKEN
    """The crawler's product token, lower-case."""
    is_example: bool = False
    """It is an example of the niche."""

    @classmethod
    def of(
        cls, response: Response, place: Place, max_links: int, agent: str = PRODUCT_TOKEN
    ) -> Answer:
        """Return the answer that ``response`` is for the URL at ``place``."""
        content_type = _first(response, "Content-Type")
        names = ("Link", "X-Robots-Tag", "Refresh")
        headers = PageHeaders(*(_values(response, name) for name in names))
        judged = _outcome(response, place.url, _media_type(content_type))
        return cls(response, place, *judged, content_type, headers, max_links, agent)

    @property
    def document(self) -> Document | None:
        """The page that is to be read; None where the answer is no page."""
        return self.document_of(self.response.body) if self.outcome == "ok" else None

    def document_of(self, body: bytes) -> Document:
        """Return the page with ``body`` that this answer stands for."""
        return Document(
            body=body,
            content_type=self.content_type,
            url=self.place.url,
            headers=self.headers,
            agent=self.agent,
            max_links=self.max_links,
            is_example=self.is_example,
        )


def page_of(answer: Answer, reading: Reading | None, *, is_verified: bool) -> Page:
    """Return the page of an answer.

    Args:
        answer: the answer.
        reading: what was read in its document; None where there is none, or it cannot be read.
        is_verified: certificates were checked, where there was one.
    """
    response, url = answer.response, answer.place.url
    outcome, reason = answer.outcome, answer.reason
    if outcome == "ok" and reading is None:
        outcome, reason = "failed", UNREADABLE
    facts = reading.facts if reading else _facts_of_headers(answer)
    links = reading.links if reading else tuple(facts.links)
    return Page(
        **answer.place.fields(),
        outcome=outcome,
        reason=reason,
        status=response.status,
        redirect_to=answer.target,
        content_type=_media_type(answer.content_type),
        charset=reading.charset if reading else "",
        charset_guessed=reading.guessed if reading else False,
        lang=facts.lang,
        title=facts.title,
        relevance=facts.relevance,
        text_key=facts.text_key,
        words_key=facts.words_key,
        simhash=facts.simhash,
        owner_ids=facts.owner_ids,
        template=facts.template,
        canonical=facts.canonical,
        noindex=facts.noindex,
        nofollow=facts.nofollow,
        n_links=facts.n_links,
        n_internal=facts.n_internal,
        links_truncated=len(links) < facts.n_links or facts.is_cut,
        degraded=reading.degraded if reading else False,
        retry_after=_retry_after(response),
        bytes=len(response.body),
        download_ms=round(1000 * float(response.meta.get("download_latency", 0))),
        ip=_address(response),
        tls=_tls(url, is_verified=is_verified),
        links=links,
    )


def _address(response: Response) -> str | None:
    """Return the address that answered; None where that was a proxy's, which is not the site's."""
    if response.ip_address is None or response.meta.get("proxy"):
        return None
    return str(response.ip_address)


def _outcome(response: Response, url: str, media_type: str) -> tuple[str, str, str | None]:
    """Return outcome, reason and redirect target of an answer."""
    status = response.status
    if status in REDIRECTS:
        location = response.headers.get("Location")
        target = redirect_target(location, url) if location else None
        return "redirect", "" if target else "no_target", target
    if not 200 <= status < 300:
        # Whatever number a server makes up: reasons are counted, one by one.
        return "http_error", str(status) if 100 <= status <= 999 else "bad_status", None
    if media_type in HTML_TYPES or (not _says_type(media_type) and _looks_like_html(response.body)):
        return "ok", "", None
    return "not_html", media_type or "no_type", None


def _facts_of_headers(answer: Answer) -> PageFacts:
    """Return what an answer without a page says: its redirect and its headers' links."""
    url = answer.place.url
    directives = robots_directives(answer.headers.x_robots_tag, answer.agent)
    facts = PageFacts(
        own_domain(url),
        answer.max_links,
        noindex="noindex" in directives,
        nofollow="nofollow" in directives,
    )
    if answer.target is not None:
        facts.add(Link(answer.target, "redirect"))
    if answer.outcome != "http_error":
        cause = "header" if facts.nofollow else ""
        refreshes = () if answer.target else refreshes_of_headers(answer.headers, url)
        for link in (*refreshes, *links_of_headers(answer.headers, url, cause)):
            facts.add(link)
    facts.canonical = None  # of a page only
    return facts


def _retry_after(response: Response) -> float:
    """Return the seconds that the server asks to be left alone, or 0."""
    if response.status not in RETRY_AFTER_STATUSES:
        return 0.0
    return retry_after_secs(_first(response, "Retry-After"), time.time())


def _media_type(content_type: str) -> str:
    """Return the media type as browsers read it: of several the last, without what follows it."""
    written = content_type.partition(";")[0]
    types = [found[1] for part in written.split(",") if (found := _TYPE.match(part))]
    known = [said for said in types if said.lower() not in _UNKNOWN_TYPES]
    return clean_tokens(known[-1] if known else written, 128)


def _says_type(media_type: str) -> bool:
    return "/" in media_type.strip("/") and media_type not in _UNKNOWN_TYPES


def _tls(url: str, *, is_verified: bool) -> str:
    if not url.startswith("https:"):
        return "none"
    return "verified" if is_verified else "unverified"


def _looks_like_html(body: bytes) -> bool:
    head = body[:_SNIFF_BYTES].lower()
    if _BEGINNING.match(head):
        return True
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
