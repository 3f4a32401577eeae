"""A running crawl in, what it knows of the ranking kept fresh: ranks of domains, whether the top moves.

The first worker alone does this. Ranks are computed on a thread, from a connection of its own, and
written a few at a time, so that the crawl goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Final

from linkcrawler.policies.domain_rank import domain_rank
from linkcrawler.policies.order import PAGERANK
from linkcrawler.policies.stability import Stability

if TYPE_CHECKING:
    from linkcrawler.frontier.session import Session
    from linkcrawler.frontier.store import FrontierStore

GROWTH: Final = 0.1
"""Share by which the links between domains must have grown before ranks are computed anew."""
LEAST_LINKS: Final = 20
CHANGED: Final = 0.05
"""Share by which a rank must have changed to be written."""
SOME: Final = 250
"""Ranks written in one transaction."""


class Ranker:
    """Looks at the domains of a crawl now and then.

    Args:
        session: the crawl.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        count = session.plan.until_stable
        self.stability = Stability(count) if count else None
        self._links = 0
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Do what is due.

        Raises:
            StorageError: the disk refused.
        """
        counters = self.session.store.counters()
        links, pages = counters.get("domain_links", 0), counters.get("pages", 0)
        self._stop_if_stable(pages)
        is_ranked = self.session.limits.order.name == PAGERANK
        is_due = links - self._links >= max(LEAST_LINKS, GROWTH * self._links)
        if is_ranked and is_due and (self._task is None or self._task.done()):
            self._links = links
            self._task = asyncio.ensure_future(self._rank())

    def _stop_if_stable(self, pages: int) -> None:
        stability = self.stability
        if stability is None or not stability.is_due(pages):
            return
        if stability.look(pages, self.session.store.top(stability.count)):
            self.session.stop("stable")

    def cancel(self) -> None:
        """Leave off: the crawl ends."""
        if self._task is not None:
            self._task.cancel()

    async def _rank(self) -> None:
        try:
            store = self.session.store
            changed = await asyncio.to_thread(fresh_ranks, store)
            rest = iter(changed.items())
            while (some := dict(islice(rest, SOME))) and self.session.is_open:
                store.set_ranks(some)
                await asyncio.sleep(0)
        except Exception as error:  # nobody asks for what comes of it
            self.session.fail(error)


def fresh_ranks(store: FrontierStore) -> dict[int, float]:
    """Return the ranks of domains that have changed much; may run on another thread.

    Raises:
        StorageError: the disk refused.
    """
    before = store.ranks()
    links: dict[int, list[int]] = {}
    for source, target in store.links_between():
        if source in before and target in before:
            links.setdefault(source, []).append(target)
    begin = {domain: rank for domain, rank in before.items() if rank > 0}
    now = domain_rank(before, links, begin)
    return {
        domain: rank
        for domain, rank in now.items()
        if abs(rank - before[domain]) > CHANGED * before[domain]
    }
