"""A page in, the account that the new URLs on it belong to because of the page (or None) out (in SQLite).

Copies lead to copies, and a page that is made up leads to pages that are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier import sqlite_trap_schema as trap_sql
from linkcrawler.frontier.sqlite_seen import key_of
from linkcrawler.frontier.sqlite_trap_accounts import FIRST_KEY, Claim
from linkcrawler.frontier.sqlite_trap_urls import part
from linkcrawler.policies.traps import MAX_REDIRECTS
from linkcrawler.policies.traps_shapes import date_shape, query_values, template

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from linkcrawler.frontier.sqlite_change import Fresh
    from linkcrawler.frontier.sqlite_seen import Page, Seen
    from linkcrawler.frontier.sqlite_trap_accounts import Accounts

SAME_LINKS: Final = 2
"""Pages of one text and the same links, beside the first of that text, that make them copies."""
SAME_TEXT: Final = 4
"""Pages of one text, numbers included, that make them copies whatever their links."""
SAME_NAMES: Final = 4
"""Folders whose page links to the same names in it, from which on they are the same folder."""
SAME_LINKS_KEY, SAME_TEXT_KEY, SAME_NAMES_KEY = range(FIRST_KEY, FIRST_KEY + 3)
"""Keys of the accounts of the three."""
LONG_CHAIN: Final = 5
"""Redirects in a row from which on a chain has to share with others."""
MANY: Final = 5
"""New URLs on a page from which on it may be a tarpit's; they must be a quarter of the page's, too."""
DEEPEST: Final = 12
"""Levels of a tarpit that are let in."""
LEVELS: Final = 16
"""Levels that a key of an account has room for."""
MOST_HOSTS: Final = 3
"""Unknown hosts of the domain on a page, from which on its own host has nothing to say."""


@dataclass(slots=True)
class Worth:
    """What a page has shown."""

    is_new: bool = True
    """No page of the domain had its text; also where the text is not known."""
    is_new_in_words: bool = True
    """Likewise, but for words with digits."""
    copies: int = 0
    """Pages of its text."""
    same_links: int = 0
    """Pages of its text, but for words with digits, and its links, beside the first."""
    plain: int = 0
    """New URLs that have no shape of a trap's."""
    combinations: int = 0
    """New URLs that only combine what is known."""
    hosts: int = 0
    """New URLs on hosts of the domain that have nothing to say so far."""
    is_ordinary: bool = True
    """It looks like no part of a trap."""
    is_same_folder: bool = False
    is_tarpit: bool = False


class ShapeOfPages:
    """Tells accounts by the pages that lead to them.

    Args:
        db: the store's connection.
        seen: what domains have shown.
        accounts: all accounts.
    """

    def __init__(self, db: sqlite3.Connection, seen: Seen, accounts: Accounts) -> None:
        self._db = db
        self._seen = seen
        self._accounts = accounts
        self._cap = accounts.cap

    def read(self, page: Page) -> Worth:
        """Note the text of a page; return what it shows."""
        worth, result = Worth(), page.result
        if result.outcome != "ok":
            return worth
        if result.text_key:
            worth.copies = self._seen.see(page.domain, f"text {result.text_key}")
            worth.is_new = worth.copies == 1
        if result.words_key and not self._seen.is_first(page.domain, f"words {result.words_key}"):
            worth.is_new_in_words = False
            folder = page.url.rpartition("/")[0]
            links = "\n".join(found.url for found in result.discoveries).replace(folder, "")
            worth.same_links = self._seen.see(page.domain, f"copy {result.words_key} {links}")
        return worth

    def claim(
        self, page: Page, fresh: Sequence[Fresh], inside: Sequence[Fresh], worth: Worth
    ) -> Claim | None:
        """Return the account of those new URLs of the site that have none by their shape.

        Args:
            page: the page.
            fresh: all new URLs on it.
            inside: those that are asked about.
            worth: what it has shown.
        """
        worth.is_same_folder = self._is_same_folder(page, fresh)
        if page.rule == "tarpit" and (deeper := self._of_tarpit(page, inside, worth)) is not None:
            return deeper
        if worth.same_links >= SAME_LINKS:
            return self._of_copy(SAME_LINKS_KEY, worth)
        if worth.is_same_folder:
            return self._of_copy(SAME_NAMES_KEY, worth)
        if worth.plain == 1 and len(inside) == 1 and not worth.is_new_in_words:
            same = template(page.url)
            if template(inside[0].found.url) == same:
                worth.plain = 0
                return Claim("endless", key_of(same), part(self._cap, 3))
        if worth.copies >= SAME_TEXT:
            return self._of_copy(SAME_TEXT_KEY, worth)
        return self._of_tarpit(page, inside, worth) if inside else None

    def _of_copy(self, key: int, worth: Worth) -> Claim:
        worth.plain = 0
        return Claim("soft_404", key, part(self._cap, 4))

    def _is_same_folder(self, page: Page, fresh: Sequence[Fresh]) -> bool:
        """Return whether a page leads to new URLs in its folder, by the names that others have in theirs."""
        folder = page.url.partition("?")[0].rpartition("/")[0] + "/"
        new = sum(one.found.url.startswith(folder) for one in fresh)
        if new < 2:  # one alone is the next of a row
            return False
        names = [
            found.url[len(folder) :]
            for found in page.result.discoveries
            if found.url.startswith(folder)
        ]
        return self._seen.see(page.domain, "names " + "\n".join(sorted(names))) >= SAME_NAMES

    # Tarpits

    def _of_tarpit(self, page: Page, inside: Sequence[Fresh], worth: Worth) -> Claim | None:
        if page.result.outcome != "ok" or not MANY <= len(inside) >= worth.plain:
            return None
        links = sum(not found.enters for found in page.result.discoveries)
        if len(inside) < links / 4:
            return None
        region, level = self.place(page)
        if region == page.id and not page.depth:  # where a site is entered all is new
            return None
        if not level and (folder := folder_of(page.url)) is not None:
            # Many entrances beside each other lead to one tarpit.
            region = self._seen.first_to(page.domain, f"tarpit {folder}", page.id)
        if level and self._has_cross_link(page, region, inside):
            level = 0
        else:
            worth.is_tarpit = True
        key = region * LEVELS + level + 1
        if not level:
            return Claim("tarpit", key, part(self._cap, 4), 2)
        share = max(1, self._cap >> (level + 2)) if level < DEEPEST else 0
        first = min(share, 1)
        return (
            Claim("tarpit", key, share, first)
            if level == 1
            else Claim("tarpit", key, share, 0, first)
        )

    @staticmethod
    def in_row(page: Page, claim: Claim, one: Fresh) -> Claim:
        """Return the account of a new URL on a tarpit's page: pages of one list are on one level."""
        if page.rule != "tarpit" or claim.rule != "tarpit":
            return claim
        same = template(page.url)
        is_next = "#" in same and template(one.found.url) == same
        return Claim("tarpit", page.key, 0) if is_next else claim

    @staticmethod
    def place(page: Page) -> tuple[int, int]:
        """Return the id of the page at which a tarpit may begin, and how far below it ``page`` is."""
        return divmod(page.key, LEVELS) if page.rule == "tarpit" else (page.id, 0)

    def _has_cross_link(self, page: Page, region: int, inside: Sequence[Fresh]) -> bool:
        """Return whether a page links to another known page below the same beginning."""
        new = {one.found.url for one in inside}
        for found in page.result.discoveries:
            if found.enters or found.url in new:
                continue
            place = (page.domain, sql.url_key(found.url), found.url)
            row = self._db.execute(trap_sql.ACCOUNT_OF_URL, place).fetchone()
            if row is None or row[0] in (page.id, page.parent) or row[1] is None:
                continue
            rule, key = self._accounts.of(row[1])
            if rule == "tarpit" and key // LEVELS == region:
                return True
        return False

    # Redirects

    def of_redirect(self, page: Page) -> Claim | str | None:
        """Return what becomes of what ``page`` redirects to, after how many redirects in a row."""
        chain = self._db.execute(trap_sql.CHAIN_TO, (page.id, MAX_REDIRECTS)).fetchone()[0]
        if chain >= MAX_REDIRECTS:
            return "redirects"
        if chain >= LONG_CHAIN:
            return Claim("redirects", FIRST_KEY, part(self._cap, 3))
        return None


