"""A lens's name in, what it lets vote out: named, versioned policies on which links count.

A lens is a condition on links, one on edges, and settings of the solver; all three are written into
what was ranked by it. A change of any of them raises its version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linkcrawler.exceptions import UsageError

NOFOLLOW: Final = ("drop", "evaporate", "keep")
"""What becomes of links that ask not to be followed: ``drop``, they are no links; ``evaporate``, they
take their share of the source's rank, which then goes to the teleport vector and not to the target;
``keep``, they vote like others."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What counts as a vote.

    Args:
        name: how it is asked for.
        version: raised whenever the same links would give another ranking.
        meaning: one line for people.
        links: SQL over the columns of ``links`` and ``boilerplate`` (bool: the link stands in a block
            that most pages of its source repeat); only such links vote.
        edges: SQL over the columns of ``domain_edges`` without ``share``; only such pairs vote.
        nofollow: one of `NOFOLLOW`.
        gated: only domains inside of the niche are ranked, see `analysis.niche`, by their PageRank on
            the whole graph; the others follow behind.
    """

    name: str
    version: int
    meaning: str
    links: str = "true"
    edges: str = "true"
    nofollow: str = "drop"
    gated: bool = False


LENSES: Final = {
    lens.name: lens
    for lens in (
        Lens("followed", 1, "every link that nothing asks crawlers not to follow"),
        Lens("all", 1, "every link, followed or not", nofollow="keep"),
        Lens(
            "editorial",
            1,
            "followed links of the content, without navigation, boilerplate and sitewide links",
            links="kind IN ('a', 'area', 'redirect') AND placement IN ('main', 'unknown') "
            "AND NOT boilerplate",
            edges="NOT sitewide",
        ),
        Lens("niche", 2, "followed links; domains inside of the niche come first", gated=True),
    )
}
"""Every lens by name; the first is the default. They look at one crawl from several sides, and where
they agree its ranking does not hang on what was let in."""
DEFAULT: Final = "followed"
NICHE: Final = "niche"


def lens_named(name: str) -> Lens:
    """Return the lens.

    Raises:
        UsageError: there is none of that name.

    >>> lens_named("all").nofollow
    'keep'
    """
    try:
        return LENSES[name]
    except KeyError:
        raise UsageError(f"there is no lens {name!r}; take one of {', '.join(LENSES)}") from None
