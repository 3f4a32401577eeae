"""New URLs of a page in, those that look like a trap's held back (in SQLite).

Each URL that has the shape of a trap belongs to an account, which lets in as many as its share; the
others are held: excluded, with the name of the rule. A page of an account that is worth having gives
its place back, and the oldest URL that is held gets it. So a real archive goes on for as long as it
leads to something, and a trap stays at its share.

All of it happens inside the store's transactions: counts survive what the pages survive, and are
shared by all workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.frontier import sqlite_trap_schema as trap_sql
from linkcrawler.frontier.records import State
from linkcrawler.frontier.sqlite_hosts import TOO_MANY, Hosts
from linkcrawler.frontier.sqlite_seen import Page, Seen
from linkcrawler.frontier.sqlite_trap_accounts import Accounts, Claim
from linkcrawler.frontier.sqlite_trap_pages import LEVELS, ShapeOfPages, Worth, is_worth
from linkcrawler.frontier.sqlite_trap_urls import ShapeOfUrls
from linkcrawler.frontier.steps import SOME, some_of
from linkcrawler.policies.traps import url_rule
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.sqlite_change import Change, Fresh
    from linkcrawler.frontier.steps import Steps

PAID: Final = 2.0
"""What a page that leads to something pays back: its own place, and that of one that does not."""
SHARE_ABOVE: Final = 0.25
"""What an ordinary page below pays back of the account of the level above it."""
MOST_HOSTS: Final = 100
"""Hosts of a domain that nobody else links to, at the most."""

LEADING: Final = frozenset({"calendar", "facets", "soft_404", "endless"})
"""Rules by which a page is also worth having that leads to something new."""

LED_TO: Final = ("soft_404", "tarpit", "endless")
"""Rules on the page that leads to a URL: an ordinary page that does lets it in."""

Verdict = tuple["Fresh", "Claim | str | None"]
"""A new URL with its account, the rule that refuses it, or None."""


class Judged(NamedTuple):
    """A page whose new URLs are decided about."""

    page: Page
    worth: Worth
    fresh: Sequence[Fresh]
    held: list[Fresh]
    """Those that are kept out."""


class Traps:
    """Holds back what looks like a trap.

    Args:
        db: the store's connection.
        limits: what bounds the crawl, and with it the traps.
    """

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self._db = db
        self.is_on = limits.traps
        self.accounts = Accounts(db, limits.trap_cap)
        self.hosts = Hosts(db, limits.hosts_per_domain)
        self._seen = Seen(db)
        self._urls = ShapeOfUrls(self._seen, limits.trap_cap)
        self._pages = ShapeOfPages(db, self._seen, self.accounts)

    def forget(self) -> None:
        """Drop what memory holds, where a transaction is undone."""
        self.accounts.forget()
        self._seen.forget()
        self.hosts.forget()

    def judge(self, page: Page, fresh: Sequence[Fresh], change: Change) -> Steps[Judged]:
        """Decide about the new URLs of a page, which are to be written then."""
        yield from self.hosts.judge(fresh, change)
        if not self.is_on:
            for one in fresh:
                one.admit(change)
            return Judged(page, Worth(), fresh, [])
        page = self._with_account(page)
        worth = self._pages.read(page)
        if page.account is None and worth.is_new:  # a seed's host, or one that others link to
            self._seen.note(page.domain, f"host {host_of(page.url)}")
        self._urls.begin(fresh)
        yield None
        verdicts = yield from self._verdicts(page, fresh, worth)
        held: list[Fresh] = []
        for some in some_of(verdicts):
            held += [one for one, claim in some if not self._let_in(one, claim, change)]
            yield None
        return Judged(page, worth, fresh, held)

    def look_at_hosts_again(self, change: Change) -> None:
        """Let in what another limit of hosts has room for, as far as its shape allows.

        What stands on a page and what the page says is known no more: rules on those are not asked.
        """
        for found_on, fresh in self.hosts.look_again():
            page = self._with_account(found_on) if found_on is not None else None
            self._urls.begin(fresh)
            for one in fresh:
                claim = self._by_itself(page, one) if self.is_on and page is not None else None
                change.counted[f"excluded/{TOO_MANY}"] -= 1
                if self._let_in(one, claim, change):
                    change.counted.update({"pending": 1, "excluded": -1})
            rows = [(one.state, one.rule, one.account, one.id) for one in fresh]
            self._db.executemany(trap_sql.DECIDE, rows)
            self.accounts.flush()
            self._seen.flush()

    def _with_account(self, page: Page) -> Page:
        """Return a page with rule and key of the account that its URL belongs to."""
        if page.account is None:
            return page
        rule, key = self.accounts.of(page.account)
        return page._replace(rule=rule, key=key)

    def settle(self, judged: Judged, change: Change) -> list[Fresh]:
        """Let in what a page pays back for by what it has shown, once its URLs are written.

        Return those of its URLs that are kept out.
        """
        if not self.is_on:
            return []
        page, worth, fresh, held = judged
        is_fine = page.account is None or is_worth(page, worth)
        if page.account is not None and is_fine:
            self._pay_back(page, worth, change)
        if page.parent is not None and page.rule in ("", "soft_404") and is_fine:
            self._pay_back_parent(page, worth, change)
        if not page.rule and worth.is_ordinary:
            self._let_in_again(fresh, change)
        self.accounts.flush()
        self._seen.flush()
        return held

    def _let_in_again(self, fresh: Sequence[Fresh], change: Change) -> None:
        """Let in what is held because of other pages that lead to it."""
        for one in fresh:
            if one.is_again:
                self.accounts.free(one, LED_TO, change)

    def _let_in(self, one: Fresh, claim: Claim | str | None, change: Change) -> bool:
        """Return whether a new URL goes into the queue."""
        if claim is None:
            one.admit(change)
            return True
        if isinstance(claim, Claim):
            return self.accounts.enter(one, claim, change)
        self.accounts.exclude(one, claim, change)
        return False

    def _verdicts(self, page: Page, fresh: Sequence[Fresh], worth: Worth) -> Steps[list[Verdict]]:
        found: list[Verdict] = []
        inside = []
        for number, one in enumerate(fresh, 1):
            if not number % SOME:
                yield None
            if one.state != State.PENDING:
                continue  # refused by another rule
            claim = self._by_itself(page, one)
            found.append((one, claim))
            if claim is None:
                worth.plain += 1
                if one.domain_id == page.domain and one.found.cost:
                    inside.append(one)
            elif isinstance(claim, Claim):
                worth.combinations += claim.rule == "facets"
                worth.hosts += claim.rule == "subdomains"
        is_asked = inside or page.rule == "soft_404"
        by_page = self._pages.claim(page, fresh, inside, worth) if is_asked else None
        if by_page is None:
            return found
        worth.is_ordinary = False
        asked = {one.id for one in inside}
        return [
            (one, self._pages.in_row(page, by_page, one) if one.id in asked else claim)
            for one, claim in found
        ]

    def _by_itself(self, page: Page, one: Fresh) -> Claim | str | None:
        if one.found.is_seed:  # a seed redirects there
            return None
        claim = url_rule(one.found.url) or self._urls.claim(one, page)
        if claim is None and not one.found.cost and not one.found.sitemap:
            return self._pages.of_redirect(page)
        return claim

    def _pay_back_parent(self, page: Page, worth: Worth, change: Change) -> None:
        """Give the place of the page back, once, that has led to ``page``, if that is something new."""
        if page.result.outcome != "not_html" and not (page.result.outcome == "ok" and worth.is_new):
            return
        account, domain = self._db.execute(trap_sql.ACCOUNT_OF_ID, (page.parent,)).fetchone()
        if account is None:
            return
        rule, key = self.accounts.of(account)
        if rule in LEADING and (worth.is_new_in_words or rule not in ("calendar", "endless")):
            self._db.execute(trap_sql.SET_TRAP_OF_URL, (None, page.parent))
            self.accounts.pay_back(domain, rule, key, PAID, change)

    def _pay_back(self, page: Page, worth: Worth, change: Change) -> None:
        """Give the place of a page back."""
        if page.rule in LEADING:
            self._db.execute(trap_sql.SET_TRAP_OF_URL, (None, page.id))
        if page.rule == "subdomains":
            if self._seen.see(page.domain, "hosts") > MOST_HOSTS:
                return
            host = host_of(page.url)
            self._seen.note(page.domain, f"host {host}")
            if page.account is not None:
                self.accounts.free_host(page.domain, page.account, host, change)
        paid = PAID if page.rule in LEADING and worth.plain else 1.0
        self.accounts.pay_back(page.domain, page.rule, page.key, paid, change)
        if page.rule == "tarpit" and page.result.outcome == "ok":
            region, level = self._pages.place(page)
            amount = SHARE_ABOVE
            for above in range(level - 1, 0, -1):
                key = region * LEVELS + above
                self.accounts.pay_back(page.domain, page.rule, key, amount, change)
                amount *= SHARE_ABOVE
