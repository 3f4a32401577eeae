"""A way found in, every URL and domain as near to the seeds as the ways seen allow (in SQLite).

Hops are the shortest paths between domains, depths those inside a site: when something comes
nearer, so does what it leads to. All of it happens inside the store's transactions.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import Bar, Discovery, DomainRow, State

if TYPE_CHECKING:
    import sqlite3

    from linkcrawler.frontier.limits import Limits

KNOWN_URLS: Final = 100_000
"""URLs whose best place is kept in memory: links that stand on every page cost no query."""
KNOWN_LINKS: Final = 200_000
"""Ways between domains that are remembered as written."""
KNOWN_DOMAINS: Final = 100_000
"""Domains whose id is kept in memory."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A URL that was not known before, or one that is known and kept out."""

    id: int
    found: Discovery
    domain_id: int
    distance: int
    state: State
    is_barred: bool
    is_again: bool = False
    """It was known."""

    def admit(self, change: Change) -> None:
        """Let it into the queue."""
        if self.state == State.PENDING and not self.is_barred:
            change.gain(self.domain_id, self.distance)


@dataclass(slots=True)
class Change:
    """What one transaction changes, gathered for its end."""

    nearer: dict[int, DomainRow] = field(default_factory=dict)
    """Domains that are new or came nearer, by id."""
    gained: dict[int, int] = field(default_factory=dict)
    """Least distance of the URLs that a domain has gained, by its id."""
    counted: Counter[str] = field(default_factory=Counter)
    """What to add to the counters."""

    def gain(self, domain_id: int, distance: int) -> None:
        """Note that ``domain_id`` has a URL more to hand out, ``distance`` from the seeds."""
        known = self.gained.get(domain_id)
        self.gained[domain_id] = distance if known is None else min(known, distance)


