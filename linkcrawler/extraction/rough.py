"""A page that no parser of trees can be trusted with in, its links and facts out, from its tags alone.

Takes time in proportion to the page, and no longer than it may: what is left then is not read. On markup that closes what it opens it finds what
`linkcrawler.extraction.html` finds; where browsers repair the markup, links may differ.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.elements import (
    INSIDE,
    PageFacts,
    PageHeaders,
    Where,
    frame_link,
    is_meta_robots,
    links_of_headers,
    own_domain,
    page_cause,
    refresh_link,
    refreshes_of_headers,
    relation_link,
    said_by_rel,
    usable_base,
)
from linkcrawler.extraction.relations import robots_directives
from linkcrawler.extraction.text import clean_tokens, shown_text
from linkcrawler.extraction.tokens import MAX_PAGE, Tag, attributes, tags, visible_text
from linkcrawler.items import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT: Final = 2048
"""Characters of markup behind an anchor that are read for its text."""
MAX_IMAGES: Final = 8
"""Images of an anchor whose alt text is read."""

_SHELTERS: Final = frozenset({"template", "svg", "noscript"})
"""Elements in which something is not what it is elsewhere."""
_HEAD: Final = frozenset({"base", "meta", "title", "html"}) | _SHELTERS
_LINKS: Final = frozenset({"a", "area", "iframe", "frame", "link", "meta"}) | _SHELTERS
_IMAGES: Final = frozenset({"img", "svg", "picture", "object", "input"})
_RUN: Final = re.compile(
    rf"(?:<a href=([\"']?){INSIDE}\1>[^<]*+(?:</a>[^<]*+)?+){{64,}}+", re.IGNORECASE
)
"""Anchors one after the other that a page of very many links is made of."""
_OF_HEAD: Final = re.compile(r"<(?:base|meta|title|html)\b", re.IGNORECASE)


@dataclass(slots=True)
class _Head:
    """What the page says for all of its links; the first of each counts."""

    base: str | None = None
    title: str | None = None
    lang: str = ""
    robots: list[str] = field(default_factory=list)
    has_html: bool = False


def read_roughly(  # noqa: PLR0913 - those of `read_page`, and the time
    text: str,
    url: str,
    headers: PageHeaders,
    agent: str,
    max_links: int = 0,
    charset: str = "",
    *,
    secs: float = 60.0,
) -> PageFacts:
    """Return the links and facts of a page.

    Arguments are those of `read_page`, and the seconds that it may take; a page that is not read to
    its end says so in `PageFacts.is_cut`.
    """
    deadline = time.monotonic() + secs
    head = _read_head(text, agent, deadline)
    by_header = robots_directives(headers.x_robots_tag, agent)
    by_meta = robots_directives(head.robots, agent)
    cause = page_cause(by_meta, by_header)
    facts = PageFacts(
        domain=own_domain(url),
        limit=max_links,
        title=head.title,
        lang=clean_tokens(head.lang, 35) or None,
        noindex="noindex" in by_meta or "noindex" in by_header,
        nofollow=bool(cause),
    )
    base = url if head.base is None else usable_base(head.base, url)
    walk = _Walk(text, deadline)
    for link in refreshes_of_headers(headers, url):
        facts.add(link)
    where = Where.on(facts, base, cause, charset)
    while _walk_on(facts, walk, where):
        pass
    facts.is_cut = time.monotonic() > deadline
    for link in links_of_headers(headers, url, cause):
        facts.add(link)
    return facts


@dataclass(slots=True)
class _Walk:
    """A walk over the tags of a page, up to a position or until the time is over."""

    text: str
    deadline: float
    """Of the monotonic clock."""
    stop: int = MAX_PAGE
    at: int = 0
    depth: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SHELTERS, 0))
    """How many shelters of each name the tag stands in."""

    def tags(self, wanted: frozenset[str]) -> Iterator[Tag]:
        """Yield the wanted start tags outside of templates; goes on from `at` when called again."""
        for tag in tags(self.text, wanted, self.at, self.stop, self.deadline):
            if tag.name in _SHELTERS:
                self.depth[tag.name] = max(0, self.depth[tag.name] + (-1 if tag.is_end else 1))
            elif not tag.is_end and not self.depth["template"]:
                yield tag


def _read_head(text: str, agent: str, deadline: float) -> _Head:
    head = _Head()
    stop = max((found.end() for found in _OF_HEAD.finditer(text)), default=0)
    walk = _Walk(text, deadline, stop)
    for tag in walk.tags(_HEAD):
        if tag.name == "title":
            if head.title is None and not walk.depth["svg"]:
                head.title = shown_text(unescape(text[tag.content : tag.end][:MAX_TEXT]))
            continue
        given = attributes(text, tag)
        if tag.name == "base" and head.base is None and not walk.depth["svg"] and "href" in given:
            head.base = given["href"] or ""
        elif tag.name == "html" and not head.has_html:
            head.has_html, head.lang = True, given.get("lang") or ""
        elif tag.name == "meta" and "content" in given and is_meta_robots(given, agent):
            head.robots.append(given["content"] or "")
    head.title = head.title or None
    return head


def _walk_on(facts: PageFacts, walk: _Walk, where: Where) -> bool:
    """Add the links of the page up to its end, or behind a run of links that are only counted.

    Returns:
        Whether there is more of the page behind such a run.
    """
    text = walk.text
    for tag in walk.tags(_LINKS):
        given = attributes(text, tag)
        if tag.name in ("a", "area"):
            if "href" in given:
                _add_anchor(facts, text, tag, given, where)
            if facts.is_full and where.is_plain and (run := _RUN.match(text, tag.end)):
                facts.count_inside(
                    text.count("<a", *run.span()) + text.count("<A", *run.span()), where
                )
                walk.at = run.end()
                return True
        elif tag.name == "link":
            _add(facts, relation_link(given, where) if "rel" in given else None)
        elif not walk.depth["noscript"]:
            is_meta = tag.name == "meta"
            _add(
                facts, refresh_link(given, where) if is_meta else frame_link(tag.name, given, where)
            )
    return False


def _add_anchor(
    facts: PageFacts, text: str, tag: Tag, given: dict[str, str | None], where: Where
) -> None:
    href = given["href"] or ""
    if facts.is_full:
        facts.count_anchor(href, where)
    elif target := where.base.target(href):
        shown = _shown(text, tag, given)
        rel, why = said_by_rel(given.get("rel") or "", where.cause)
        facts.add(Link(target.url, tag.name, shown[0] or None, shown[1], rel, why))


def _add(facts: PageFacts, link: Link | None) -> None:
    if link is not None:
        facts.add(link)


def _shown(text: str, tag: Tag, given: dict[str, str | None]) -> tuple[str, bool]:
    """Return an anchor's text, else its images' alt text, and whether it is an image's."""
    if tag.name == "area":
        return shown_text(given.get("alt") or ""), True
    part = text[tag.end : tag.end + MAX_TEXT]
    images: list[tuple[str, dict[str, str | None]]] = []
    end = len(part)
    for inner in tags(part):
        if inner.name == "a":
            end = inner.start
            break
        if inner.name in _IMAGES and not inner.is_end and len(images) < MAX_IMAGES:
            images.append((inner.name, attributes(part, inner)))
    found = shown_text(unescape(visible_text(part, 0, end)))
    if found:
        return found, False
    alts = [given.get("alt") or "" for name, given in images if _is_image(name, given)]
    return shown_text(" ".join(alts)), bool(alts)


def _is_image(name: str, given: dict[str, str | None]) -> bool:
    return name != "input" or (given.get("type") or "").lower() == "image"
