"""Ways found on a page in, its URLs as near to the seeds as the ways seen allow out (in SQLite).

The URLs of a page are looked up and written together: a page leads to a hundred, and may lead to
thousands. Those that are known already come nearer (`linkcrawler.frontier.sqlite_nearer`). All of it
happens inside the store's transactions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import Discovery, State
from linkcrawler.frontier.sqlite_change import Fresh, Source
from linkcrawler.frontier.sqlite_domains import Domains, Reached
from linkcrawler.frontier.sqlite_nearer import Nearer
from linkcrawler.frontier.sqlite_ways import Asked, Known, Links, Row
from linkcrawler.frontier.steps import finished
from linkcrawler.policies.pages import (
    HOME,
    cash_of,
    hint_of,
    lead,
    share_of,
    standing_of,
)
from linkcrawler.policies.scope import DECIDED_OUT

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.sqlite_change import Change
    from linkcrawler.frontier.sqlite_ways import Place
    from linkcrawler.frontier.steps import Steps

KNOWN_URLS: Final = 100_000
"""URLs whose best place is kept in memory: links that stand on every page cost no query."""
LONGEST_KNOWN: Final = 200
"""Longest of them, in characters, so that their memory is bounded."""


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
        self._domains = Domains(db, limits.order)
        self._nearer = Nearer(db, limits)
        self._known: dict[str, Known] = {}

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
        return finished(self.arriving(ways, source, change))

    def arriving(
        self, ways: Iterable[Discovery], source: Source, change: Change
    ) -> Steps[list[Fresh]]:
        """Do as `arrive`, in steps."""
        ways = ways if isinstance(ways, (tuple, list)) else tuple(ways)
        reached = self._domains.reach(ways, source, change)
        yield None
        links = self._links(ways, source, leads_out=reached.leads_out)
        asked = self._asked(ways, reached.ids, source, links)
        fresh = self._enter(asked, reached, source, links, change) if asked else []
        self._db.executemany(sql.SET_LEAD, links.led)
        self._db.executemany(sql.SET_STANDING, links.raised)
        yield None
        if reached.leads_out and source.url_id is not None:
            change.led_out.add(source.url_id)
        return fresh

    def _links(self, ways: Sequence[Discovery], source: Source, *, leads_out: bool) -> Links:
        share = 0.0
        if self.limits.order.is_by_worth:
            share = 1.0 if source.url_id is None else share_of(source.standing, len(ways))
        return Links(share, leads_out, source.depth, [], [])

    def _enter(
        self, asked: Mapping[str, Asked], reached: Reached, source: Source, links: Links,
        change: Change,
    ) -> list[Fresh]:  # fmt: skip
        """Bring the URLs asked for in, or nearer; return what `arrive` does."""
        rows = self._rows(asked.values(), source, reached.first_new)
        new = [one for url, one in asked.items() if url not in rows]
        known = [(asked[url], row) for url, row in rows.items() if url in asked]
        ids = self._new_ids(len(new))
        fresh = [self._fresh(url_id, one, links) for url_id, one in zip(ids, new, strict=True)]
        self._nearer.bring(known, change)
        again = [_again(one, row) for one, row in known if row.state == State.EXCLUDED]
        for made, one in zip(fresh, new, strict=True):
            self._remember(one, made.id, made.lead, links.share)
        for one, row in known:
            if row.state != State.EXCLUDED:
                self._meet(one, row, links)
        if self.track_depth and source.url_id is not None:
            found = [(one.way, row.id) for one, row in known]
            found += [(one.found, one.id) for one in fresh]
            inner = [(source.url_id, it, way.cost) for way, it in found if not way.enters]
            self._db.executemany(sql.ADD_INNER_LINK, inner)
        return fresh + again

    def _meet(self, one: Asked, row: Row, links: Links) -> None:
        """Remember a URL that is in the file, and what this link brings it."""
        first = self._remember(one, row.id, row.lead, cash_of(row.standing))
        if not self.limits.order.is_by_worth:
            place = min(row.distance, one.place[0])
            if place != row.lead:
                links.led.append((place, row.id))
        elif first is not None:
            links.reach(first, enters=one.way.enters)

    def _asked(
        self, ways: Sequence[Discovery], domains: Mapping[str, int], source: Source, links: Links
    ) -> dict[str, Asked]:
        """Return the ways that may be news, by their URLs."""
        known = self._known
        places = {cost: _places(source, cost) for cost in {way.cost for way in ways}}
        asked: dict[str, Asked] = {}
        for way in ways:
            url, _, _, cost, enters, _, is_seed, _, sitemap, _, _ = way
            place = places[cost][enters]
            best = known.get(url)
            if best is not None:
                is_near = best.distance <= place[0] and best.depth <= place[1]
                if is_near and not (is_seed or sitemap or (self.track_depth and not enters)):
                    if links.share:
                        links.reach(best, enters=enters)
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

    def _lead(self, one: Asked, links: Links) -> int:
        """Return the place of a new URL among the pages of its domain."""
        way, _, (distance, depth), _ = one
        if not self.limits.order.is_by_worth:
            return distance
        if way.sitemap:  # read first: it lists the others
            return HOME
        return lead(
            enters=way.enters or way.is_seed,
            is_led_out=links.leads_out,
            hint=hint_of(way.url, way.anchor),
            depth=depth,
        )

    def _fresh(self, url_id: int, one: Asked, links: Links) -> Fresh:
        way, domain_id, (distance, depth), key = one
        state = State.PENDING if way.rule is None else State.EXCLUDED
        is_barred = self.limits.bars(distance, depth)
        return Fresh(
            url_id, way, domain_id, distance, state, is_barred, False, depth, key, way.rule,
            lead=self._lead(one, links), standing=standing_of(links.share) if links.share else 0,
        )  # fmt: skip

    def write(self, fresh: Iterable[Fresh], parent: int | None, change: Change) -> None:
        """Write new URLs as they stand."""
        rows = []
        for one in fresh:
            if one.is_again:
                continue
            way = one.found
            rows.append(
                (one.id, way.url, one.key, one.domain_id, one.state, one.is_barred,
                 one.distance, one.depth, way.is_seed, parent, one.rule, way.sitemap, one.account,
                 one.lead, one.standing)
            )  # fmt: skip
            change.counted[_COUNTED[one.state]] += 1
            if one.rule == DECIDED_OUT:
                change.counted[f"excluded/{DECIDED_OUT}"] += 1
        self._db.executemany(sql.ADD_URL, rows)

    # URLs known

    def _remember(self, one: Asked, url_id: int, lead: int, cash: float) -> Known | None:
        """Keep in memory how near a URL is; return what is kept, None for nothing."""
        url, (distance, depth) = one.way.url, one.place
        if len(url) > LONGEST_KNOWN:
            return None
        best = self._known.get(url)
        if best is not None:
            best.distance, best.depth = min(distance, best.distance), min(depth, best.depth)
            return best
        if len(self._known) >= KNOWN_URLS:
            self._known.clear()
        enough = 2.0 ** (standing_of(cash) + 1)
        best = self._known[url] = Known(url_id, distance, depth, lead, cash, enough)
        return best

    def look_again(self, url: str) -> None:
        """Ask the file about ``url`` the next time: it is kept out, and another page may let it in."""
        self._known.pop(url, None)

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
