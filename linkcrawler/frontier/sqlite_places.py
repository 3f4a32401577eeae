"""Ways found on a page in, its URLs as near to the seeds as the ways seen allow out (in SQLite).

Depths are shortest paths inside sites: when a URL comes nearer, so does what it leads to. The URLs of
a page are looked up and written together: a page leads to a hundred, and may lead to thousands. All
of it happens inside the store's transactions.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import Bar, Discovery, State
from linkcrawler.frontier.sqlite_change import Fresh, Source
from linkcrawler.frontier.sqlite_domains import Domains

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.sqlite_change import Change

KNOWN_URLS: Final = 100_000
"""URLs whose best place is kept in memory: links that stand on every page cost no query."""
LONGEST_KNOWN: Final = 200
"""Longest of them, in characters, so that their memory is bounded."""

Place = tuple[int, int]
"""Distance and depth."""


class Asked(NamedTuple):
    """A way whose URL is not known to be as near."""

    way: Discovery
    domain_id: int
    place: Place
    key: int
    """The hash by which its URL is found."""

    def beside(self, other: Asked) -> Asked:
        """Return both, where they lead to one URL."""
        place = (min(self.place[0], other.place[0]), min(self.place[1], other.place[1]))
        return (self if self.way.is_seed else other)._replace(place=place)


class Row(NamedTuple):
    """A URL that is in the file."""

    id: int
    state: int
    bar: int
    distance: int
    depth: int
    is_seed: int
    rule: str | None
    """The rule that keeps it out."""


class Places:
    """Where each URL stands.

    Args:
        db: the store's connection.
        limits: what keeps a URL out of the queue; a limit of depth needs the links inside sites.
    """

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self._db = db
        self.limits = limits
        self.track_depth = limits.max_depth > 0
        self._domains = Domains(db)
        self._known: dict[str, Place] = {}

    def forget(self) -> None:
        """Drop what memory holds, which a transaction undone has put ahead of the disk."""
        self._domains.forget()
        self._known.clear()

    # URLs in

    def arrive(self, ways: Iterable[Discovery], source: Source, change: Change) -> list[Fresh]:
        """Bring the URLs that ``ways`` lead to as near as these allow.

        Return those that were not known: who called must decide about them, then `write` them. Return
        also those that are known and kept out: another page leads to them now.
        """
        ways = ways if isinstance(ways, (tuple, list)) else tuple(ways)
        reached = self._domains.reach(ways, source, change)
        asked = self._asked(ways, reached.ids, source)
        if not asked:
            return []
        rows = self._rows(asked.values(), source, reached.first_new)
        new = [one for url, one in asked.items() if url not in rows]
        known = [(asked[url], row) for url, row in rows.items() if url in asked]
        ids = self._new_ids(len(new))
        fresh = [self._fresh(url_id, one) for url_id, one in zip(ids, new, strict=True)]
        self._bring_nearer(known, change)
        again = [_again(one, row) for one, row in known if row.state == State.EXCLUDED]
        for one in new:
            self._remember(one)
        for one, row in known:
            if row.state != State.EXCLUDED:
                self._remember(one)
        if self.track_depth and source.url_id is not None:
            found = [(one.way, row.id) for one, row in known]
            found += [(one.found, one.id) for one in fresh]
            links = [(source.url_id, it, way.cost) for way, it in found if not way.enters]
            self._db.executemany(sql.ADD_INNER_LINK, links)
        return fresh + again

    def _asked(
        self, ways: Sequence[Discovery], domains: Mapping[str, int], source: Source
    ) -> dict[str, Asked]:
        """Return the ways that may be news, by their URLs."""
        known = self._known
        places = {cost: _places(source, cost) for cost in {way.cost for way in ways}}
        asked: dict[str, Asked] = {}
        for way in ways:
            url, _, _, cost, enters, _, is_seed, _, sitemap = way
            place = places[cost][enters]
            best = known.get(url)
            if (
                best is not None
                and best[0] <= place[0]
                and best[1] <= place[1]
                and not (is_seed or sitemap or (self.track_depth and not enters))
            ):
                continue
            domain_id = domains[way.domain] if enters else source.domain_id
            one = Asked(way, domain_id, place, sql.url_key(url))
            asked[url] = one if url not in asked else one.beside(asked[url])
        return asked

    def _rows(self, asked: Iterable[Asked], source: Source, first_new: int) -> dict[str, Row]:
        """Return those of the URLs asked for that are in the file."""
        here: list[int] = []
        there: list[tuple[int, int]] = []
        for _, domain_id, _, key in asked:
            if domain_id == source.domain_id:
                here.append(key)
            elif domain_id < first_new:
                there.append((domain_id, key))
        found = self._db.execute(sql.FIND_URLS_OF, (json.dumps(here), source.domain_id)).fetchall()
        if there:
            found += self._db.execute(sql.FIND_URLS, (json.dumps(there),)).fetchall()
        return {url: Row(*row) for url, *row in found}

    def _new_ids(self, number: int) -> range:
        """Return ids for new URLs; nobody else writes before they are written."""
        first = self._db.execute(sql.NEXT_URL).fetchone()[0] if number else 0
        return range(first, first + number)

    def _fresh(self, url_id: int, one: Asked) -> Fresh:
        way, domain_id, (distance, depth), key = one
        state = State.PENDING if way.rule is None else State.EXCLUDED
        is_barred = self.limits.bars(distance, depth)
        return Fresh(
            url_id, way, domain_id, distance, state, is_barred, False, depth, key, way.rule
        )

    def write(self, fresh: Iterable[Fresh], parent: int | None, change: Change) -> None:
        """Write new URLs as they stand."""
        rows = []
        for one in fresh:
            if one.is_again:
                continue
            way = one.found
            rows.append(
                (one.id, way.url, one.key, one.domain_id, one.state, one.is_barred,
                 one.distance, one.depth, way.is_seed, parent, one.rule, way.sitemap, one.account)
            )  # fmt: skip
            change.counted[_COUNTED[one.state]] += 1
        self._db.executemany(sql.ADD_URL, rows)

    # URLs known

    def _bring_nearer(self, known: Sequence[tuple[Asked, Row]], change: Change) -> None:
        moved: list[tuple[int, int, int, int, int]] = []
        shallower: deque[tuple[int, int, int]] = deque()
        for (way, domain_id, place, _), row in known:
            closer = (min(row.distance, place[0]), min(row.depth, place[1]))
            is_seed = max(row.is_seed, int(way.is_seed))
            if closer != (row.distance, row.depth) or is_seed != row.is_seed:
                bar = self._bar(closer, row.bar)
                moved.append((*closer, is_seed, bar, row.id))
                if row.state == State.PENDING and not bar:
                    change.gain(domain_id, closer[0])
                if closer[1] < row.depth:
                    shallower.append((row.id, closer[1], domain_id))
        self._db.executemany(sql.SET_WAY, moved)
        if self.track_depth:
            self._relax(shallower, change)
        sitemaps = [(one.way.sitemap, row.id) for one, row in known if one.way.sitemap]
        self._db.executemany(sql.SET_SITEMAP, sitemaps)

    def _bar(self, place: Place, bar: int = Bar.NONE) -> int:
        """Return what keeps a URL at ``place`` out of the queue."""
        if bar == Bar.HOST:
            return bar
        return Bar.BEYOND if self.limits.bars(*place) else Bar.NONE

    def _remember(self, one: Asked) -> None:
        url, place = one.way.url, one.place
        if len(url) > LONGEST_KNOWN:
            return
        best = self._known.get(url)
        if best is not None:
            place = (min(place[0], best[0]), min(place[1], best[1]))
        elif len(self._known) >= KNOWN_URLS:
            self._known.clear()
        self._known[url] = place

    def look_again(self, url: str) -> None:
        """Ask the file about ``url`` the next time: it is kept out, and another page may let it in."""
        self._known.pop(url, None)

    def _relax(self, queue: deque[tuple[int, int, int]], change: Change) -> None:
        """Make shallower whatever the queued URLs link to inside their site."""
        while queue:
            source, depth, domain_id = queue.popleft()
            for target, state, bar, distance, closer in self._db.execute(
                sql.SHALLOWER_URLS, (depth, source, depth)
            ).fetchall():
                now = self._bar((distance, closer), bar)
                self._db.execute(sql.SET_DEPTH, (closer, now, target))
                if state == State.PENDING and bar and not now:
                    change.gain(domain_id, distance)
                queue.append((target, closer, domain_id))

    # Redirects

    def move(self, source: Source, way: Discovery, change: Change) -> None:
        """Note that a page redirects to a URL that is written."""
        domain_id = self._domain_of(way, source, change)
        where = (domain_id, sql.url_key(way.url), way.url)
        moved_to = self._db.execute(sql.FIND_URL, where).fetchone()[0]
        self._db.execute(sql.SET_MOVED, (moved_to, source.url_id))
        self.follow_moves(way, source, change)

    def _domain_of(self, way: Discovery, source: Source, change: Change) -> int:
        found = self._domains.reach((way,), source, change)
        return found.ids[way.domain] if way.enters else source.domain_id

    def follow_moves(self, way: Discovery, source: Source, change: Change) -> None:
        """Make seeds of what a URL redirects to, and that in turn, where it is a seed now."""
        domain_id, url = self._domain_of(way, source, change), way.url
        while row := self._db.execute(
            sql.MOVED_SEED, (domain_id, sql.url_key(url), url)
        ).fetchone():
            *place, url, name, domain_id, enters = row
            found = Discovery(url, name, cost=0, enters=bool(enters), is_seed=True)
            moved = Source(*place)
            fresh = self.arrive((found,), moved, change)
            for one in fresh:
                one.admit(change)
            self.write(fresh, moved.url_id, change)


def _places(source: Source, cost: int) -> tuple[Place, Place]:
    """Return where a way of ``cost`` from a page leads inside its site, and into another one."""
    distance = source.distance + cost
    return (distance, source.depth + cost), (distance, 0)


def _again(one: Asked, row: Row) -> Fresh:
    """Return a URL that is known and kept out."""
    return Fresh(
        row.id, one.way, one.domain_id, one.place[0], State.EXCLUDED, bool(row.bar),
        is_again=True, rule=row.rule,
    )  # fmt: skip


_COUNTED: Final = {state: state.name.lower() for state in State}
