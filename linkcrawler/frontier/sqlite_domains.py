"""Ways between domains in, every domain as near to the seeds as they allow out (in SQLite).

Hops are shortest paths: when a domain comes nearer, so does what it links to. A page's domains are
written together, because a page may lead to thousands. All of it happens inside the store's
transactions.
"""

from __future__ import annotations

import json
import random
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.frontier import sqlite_queue_schema as queue_sql
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import DomainRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from linkcrawler.frontier.records import Discovery
    from linkcrawler.frontier.sqlite_change import Change, Source
    from linkcrawler.policies.order import Order

KNOWN_LINKS: Final = 200_000
"""Ways between domains that are remembered as written."""
KNOWN_DOMAINS: Final = 100_000
"""Domains whose id is kept in memory."""
MOST_DOMAINS: Final = 2**48
"""Above every id of a domain."""


class Reached(NamedTuple):
    """The domains that a page's links enter."""

    ids: dict[str, int]
    """Their ids, by name."""
    first_new: int = MOST_DOMAINS
    """Ids from here on were not known before: nothing is known of these domains."""
    leads_out: bool = False
    """Some of them the page's domain had not linked to before."""


class Domains:
    """Where each domain stands.

    Args:
        db: the store's connection.
        order: of the crawl, for what a link between domains counts.
    """

    def __init__(self, db: sqlite3.Connection, order: Order) -> None:
        self._db = db
        self._order = order
        self._known: dict[str, tuple[int, int]] = {}
        self._links: set[int] = set()
        self._chance = random.Random()

    def forget(self) -> None:
        """Drop what memory holds, which a transaction undone has put ahead of the disk."""
        self._known.clear()
        self._links.clear()

    def reach(self, ways: Iterable[Discovery], source: Source, change: Change) -> Reached:
        """Return the domains that ``ways`` enter, brought as near as these allow."""
        wanted: dict[str, int] = {}
        for way in ways:
            if way.enters:
                hops = source.hops + way.hop_cost
                known = wanted.get(way.domain)
                if known is None or hops < known:
                    wanted[way.domain] = hops
        if not wanted:
            return Reached({})
        found = self._reach(wanted, change)
        if source.url_id is not None:
            new = self._link(found, wanted, source)
            self._vote(new, source, change)
            self._hint(ways, found, change)
            return found._replace(leads_out=bool(new))
        return found

    def _reach(self, wanted: Mapping[str, int], change: Change) -> Reached:
        """Return domains, each at the hops wanted or nearer."""
        found: dict[str, int] = {}
        asked = []
        for name, hops in wanted.items():
            known = self._known.get(name)
            if known is None or hops < known[1]:  # another worker may have brought it nearer still
                asked.append(name)
            else:
                found[name] = known[0]
        if not asked:
            return Reached(found)
        nearer: deque[tuple[int, int]] = deque()
        for name, domain_id, hops in self._db.execute(sql.GET_DOMAINS, (json.dumps(asked),)):
            found[name] = domain_id
            if wanted[name] < hops:
                nearer.append((domain_id, wanted[name]))
                change.nearer[domain_id] = DomainRow(domain_id, name, wanted[name], 0)
            self._remember(name, domain_id, min(hops, wanted[name]))
        self._db.executemany(sql.SET_HOPS, [(hops, domain_id) for domain_id, hops in nearer])
        self._relax(nearer, change)
        new = [(name, wanted[name]) for name in asked if name not in found]
        return self._add(new, found, change) if new else Reached(found)

    def _add(self, new: list[tuple[str, int]], found: dict[str, int], change: Change) -> Reached:
        """Add domains, as ``(name, hops)``, and their ids to ``found``."""
        first = self._db.execute(sql.NEXT_DOMAIN).fetchone()[0]
        for domain_id, (name, hops) in enumerate(new, first):
            found[name] = domain_id
            change.nearer[domain_id] = DomainRow(domain_id, name, hops, 0)
            change.added.add(domain_id)
            self._remember(name, domain_id, hops)
        rows = [
            (domain_id, *row, self._chance.getrandbits(62))
            for domain_id, row in enumerate(new, first)
        ]
        self._db.executemany(sql.ADD_DOMAIN, rows)
        change.counted["domains"] += len(new)
        return Reached(found, first)

    def _remember(self, name: str, domain_id: int, hops: int) -> None:
        if len(self._known) >= KNOWN_DOMAINS:
            self._known.clear()
        self._known[name] = (domain_id, hops)

    def _relax(self, queue: deque[tuple[int, int]], change: Change) -> None:
        """Bring nearer whatever the queued domains link to: a breadth-first shortest path."""
        while queue:
            source, hops = queue.popleft()
            for target, name, closer in self._db.execute(
                sql.NEARER_DOMAINS, (hops, source, hops)
            ).fetchall():
                self._db.execute(sql.SET_HOPS, (closer, target))
                self._remember(name, target, closer)
                change.nearer[target] = DomainRow(target, name, closer, 0)
                queue.append((target, closer))

    def _link(self, found: Reached, wanted: Mapping[str, int], source: Source) -> list[int]:
        """Write the ways from the page's domain that are not known as written.

        Return the domains that it had not linked to before.
        """
        rows = []
        for name, target in found.ids.items():
            cost = wanted[name] - source.hops
            key = (source.domain_id * MOST_DOMAINS + target) * 2 + cost
            if key not in self._links:
                self._links.add(key)
                rows.append((source.domain_id, target, cost))
        if not rows:
            return []
        old = [target for _, target, _ in rows if target < found.first_new]
        known = {
            target
            for (target,) in self._db.execute(
                queue_sql.LINKED_TO, (json.dumps(old), source.domain_id)
            )
        }
        self._db.executemany(sql.ADD_DOMAIN_LINK, rows)
        if len(self._links) >= KNOWN_LINKS:
            self._links.clear()
        return [target for _, target, _ in rows if target not in known]

    def _vote(self, new: list[int], source: Source, change: Change) -> None:
        """Let the page's domain vote for those that it had not linked to before."""
        if not new:
            return
        (out,) = self._db.execute(queue_sql.LINK_OUT, (len(new), source.domain_id)).fetchone()
        vote = self._order.vote(out - len(new))
        for target in new:
            change.vote(target, vote)
        change.counted["domain_links"] += len(new)

    @staticmethod
    def _hint(ways: Iterable[Discovery], found: Reached, change: Change) -> None:
        """Note the best that the page says of each domain's relevance."""
        best: dict[str, float] = {}
        for way in ways:
            if way.enters and way.relevance >= 0:
                best[way.domain] = max(way.relevance, best.get(way.domain, 0.0))
        for name, relevance in best.items():
            change.hint(found.ids[name], relevance)
