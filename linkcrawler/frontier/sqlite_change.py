"""What one transaction of the embedded frontier changes, gathered for its end."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from linkcrawler.frontier.records import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linkcrawler.frontier.records import Discovery, DomainRow


class Source(NamedTuple):
    """The page whose links are being written; for seeds, nothing."""

    url_id: int | None = None
    domain_id: int = 0
    hops: int = 0
    distance: int = 0
    depth: int = 0
    standing: int = 0


@dataclass(slots=True)
class Fresh:
    """A URL that was not known before, or one that is known and kept out.

    It is written with what has become of `state`, `rule` and `account` until then.
    """

    id: int
    found: Discovery
    domain_id: int
    distance: int
    state: State
    is_barred: bool
    is_again: bool = False
    """It was known."""
    depth: int = 0
    key: int = 0
    """The hash by which its URL is found."""
    rule: str | None = None
    """The rule that keeps it out."""
    account: int | None = None
    """The account of a trap that it belongs to."""
    lead: int = 0
    """Its place among the pages of its domain."""
    standing: int = 0

    def admit(self, change: Change) -> None:
        """Let it into the queue."""
        if self.state == State.PENDING and not self.is_barred:
            change.gain(self.domain_id, self.distance)


@dataclass(slots=True)
class Change:
    """What one transaction changes, gathered for its end."""

    nearer: dict[int, DomainRow] = field(default_factory=dict)
    """Domains that are new or came nearer, by id."""
    added: set[int] = field(default_factory=set)
    """Those that are new: nobody has leased them, and their place depends on what they gain alone."""
    gained: dict[int, int] = field(default_factory=dict)
    """Least distance of the URLs that a domain has gained, by its id."""
    votes: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Links to a domain that are the first between two, and what they say for it, by its id."""
    led_out: set[int] = field(default_factory=set)
    """URLs whose page led to a domain that its domain had not linked to before."""
    hints: dict[int, tuple[float, int]] = field(default_factory=dict)
    """What links say of a domain's relevance, summed, and how many; by its id."""
    counted: Counter[str] = field(default_factory=Counter)
    """What to add to the counters."""
    tallied: Counter[str] = field(default_factory=Counter)
    """What to add to the pages committed, by outcome and reason."""

    def gain(self, domain_id: int, distance: int) -> None:
        """Note that ``domain_id`` has a URL more to hand out, ``distance`` from the seeds."""
        known = self.gained.get(domain_id)
        if known is None or distance < known:
            self.gained[domain_id] = distance

    def vote(self, domain_id: int, vote: float) -> None:
        """Note that one domain more links to ``domain_id``."""
        number, votes = self.votes.get(domain_id, (0, 0.0))
        self.votes[domain_id] = (number + 1, votes + vote)

    def hint(self, domain_id: int, relevance: float) -> None:
        """Note what a link says of the relevance of ``domain_id``."""
        total, number = self.hints.get(domain_id, (0.0, 0))
        self.hints[domain_id] = (total + relevance, number + 1)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away: what a commit makes is gone at its end, without any cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
