"""A page's text in, its links in document order and what it says of itself out.

The parser is lexbor, an HTML5 parser that builds the tree a browser builds: content of
``<template>`` and comments is no link, broken nesting is repaired by the standard's rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser

from linkcrawler.extraction.elements import (
    PageFacts,
    PageHeaders,
    Where,
    anchor_link,
    frame_link,
    is_meta_robots,
    links_of_headers,
    own_domain,
    page_cause,
    refresh_link,
    relation_link,
    usable_base,
)
from linkcrawler.extraction.fingerprint import fingerprints
from linkcrawler.extraction.relations import robots_directives
from linkcrawler.extraction.text import clean_text, clean_tokens
from linkcrawler.urls.canonical import canonicalize

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from linkcrawler.items import Link

_LINKS: Final = (
    "a[href], area[href], iframe[src], frame[src], link[rel][href], meta[http-equiv][content]"
)
_HIDDEN: Final = "script, style"
_IMAGES: Final = "img, svg, picture, object, input[type=image i]"


def read_page(
    text: str, url: str, headers: PageHeaders, agent: str, max_links: int = 0
) -> PageFacts:
    """Return the links and facts of the page ``text`` that was found at ``url``.

    Args:
        text: the decoded page.
        url: where it was fetched; relative links resolve against it or the page's base element.
        headers: its ``Link`` and ``X-Robots-Tag`` headers.
        agent: the product token that robots directives may be meant for, lower-case.
        max_links: links kept at the most; 0 means no limit.
    """
    tree = LexborHTMLParser(text)
    by_header = robots_directives(headers.x_robots_tag, agent)
    by_meta = robots_directives(_meta_robots(tree, agent), agent)
    cause = page_cause(by_meta, by_header)
    facts = PageFacts(
        domain=own_domain(url),
        limit=max_links,
        title=_title(tree),
        lang=_lang(tree),
        noindex="noindex" in by_meta or "noindex" in by_header,
        nofollow=bool(cause),
    )
    where = Where.on(facts, base_url(tree, url), cause)
    for node in tree.css(_LINKS):
        if facts.is_full and node.tag in ("a", "area"):
            facts.count_anchor(node.attributes.get("href") or "", where)
        else:
            facts.add(_link(node, where))
    for link in links_of_headers(headers, url, cause):
        facts.add(link)
    # The last to look: it takes the tree apart.
    facts.text_key, facts.words_key = fingerprints(tree, url)
    return facts


def base_url(tree: LexborHTMLParser, url: str) -> str:
    """Return what relative links resolve against (WHATWG HTML, "document base URL")."""
    for element in tree.css("base[href]"):
        if not _is_inside(element, "svg"):
            return usable_base(element.attributes.get("href") or "", url)
    return url


def _link(node: LexborNode, where: Where) -> Link | None:
    """Return the link that ``node`` is, or None for a resource or no web address."""
    given = node.attributes
    tag = node.tag or ""
    if tag in ("a", "area"):
        target = canonicalize(given.get("href") or "", where.base)
        return anchor_link(tag, given, target, _shown(node, given), where.cause) if target else None
    if tag == "link":
        return relation_link(given, where)
    # Frames and refreshes inside ``noscript`` are for other browsers.
    found = refresh_link(given, where) if tag == "meta" else frame_link(tag, given, where)
    return None if found is None or _is_inside(node, "noscript") else found


def _shown(node: LexborNode, given: dict[str, str | None]) -> tuple[str, bool]:
    """Return an anchor's text, else its image's, and whether it is an image's."""
    text = "" if node.tag == "area" else clean_text(_visible_text(node))
    return (text, False) if text else _image_text(node, given)


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
        given.get("content") or ""
        for given in (node.attributes for node in tree.css("meta[name][content]"))
        if is_meta_robots(given, agent)
    ]
