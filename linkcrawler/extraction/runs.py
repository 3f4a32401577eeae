"""Links in document order in, runs of them out: those of one block that follow each other (pure)."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.blocks import n_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from linkcrawler.items import Link

SHOWN: Final = frozenset({"a", "area", "iframe", "frame"})
"""Kinds of links that stand in some part of a page."""
DENSE: Final = 0.75
"""Share of a block's letters in its links from which on it is a list of links."""


class Block:
    """A block that holds links.

    Args:
        letters: of its text, those of its links included.
        links: that it holds.
    """

    __slots__ = ("_own", "letters", "links")

    def __init__(self, letters: int, links: list[Link]) -> None:
        self.letters, self.links = letters, links
        self._own = -1

    @property
    def own(self) -> int:
        """Letters of its links."""
        if self._own < 0:
            self._own = sum(letters_of(link.anchor or "") for link in self.links)
        return self._own


class Run:
    """Links of one block that follow each other.

    Args:
        state: where they stand by what elements say: one of `linkcrawler.extraction.placement.STATES`.
        links: at least one.
        block: which may hold others, too.
    """

    __slots__ = ("block", "links", "placement", "state")

    def __init__(self, state: str, links: list[Link], block: Block) -> None:
        self.state, self.links, self.block = state, links, block
        self.placement = ""
        """Where they stand by their shape; empty where that says nothing."""

    @property
    def is_dense(self) -> bool:
        """Its block is a list of links."""
        return share((self,)) >= DENSE


def runs_of(links: Iterable[Link], letters: Mapping[int, int]) -> list[Run]:
    """Return the runs of a page.

    Args:
        links: of the page, their ``placement`` the state that a walk was in.
        letters: how many letters each block has, by its fingerprint.
    """
    blocks: dict[int, Block] = {}
    runs = []
    shown = [link for link in links if link.kind in SHOWN]
    for (state, key), group in groupby(shown, _PLACE):
        found = list(group)
        block = blocks.get(key)
        if block is None:
            block = blocks[key] = Block(letters.get(key, 0), found)
        else:
            block.links = block.links + found
        runs.append(Run(state, found, block))
    return runs


def share(runs: Iterable[Run]) -> float:
    """Return which share of the letters of the runs' blocks is in links, 0 to 1; 1 where there are none."""
    blocks = {run.block for run in runs}
    letters = sum([block.letters for block in blocks])
    return min(1.0, sum([block.own for block in blocks]) / letters) if letters else 1.0


def n_links(runs: Iterable[Run]) -> int:
    """Return how many links are in runs."""
    return sum(len(run.links) for run in runs)


_PLACE: Final = attrgetter("placement", "block")
letters_of = lru_cache(maxsize=8192)(n_letters)
"""`n_letters`, remembered: of anchors, which come again and again."""
