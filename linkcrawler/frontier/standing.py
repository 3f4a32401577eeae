"""A store in, where its crawl stands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkcrawler.items import OUTCOMES

if TYPE_CHECKING:
    from linkcrawler.frontier.records import Counts
    from linkcrawler.frontier.store import FrontierStore

ANSWERED: Final = ("ok", "redirect", "not_html")
"""Outcomes of URLs that could be fetched."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a crawl stands, counted over all its runs."""

    counts: Counts
    tally: dict[str, int]
    """Committed pages by outcome and ``outcome/reason``, and ``links``; of pages that were to be
    rendered ``rendered``, ``rendered_links`` and ``not_rendered``."""
    pages: int
    """URLs fetched or tried, as the limits count them."""
    domains: int
    """Registered domains known."""
    domains_crawled: int
    """Registered domains of which a page was fetched or tried."""
    hosts_given_up: int
    """Hosts that failed too often in a row, and are asked again by a run an hour later."""
    over_hosts: int
    """URLs of hosts beyond those that are asked of a domain."""
    decided_out: int
    """URLs of domains that were decided to be out."""
    domains_resting: int
    """Registered domains whose last pages led nowhere new, and that rest."""
    bytes: int
    """Bytes of bodies fetched."""
    domain_links: int
    """Links between registered domains, each pair once."""
    referred: int
    """Registered domains that another links to."""
    referred_once: int
    """Those that one other links to."""
    has_refused_addresses: bool
    """Whether the guard against private addresses kept something out; told where nothing answered."""

    @property
    def coverage(self) -> float | None:
        """Good-Turing estimate: share of links between domains that lead to one linked to before.

        One less the share of links that are the only one to their target (Good, Biometrika 1953). None
        where there is no link.
        """
        return 1 - self.referred_once / self.domain_links if self.domain_links else None

    @property
    def recorded(self) -> int:
        """Pages recorded: those fetched or tried, and those that robots.txt refused."""
        return recorded(self.tally)


def has_answers(tally: dict[str, int]) -> bool:
    """Return whether any URL could be fetched."""
    return any(tally.get(outcome) for outcome in ANSWERED)


def recorded(tally: dict[str, int]) -> int:
    """Return the pages in a tally of outcomes."""
    return sum(tally.get(outcome, 0) for outcome in OUTCOMES)


def take_stock(store: FrontierStore) -> Standing:
    """Return where the crawl stands now.

    Raises:
        StorageError: the disk refused.
    """
    counters, tally = store.counters(), store.tally()
    return Standing(
        counts=store.counts(),
        tally=tally,
        pages=counters.get("pages", 0),
        domains=counters.get("domains", 0),
        domains_crawled=counters.get("domains_crawled", 0),
        domains_resting=store.resting(),
        over_hosts=counters.get("excluded/hosts", 0),
        decided_out=counters.get("excluded/out", 0),
        bytes=counters.get("bytes", 0),
        domain_links=counters.get("domain_links", 0),
        referred=counters.get("referred", 0),
        referred_once=counters.get("referred_once", 0),
        hosts_given_up=store.hosts_given_up(),
        has_refused_addresses=any(key.startswith("excluded/address") for key in tally)
        or (not has_answers(tally) and any(row.rule == "address" for row in store.refused())),
    )
