"""A page's text in, its links in document order and what it says of itself out.

The parser is lexbor, an HTML5 parser that builds the tree a browser builds: content of
``<template>`` and comments is no link, broken nesting is repaired by the standard's rules. The tree is
written out again and read from that in one pass, as asking its nodes one by one takes far longer.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from linkcrawler.extraction.elements import (
    PageFacts,
    PageHeaders,
    Where,
    links_of_headers,
    own_domain,
    page_cause,
    refreshes_of_headers,
    usable_base,
)
from linkcrawler.extraction.fingerprint import fingerprints
from linkcrawler.extraction.head import head_of
from linkcrawler.extraction.language import guessed_language
from linkcrawler.extraction.layout import Sheet, lay_out
from linkcrawler.extraction.markup import AmbiguousError, pieces_of, words_in
from linkcrawler.extraction.owners import owner_ids
from linkcrawler.extraction.relations import robots_directives
from linkcrawler.extraction.scan import Scan
from linkcrawler.extraction.simhash import simhash
from linkcrawler.extraction.structure import MOST_HEADINGS
from linkcrawler.extraction.template import template_key
from linkcrawler.extraction.walked import walked
from linkcrawler.extraction.xhtml import markup_of

if TYPE_CHECKING:
    from linkcrawler.extraction.markup import Pieces

MAX_TEXT: Final = 8192
"""Characters of a page's text that are compared with that of other pages: copies are told by less."""


class Told(NamedTuple):
    """What is known of a page before it is read."""

    url: str
    """Where it was fetched; relative links resolve against it or the page's base element."""
    headers: PageHeaders
    """Its ``Link`` and ``X-Robots-Tag`` headers."""
    agent: str
    """The product token that robots directives may be meant for, lower-case."""
    max_links: int = 0
    """Links kept at the most; 0 means no limit."""
    charset: str = ""
    """Python's name of the codec that queries are sent in; empty for UTF-8."""


def read_page(
    text: str, url: str, headers: PageHeaders, agent: str, max_links: int = 0, charset: str = ""
) -> PageFacts:
    """Return the links and facts of the page ``text``; for the others see `Told`."""
    tree = LexborHTMLParser(text)
    told = Told(url, headers, agent, max_links, charset)
    try:
        return facts_of(pieces_of(tree.html or ""), told)
    except AmbiguousError:
        return facts_of(pieces_of(walked(tree)), told)


def read_xhtml(
    text: str, url: str, headers: PageHeaders, agent: str, max_links: int = 0, charset: str = ""
) -> PageFacts:
    """Return the links and facts of a page that is XML, as `read_page` does.

    Raises:
        AmbiguousError: the page's tree cannot be told from its markup.
    """
    return facts_of(
        pieces_of(markup_of(text), is_xml=True), Told(url, headers, agent, max_links, charset)
    )


def facts_of(pieces: Pieces, told: Told) -> PageFacts:
    """Return the links and facts of a page in pieces.

    Raises:
        AmbiguousError: the page's tree cannot be told from its markup.
    """
    try:
        return _facts_of(pieces, told)
    except IndexError:  # the text of a style in an SVG seems to close what nothing has opened
        raise AmbiguousError("an end without a beginning") from None


def _facts_of(pieces: Pieces, told: Told) -> PageFacts:
    head = head_of(pieces, told.agent)
    by_header = robots_directives(told.headers.x_robots_tag, told.agent)
    by_meta = robots_directives(head.robots, told.agent)
    cause = page_cause(by_meta, by_header)
    facts = PageFacts(
        domain=own_domain(told.url),
        limit=told.max_links,
        title=head.title,
        lang=head.lang,
        noindex="noindex" in by_meta or "noindex" in by_header,
        nofollow=bool(cause),
    )
    base = told.url if head.base is None else usable_base(head.base, told.url)
    for link in refreshes_of_headers(told.headers, told.url):
        facts.add(link)
    scan = Scan(pieces, facts, Where.on(facts, base, cause, told.charset)).walk()
    sheet = Sheet(told.url, scan.letters, scan.headings.keys(), scan.has_main, scan.said)
    lay_out(facts.links, sheet)
    for link in links_of_headers(told.headers, told.url, cause):
        facts.add(link)
    describe(facts, scan, told.url)
    return facts


def describe(facts: PageFacts, scan: Scan, url: str) -> None:
    """Write down what tells the page from others, its language, and whose it is."""
    # Where words part must not depend on whether the markup holds line ends between its tags.
    said = " ".join(words_in(" ".join(scan.said)[: 8 * MAX_TEXT]).split())[:MAX_TEXT]
    facts.lang = facts.lang or guessed_language(said)
    facts.said, facts.headings = scan.said, [*islice(scan.headings, MOST_HEADINGS)]
    words = said.lower().split()
    facts.text_key, facts.words_key = fingerprints(words, url)
    facts.simhash = simhash(words)
    facts.template = template_key(scan.skeleton)
    facts.owner_ids = owner_ids(scan.scripts)
