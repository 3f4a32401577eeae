"""What a page held before and after its scripts ran in, one page out (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from linkcrawler.items import Link
from linkcrawler.urls.canonical import canonicalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from linkcrawler.extraction.elements import PageFacts


def add_rendered(facts: PageFacts, after: PageFacts, left_for: Iterable[str] = ()) -> int:
    """Add to ``facts`` what only ``after`` holds; return how many links came to them.

    Links are counted by kind and target: where scripts have added a second link to a target, one
    is added here. Those that scripts have removed stay. A page whose links were cut gets none: which of
    them are new is not known. What the page says of itself is what it says in the end.

    Args:
        facts: what the page held before its scripts ran; changed in place.
        after: what it held after.
        left_for: where scripts wanted to go instead; links of kind ``refresh``.
    """
    before = facts.n_links
    if len(facts.links) == facts.n_links and not facts.is_cut:
        known = Counter((link.kind, link.target) for link in facts.links)
        for link in (*after.links, *_navigations(left_for)):
            key = link.kind, link.target
            if known[key]:
                known[key] -= 1
            else:
                facts.add(replace(link, rendered=True))
        facts.is_cut = after.is_cut or len(after.links) < after.n_links
    facts.title = after.title or facts.title
    facts.lang = after.lang or facts.lang
    facts.noindex = facts.noindex or after.noindex
    facts.nofollow = facts.nofollow or after.nofollow
    if after.text_key:
        facts.text_key, facts.words_key = after.text_key, after.words_key
    return facts.n_links - before


def _navigations(left_for: Iterable[str]) -> Iterator[Link]:
    for target in dict.fromkeys(canonicalize(url) for url in left_for):
        if target is not None:
            yield Link(target, "refresh")
