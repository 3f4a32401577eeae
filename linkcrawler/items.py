"""What a crawl emits: one `Page` a URL tried, carrying every `Link` found on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LINK_KINDS = (
    "a",
    "area",
    "iframe",
    "frame",
    "redirect",
    "refresh",
    "canonical",
    "alternate",
    "link",
)
"""Where a link stands: an element, a redirect, a meta refresh, or a relation of the page."""

OUTCOMES = ("ok", "redirect", "http_error", "not_html", "robots", "excluded", "failed")
"""How trying a URL ended."""


@dataclass(slots=True)
class Link:
    """One occurrence of a link on a page.

    Nothing changes one once it is made. It is not frozen, as a frozen one takes eight times as long to
    make, and a page has a hundred.
    """

    target: str
    """Canonical URL linked to."""
    kind: str
    """One of `LINK_KINDS`."""
    anchor: str | None = None
    """Visible text, else the image's alt text; None where there is neither."""
    is_image: bool = False
    """True where the link shows an image and no text."""
    rel: str = ""
    """Lower-case ``rel`` tokens in order, one space between."""
    follow_cause: str = ""
    """Why the link is not followed (``rel:nofollow``, ``rel:ugc``, ``rel:sponsored``, ``meta``,
    ``header``), or empty."""
    placement: str = "unknown"
    """One of `linkcrawler.extraction.placement.PLACEMENTS`."""
    heading: str | None = None
    """Nearest heading above it, see `linkcrawler.extraction.scan`."""
    text_before: str | None = None
    """Text before it on its line, its end."""
    text_after: str | None = None
    """Text behind it on its line, its beginning."""
    block: int = 0
    """Fingerprint (int64) of its block, see `linkcrawler.extraction.blocks`; 0 where it has none."""
    block_links: int = 0
    """Links of the page in blocks of that fingerprint."""
    rendered: bool = False
    """True where the link exists only after the page's scripts ran."""
    relevance: float = -1.0
    """What it says of its target's relevance, 0 to 1; below 0 where nothing is known. No column."""

    @property
    def follow(self) -> bool:
        """True where nothing asks crawlers not to follow."""
        return not self.follow_cause


@dataclass(frozen=True, slots=True)
class Page:
    """One URL that was tried, how that ended, and the links found."""

    url: str
    outcome: str
    """One of `OUTCOMES`."""
    fetched_at: datetime
    """When the answer arrived or was given up (UTC)."""
    reason: str = ""
    """The rule, error or code behind the outcome; empty for ``ok``."""
    status: int = 0
    """HTTP status; 0 where there was no answer."""
    redirect_to: str | None = None
    hops: int = 0
    """Domains crossed from the nearest seed."""
    depth: int = 0
    """Links followed inside the site since it was entered."""
    discovered_from: str | None = None
    """The page that first linked here; None for a seed."""
    content_type: str = ""
    """Media type, lower-case, without parameters."""
    charset: str = ""
    charset_guessed: bool = False
    """True where neither a byte order mark, the header nor the page named the charset."""
    lang: str | None = None
    title: str | None = None
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False
    n_links: int = 0
    """Links on the page, before `links` was cut."""
    n_internal: int = 0
    links_truncated: bool = False
    degraded: bool = False
    """True where the markup was too hostile to be parsed whole."""
    retry_after: float = 0.0
    """Seconds that the server asked to be left alone; 0 for nothing said. No column."""
    bytes: int = 0
    download_ms: int = 0
    ip: str | None = None
    tls: str = "none"
    """``none``, ``verified`` or ``unverified``."""
    simhash: int = 0
    """Of its text outside of links (int64), see `linkcrawler.extraction.simhash`; 0 unknown."""
    owner_ids: str | None = None
    """Analytics, tag-manager and ads ids, one space between."""
    template: int = 0
    """Fingerprint (int64), see `linkcrawler.extraction.template`; 0 unknown."""
    rendered: bool = False
    """True where its scripts ran in a browser."""
    render_reason: str = ""
    """Why they did, ``failed:<why>`` where they could not, or empty."""
    relevance: float = -1.0
    """How well it fits the niche, 0 to 1; below 0 where that is not known."""
    text_key: int = 0
    """Fingerprint of the page's text outside of links; 0 where none was taken. No column."""
    words_key: int = 0
    """Likewise without the words that hold a digit. No column."""
    sitemaps: tuple[str, ...] = field(default=(), repr=False)
    """Sitemaps that its site's robots.txt names, or that it lists as a sitemap index. No column."""
    listed: tuple[str, ...] = field(default=(), repr=False)
    """URLs that it lists as a sitemap. No column: they are no links."""
    links: Sequence[Link] = field(default=(), repr=False, metadata={"serializer": tuple})
    """In the order of the page. Of a page that was read elsewhere they are unpacked when one is asked for,
    for feeds, which can write no packed ones, and where there are item pipelines beside the dataset's."""
