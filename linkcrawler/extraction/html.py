"""A page's text in, its links in document order and what it says of itself out.

The parser is lexbor, an HTML5 parser that builds the tree a browser builds: content of
``<template>`` and comments is no link, broken nesting is repaired by the standard's rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser

from linkcrawler.extraction.relations import (
    follow_cause,
    header_links,
    refresh_target,
    relation_kind,
    robots_directives,
)
from linkcrawler.extraction.text import clean_text, clean_tokens
from linkcrawler.items import Link
from linkcrawler.urls.canonical import canonicalize, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborNode

_LINKS: Final = (
    "a[href], area[href], iframe[src], frame[src], link[rel][href], meta[http-equiv][content]"
)
_HIDDEN: Final = "script, style"
_IMAGES: Final = "img, svg, picture, object, input[type=image i]"
_OWN: Final = frozenset({"redirect", "refresh", "canonical"})
"""Kinds by which a page speaks of itself: nofollow on the page does not concern them."""


@dataclass(slots=True)
class PageFacts:
    """What a page says: `links` in document order, then those of its headers."""

    links: list[Link] = field(default_factory=list)
    title: str | None = None
    lang: str | None = None
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False


@dataclass(frozen=True, slots=True)
class PageHeaders:
    """The answer's headers that say something about links."""

    link: tuple[str, ...] = ()
    x_robots_tag: tuple[str, ...] = ()


def read_page(text: str, url: str, headers: PageHeaders, agent: str) -> PageFacts:
    """Return the links and facts of the page ``text`` that was found at ``url``.

    Args:
        text: the decoded page.
        url: where it was fetched; relative links resolve against it or the page's base element.
        headers: its ``Link`` and ``X-Robots-Tag`` headers.
        agent: the product token that robots directives may be meant for, lower-case.
    """
    tree = LexborHTMLParser(text)
    by_header = robots_directives(headers.x_robots_tag, agent)
    by_meta = robots_directives(_meta_robots(tree, agent), agent)
    cause = "meta" if "nofollow" in by_meta else "header" if "nofollow" in by_header else ""
    facts = PageFacts(
        title=_title(tree),
        lang=_lang(tree),
        noindex="noindex" in by_meta or "noindex" in by_header,
        nofollow=bool(cause),
    )
    base = base_url(tree, url)
    for node in tree.css(_LINKS):
        link = _link(node, base, cause)
        if link is not None:
            facts.links.append(link)
    facts.links.extend(links_of_headers(headers, url, cause))
    facts.canonical = next((link.target for link in facts.links if link.kind == "canonical"), None)
    return facts


def links_of_headers(headers: PageHeaders, url: str, cause: str) -> Iterable[Link]:
    """Yield the links of ``Link:`` headers; ``cause`` is the page's own reason not to follow."""
    for found in header_links(headers.link):
        kind = relation_kind(found.rel, found.hreflang, found.type)
        target = canonicalize(found.target, url) if kind else None
        if kind and target:
            why = "" if kind in _OWN else follow_cause(found.rel, cause)
            yield Link(target, kind, rel=clean_tokens(found.rel), follow_cause=why)


def base_url(tree: LexborHTMLParser, url: str) -> str:
    """Return what relative links resolve against (WHATWG HTML, "document base URL")."""
    for element in tree.css("base[href]"):
        if not _is_inside(element, "svg"):
            base = resolved(element.attributes.get("href") or "", url)
            return base if base and not base.startswith(("data:", "javascript:")) else url
    return url


def _link(node: LexborNode, base: str, cause: str) -> Link | None:
    """Return the link that ``node`` is, or None for a resource or no web address."""
    given = node.attributes
    tag = node.tag
    if tag in ("a", "area"):
        target = canonicalize(given.get("href") or "", base)
        return _anchor(node, given, target, cause) if target else None
    if tag in ("iframe", "frame"):
        return _frame(node, given, base, cause)
    if tag == "meta":
        return _refresh(node, given, base)
    rel = clean_tokens(given.get("rel") or "")
    kind = relation_kind(rel, given.get("hreflang") or "", given.get("type") or "")
    href = given.get("href")  # an empty one is no link, other than that of an anchor
    target = canonicalize(href, base) if kind and href else None
    if not kind or not target:
        return None
    why = "" if kind in _OWN else follow_cause(rel, cause)
    return Link(target, kind, rel=rel, follow_cause=why)


def _anchor(node: LexborNode, given: dict[str, str | None], target: str, cause: str) -> Link:
    """Return the link of an ``a`` or ``area`` element, with its text or its image's."""
    rel = given.get("rel")
    tokens = clean_tokens(rel) if rel else ""
    text = "" if node.tag == "area" else clean_text(_visible_text(node))
    is_image = False
    if not text:
        text, is_image = _image_text(node, given)
    return Link(
        target, node.tag or "a", text or None, is_image, tokens, follow_cause(tokens, cause)
    )


def _visible_text(node: LexborNode) -> str:
    """Return the text inside ``node`` without that of scripts and styles."""
    text = node.text(deep=True)
    if node.css_first(_HIDDEN) is None:
        return text
    parts = [
        part.text_content or ""
        for part in node.traverse(include_text=True)
        if part.tag == "-text" and part.parent and part.parent.tag not in ("script", "style")
    ]
    return "".join(parts)


def _image_text(node: LexborNode, given: dict[str, str | None]) -> tuple[str, bool]:
    """Return alt text and whether the link shows an image."""
    if node.tag == "area":
        return clean_text(given.get("alt") or ""), True
    images = node.css(_IMAGES)
    if not images:
        return "", False
    return clean_text(" ".join(image.attributes.get("alt") or "" for image in images)), True


def _frame(node: LexborNode, given: dict[str, str | None], base: str, cause: str) -> Link | None:
    """Return the link of a frame that a browser loads: not in ``noscript``, not with ``srcdoc``."""
    src = given.get("src")  # an empty one leads nowhere
    if not src or "srcdoc" in given or _is_inside(node, "noscript"):
        return None
    target = canonicalize(src, base)
    return Link(target, node.tag or "iframe", _name(given), follow_cause=cause) if target else None


def _refresh(node: LexborNode, given: dict[str, str | None], base: str) -> Link | None:
    """Return the link of a meta refresh; those inside ``noscript`` are for other browsers."""
    if (given.get("http-equiv") or "").strip().lower() != "refresh":
        return None
    written = refresh_target(given.get("content") or "")
    target = canonicalize(written, base) if written else None
    return Link(target, "refresh") if target and not _is_inside(node, "noscript") else None


def _name(given: dict[str, str | None]) -> str | None:
    return clean_text(given.get("title") or "") or None


def _is_inside(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == tag:
            return True
        parent = parent.parent
    return False


def _title(tree: LexborHTMLParser) -> str | None:
    """Return the document's title; an SVG's own title element is not it."""
    for node in tree.css("title"):
        if not _is_inside(node, "svg"):
            return clean_text(node.text(deep=True)) or None
    return None


def _lang(tree: LexborHTMLParser) -> str | None:
    root = tree.root
    return (clean_tokens(root.attributes.get("lang") or "", 35) or None) if root else None


def _meta_robots(tree: LexborHTMLParser, agent: str) -> list[str]:
    """Return the contents of meta elements that speak to all robots or to ``agent``."""
    return [
        node.attributes.get("content") or ""
        for node in tree.css("meta[name][content]")
        if (node.attributes.get("name") or "").strip().lower() in ("robots", agent)
    ]
