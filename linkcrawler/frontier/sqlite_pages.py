"""Pages in, their rows of the embedded frontier out: states, outbox, discoveries, counts (in SQLite).

All of it happens inside the store's transactions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import PageResult, State
from linkcrawler.frontier.sqlite_seen import Page
from linkcrawler.frontier.sqlite_traps import Traps

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from linkcrawler.frontier.sqlite_places import Change, Fresh, Places
    from linkcrawler.frontier.sqlite_queue import DomainQueue

TALLIED: Final = frozenset({"http_error", "robots", "excluded", "failed"})
"""Outcomes whose reasons are counted: those are few words, media types are not."""
PACE_SECS: Final = 10
PACE_KEPT_SECS: Final = 3600


class Pages:
    """Writes what came of URLs.

    Args:
        db: the store's connection.
        places: where URLs and domains stand.
        queue: who has which domain.
    """

    def __init__(self, db: sqlite3.Connection, places: Places, queue: DomainQueue) -> None:
        self._db = db
        self.traps = Traps(db, places.limits)
        self._places = places
        self._queue = queue
        self._paced = 0

    def commit(self, results: Iterable[PageResult], change: Change) -> set[int]:
        """Write pages, those that were committed before passed over; return their domains' ids."""
        touched: set[int] = set()
        for result in results:
            self._commit_page(result, change, touched)
        return touched

    def _commit_page(self, result: PageResult, change: Change, touched: set[int]) -> None:
        state, distance, depth, domain_id, hops, is_seed, url, parent, trap = self._db.execute(
            sql.GET_URL, (result.url_id,)
        ).fetchone()
        if state != State.PENDING:
            return
        touched.add(domain_id)
        self._settle(result, domain_id, change)
        if result.state == State.PENDING:
            return
        if result.rows:
            self._db.execute(sql.ADD_OUTBOX, (result.n_links, result.rows))
        fresh: list[Fresh] = []
        for found in result.discoveries:
            way = (
                replace(found, hop_cost=0, is_seed=True) if is_seed and found.is_redirect else found
            )
            target = self._places.reach(way, domain_id, hops, change)
            place = (distance + way.cost, 0 if way.enters else depth + way.cost)
            new = self._places.add_url(way, target, place, result.url_id, change)
            if new is not None:
                fresh.append(new)
            if way.is_redirect:
                moved_to = self._places.url_id(target, way.url)
                self._db.execute(sql.SET_MOVED, (moved_to, result.url_id))
                self._places.follow_moves(way.url, target, change)
        page = Page(result.url_id, url, domain_id, depth, parent, trap, result)
        for held in self.traps.look(page, fresh, change):
            self._places.look_again(held.found.url)

    def _settle(self, result: PageResult, domain_id: int, change: Change) -> None:
        """Write what became of a URL, and what that says about its domain and host."""
        is_retry = result.state == State.PENDING
        tried = int(is_retry and result.counts_as_try)
        self._db.execute(sql.SET_STATE, (result.state, tried, result.url_id))
        self._db.execute(
            sql.TOUCH_DOMAIN,
            (int(result.counts_as_page), result.next_at, int(result.is_answer), domain_id),
        )
        if (trouble := result.trouble) is not None:
            if trouble.strikes:
                self._db.execute(
                    sql.SET_TROUBLE,
                    (trouble.host, domain_id, trouble.failures, trouble.strikes, trouble.retry_at),
                )
            else:
                self._queue.relieve(trouble.host, domain_id, change)
        self._count(result, domain_id, change)

    def _count(self, result: PageResult, domain_id: int, change: Change) -> None:
        tally: dict[str, int] = {}
        if result.state == State.PENDING:
            tally["retry"] = 1
            tally[f"retry/{result.reason}"] = 1
        else:
            change.counted["pending"] -= 1
            change.counted[result.state.name.lower()] += 1
            tally[result.outcome] = 1
            tally["links"] = result.n_links
            if result.reason and result.outcome in TALLIED:
                tally[f"{result.outcome}/{result.reason}"] = 1
            tally |= _rendering(result)
        if result.counts_as_page:
            change.counted["pages"] += 1
            first = self._db.execute(sql.PAGES_OF, (domain_id,)).fetchone()[0] == 1
            change.counted["domains_crawled"] += int(first)
        self._db.executemany(sql.ADD_TALLY, tally.items())

    def pace(self, pages: int, now: float) -> None:
        """Note how many pages came when."""
        at = int(now) // PACE_SECS * PACE_SECS
        self._db.execute(sql.ADD_PACE, (at, pages))
        if at != self._paced:
            self._paced = at
            self._db.execute(sql.DROP_PACE, (at - PACE_KEPT_SECS,))


def _rendering(result: PageResult) -> dict[str, int]:
    """Return what is counted of a page that was to be rendered."""
    if result.is_rendered:
        return {"rendered": 1, "rendered_links": result.n_rendered_links}
    return {"not_rendered": 1} if result.is_not_rendered else {}
