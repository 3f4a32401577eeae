"""A domain while one worker has it: what is known of it, handed out of it and next of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linkcrawler.frontier.limits import ENDLESS
from linkcrawler.frontier.records import State
from linkcrawler.policies.merit import UNKNOWN, Merit

if TYPE_CHECKING:
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.records import HostTrouble, PageResult, UrlRow


@dataclass(slots=True, eq=False)
class Domain:
    """A domain while this worker has it."""

    id: int
    name: str
    hops: int
    pages: int
    is_proven: bool = False
    next_distance: int = 0
    """Distance of its next URL, as far as known."""
    troubles: dict[str, HostTrouble] = field(default_factory=dict)
    in_flight: set[int] = field(default_factory=set)
    """URLs handed out and not yet downloaded."""
    leased: set[int] = field(default_factory=set)
    """URLs handed out and not yet committed."""
    buffer: deque[UrlRow] = field(default_factory=deque)
    reads: int = 0
    """How often its buffer was filled."""
    may_have_more: bool = True
    failed_at: float = float("-inf")
    """When it was last known that one of its hosts fails, of the clock of the turns."""
    merit: Merit = UNKNOWN
    """What speaks for it, but for the pages."""
    limits: Limits = ENDLESS

    @property
    def order(self) -> int:
        """Its place among the others."""
        distance = self.buffer[0].distance if self.buffer else self.next_distance
        pages = self.pages + len(self.leased)
        return self.limits.place(distance, self.merit._replace(pages=pages))

    def settle(self, result: PageResult) -> None:
        """Note what is committed for one of its URLs."""
        self.pages += int(result.counts_as_page)
        if result.state == State.PENDING:
            self.may_have_more = True
            self.buffer.clear()  # it comes before what waits there
        trouble = result.trouble
        if trouble is not None and trouble.strikes:
            self.troubles[trouble.host] = trouble
        elif trouble is not None:
            self.troubles.pop(trouble.host, None)
