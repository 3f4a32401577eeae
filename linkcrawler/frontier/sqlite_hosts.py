"""New URLs of a page in, those of hosts beyond a domain's number of them held back (in SQLite).

A server that answers for any name below its own can make up hosts without end, and links from elsewhere
can name them. So the hosts of a registered domain that are asked are counted, in the order in which they are
found; seeds' are asked whatever their number. Counts stand in the table ``seen``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.records import State
from linkcrawler.frontier.sqlite_seen import Seen
from linkcrawler.frontier.steps import some_of
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from linkcrawler.frontier.sqlite_change import Change, Fresh
    from linkcrawler.frontier.steps import Steps

TOO_MANY: Final = "hosts"
"""The rule behind a URL of a host that is one too many."""
HELD: Final = """
SELECT id, domain, url, distance, barred FROM url
WHERE state = 3 AND rule = 'hosts' AND id > ? ORDER BY id LIMIT 1000
"""
LET_IN: Final = "UPDATE url SET state = 0, rule = NULL WHERE id = ?"


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
            if not self._admits(one.domain_id, host, is_seed=one.found.is_seed):
                one.state, one.rule = State.EXCLUDED, TOO_MANY
                change.counted[f"excluded/{TOO_MANY}"] += 1
        self._seen.flush()

    def look_again(self, change: Change) -> None:
        """Let in what another limit has room for, the oldest first; all where there is none."""
        last = 0
        while rows := self._db.execute(HELD, (last,)).fetchall():
            last = rows[-1][0]
            for url_id, domain, url, distance, barred in rows:
                if self.limit and not self._admits(domain, host_of(url), is_seed=False):
                    continue
                self._db.execute(LET_IN, (url_id,))
                change.counted.update({"pending": 1, "excluded": -1, f"excluded/{TOO_MANY}": -1})
                if not barred:
                    change.gain(domain, distance)
        self._seen.flush()

    def _admits(self, domain: int, host: str, *, is_seed: bool) -> bool:
        """Return whether a host is one that is asked; note it where it is new."""
        if self._seen.times(domain, f"asks {host}"):
            return True
        if self._seen.times(domain, "asks") >= self.limit and not is_seed:
            return False
        self._seen.note(domain, f"asks {host}")
        self._seen.see(domain, "asks")
        return True

    def forget(self) -> None:
        """Drop what memory holds, where a transaction is undone."""
        self._seen.forget()
