"""An element's attributes in, the link that it is out: what both readers of pages share (pure).

`linkcrawler.extraction.html` finds the elements in a tree, `linkcrawler.extraction.rough` among tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.relations import (
    follow_cause,
    header_links,
    refresh_target,
    relation_kind,
)
from linkcrawler.extraction.targets import Base, Target, base_of
from linkcrawler.extraction.text import clean_tokens, shown_text
from linkcrawler.items import Link
from linkcrawler.urls.canonical import MAX_URL, canonicalize, host_of, resolved
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Attributes = Mapping[str, str | None]

OWN_KINDS: Final = frozenset({"redirect", "refresh", "canonical"})
"""Kinds by which a page speaks of itself: nofollow on the page does not concern them."""
MAX_LINK_CHARS: Final = 4 * 2**20
"""Characters in the targets and anchors kept of a page. A long base makes each short link long."""
INSIDE: Final = r"[?/]?+(?:[a-zA-Z0-9_][a-zA-Z0-9_/.?=%~-]{0,500}+)?+"
"""References without scheme and host, of characters that always make a URL."""
_INSIDE: Final = re.compile(INSIDE)
_SHORT_BASE: Final = MAX_URL - 600


class Where(NamedTuple):
    """What the page says for all of its links."""

    base: Base
    """What they resolve against."""
    cause: str
    """Why they are not to be followed (``meta``, ``header``), or empty."""
    is_plain: bool
    """The base is a web address of common length: every reference that is `INSIDE` makes a link."""
    is_internal: bool
    """It is on the page's own domain."""

    @classmethod
    def on(cls, facts: PageFacts, base: str, cause: str, charset: str = "") -> Where:
        """Return what the page with ``facts`` says, which was read in ``charset``."""
        made = base_of(base, charset)
        is_plain = made.itself is not None and len(base) <= _SHORT_BASE
        is_internal = made.itself is not None and made.itself.domain == facts.domain
        return cls(made, cause, is_plain, is_internal)


@dataclass(frozen=True, slots=True)
class PageHeaders:
    """The answer's headers that say something about links."""

    link: tuple[str, ...] = ()
    x_robots_tag: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()


@dataclass(slots=True)
class PageFacts:
    """What a page says: `links` in document order, then those of its headers; their refresh comes first.

    Only the first of them are kept: at most ``limit`` (0 means no limit), and at most `MAX_LINK_CHARS`.
    """

    domain: str = ""
    """The page's own registered domain."""
    limit: int = 0
    links: list[Link] = field(default_factory=list)
    n_links: int = 0
    """Links found, those not kept included."""
    n_internal: int = 0
    """Links found to `domain`."""
    title: str | None = None
    lang: str | None = None
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False
    text_key: int = 0
    """Fingerprint of its text, see `linkcrawler.extraction.fingerprint`; 0 where not taken."""
    words_key: int = 0
    """Likewise without the words that hold a digit."""
    simhash: int = 0
    owner_ids: str | None = None
    template: int = 0
    relevance: float = -1.0
    """How well it fits the niche, 0 to 1; below 0 where there is none."""
    shown: dict[str, float] | None = None
    """How often it shows which words, of an example of the niche, see `linkcrawler.policies.relevance`."""
    said: Sequence[str] = field(default=(), compare=False)
    """Its text outside of links as it stands between tags; stays where the page was read, as its headings
    do."""
    headings: list[str] = field(default_factory=list)
    is_full: bool = False
    """Further links are counted and not kept."""
    is_cut: bool = False
    """The page was not read to its end."""
    _chars: int = 0

    def add(self, link: Link) -> None:
        """Count ``link``, and keep it where there is room."""
        if self.canonical is None and link.kind == "canonical":
            self.canonical = link.target
        domain = own_domain(link.target)
        if self.is_full:
            self.count(Target(link.target, domain))
        else:
            self.keep(link, domain)

    def keep(self, link: Link, domain: str) -> None:
        """Count a link to ``domain``, and keep it: there is room."""
        self.n_links += 1
        if domain == self.domain:
            self.n_internal += 1
        self.links.append(link)
        self._chars += len(link.target) + len(link.anchor or "")
        if self._chars > MAX_LINK_CHARS or len(self.links) == self.limit:
            self.is_full = True

    def lengthen(self, anchor: str) -> None:
        """Take into account the anchor of a link that was kept without."""
        self._chars += len(anchor)

    def count(self, target: Target) -> None:
        """Count a link to ``target``."""
        self.n_links += 1
        self.n_internal += target.domain == self.domain

    def count_anchor(self, href: str, where: Where) -> None:
        """Count an anchor's link, which is not kept."""
        if where.is_plain and _INSIDE.fullmatch(href):
            self.count_inside(1, where)
        elif target := where.base.target(href):
            self.count(target)

    def count_inside(self, n: int, where: Where) -> None:
        """Count ``n`` links that are `INSIDE`, on a page that `is_plain`: on the host of its base."""
        self.n_links += n
        self.n_internal += n * where.is_internal


