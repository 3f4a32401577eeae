"""Each target: what makes its inputs, and what must hold of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from fuzz import checks, corpus, grammar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True)
class Target:
    """Something that reads what strangers send."""

    name: str
    check: Callable[[Any], None]
    strategy: SearchStrategy[Any] | None = None
    """Inputs by grammar."""
    corpus: Callable[[], tuple[bytes, ...]] | None = None
    """Inputs by mutation of these; without a strategy."""
    shape: Callable[[bytes, Random], Any] = lambda data, _: data
    """From mutated bytes to what the check takes."""

    def mutations(self, seed: int) -> Iterator[Any]:
        """Yield inputs without end, the same ones for the same ``seed``."""
        assert self.corpus is not None
        random, seeds = Random(seed), self.corpus()
        while True:
            data = corpus.mutated(random.choice(seeds), seeds, random)
            yield self.shape(data, random)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _url_pair(data: bytes, random: Random) -> tuple[str, str]:
    return _text(data), _text(random.choice(corpus.urls()))


def _robots(data: bytes, random: Random) -> tuple[bytes, str, str]:
    return data, random.choice(("linkcrawler", "googlebot")), _text(random.choice(corpus.urls()))


TARGETS = (
    Target("urls", checks.check_url, st.tuples(grammar.URL, grammar.URL)),
    Target("urls, mutated", checks.check_url, corpus=corpus.urls, shape=_url_pair),
    Target("html", checks.check_html, grammar.BODY),
    Target("html, mutated", checks.check_html, corpus=corpus.html),
    Target("answers", checks.check_answer, grammar.ANSWER),
    Target("headers", checks.check_header, grammar.HEADER),
    Target("robots", checks.check_robots, grammar.ROBOTS),
    Target("robots, mutated", checks.check_robots, corpus=corpus.robots, shape=_robots),
    Target("sitemaps", checks.check_sitemap, grammar.SITEMAP),
    Target("seeds", checks.check_seeds, grammar.SEEDS),
    Target("text", checks.check_text, grammar.ANY_TEXT),
    Target("rows", checks.check_rows, grammar.PAGES),
    Target("files", checks.check_file, grammar.PAGES),
)
