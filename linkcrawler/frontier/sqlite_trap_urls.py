"""A new URL in, the account that it belongs to because of its shape (or None) out (in SQLite).

What a shape means depends on what the domain has shown: a value is new or known, a token names an
item or a visit, a host has something to say or not.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.sqlite_seen import key_of
from linkcrawler.frontier.sqlite_trap_accounts import FIRST_KEY, Claim
from linkcrawler.frontier.sqlite_trap_queries import Queries
from linkcrawler.policies.traps_shapes import date_shape
from linkcrawler.policies.traps_tokens import looks_random, tokens_in
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.frontier.sqlite_change import Fresh
    from linkcrawler.frontier.sqlite_seen import Page, Seen
    from linkcrawler.policies.traps_tokens import Tokens

LEARNED: Final = 8
"""URLs that came with several tokens, after which tokens are taken for those of sessions."""
LISTED: Final = 3
"""URLs on one page that are the same but for their tokens: a list of items, no session."""


class ShapeOfUrls:
    """Tells accounts by URLs.

    Args:
        seen: what domains have shown.
        cap: what a rule may cost on a domain.
    """

    def __init__(self, seen: Seen, cap: int) -> None:
        self._seen = seen
        self._cap = cap
        self._tokens: dict[str, Tokens | None] = {}
        self._bares: Counter[str] | None = None
        self._queries = Queries(seen)

    def begin(self, fresh: Sequence[Fresh]) -> None:
        """Turn to another page: drop what was worked out about the one before."""
        self._bares = None
        self._tokens.clear()
        self._queries.begin(fresh)

    def claim(self, one: Fresh, page: Page) -> Claim | None:
        """Return the account of a new URL that was found on ``page``."""
        url = one.found.url
        if self._is_host_doubtful(one):
            label, _, parent = host_of(url).partition(".")
            key = key_of(f"{parent} {looks_random(label)}")
            return Claim("subdomains", key, part(self._cap, 2))
        if self._is_session(one, page):
            return Claim("session_id", FIRST_KEY, part(self._cap, 4))
        date = date_shape(url)
        # What is found in a tarpit may hold any number.
        if date is not None and (date.is_bare or page.rule != "tarpit"):
            return Claim("calendar", key_of(date.stem), part(self._cap, 2), probe=2)
        if page.rule == "calendar" and self._is_below_date(one, page):
            return Claim("calendar", page.key, part(self._cap, 2), probe=2)
        address = self._queries.address_of_combination(one)
        if address is not None:
            return Claim("facets", key_of(address), part(self._cap, 3))
        return None

    def _is_host_doubtful(self, one: Fresh) -> bool:
        """Return whether a URL's host is one more of its domain that has not shown its worth."""
        host, name = host_of(one.found.url), one.found.domain
        if host in (name, f"www.{name}"):
            return False
        if one.found.enters:  # others link to it
            self._seen.note(one.domain_id, f"host {host}")
            return False
        return not self._seen.times(one.domain_id, f"host {host}")

    def _is_session(self, one: Fresh, page: Page) -> bool:
        """Return whether a URL is known with another token, on a site whose tokens say nothing.

        A token that the page's own URL has, too, names what both are about.
        """
        found = self._tokens_in(one.found.url)
        if found is None or any(token in page.url for token in found.tokens):
            return False
        times = self._seen.see(one.domain_id, f"bare {found.bare}")
        if times < 2:
            return False
        if times == 2:
            self._seen.see(one.domain_id, "tokens")
        if self._seen.times(one.domain_id, "tokens") < LEARNED:
            return False
        return not self._is_list(found.bare, one.domain_id, page)

    def _is_list(self, bare: str, domain: int, page: Page) -> bool:
        """Return whether tokens name items here, as a page that lists them has shown."""
        what = f"items {bare}"
        if self._seen.times(domain, what):
            return True
        if self._times_listed(page)[bare] < LISTED:
            return False
        self._seen.note(domain, what)
        return True

    def _tokens_in(self, url: str) -> Tokens | None:
        """Return the tokens of a URL of the page at hand."""
        if url not in self._tokens:
            self._tokens[url] = tokens_in(url)
        return self._tokens[url]

    def _times_listed(self, page: Page) -> Counter[str]:
        """Return how often the page has each URL, whatever its tokens: worked out once a page."""
        if self._bares is None:
            found = (self._tokens_in(link.url) for link in page.result.discoveries)
            self._bares = Counter(one.bare for one in found if one is not None)
        return self._bares

    def _is_below_date(self, one: Fresh, page: Page) -> bool:
        """Return whether a URL below one with a date ends as one below another date did."""
        if one.domain_id != page.domain or not one.found.url.startswith(page.url):
            return False
        end = one.found.url[len(page.url) :]
        return not self._seen.is_first(page.domain, f"below {page.key} {end}")


def part(cap: int, divisor: int) -> int:
    """Return one part in ``divisor`` of a cap, at least 2."""
    return max(cap // divisor, 2)
