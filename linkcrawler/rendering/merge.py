"""What a page held before and after its scripts ran in, one page out (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from linkcrawler.extraction.elements import MAX_LINK_CHARS, PageFacts
from linkcrawler.items import Link
from linkcrawler.urls.canonical import canonicalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from linkcrawler.extraction.reading import Reading


def merged(before: Reading, after: Reading, left_for: Iterable[str] = ()) -> Reading:
    """Return ``before`` with what only ``after`` holds; links that are new are `Link.rendered`.

    Links are counted by kind and target: where scripts have added a second link to a target, one
    is added here. Those that scripts have removed stay. A page whose links were cut gets none: which of
    them are new is not known. What the page says of itself is what it says in the end.

    Args:
        before: what the page held before its scripts ran.
        after: what it held after.
        left_for: where scripts wanted to go instead; links of kind ``refresh``.
    """
    facts = _unpacked(before)
    if len(facts.links) == facts.n_links and not facts.is_cut:
        known = Counter((link.kind, link.target) for link in facts.links)
        for link in (*after.links, *_navigations(left_for)):
            key = link.kind, link.target
            if known[key]:
                known[key] -= 1
            else:
                facts.add(replace(link, rendered=True))
        facts.is_cut = after.facts.is_cut or len(after.links) < after.facts.n_links
    _say_in_the_end(facts, after.facts)
    is_degraded = before.degraded or after.degraded
    return replace(before, facts=facts, packed=None, degraded=is_degraded)


def _unpacked(reading: Reading) -> PageFacts:
    """Return what was read in a page with its links as such, and room for more."""
    links = list(reading.links)
    facts = replace(reading.facts, links=links)
    facts._chars = sum(len(link.target) + len(link.anchor or "") for link in links)
    facts.is_full = facts._chars > MAX_LINK_CHARS or 0 < facts.limit <= len(links)
    return facts


def _say_in_the_end(facts: PageFacts, after: PageFacts) -> None:
    """Let ``facts`` say of the page what ``after`` says; scripts leave no trace in its owners."""
    for name in ("title", "lang", "simhash", "template"):
        setattr(facts, name, getattr(after, name) or getattr(facts, name))
    facts.owner_ids = facts.owner_ids or after.owner_ids
    facts.noindex = facts.noindex or after.noindex
    facts.nofollow = facts.nofollow or after.nofollow
    facts.relevance = max(facts.relevance, after.relevance)
    facts.shown = after.shown or facts.shown
    if after.text_key:
        facts.text_key, facts.words_key = after.text_key, after.words_key


def _navigations(left_for: Iterable[str]) -> Iterator[Link]:
    for target in dict.fromkeys(canonicalize(url) for url in left_for):
        if target is not None:
            yield Link(target, "refresh")
