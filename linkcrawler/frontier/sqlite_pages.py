"""Pages in, their rows of the embedded frontier out: states, outbox, discoveries, counts (in SQLite).

All of it happens inside the store's transactions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_queue_schema as queue_sql
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import State
from linkcrawler.frontier.sqlite_change import Source
from linkcrawler.frontier.sqlite_seen import Page
from linkcrawler.frontier.sqlite_traps import Traps
from linkcrawler.frontier.steps import some_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from linkcrawler.frontier.records import Discovery, PageResult
    from linkcrawler.frontier.sqlite_change import Change
    from linkcrawler.frontier.sqlite_places import Places
    from linkcrawler.frontier.sqlite_queue import DomainQueue
    from linkcrawler.frontier.steps import Steps

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

    def commit(self, results: Iterable[PageResult], change: Change) -> Steps[set[int]]:
        """Write pages, those that were committed before passed over; return their domains' ids."""
        touched: set[int] = set()
        for result in results:
            yield from self._commit_page(result, change, touched)
        return touched

    def _commit_page(self, result: PageResult, change: Change, touched: set[int]) -> Steps[None]:
        row = self._db.execute(sql.GET_URL, (result.url_id,)).fetchone()
        state, is_seed, url, parent, trap, *place = row
        if state != State.PENDING:
            return
        source = Source(result.url_id, *place)
        touched.add(source.domain_id)
        self._settle(result, source.domain_id, change)
        if result.state == State.PENDING:
            return
        if result.rows:
            self._db.execute(sql.ADD_OUTBOX, (result.n_links, result.rows))
        page = Page(result.url_id, url, source.domain_id, source.depth, parent, trap, result)
        yield from self._let_in(page, source, is_seed=bool(is_seed), change=change)

    def _let_in(self, page: Page, source: Source, *, is_seed: bool, change: Change) -> Steps[None]:
        """Write what a page leads to."""
        ways: Sequence[Discovery] = page.result.discoveries
        moves = [way for way in ways if way.is_redirect]
        if moves and is_seed:
            ways = [_as_meant(way) for way in ways]
            moves = [_as_meant(way) for way in moves]
        fresh = yield from self._places.arriving(ways, source, change)
        judged = yield from self.traps.judge(page, fresh, change)
        for some in some_of(fresh):
            self._places.write(some, source.url_id, change)
            yield None
        for held in self.traps.settle(judged, change):
            self._places.look_again(held.found.url)
        for way in moves:
            self._places.move(source, way, change)
        if page.result.counts_as_page and page.id not in change.led_out:
            self._db.execute(queue_sql.BARREN, (source.domain_id,))

    def _settle(self, result: PageResult, domain_id: int, change: Change) -> None:
        """Write what became of a URL, and what that says about its domain and host."""
        is_retry = result.state == State.PENDING
        tried = int(is_retry and result.counts_as_try)
        self._db.execute(sql.SET_STATE, (result.state, tried, result.url_id))
        touch = (int(result.counts_as_page), result.next_at, int(result.is_answer), domain_id)
        (pages,) = self._db.execute(sql.TOUCH_DOMAIN, touch).fetchone()
        if (trouble := result.trouble) is not None:
            if trouble.strikes:
                self._db.execute(
                    sql.SET_TROUBLE,
                    (trouble.host, domain_id, trouble.failures, trouble.strikes, trouble.retry_at),
                )
            else:
                self._queue.relieve(trouble.host, domain_id, change)
        if result.relevance >= 0:
            self._db.execute(queue_sql.JUDGE, (result.relevance, domain_id))
        if result.counts_as_page:
            change.counted["bytes"] += result.bytes
            change.counted["pages"] += 1
            change.counted["domains_crawled"] += int(pages == 1)
        self._count(result, change)

    @staticmethod
    def _count(result: PageResult, change: Change) -> None:
        tally = change.tallied
        if result.state == State.PENDING:
            tally["retry"] += 1
            tally[f"retry/{result.reason}"] += 1
            return
        change.counted["pending"] -= 1
        change.counted[result.state.name.lower()] += 1
        tally[result.outcome] += 1
        tally["links"] += result.n_links
        if result.reason and result.outcome in TALLIED:
            tally[f"{result.outcome}/{result.reason}"] += 1
        tally.update(_rendering(result))

    def pace(self, pages: int, now: float) -> None:
        """Note how many pages came when."""
        at = int(now) // PACE_SECS * PACE_SECS
        self._db.execute(sql.ADD_PACE, (at, pages))
        if at != self._paced:
            self._paced = at
            self._db.execute(sql.DROP_PACE, (at - PACE_KEPT_SECS,))


def _as_meant(way: Discovery) -> Discovery:
    """Return a way from a seed: what a seed redirects to is what was meant by it."""
    return way._replace(hop_cost=0, is_seed=True) if way.is_redirect else way


def _rendering(result: PageResult) -> dict[str, int]:
    """Return what is counted of a page that was to be rendered."""
    if result.is_rendered:
        return {"rendered": 1, "rendered_links": result.n_rendered_links}
    return {"not_rendered": 1} if result.is_not_rendered else {}
