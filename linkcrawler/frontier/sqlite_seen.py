"""What a domain has shown, as hashes with counts (in SQLite): texts, values, hosts, addresses."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier import sqlite_trap_schema as trap_sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

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
    """Counts of what was seen on each domain: read when asked for, written with `flush`.

    Args:
        db: the store's connection.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._times: dict[tuple[int, int], int] = {}
        self._changed: set[tuple[int, int]] = set()
        self._noted: set[tuple[int, int]] = set()
        self._keys: dict[str, int] = {}

    def see(self, domain: int, what: str) -> int:
        """Note that ``what`` was seen on a domain once more; return how often that is."""
        place = (domain, self._key(what))
        times = self._at(place) + 1
        self._set(place, times)
        return times

    def is_first(self, domain: int, what: str) -> bool:
        """Note that ``what`` was seen on a domain, without a count; return whether that is news."""
        place = (domain, self._key(what))
        is_first = not self._at(place)
        if is_first:
            self._set(place, 1)
        return is_first

    def note(self, domain: int, what: str) -> None:
        """Do the same where nobody asks: it costs no look."""
        self._noted.add((domain, self._key(what)))

    def times(self, domain: int, what: str) -> int:
        """Return how often ``what`` was seen on a domain."""
        return self._at((domain, self._key(what)))

    def first_to(self, domain: int, what: str, number: int) -> int:
        """Note ``number`` for ``what`` on a domain, unless another one is; return which it is."""
        place = (domain, self._key(what))
        known = self._at(place)
        if not known:
            self._set(place, number)
        return known or number

    def load(self, asked: Iterable[tuple[int, str]]) -> None:
        """Read at once how often each ``(domain, what)`` was seen, which will be asked."""
        places = {(domain, self._key(what)) for domain, what in asked} - self._times.keys()
        self._times.update(dict.fromkeys(places, 0))
        self._times.update(
            ((domain, key), times)
            for domain, key, times in self._db.execute(
                trap_sql.SEEN_OF, (json.dumps(sorted(places)),)
            )
        )

    def known_urls(self, asked: Iterable[tuple[int, str]]) -> set[str]:
        """Return those of URLs, each with its domain, that the file knows."""
        keys = [(domain, sql.url_key(url)) for domain, url in asked]
        return {row[0] for row in self._db.execute(sql.FIND_URLS, (json.dumps(keys),))}

    def _key(self, what: str) -> int:
        key = self._keys.get(what)
        if key is None:
            key = self._keys[what] = key_of(what)
        return key

    def _at(self, place: tuple[int, int]) -> int:
        times = self._times.get(place)
        if times is None:
            row = self._db.execute(trap_sql.SEEN, place).fetchone()
            times = self._times[place] = int(row[0]) if row else 0
        return times or int(place in self._noted)

    def _set(self, place: tuple[int, int], times: int) -> None:
        self._times[place] = times
        self._changed.add(place)

    def flush(self) -> None:
        """Write what was noted."""
        if self._noted:
            self._db.executemany(trap_sql.SEE_ONCE, sorted(self._noted - self._changed))
        if self._changed:
            rows = [(*place, self._times[place]) for place in sorted(self._changed)]
            self._db.executemany(trap_sql.SEE, rows)
        self.forget()

    def forget(self) -> None:
        """Drop what was read and noted."""
        self._times.clear()
        self._changed.clear()
        self._noted.clear()
        self._keys.clear()


def key_of(text: str) -> int:
    """Return the hash by which something is known: 48 bits, as short in the file as is safe."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=6).digest(), "big")