def folder_of(url: str) -> str | None:
    """Return what stands above a page: its folder, or its address where a query tells pages apart.

    None where that is the whole site.

    >>> folder_of("http://a.example/docs/one/"), folder_of("http://a.example/list?page=2")
    ('http://a.example/docs', 'http://a.example/list')
    >>> folder_of("http://a.example/docs/") is folder_of("http://a.example/?page=2") is None
    True
    """
    address, query, _ = url.partition("?")
    folder = address if query else address.rstrip("/").rpartition("/")[0]
    return folder if folder.rstrip("/").count("/") > 2 else None


# What a page is worth


def is_worth(page: Page, worth: Worth) -> bool:
    """Return whether a page of an account is more than a trap's."""
    if (
        page.rule == "redirects"
    ):  # one more redirect counts as no page, and is what the account is for
        return page.result.outcome == "ok" and worth.is_new
    if not page.result.counts_as_page:  # it cost nothing
        return True
    if page.rule == "tarpit":
        return worth.is_new and not (worth.is_tarpit or worth.is_same_folder)
    if page.result.outcome != "ok":
        return False
    if page.rule in ("calendar", "facets", "endless") and worth.plain > 0:
        return True
    return _HAS_NEWS.get(page.rule, _has_new_text)(page, worth)


def _has_new_text(page: Page, worth: Worth) -> bool:
    return worth.is_new


def _is_new_day(page: Page, worth: Worth) -> bool:
    """A date alone has a text of its own each day: its name."""
    date = date_shape(page.url)
    return worth.is_new_in_words and not (date is not None and date.is_bare)


def _is_new_list(page: Page, worth: Worth) -> bool:
    query = query_values(page.url)
    is_paging = query is not None and query.is_paging
    return worth.is_new and (is_paging or not worth.combinations)


def _is_new_number(page: Page, worth: Worth) -> bool:
    return worth.is_new_in_words


def _is_no_copy(page: Page, worth: Worth) -> bool:
    if page.key == SAME_LINKS_KEY:
        return worth.is_new_in_words
    return worth.is_new and not (page.key == SAME_NAMES_KEY and worth.is_same_folder)


def _is_new_host(page: Page, worth: Worth) -> bool:
    return worth.is_new and worth.hosts < MOST_HOSTS


_HAS_NEWS: Final = {
    "calendar": _is_new_day,
    "facets": _is_new_list,
    "endless": _is_new_number,
    "soft_404": _is_no_copy,
    "subdomains": _is_new_host,
}
"""By rule, whether what a page says is worth its place; else a new text is."""
