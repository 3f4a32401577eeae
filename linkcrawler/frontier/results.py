"""A page on its way into the store in, what is committed for its URL and its host out."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.frontier.records import HostTrouble, PageResult, State
from linkcrawler.policies.backoff import (
    AWAY,
    GIVE_UP,
    LONGEST_HOLD_SECS,
    REST_SECS,
    ROBOTS_UNREACHABLE,
    strikes,
    wait_secs,
)
from linkcrawler.policies.outage import WAIT_SECS, Outage
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from linkcrawler.frontier.domain import Domain
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.frontier.records import Discovery, UrlRow
    from linkcrawler.items import Page
    from linkcrawler.policies.turns import Turns

FETCHED: Final = frozenset({"ok", "redirect", "http_error", "not_html", "failed"})
"""Outcomes of URLs that were fetched or tried, which count against the page limits."""
ANSWERED: Final = frozenset({"ok", "redirect", "http_error", "not_html", "robots"})


@dataclass(frozen=True, slots=True)
class Lease:
    """A URL that was handed out to be fetched."""

    row: UrlRow
    domain: Domain
    at: float = 0.0
    """When, of the clock of the turns."""

    @property
    def url(self) -> str:
        """The canonical URL."""
        return self.row.url


@dataclass(frozen=True, slots=True)
class CommittedPage:
    """A page on its way into the store."""

    lease: Lease
    page: Page
    rows: bytes
    n_links: int
    discoveries: tuple[Discovery, ...]
    may_retry: bool


class Moment(NamedTuple):
    """One moment of both clocks, in seconds."""

    now: float
    """Of the clock of the turns, which never goes back."""
    wall: float
    """Since the epoch."""


def this_moment() -> Moment:
    """Return this moment."""
    return Moment(time.monotonic(), time.time())


class Judge:
    """Decides whether a URL is tried again, and what its page says about its host.

    Args:
        limits: how often a URL is tried.
        turns: where a failure holds its domain back.
    """

    def __init__(self, limits: Limits, turns: Turns) -> None:
        self.limits = limits
        self.turns = turns
        self.outage = Outage()
        self._random = random.Random()

    def results(
        self, pages: Sequence[CommittedPage], leases: Mapping[str, Lease], at: Moment
    ) -> tuple[list[CommittedPage], list[PageResult]]:
        """Return those of ``pages`` that count, and what is committed for each.

        Args:
            pages: that finished; one that comes a second time is passed over.
            leases: the URLs that are handed out, by URL; who is not among them any more does not count.
            at: now.
        """
        held = [page for page in pages if leases.get(page.lease.url) is page.lease]
        kept = list({page.lease.url: page for page in reversed(held)}.values())[::-1]
        return kept, [self.result(page, at) for page in kept]

    def result(self, done: CommittedPage, at: Moment) -> PageResult:
        """Return what is committed for a page."""
        page, lease = done.page, done.lease
        is_blamed = self._is_blamed(done, at)
        trouble = self._trouble(done, at) if is_blamed else None
        is_told_to_wait = done.may_retry and page.retry_after > LONGEST_HOLD_SECS
        may_try_more = lease.row.attempts < self.limits.max_retries and (
            trouble is None or trouble.strikes < GIVE_UP
        )
        # It was its site's robots.txt that failed: the URL waits until the host is asked again.
        is_untried = page.outcome == "failed" and page.reason == ROBOTS_UNREACHABLE
        is_spared = not is_blamed or is_told_to_wait or is_untried
        retry = done.may_retry and (is_spared or may_try_more)
        state = State.PENDING if retry else State.FAILED if page.outcome == "failed" else State.DONE
        next_at = self.turns.next_at(lease.domain.name)
        return PageResult(
            url_id=lease.row.id,
            state=state,
            outcome=page.outcome,
            reason=page.reason,
            counts_as_page=page.outcome in FETCHED and not retry,
            counts_as_try=not is_spared,
            next_at=at.wall + next_at - at.now if next_at > at.now else 0.0,
            is_answer=page.outcome in ANSWERED and not done.may_retry,
            trouble=trouble,
            rows=b"" if retry else done.rows,
            n_links=done.n_links,
            discoveries=() if retry else done.discoveries,
            text_key=page.text_key,
            words_key=page.words_key,
            bytes=page.bytes,
            relevance=page.relevance,
            is_rendered=page.rendered,
            is_not_rendered=bool(page.render_reason) and not page.rendered,
            n_rendered_links=sum(link.rendered for link in page.links) if page.rendered else 0,
        )

    def _is_blamed(self, done: CommittedPage, at: Moment) -> bool:
        """Return whether a failure is held against its URL and host, and not our own network."""
        if done.page.outcome != "failed":
            if done.page.outcome in ANSWERED:
                self.outage.answer()
            return True
        self.outage.fail(host_of(done.lease.url), done.page.reason, at.now)
        if not (done.may_retry and self.outage.holds(at.now, done.page.reason)):
            return True
        wait = wait_secs(1, WAIT_SECS, self._random.random())
        self.turns.hold(done.lease.domain.name, at.now + wait)
        return False

    def _trouble(self, done: CommittedPage, at: Moment) -> HostTrouble | None:
        """Return the news of the host's trouble: more of it, its end, or None for no news.

        A failure holds the whole domain back, as long as the server asked for at least. Where that
        is very long the domain is given up until then. Answers to requests that were all sent before
        the last failure was known are one failure, not many.
        """
        domain, host, page = done.lease.domain, host_of(done.lease.url), done.page
        known = domain.troubles.get(host)
        if not done.may_retry:
            is_over = known is not None and page.outcome in ANSWERED
            return HostTrouble(host, 0, 0, 0.0) if is_over else None
        is_same = known is not None and done.lease.at < domain.failed_at
        failures = (known.failures if known else 0) + int(not is_same)
        weight = min(known.strikes, GIVE_UP) if known else 0
        if not (is_same and page.reason == ROBOTS_UNREACHABLE):  # one answer that all waited for
            weight += strikes(page.outcome, page.reason)
        wait = wait_secs(
            failures, max(self.turns.delay_of(domain.name), 1.0), self._random.random()
        )
        is_away = page.retry_after > LONGEST_HOLD_SECS
        # A domain that is away that long is given up until then: nothing waits for it.
        self.turns.hold(domain.name, at.now + (wait if is_away else max(wait, page.retry_after)))
        domain.failed_at = at.now
        if is_away:
            return HostTrouble(host, failures, AWAY, at.wall + page.retry_after)
        retry_at = at.wall + REST_SECS if weight >= GIVE_UP else 0.0
        return HostTrouble(host, failures, weight, retry_at)
