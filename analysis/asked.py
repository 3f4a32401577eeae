"""Options of ``linkcrawler rank`` as written in, the policies that they mean out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.chosen import read_lines
from analysis.entities import read_entities
from analysis.lenses import DEFAULT, NICHE, lens_named
from analysis.levels import Level
from analysis.policy import Policy
from analysis.rules import Rules
from analysis.scores import METHODS
from linkcrawler.exceptions import UsageError
from linkcrawler.niche import niche_from, read_niche

if TYPE_CHECKING:
    from pathlib import Path

    from linkcrawler.policies.niche import Niche


@dataclass(frozen=True, slots=True)
class Asked:
    """What was written behind each option; see ``linkcrawler rank --help``."""

    level: str = "domain"
    lenses: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    method: str = "pagerank"
    nofollow: str | None = None
    trusted: Path | None = None
    distrusted: Path | None = None
    entities: Path | None = None
    damping: float = 0.85
    niche: tuple[str, ...] = ()


def policies_of(asked: Asked) -> list[Policy]:
    """Return a policy a lens, in the order in which they were named.

    Raises:
        UsageError: an option names what does not exist, a file cannot be read, or two options do not
            go together.
    """
    if asked.level not in list(Level):
        raise UsageError(f"there is no level {asked.level!r}; take one of {', '.join(Level)}")
    if asked.method not in METHODS:
        raise UsageError(f"there is no method {asked.method!r}; take one of {', '.join(METHODS)}")
    level = Level(asked.level)
    if asked.entities is not None and level is not Level.entity:
        raise UsageError("--entities says what an entity is; it needs --level entity")
    shared = Policy(
        level=level,
        rules=Rules().without(asked.without),
        nofollow=asked.nofollow,
        damping=asked.damping,
        trusted=read_lines(asked.trusted) if asked.trusted else (),
        distrusted=read_lines(asked.distrusted) if asked.distrusted else (),
        entities=read_entities(asked.entities) if asked.entities else None,
        niche=_niche(asked.niche) if asked.niche else None,
    )
    names = dict.fromkeys(asked.lenses or ((NICHE,) if asked.niche else (DEFAULT,)))
    if asked.niche and NICHE not in names:
        raise UsageError(f"--niche is for the lens {NICHE}; name it, too: --lens {NICHE}")
    return [replace(shared, lens=lens_named(name)) for name in names]


def _niche(written: tuple[str, ...]) -> Niche:
    """Return the niche that keywords and files name.

    Raises:
        UsageError: a file cannot be read, or there are only URLs, which are not fetched here.
    """
    found = niche_from("--niche", read_niche("--niche", written))
    if not (found.keywords or found.examples):
        raise UsageError("--niche: ranking fetches no pages; name keywords or files")
    return found