class Places:
    """Where each URL and domain stands.

    Args:
        db: the store's connection.
        limits: what keeps a URL out of the queue; a limit of depth needs the links inside sites.
    """

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self._db = db
        self.limits = limits
        self.track_depth = limits.max_depth > 0
        self._domains: dict[str, tuple[int, int]] = {}
        self._domain_links: set[tuple[int, int, int]] = set()
        self._known: dict[str, tuple[int, int]] = {}

    def forget(self) -> None:
        """Drop what memory holds, which a transaction undone has put ahead of the disk."""
        self._domains.clear()
        self._domain_links.clear()
        self._known.clear()

    # Domains

    def reach(self, found: Discovery, source: int, hops: int, change: Change) -> int:
        """Return the id of the domain found, brought as near to the seeds as this way allows."""
        if not found.enters:
            return source
        target = self.reach_domain(found.domain, hops + found.hop_cost, change)
        link = (source, target, found.hop_cost)
        if link not in self._domain_links:
            self._db.execute(sql.ADD_DOMAIN_LINK, link)
            if len(self._domain_links) >= KNOWN_LINKS:
                self._domain_links.clear()
            self._domain_links.add(link)
        return target

    def reach_domain(self, name: str, hops: int, change: Change) -> int:
        """Return the id of ``name``, added or brought nearer where ``hops`` is news."""
        known = self._domains.get(name)
        if known is None or hops < known[1]:  # another worker may have brought it nearer still
            known = self._db.execute(sql.GET_DOMAIN, (name,)).fetchone()
        if known is None:
            domain_id = self._db.execute(sql.ADD_DOMAIN, (name, hops)).lastrowid or 0
            change.nearer[domain_id] = DomainRow(domain_id, name, hops, 0)
            change.counted["domains"] += 1
            known = (domain_id, hops)
        if hops < known[1]:
            self._set_hops(known[0], name, hops, change)
            self._relax_hops(deque([(known[0], hops)]), change)
        else:
            self._remember_domain(name, known)
        return known[0]

    def _remember_domain(self, name: str, known: tuple[int, int]) -> None:
        if len(self._domains) >= KNOWN_DOMAINS:
            self._domains.clear()
        self._domains[name] = known

    def _set_hops(self, domain_id: int, name: str, hops: int, change: Change) -> None:
        self._db.execute(sql.SET_HOPS, (hops, domain_id))
        self._remember_domain(name, (domain_id, hops))
        change.nearer[domain_id] = DomainRow(domain_id, name, hops, 0)

    def _relax_hops(self, queue: deque[tuple[int, int]], change: Change) -> None:
        """Bring nearer whatever the queued domains link to: a breadth-first shortest path."""
        while queue:
            source, hops = queue.popleft()
            for target, name, closer in self._db.execute(
                sql.NEARER_DOMAINS, (hops, source, hops)
            ).fetchall():
                self._set_hops(target, name, closer, change)
                queue.append((target, closer))

    # URLs

    def add_url(
        self,
        found: Discovery,
        domain_id: int,
        place: tuple[int, int],
        parent: int | None,
        change: Change,
    ) -> Fresh | None:
        """Add the URL found at ``place`` (distance, depth), or bring it there if that is nearer.

        Return it where it was not known: who called must admit or exclude it. Return it also where
        it is known and kept out: another page leads to it now.
        """
        fresh = None
        best = self._known.get(found.url)
        is_news = found.is_seed or found.sitemap > 0
        if best is None or place[0] < best[0] or place[1] < best[1] or is_news:
            fresh = self._put(found, domain_id, place, parent, change)
            if fresh is None or not fresh.is_again:
                self._remember(found.url, place, best)
        if self.track_depth and parent is not None and not found.enters:
            target = self.url_id(domain_id, found.url)
            self._db.execute(sql.ADD_INNER_LINK, (parent, target, found.cost))
        return fresh

    def _put(
        self,
        found: Discovery,
        domain_id: int,
        place: tuple[int, int],
        parent: int | None,
        change: Change,
    ) -> Fresh | None:
        key = sql.url_key(found.url)
        known = self._db.execute(sql.FIND_URL, (domain_id, key, found.url)).fetchone()
        if known is not None:
            self._bring_nearer(found, domain_id, place, known, change)
            if found.sitemap:
                self._db.execute(sql.SET_SITEMAP, (found.sitemap, known[0]))
            if known[1] != State.EXCLUDED:
                return None
            return Fresh(known[0], found, domain_id, place[0], State.EXCLUDED, bool(known[2]), True)
        state = State.PENDING if found.rule is None else State.EXCLUDED
        bar = self._bar(place)
        row = (found.url, key, domain_id, state, bar, *place, int(found.is_seed), parent,
               found.rule, found.sitemap)  # fmt: skip
        url_id = self._db.execute(sql.ADD_URL, row).lastrowid
        change.counted[state.name.lower()] += 1
        return Fresh(url_id or 0, found, domain_id, place[0], state, bool(bar))

    def _bring_nearer(
        self,
        found: Discovery,
        domain_id: int,
        place: tuple[int, int],
        known: tuple[int, int, int, int, int, int],
        change: Change,
    ) -> None:
        url_id, state, bar, distance, depth, is_seed = known
        closer = (min(distance, place[0]), min(depth, place[1]))
        seed = max(is_seed, int(found.is_seed))
        if closer == (distance, depth) and seed == is_seed:
            return
        bar = self._bar(closer, bar)
        self._db.execute(sql.SET_WAY, (*closer, seed, bar, url_id))
        if state == State.PENDING and not bar:
            change.gain(domain_id, closer[0])
        if self.track_depth and closer[1] < depth:
            self._relax_depth(deque([(url_id, closer[1])]), domain_id, change)

    def _bar(self, place: tuple[int, int], bar: int = Bar.NONE) -> int:
        """Return what keeps a URL at ``place`` (distance, depth) out of the queue."""
        if bar == Bar.HOST:
            return bar
        return Bar.BEYOND if self.limits.bars(*place) else Bar.NONE

    def _remember(self, url: str, place: tuple[int, int], best: tuple[int, int] | None) -> None:
        if len(self._known) >= KNOWN_URLS:
            self._known.clear()
        self._known[url] = (
            place if best is None else (min(place[0], best[0]), min(place[1], best[1]))
        )

    def look_again(self, url: str) -> None:
        """Ask the file about ``url`` the next time: it is kept out, and another page may let it in."""
        self._known.pop(url, None)

    def _relax_depth(self, queue: deque[tuple[int, int]], domain_id: int, change: Change) -> None:
        """Make shallower whatever the queued URLs link to inside their site."""
        while queue:
            source, depth = queue.popleft()
            for target, state, bar, distance, closer in self._db.execute(
                sql.SHALLOWER_URLS, (depth, source, depth)
            ).fetchall():
                now = self._bar((distance, closer), bar)
                self._db.execute(sql.SET_DEPTH, (closer, now, target))
                if state == State.PENDING and bar and not now:
                    change.gain(domain_id, distance)
                queue.append((target, closer))

    def url_id(self, domain_id: int, url: str) -> int:
        """Return the id of a URL that is known."""
        return int(self._db.execute(sql.FIND_URL, (domain_id, sql.url_key(url), url)).fetchone()[0])

    # Redirects

    def follow_moves(self, url: str, domain_id: int, change: Change) -> None:
        """Make seeds of what ``url`` redirects to, and that in turn, where ``url`` is one now."""
        while row := self._db.execute(
            sql.MOVED_SEED, (domain_id, sql.url_key(url), url)
        ).fetchone():
            source, source_domain, hops, distance, depth, url, name, enters = row
            found = Discovery(url, name, cost=0, enters=bool(enters), is_seed=True)
            domain_id = self.reach(found, source_domain, hops, change)
            place = (distance, 0 if enters else depth)
            fresh = self.add_url(found, domain_id, place, source, change)
            if fresh is not None:
                fresh.admit(change)
