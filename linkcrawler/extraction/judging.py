"""What was read in a page in, its relevance and that of its links to other domains written on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.elements import own_domain
from linkcrawler.extraction.markup import words_in
from linkcrawler.policies.relevance import Shown, terms_of
from linkcrawler.policies.words import words_of

if TYPE_CHECKING:
    from linkcrawler.extraction.elements import PageFacts
    from linkcrawler.policies.relevance import Relevance

MOST_ANCHORS: Final = 400
"""Anchors of a page that are looked at."""
MAX_TEXT: Final = 8192
"""Characters of a page's text that are looked at: pages say early what they are about."""
FEW_WORDS: Final = 20
"""Words up to which a text may only ask to enable scripts."""
MOST_LINKS: Final = 1000
"""Links of a page to other domains that are looked at."""


def judge(facts: PageFacts, relevance: Relevance) -> None:
    """Write on a page and its links how they fit the niche of ``relevance``; an example fits wholly.

    A page that shows hardly more than a title, and nothing that fits, says nothing: what it is about is for
    its scripts to write, and they did not run.
    """
    shown = _shown(facts)
    page = 1.0 if facts.shown else round(relevance.of_page(shown), 4)
    if page or shown.headings or shown.anchors or len(words_of(shown.text)) > FEW_WORDS:
        facts.relevance = page
    left = MOST_LINKS
    for link in facts.links:
        if left and own_domain(link.target) != facts.domain:
            around = [text for text in (link.heading, link.text_before, link.text_after) if text]
            link.relevance = round(relevance.of_link(link.anchor or "", around, page), 4)
            left -= 1


def learn(facts: PageFacts) -> None:
    """Write on a page that is an example of the niche which words it shows."""
    facts.shown = terms_of(_shown(facts))


def _shown(facts: PageFacts) -> Shown:
    anchors = [link.anchor for link in facts.links[:MOST_ANCHORS] if link.anchor]
    text = words_in(" ".join(facts.said)[: 4 * MAX_TEXT])[:MAX_TEXT]
    return Shown(facts.title or "", facts.headings, text, anchors)
