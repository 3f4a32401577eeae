"""Text of any script in, words that can be compared out (pure).

Words are lower-case, without accents and other marks, Arabic ones without article. What is written without
spaces between words, as Chinese, Japanese and Thai, gives each two neighbouring characters as a word, and
so does Korean, whose words carry what other languages set beside them. Two words are alike where
they begin alike and share most of their runs of three characters, as forms of one word do in languages
that inflect, or where one holds the other whole, as compounds do.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

from linkcrawler.extraction.text import with_short_rows

LONGEST_WORD: Final = 40
"""Characters of a word that count."""
ALIKE: Final = 0.55
"""Share of runs that two forms of one word have in common at the least."""
HELD: Final = 0.8
"""What a word counts as that holds another one whole."""
SHORTEST_HELD: Final = 4
MOST_AROUND: Final = 8
"""Characters that may stand around a word that is held."""

_WORD: Final = re.compile(r"[^\W_]+")
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b80-\u0b82\u0bbe-\u0bcd\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a]+"
)
"""Accents, vowel signs and their like, which stand apart once text is taken to pieces (form KD)."""
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003134f]+"
)
"""Scripts whose words are told apart by pairs of characters."""
_ARTICLE: Final = re.compile("(?:[\u0641\u0643\u0648\u0628]?\u0627\u0644|\u0644\u0644)(?=...)")
"""Arabic "the", with the particles that are written as one with it."""


def words_of(text: str) -> list[str]:
    """Return the words of ``text`` in their order.

    >>> words_of("Mail-Server, Éclair!"), words_of("邮件服务")
    (['mail', 'server', 'eclair'], ['邮件', '件服', '服务'])
    """
    if text.isascii():
        return [word[:LONGEST_WORD] for word in _WORD.findall(text.lower())]
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", with_short_rows(text))).casefold()
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", plain)):
        if word.isascii() or _UNSPACED.search(word) is None:
            article = _ARTICLE.match(word)
            found.append((word[article.end() :] if article else word)[:LONGEST_WORD])
        else:
            found.extend(_split(word))
    return found


def _split(word: str) -> list[str]:
    """Return the pairs of what is written without spaces, and what stands between such runs.

    >>> _split("日本語web")
    ['日本', '本語', 'web']
    """
    found: list[str] = []
    at = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > at:
            found.append(word[at : run.start()][:LONGEST_WORD])
        at, text = run.end(), run.group()
        found.extend(map("".join, pairwise(text)) if len(text) > 1 else (text,))
    if at < len(word):
        found.append(word[at:][:LONGEST_WORD])
    return found


def grams_of(word: str) -> frozenset[str]:
    """Return the runs of three characters of a word, its beginning and end marked.

    >>> sorted(grams_of("map"))
    ['<ma', 'ap>', 'map']
    """
    marked = f"<{word}>"
    return frozenset(marked[at : at + 3] for at in range(len(marked) - 2))


def is_paired(word: str) -> bool:
    """Return whether a word is a pair of characters of a script without spaces."""
    return _UNSPACED.match(word) is not None


class Wanted:
    """Words that are looked for, each by its number.

    Args:
        words: as `words_of` gives them.
    """

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self._exact = {word: number for number, word in enumerate(words)}
        self._grams = [grams_of(word) for word in words]
        self._begins: dict[str, list[int]] = {}
        for number, word in enumerate(words):
            if len(word) > 2 and not is_paired(word):
                self._begins.setdefault(word[:2], []).append(number)
        held = [word for word in words if len(word) >= SHORTEST_HELD and not is_paired(word)]
        self._held = re.compile("|".join(map(re.escape, held))) if held else None

    def matches(self, word: str) -> tuple[tuple[int, float], ...]:
        """Return the words that ``word`` is a form of: their numbers, and how alike, above 0 to 1."""
        found: dict[int, float] = {}
        if len(word) > 2 and (near := self._begins.get(word[:2])):
            grams = grams_of(word)
            alike = ((number, _dice(grams, self._grams[number])) for number in near)
            found = {number: share for number, share in alike if share >= ALIKE}
        exact = self._exact.get(word)
        if exact is not None:
            found[exact] = 1.0
        elif self._held is not None and len(word) > SHORTEST_HELD:
            for held in self._held.findall(word):
                if len(word) <= len(held) + MOST_AROUND:
                    found.setdefault(self._exact[held], HELD)
        return tuple(found.items())


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of runs in common, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other))
