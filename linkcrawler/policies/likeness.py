"""Examples of a niche and the pages read so far in, how like the examples a page is out (pure).

The words of examples weigh by how often the examples show them and how seldom the pages that were read
so far do (TF-IDF): the background is the crawl itself, kept by who reads the pages. A page is compared
with what the examples make of themselves.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from linkcrawler.policies.words import is_paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SATURATION: Final = 3.0
"""Mentions, weighted, that make half of what endless ones would: k1 of BM25."""
MOST_KNOWN: Final = 200_000
"""Words remembered."""
ENOUGH: Final = 0.75
"""Share of them that is kept at the most where there are more."""
PRIOR_PAGES: Final = 8
"""Pages that what is believed of a word before counts as."""
LEAST_RARITY: Final = 1.0
"""Words on more than a third of all pages tell nothing."""
MOST_TERMS: Final = 40
"""Words that stand for the examples."""
UNSURE_PAGES: Final = 8
"""Pages seen by when likeness counts half: which words tell something is not known before."""
HALF_ALIKE: Final = 0.4
"""Likeness, of what the examples have with themselves, that makes a relevance of one half."""


class Background:
    """On how many of the pages seen so far each word stands; the most common ones are kept."""

    def __init__(self) -> None:
        self.pages = 0
        self._on: Counter[str] = Counter()

    def add(self, words: Iterable[str]) -> None:
        """Note the words of a page, each once."""
        self.pages += 1
        self._on.update(words)
        if len(self._on) > MOST_KNOWN:
            self._forget()

    def _forget(self) -> None:
        """Forget the words on the fewest pages; so many that it is not to be done at each page."""
        few = 1
        while len(self._on) > ENOUGH * MOST_KNOWN:
            self._on = Counter({word: n for word, n in self._on.items() if n > few})
            few *= 2

    def rarity(self, word: str) -> float:
        """Return how much a word tells, at least 0: the logarithm of one over the share of pages with it.

        Before pages were seen, short words are taken for common ones.
        """
        prior = 0.5 if len(word) <= 3 and word.isalpha() and not is_paired(word) else 0.1
        share = (self._on[word] + PRIOR_PAGES * prior) / (self.pages + PRIOR_PAGES)
        return max(0.0, -math.log(min(1.0, share)) - LEAST_RARITY)


class ExampleTerms:
    """The words that stand for examples, and how like them a page is.

    Args:
        examples: how often each shows which words, see `linkcrawler.policies.relevance.terms_of`.
        background: how rare words are.
    """

    def __init__(self, examples: Sequence[dict[str, float]], background: Background) -> None:
        self._examples, self._background = examples, background
        shown = Counter(word for example in examples for word in example)
        best = sorted(shown, key=lambda word: (-self._shown(word), word))
        self.terms: tuple[str, ...] = tuple(best[: 4 * MOST_TERMS])
        """Those that may come to stand for the examples as more of the crawl is known."""
        self._due = 0
        self._weights: dict[str, float] = {}
        self._own = 1.0

    def _shown(self, word: str) -> float:
        """Return how much the examples show a word, on the average."""
        return sum(_saturated(one.get(word, 0.0)) for one in self._examples) / len(self._examples)

    def _weigh(self) -> None:
        """Weigh the words by what is known of the crawl now."""
        values = {word: self._shown(word) * self._background.rarity(word) for word in self.terms}
        best = sorted(values, key=lambda word: (-values[word], word))[:MOST_TERMS]
        self._weights = {word: values[word] for word in best}
        own = [self._sum(example) for example in self._examples]
        self._own = max(1e-9, sum(own) / len(own))

    def _sum(self, counts: dict[str, float]) -> float:
        return sum(
            weight * _saturated(counts.get(word, 0.0)) for word, weight in self._weights.items()
        )

    def likeness(self, counts: dict[str, float]) -> float:
        """Return how like the examples a page is, 0 to 1.

        Args:
            counts: how often it shows which of the terms.
        """
        if self._background.pages >= self._due:
            self._weigh()
            self._due = 2 * max(1, self._background.pages)
        share = self._sum(counts) / self._own
        known = self._background.pages / (self._background.pages + UNSURE_PAGES)
        return known * share**3 / (share**3 + HALF_ALIKE**3)


def _saturated(count: float) -> float:
    return count / (count + SATURATION)
