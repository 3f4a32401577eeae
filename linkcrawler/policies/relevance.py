"""A niche and what a page shows in, how well it fits, from 0 to 1, out (pure; no model).

A *keyword* is a word or phrase that a person named. What it gathers on a page is counted as in BM25
(Robertson and Zaragoza 2009): each mention less than the one before, those of title, headings and anchors
more than those of the text, long texts less. Words count where they are alike by their runs of three
characters (`linkcrawler.policies.words`), which holds for all languages; those of a phrase must stand near each
other, or count little. Of all keywords the best `MOST_KEYWORDS` count, so that naming synonyms does no harm.

*Examples* are pages of the niche, which others are compared with (`linkcrawler.policies.likeness`).

Repeating words gains little: mentions saturate, and a text that is mostly keywords, or has all of them in
one spot, loses nearly all its mentions.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.policies.likeness import MOST_KNOWN, SATURATION, Background, ExampleTerms
from linkcrawler.policies.niche import Niche
from linkcrawler.policies.words import Wanted, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

USUAL_WORDS: Final = 600
"""Words of a text of usual length."""
BY_LENGTH: Final = 0.5
"""How much the length of a text counts: b of BM25."""
IN_TITLE: Final = 4.0
IN_HEADING: Final = 2.0
IN_ANCHOR: Final = 0.5
"""What a mention there counts, beside 1 in the text."""
MOST_HEADINGS: Final = 3.0
MOST_ANCHORS: Final = 5.0
MOST_MENTIONS: Final = 12.0
"""Mentions that count there, and in the text."""
APART: Final = 0.2
"""What the words of a phrase count that do not stand near each other."""
MOST_KEYWORDS: Final = 4
EACH: Final = 0.75
"""What one keyword alone can make of a page."""

HONEST_SHARE: Final = 0.15
"""Share of a text's words that may be keywords; more than that is no text for readers."""
SPOTS: Final = 8
"""Parts that a text is cut into, to see where its keywords stand."""
HONEST_SPOTS: Final = 3
SHORT_TEXT: Final = 120
"""Words up to which a text is not looked at for that."""

IN_CONTEXT: Final = 0.5
"""What a mention around a link counts, beside 1.5 in its anchor."""
LINKED: Final = 1.5
ENOUGH_FOR_LINK: Final = 1.0
"""Mentions that make half of what a link can say."""
INHERITED: Final = 0.5
"""What a link has from the page it stands on, whose neighbours resemble it."""


class Shown(NamedTuple):
    """What a page shows to its readers."""

    title: str = ""
    headings: Sequence[str] = ()
    text: str = ""
    """Outside of links."""
    anchors: Sequence[str] = ()


