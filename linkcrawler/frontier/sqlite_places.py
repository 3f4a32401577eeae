"""A way found in, every URL and domain as near to the seeds as the ways seen allow (in SQLite).

Hops are the shortest paths between domains, depths those inside a site: when something comes
nearer, so does what it leads to. All of it happens inside the store's transactions.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import Discovery, DomainRow, State

if TYPE_CHECKING:
    import sqlite3

KNOWN_URLS: Final = 200_000
"""URLs whose best place is kept in memory: links that stand on every page cost no query."""
KNOWN_LINKS: Final = 500_000
"""Ways between domains that are remembered as written."""


class Places:
    """Where each URL and domain stands.

    Args:
        db: the store's connection.
        track_depth: keep the links inside sites, so that depths stay minimal.
    """

    def __init__(self, db: sqlite3.Connection, *, track_depth: bool) -> None:
        self._db = db
        self.track_depth = track_depth
        self._domains: dict[str, tuple[int, int]] = {}
        self._domain_links: set[tuple[int, int, int]] = set()
        self._known: dict[str, tuple[int, int]] = {}

    def forget(self) -> None:
        """Drop what memory holds, which a transaction undone has put ahead of the disk."""
        self._domains.clear()
        self._domain_links.clear()
        self._known.clear()

    def follow_moves(self, url: str, nearer: dict[int, DomainRow]) -> None:
        """Make seeds of what ``url`` redirects to, and that in turn, where ``url`` is one now."""
        while row := self._db.execute(sql.MOVED_SEED, (url,)).fetchone():
            source, domain_id, hops, distance, depth, url, name, enters = row
            found = Discovery(url, name, cost=0, enters=bool(enters), is_seed=True)
            target = self.reach(found, domain_id, hops, nearer)
            self.add_url(found, target, (distance, 0 if enters else depth), source)
            # Its URL may have come within a limit of depth: whoever hands out must look again.
            nearer.setdefault(target, DomainRow(target, name, self._hops(name), 0, 0.0))

    def _hops(self, name: str) -> int:
        """Return the hops of a domain that is known."""
        return int(self._db.execute(sql.GET_DOMAIN, (name,)).fetchone()[1])

    def reach(self, found: Discovery, source: int, hops: int, nearer: dict[int, DomainRow]) -> int:
        """Return the id of the domain found, brought as near to the seeds as this way allows."""
        if not found.enters:
            return source
        target = self.reach_domain(found.domain, hops + found.hop_cost, nearer)
        link = (source, target, found.hop_cost)
        if link not in self._domain_links:
            self._db.execute(sql.ADD_DOMAIN_LINK, link)
            if len(self._domain_links) >= KNOWN_LINKS:
                self._domain_links.clear()
            self._domain_links.add(link)
        return target

    def reach_domain(self, name: str, hops: int, nearer: dict[int, DomainRow]) -> int:
        """Return the id of ``name``, added or brought nearer where ``hops`` is news."""
        known = self._domains.get(name)
        if known is None:
            row = self._db.execute(sql.GET_DOMAIN, (name,)).fetchone()
            if row is None:
                domain_id = self._db.execute(sql.ADD_DOMAIN, (name, hops)).lastrowid or 0
                nearer[domain_id] = DomainRow(domain_id, name, hops, 0, 0.0)
                row = (domain_id, hops)
            known = self._domains[name] = row
        if hops < known[1]:
            self._set_hops(known[0], name, hops, nearer)
            self._relax_hops(deque([(known[0], hops)]), nearer)
        return known[0]

    def _set_hops(self, domain_id: int, name: str, hops: int, nearer: dict[int, DomainRow]) -> None:
        self._db.execute(sql.SET_HOPS, (hops, domain_id))
        self._domains[name] = (domain_id, hops)
        nearer[domain_id] = DomainRow(domain_id, name, hops, 0, 0.0)

    def _relax_hops(self, queue: deque[tuple[int, int]], nearer: dict[int, DomainRow]) -> None:
        """Bring nearer whatever the queued domains link to: a breadth-first shortest path."""
        while queue:
            source, hops = queue.popleft()
            for target, name, closer in self._db.execute(
                sql.NEARER_DOMAINS, (hops, source, hops)
            ).fetchall():
                self._set_hops(target, name, closer, nearer)
                queue.append((target, closer))

    def add_url(
        self, found: Discovery, domain_id: int, place: tuple[int, int], parent: int | None
    ) -> None:
        """Add the URL found at ``place`` (distance, depth), or bring it there if that is nearer."""
        best = self._known.get(found.url)
        news = best is None or place[0] < best[0] or place[1] < best[1] or found.is_seed
        if news:
            shallower = (
                self.track_depth
                and self._db.execute(sql.DEEPER_URL, (found.url, place[1])).fetchone()
            )
            state = State.PENDING if found.rule is None else State.EXCLUDED
            self._db.execute(
                sql.ADD_URL,
                (found.url, domain_id, state, *place, int(found.is_seed), parent, found.rule),
            )
            self._remember(found.url, place, best)
            if shallower:
                self._relax_depth(deque([(shallower[0], place[1])]))
        if self.track_depth and parent is not None and not found.enters:
            self._db.execute(sql.ADD_INNER_LINK, (parent, found.cost, found.url))

    def _remember(self, url: str, place: tuple[int, int], best: tuple[int, int] | None) -> None:
        if len(self._known) >= KNOWN_URLS:
            self._known.clear()
        self._known[url] = (
            place if best is None else (min(place[0], best[0]), min(place[1], best[1]))
        )

    def _relax_depth(self, queue: deque[tuple[int, int]]) -> None:
        """Make shallower whatever the queued URLs link to inside their site."""
        while queue:
            source, depth = queue.popleft()
            for target, closer in self._db.execute(
                sql.SHALLOWER_URLS, (depth, source, depth)
            ).fetchall():
                self._db.execute(sql.SET_DEPTH, (closer, target))
                queue.append((target, closer))
