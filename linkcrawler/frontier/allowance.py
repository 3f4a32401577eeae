"""Pages of the crawl's budget that one worker may still hand out, reserved some at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.store import FrontierStore

RESERVE: Final = 256
"""Pages of the budget that are reserved at a time."""
SHARED_RESERVE: Final = 8
"""The same where other workers want some too."""


class Allowance:
    """What is left of the pages that the store has reserved for a worker.

    Args:
        store: which reserves them.
        limits: how many there are in all.
        worker: this worker's number, from 1.
        is_shared: whether there are other workers.
    """

    def __init__(
        self, store: FrontierStore, limits: Limits, worker: int, *, is_shared: bool
    ) -> None:
        self.store = store
        self.limits = limits
        self.worker = worker
        self.is_shared = is_shared
        self.pages = 0
        self.is_out = False
        """The store had none left when it was last asked."""

    def allows(self) -> bool:
        """Return whether the crawl's budget allows a page more; ask the store for some where not."""
        if not self.limits.max_pages or self.pages > 0:
            return True
        if not self.is_out:
            wanted = SHARED_RESERVE if self.is_shared else RESERVE
            self.pages = self.store.reserve(self.worker, wanted)
            self.is_out = self.pages == 0
        return self.pages > 0

    def give_up(self) -> None:
        """Have none any more: what was left has gone back to the store."""
        self.pages = 0
        self.is_out = False
