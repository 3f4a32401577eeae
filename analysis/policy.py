"""What a ranking was asked to be: level, lens, rules, solver; written into what it gave."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from analysis.lenses import DEFAULT, LENSES, NOFOLLOW, Lens
from analysis.levels import Level
from analysis.measures.pagerank import DAMPING, TOLERANCE
from analysis.rules import Rules
from linkcrawler.exceptions import UsageError
from linkcrawler.policies.niche import niche_of

if TYPE_CHECKING:
    from analysis.entities import Entities
    from linkcrawler.policies.niche import Niche

POLICY_KEY: Final = "linkcrawler.policy"
"""Key of a ranked file's metadata that holds `Policy.to_json` as JSON."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides about a ranking besides the links.

    Args:
        level: what a node is.
        lens: which links vote.
        rules: how links become votes.
        nofollow: one of `analysis.lenses.NOFOLLOW`; None for what the lens says.
        damping: of every PageRank, from 0 to below 1.
        tolerance: of every PageRank, in L1.
        trusted: nodes that trust starts from; empty for the seeds of the crawl.
        distrusted: nodes that distrust starts from.
        entities: rules of the level ``entity``.
        niche: what the lens ``niche`` looks for; None for the niche of the crawl.
    """

    level: Level = Level.domain
    lens: Lens = field(default_factory=lambda: LENSES[DEFAULT])
    rules: Rules = field(default_factory=Rules)
    nofollow: str | None = None
    damping: float = DAMPING
    tolerance: float = TOLERANCE
    trusted: tuple[str, ...] = ()
    distrusted: tuple[str, ...] = ()
    entities: Entities | None = None
    niche: Niche | None = None

    def __post_init__(self) -> None:
        if self.nofollow is not None and self.nofollow not in NOFOLLOW:
            raise UsageError(f"nofollow is {self.nofollow!r}; take one of {', '.join(NOFOLLOW)}")
        if not 0 <= self.damping < 1:
            raise UsageError(f"damping is {self.damping}; it must be at least 0 and below 1")
        if self.level is Level.entity and self.entities is None:
            raise UsageError("level entity needs --entities FILE, which says what belongs together")

    @property
    def treatment(self) -> str:
        """What becomes of nofollow links."""
        return self.nofollow or self.lens.nofollow

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON takes it; what `analysis.policy.policy_of` reads."""
        return {
            "level": self.level.value,
            "lens": asdict(self.lens),
            "rules": self.rules.on(),
            "nofollow": self.treatment,
            "damping": self.damping,
            "tolerance": self.tolerance,
            "trusted": list(self.trusted),
            "distrusted": list(self.distrusted),
            "entities": self.entities.to_json() if self.entities else None,
            "niche": self.niche.to_json() if self.niche else None,
        }


def policy_of(raw: dict[str, Any]) -> Policy:
    """Return the policy that `Policy.to_json` wrote.

    Raises:
        UsageError: it is none.

    >>> policy_of(Policy(damping=0.5).to_json()) == Policy(damping=0.5, nofollow="drop")
    True
    """
    from analysis.entities import entities_of
    from analysis.rules import RULES

    try:
        return Policy(
            level=Level(raw["level"]),
            lens=Lens(**raw["lens"]),
            rules=Rules().without(set(RULES) - set(raw["rules"])),
            nofollow=raw["nofollow"],
            damping=raw["damping"],
            tolerance=raw["tolerance"],
            trusted=tuple(raw["trusted"]),
            distrusted=tuple(raw["distrusted"]),
            entities=entities_of(raw["entities"]) if raw["entities"] else None,
            niche=niche_of(raw["niche"]) if raw.get("niche") else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"this is no policy of a ranking: {error}") from error
