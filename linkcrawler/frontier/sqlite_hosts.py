"""New URLs of a page in, those of hosts beyond a domain's number of them held back (in SQLite).

A server that answers for any name below its own can make up hosts without end, and links from elsewhere
can name them. So the hosts of a registered domain that are asked are counted, in the order in which they are
found; seeds' are asked whatever their number. Counts stand in the table ``seen``.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.frontier.records import Discovery, PageResult, State
from linkcrawler.frontier.sqlite_change import Fresh
from linkcrawler.frontier.sqlite_seen import Page, Seen
from linkcrawler.frontier.steps import some_of
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from linkcrawler.frontier.sqlite_change import Change
    from linkcrawler.frontier.steps import Steps

TOO_MANY: Final = "hosts"
"""The rule behind a URL of a host that is one too many."""
HELD: Final = """
SELECT u.id, u.domain, u.url, u.distance, u.barred, u.sitemap, d.name,
  p.id, p.url, p.domain, p.depth, p.parent, p.trap, p.moved_to
FROM url u JOIN domain d ON d.id = u.domain LEFT JOIN url p ON p.id = u.parent
WHERE u.state = 3 AND u.rule = 'hosts' AND u.id > ? ORDER BY u.id LIMIT 1000
"""
"""With the page that first led there."""


class Hosts:
    """Counts the hosts of each domain.

    Args:
        db: the store's connection.
        limit: hosts of a domain that are asked; 0 for no limit.
    """

    def __init__(self, db: sqlite3.Connection, limit: int) -> None:
        self._db = db
        self.limit = limit
        self._seen = Seen(db)

    def judge(self, fresh: Iterable[Fresh], change: Change) -> Steps[None]:
        """Keep out those of ``fresh`` whose host is one too many, in steps."""
        if not self.limit:
            return
        for some in some_of(one for one in fresh if one.state == State.PENDING):
            self._judge(some, change)
            yield None

    def _judge(self, pending: Iterable[Fresh], change: Change) -> None:
        found = [(one, host_of(one.found.url)) for one in pending]
        asked = {(one.domain_id, f"asks {host}") for one, host in found}
        self._seen.load(asked | {(one.domain_id, "asks") for one, _ in found})
        for one, host in found:
            if not self.admits(one.domain_id, host, is_seed=one.found.is_seed):
                one.state, one.rule = State.EXCLUDED, TOO_MANY
                change.counted[f"excluded/{TOO_MANY}"] += 1
        self._seen.flush()

    def look_again(self) -> Iterator[tuple[Page | None, list[Fresh]]]:
        """Yield what another limit has room for, the oldest first: pages, and what each first led to.

        All where there is no limit. Who called must decide about them, and write what becomes of them.
        """
        last = 0
        while rows := self._db.execute(HELD, (last,)).fetchall():
            last = rows[-1][0]
            admitted = [row for row in rows if self.admits(row[1], host_of(row[2]), is_seed=False)]
            self.flush()
            for _, some in groupby(admitted, key=itemgetter(slice(7, None))):
                yield _found_on(list(some))

    def admits(self, domain: int, host: str, *, is_seed: bool) -> bool:
        """Return whether a host is one that is asked; note it where it is new, until `flush`."""
        if not self.limit or self._seen.times(domain, f"asks {host}"):
            return True
        if self._seen.times(domain, "asks") >= self.limit and not is_seed:
            return False
        self._seen.note(domain, f"asks {host}")
        self._seen.see(domain, "asks")
        return True

    def flush(self) -> None:
        """Write which hosts are asked."""
        self._seen.flush()

    def forget(self) -> None:
        """Drop what memory holds, where a transaction is undone."""
        self._seen.forget()


def _found_on(rows: Sequence[tuple[Any, ...]]) -> tuple[Page | None, list[Fresh]]:
    """Return a page, and the URLs of `HELD` that it led to."""
    parent, url, home, depth, above, trap, moved_to = rows[0][7:]
    fresh = [
        Fresh(
            url_id, Discovery(
                target, name, cost=int(url_id != moved_to), enters=domain != home, sitemap=sitemap
            ), domain, distance, State.PENDING, bool(barred),
        )
        for url_id, domain, target, distance, barred, sitemap, name, *_ in rows
    ]  # fmt: skip
    if parent is None:
        return None, fresh
    ways = tuple(one.found for one in fresh)
    result = PageResult(
        parent, State.DONE, "ok", "", counts_as_page=True, next_at=0.0, discoveries=ways
    )
    return Page(parent, url, home, depth, above, trap, result), fresh