class Relevance:
    """Scores pages and links for a niche.

    Args:
        niche: what belongs to it.
        before: what judged until now, whose background is kept.
    """

    def __init__(self, niche: Niche, before: Relevance | None = None) -> None:
        self.niche = niche
        phrases = [tuple(words_of(keyword)) for keyword in niche.keywords]
        self._phrases = [phrase for phrase in dict.fromkeys(phrases) if phrase]
        self.background: Background = before.background if before else Background()
        self._examples = ExampleTerms(niche.examples, self.background) if niche.examples else None
        terms = self._examples.terms if self._examples else ()
        words = tuple(dict.fromkeys([*(word for one in self._phrases for word in one), *terms]))
        self._wanted = Wanted(words)
        number = {word: at for at, word in enumerate(words)}
        self._parts = [tuple(number[word] for word in phrase) for phrase in self._phrases]
        self._of_keywords = frozenset(part for parts in self._parts for part in parts)
        self._terms = tuple(number[word] for word in terms)
        self._known: dict[str, tuple[tuple[int, float], ...]] = {}

    @classmethod
    def of_nothing(cls) -> Relevance:
        """Return what knows of no niche: all that a link says is what its page is."""
        return cls(Niche())

    def of_page(self, shown: Shown) -> float:
        """Return how well a page fits, 0 to 1."""
        text = words_of(shown.text)
        found = self._found(text)
        near = (
            (self._found(words_of(shown.title)), IN_TITLE, 1.0),
            (self._found(_joined(shown.headings)), IN_HEADING, MOST_HEADINGS),
            (self._found(_joined(shown.anchors)), IN_ANCHOR, MOST_ANCHORS),
        )
        trust = honesty([hit for hit in found if hit[1] in self._of_keywords], len(text))
        room = SATURATION * (1 - BY_LENGTH + BY_LENGTH * len(text) / USUAL_WORDS)
        values = []
        for parts in self._parts:
            count = trust * min(MOST_MENTIONS, mentions(parts, found))
            count += sum(weight * min(most, mentions(parts, some)) for some, weight, most in near)
            values.append(count / (count + room))
        by_keywords = together(values)
        if self._examples is None:
            return by_keywords
        self.background.add(set(text))
        counts = self._counts(found, near)
        return max(by_keywords, self._examples.likeness(counts))

    def of_link(self, anchor: str, around: Iterable[str], page: float) -> float:
        """Return what a link says of its target's relevance, 0 to 1.

        Args:
            anchor: its text.
            around: heading above it, text before and behind it.
            page: relevance of the page it stands on, 0 to 1.
        """
        linked, context = self._found(words_of(anchor)), self._found(_joined(around))
        values = []
        for parts in self._parts:
            count = LINKED * min(1.0, mentions(parts, linked))
            count += IN_CONTEXT * min(2.0, mentions(parts, context))
            values.append(count / (count + ENOUGH_FOR_LINK))
        return 1 - (1 - together(values)) * (1 - INHERITED * page)

    def _found(self, words: Sequence[str]) -> list[tuple[int, int, float]]:
        """Return the words looked for among ``words``: position, number, how alike."""
        known = self._known
        fresh = set(words).difference(known)
        if fresh:
            if len(known) > MOST_KNOWN:
                known.clear()
                fresh = set(words)
            matches = self._wanted.matches
            known.update((word, matches(word)) for word in fresh)
        return [(at, *hit) for at, word in enumerate(words) for hit in known[word]]

    def _counts(
        self,
        found: list[tuple[int, int, float]],
        near: Iterable[tuple[list[tuple[int, int, float]], float, float]],
    ) -> dict[str, float]:
        """Return how often a page shows each term of the examples, by the parts of the page."""
        words, counts = self._wanted.words, dict.fromkeys(self._terms, 0.0)
        for some, weight, most in ((found, 1.0, MOST_MENTIONS), *near):
            seen: Counter[int] = Counter()
            for _, number, alike in some:
                seen[number] += alike  # type: ignore[assignment]
            for number in seen.keys() & counts.keys():
                counts[number] += weight * min(most, seen[number])
        return {words[number]: count for number, count in counts.items() if count}


def mentions(parts: tuple[int, ...], found: Sequence[tuple[int, int, float]]) -> float:
    """Return how often a phrase stands there: whole, or `APART` for words that stand far apart.

    Args:
        parts: numbers of its words.
        found: of all words looked for, in their order: position, number, how alike.
    """
    if len(parts) == 1:
        return sum(alike for _, number, alike in found if number == parts[0])
    last: dict[int, int] = {}
    counts = dict.fromkeys(parts, 0.0)
    whole, reach = 0.0, len(parts) + 2
    for at, number, alike in found:
        if number in counts:
            counts[number] += alike
            last[number] = at
            if len(last) == len(counts) and at - min(last.values()) < reach:
                whole += 1
                last.clear()
    return max(whole, APART * min(counts.values()))


def together(values: Iterable[float]) -> float:
    """Return what the best of several pieces of evidence say together, each 0 to 1.

    >>> round(together([0.8, 0.8]), 2), together([])
    (0.84, 0.0)
    """
    rest = 1.0
    for value in sorted(values, reverse=True)[:MOST_KEYWORDS]:
        rest *= 1 - EACH * value
    return 1 - rest


def honesty(found: Sequence[tuple[int, int, float]], n_words: int) -> float:
    """Return what mentions in a text of ``n_words`` are worth, 0 to 1: little where it is stuffed."""
    if n_words <= SHORT_TEXT or not found:
        return 1.0
    share = len({at for at, _, _ in found}) / n_words
    spots = len({at * SPOTS // n_words for at, _, _ in found})
    dense = min(1.0, HONEST_SHARE / share) ** 2
    return dense * min(1.0, spots / HONEST_SPOTS)


def terms_of(shown: Shown, most: int = 400) -> dict[str, float]:
    """Return the words that a page shows most, and how often, as examples of a niche are kept."""
    counts: Counter[str] = Counter(words_of(shown.text))
    for words, weight in (
        (words_of(shown.title), IN_TITLE), (_joined(shown.headings), IN_HEADING),
        (_joined(shown.anchors), IN_ANCHOR),
    ):  # fmt: skip
        for word in words:
            counts[word] += weight  # type: ignore[assignment]
    kept = [word for word in counts if len(word) > 1 and not word.isdigit()]
    return {
        word: float(counts[word]) for word in sorted(kept, key=lambda w: (-counts[w], w))[:most]
    }


def _joined(texts: Iterable[str]) -> list[str]:
    return words_of(" | ".join(texts))
