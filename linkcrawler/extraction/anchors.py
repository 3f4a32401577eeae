"""An anchor as it stands in, its link out; what pages write again and again is remembered.

Menus and footers are written the same way on each page of a site.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.elements import said_by_rel
from linkcrawler.extraction.images import images_in
from linkcrawler.extraction.markup import attributes_of, text_of
from linkcrawler.extraction.text import shown_text
from linkcrawler.items import Link

if TYPE_CHECKING:
    from linkcrawler.extraction.elements import PageFacts, Where

MAX_KNOWN: Final = 16_384
"""Anchors that are remembered."""
MAX_WHOLE: Final = 400
"""Characters of an anchor, or of a text, that is remembered."""


class Said(NamedTuple):
    """What an anchor says."""

    href: str | None
    rel: str
    """Its tokens."""
    why: str
    """Why it is not to be followed; empty where ``rel`` does not say so."""
    anchor: str | None
    is_image: bool
    markup: str
    """What it holds."""


def link_of(name: str, said: Said, facts: PageFacts, where: Where) -> Link | None:
    """Count and return the link of an anchor; None where it is none, or one too many to keep.

    Args:
        name: of the element, ``a`` or ``area``.
        said: what it says.
        facts: of the page; gets the link.
        where: what the page says for all of its links.
    """
    if said.href is None:
        return None
    if facts.is_full:
        facts.count_anchor(said.href, where)
        return None
    target = where.base.target(said.href)
    if target is None:
        return None
    url, domain = target
    _, rel, why, anchor, is_image, _ = said
    link = Link(url, name, anchor, is_image, rel, why or where.cause)
    facts.keep(link, domain)
    return link


def said_by(whole: str) -> Said:
    """Return what an anchor says.

    Args:
        whole: its start tag, and its content where it is known to hold no other elements than such
            as are left in the text, as they stand in a serialised tree.

    >>> said_by('a rel="ugc" href="b"><em>c</em></a')
    Said(href='b', rel='ugc', why='rel:ugc', anchor='c', is_image=False, markup='<em>c</em>')
    """
    return _known(whole) if len(whole) <= MAX_WHOLE else _said_by(whole)


def _said_by(whole: str) -> Said:
    inside, _, content = whole.partition(">")
    markup = content.removesuffix("</a")
    given = attributes_of(inside)
    rel, why = said_by_rel(given.get("rel", ""), "")
    text, is_image = text_within(markup), False
    if not text:
        text, is_image = images_in(markup)
    return Said(given.get("href"), rel, why, text or None, is_image, markup)


def text_within(markup: str) -> str:
    """Return the text of an anchor or a heading, cleaned; what comes again is remembered."""
    return _known_text(markup) if len(markup) <= MAX_WHOLE else shown_text(text_of(markup))


def _text_of(markup: str) -> str:
    return shown_text(text_of(markup))


_known = lru_cache(maxsize=MAX_KNOWN)(_said_by)
_known_text = lru_cache(maxsize=MAX_KNOWN)(_text_of)
