"""What belongs to a niche (pure): keywords that a person named, and what example pages show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Niche:
    """A niche."""

    keywords: tuple[str, ...] = ()
    """Words and phrases, of any language."""
    examples: tuple[dict[str, float], ...] = ()
    """How often each page that is an example shows which words, see `relevance.terms_of`."""

    def with_examples(self, found: tuple[dict[str, float], ...]) -> Niche:
        """Return the niche with further examples."""
        return Niche(self.keywords, (*self.examples, *found))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON takes it; what `niche_of` reads."""
        return {"keywords": list(self.keywords), "examples": list(self.examples)}


def niche_of(raw: dict[str, Any]) -> Niche:
    """Return the niche that `Niche.to_json` wrote.

    >>> niche_of(Niche(("maps",), ({"map": 2.0},)).to_json()).keywords
    ('maps',)
    """
    return Niche(tuple(raw["keywords"]), tuple(raw["examples"]))