@lru_cache(maxsize=1024)
def said_by_rel(rel: str, cause: str) -> tuple[str, str]:
    """Return the tokens of an attribute ``rel``, and why its link is not to be followed."""
    return clean_tokens(rel), follow_cause(rel, cause)


def frame_link(tag: str, given: Attributes, where: Where) -> Link | None:
    """Return the link of a frame that a browser loads: not with ``srcdoc``."""
    src = given.get("src")  # an empty one leads nowhere
    if not src or "srcdoc" in given:
        return None
    target = where.base.canonical(src)
    name = shown_text(given.get("title") or "") or None
    return Link(target, tag, name, follow_cause=where.cause) if target else None


def refresh_link(given: Attributes, where: Where) -> Link | None:
    """Return the link of a ``meta`` element that is a refresh."""
    if (given.get("http-equiv") or "").strip().lower() != "refresh":
        return None
    written = refresh_target(given.get("content") or "")
    target = where.base.canonical(written) if written else None
    return Link(target, "refresh") if target else None


def relation_link(given: Attributes, where: Where) -> Link | None:
    """Return the link of a ``link`` element, or None for a resource."""
    rel = clean_tokens(given.get("rel") or "")
    kind = relation_kind(rel, given.get("hreflang") or "", given.get("type") or "")
    href = given.get("href")  # an empty one is no link, other than that of an anchor
    target = where.base.canonical(href) if kind and href else None
    if not kind or not target:
        return None
    why = "" if kind in OWN_KINDS else follow_cause(rel, where.cause)
    return Link(target, kind, rel=rel, follow_cause=why)


def links_of_headers(headers: PageHeaders, url: str, cause: str) -> Iterable[Link]:
    """Yield the links of ``Link:`` headers; ``cause`` is the page's own reason not to follow."""
    for found in header_links(headers.link):
        kind = relation_kind(found.rel, found.hreflang, found.type)
        target = canonicalize(found.target, url) if kind else None
        if kind and target:
            why = "" if kind in OWN_KINDS else follow_cause(found.rel, cause)
            yield Link(target, kind, rel=clean_tokens(found.rel), follow_cause=why)


def refreshes_of_headers(headers: PageHeaders, url: str) -> Iterable[Link]:
    """Yield the link of the first ``Refresh:`` header, which browsers obey as they do a ``meta`` element."""
    written = refresh_target(headers.refresh[0]) if headers.refresh else None
    target = canonicalize(written, url) if written else None
    if target:
        yield Link(target, "refresh")


def is_meta_robots(given: Attributes, agent: str) -> bool:
    """Return whether a ``meta`` element speaks to all robots or to ``agent``."""
    return (given.get("name") or "").strip().lower() in ("robots", agent)


def page_cause(by_meta: set[str], by_header: set[str]) -> str:
    """Return the page's own reason not to follow its links, or an empty text."""
    return "meta" if "nofollow" in by_meta else "header" if "nofollow" in by_header else ""


def usable_base(href: str, url: str) -> str:
    """Return what relative links resolve against on a page whose base element holds ``href``."""
    base = resolved(href, url)
    return base if base and not base.startswith(("data:", "javascript:")) else url


def own_domain(url: str) -> str:
    """Return the registered domain of a canonical URL."""
    return registered_domain(host_of(url))
