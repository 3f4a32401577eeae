"""URLs that are in the file and new ways to them in, these URLs and what they lead to nearer out.

Depths are shortest paths inside sites: when a URL comes nearer, so does what it links to there. All of
it happens inside the store's transactions.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import Bar, State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.sqlite_change import Change
    from linkcrawler.frontier.sqlite_ways import Asked, Place, Row


class Nearer:
    """Moves known URLs nearer to the seeds.

    Args:
        db: the store's connection.
        limits: what keeps a URL out of the queue; a limit of depth needs the links inside sites.
    """

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self._db = db
        self.limits = limits
        self.track_depth = limits.max_depth > 0

    def bring(self, known: Sequence[tuple[Asked, Row]], change: Change) -> None:
        """Bring URLs that are in the file as near as the ways asked for allow, and what they lead to."""
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
