"""A new URL with a query in, whether it only combines values that its domain has shown out (in SQLite).

The values of all new URLs of a page are looked up together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.policies.traps_shapes import query_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.frontier.sqlite_change import Fresh
    from linkcrawler.frontier.sqlite_seen import Seen
    from linkcrawler.policies.traps_shapes import Query

MOST_VALUES: Final = 4000
"""Values of a page that are looked at, many times what an ordinary list of items has; URLs that have
further ones count as combinations."""


class Queries:
    """Tells what queries combine.

    Args:
        seen: what domains have shown.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._queries: dict[str, Query | None] = {}
        self._urls: set[str] = set()

    def begin(self, fresh: Sequence[Fresh]) -> None:
        """Turn to a page with ``fresh`` URLs."""
        self._queries.clear()
        self._urls.clear()
        values: dict[tuple[int, str], str] = {}
        for one in fresh:
            url = one.found.url
            if "?" not in url or (query := query_values(url)) is None:
                continue
            if len(values) >= MOST_VALUES:
                self._queries[url] = None
                continue
            found = {
                (one.domain_id, _value(query.address, pair)): f"{query.address}?{pair}"
                for pair in query.pairs
            }
            is_too_much = len(values) + sum(one not in values for one in found) > MOST_VALUES
            self._queries[url] = None if is_too_much else query
            if not is_too_much:
                values.update(found)
        if values:
            self._seen.load(values)
            new = ((domain, url) for (domain, value), url in values.items()
                   if not self._seen.times(domain, value))  # fmt: skip
            self._urls = self._seen.known_urls(new) | {one.found.url for one in fresh}

    def address_of_combination(self, one: Fresh) -> str | None:
        """Return the URL before the query where each value is known there, combined or alone."""
        if one.found.url not in self._queries:
            return None
        query = self._queries[one.found.url]
        if query is None:
            return one.found.url.partition("?")[0]
        address = query.address
        new = [
            pair
            for pair in query.pairs
            if self._seen.is_first(one.domain_id, _value(address, pair))
        ]
        is_known = all(f"{address}?{pair}" in self._urls for pair in new)
        return address if is_known else None


def _value(address: str, pair: str) -> str:
    """Return the name under which a value at an address is known."""
    return f"pair {address} {pair}"
