"""What a domain has shown, as hashes with counts (in SQLite): texts, values, hosts, addresses."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier import sqlite_trap_schema as trap_sql

if TYPE_CHECKING:
    import sqlite3

    from linkcrawler.frontier.records import PageResult


class Page(NamedTuple):
    """A page that is being committed."""

    id: int
    url: str
    domain: int
    depth: int
    parent: int | None
    account: int | None
    """The account that its URL belongs to, None for an ordinary URL."""
    result: PageResult
    rule: str = ""
    """The account's rule, and its key."""
    key: int = 0


class Seen:
    """Counts of what was seen on each domain.

    Args:
        db: the store's connection.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def see(self, domain: int, what: str) -> int:
        """Note that ``what`` was seen on a domain once more; return how often that is."""
        row = self._db.execute(trap_sql.SEE, (domain, key_of(what))).fetchone()
        return int(row[0])

    def is_first(self, domain: int, what: str) -> bool:
        """Note that ``what`` was seen on a domain, without a count; return whether that is news."""
        return self._db.execute(trap_sql.SEE_ONCE, (domain, key_of(what))).rowcount > 0

    def times(self, domain: int, what: str) -> int:
        """Return how often ``what`` was seen on a domain."""
        row = self._db.execute(trap_sql.SEEN, (domain, key_of(what))).fetchone()
        return int(row[0]) if row else 0

    def knows(self, domain: int, url: str) -> bool:
        """Return whether a URL of a domain is known."""
        place = (domain, sql.url_key(url), url)
        return self._db.execute(trap_sql.ACCOUNT_OF_URL, place).fetchone() is not None


def key_of(text: str) -> int:
    """Return the hash by which something is known: 48 bits, as short in the file as is safe."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=6).digest(), "big")
