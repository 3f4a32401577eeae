"""The settings of a crawl in, what was asked for out: one object, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkcrawler.decisions import read_decisions
from linkcrawler.exceptions import UsageError
from linkcrawler.frontier.limits import Limits
from linkcrawler.options import checked_settings
from linkcrawler.policies.gate import Gate
from linkcrawler.policies.order import Order
from linkcrawler.policies.scope import Scope
from linkcrawler.rendering.browsers import find_browser
from linkcrawler.seeds import default_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True)
class Plan:
    """What a crawl was asked to do."""

    folder: Path
    scope: Scope
    limits: Limits
    delay: float
    """Seconds between two requests to a domain."""
    address_delay: float
    """Seconds between two requests to an address."""
    proxy: str
    """The proxy that carries all traffic, as ``http://host:port``, or empty."""
    workers: int
    """Processes that fetch."""
    until_stable: int
    """Domains at the top of the ranking that may not move for the crawl to end; 0 for none."""
    max_bytes: int
    """Bytes of bodies in all; 0 for no limit."""
    reserve_bytes: int
    """Free space on the disk below which the crawl stops; 0 for none."""
    js: str
    """Which pages are rendered: ``off``, ``auto`` or ``on``."""
    browser: str
    """The browser's program; empty for none."""
    niche: tuple[str, ...]
    """Entries of the niche, see `linkcrawler.niche`; empty for none."""


def plan_from(settings: BaseSettings, seeds: Sequence[str], named: Sequence[str]) -> Plan:
    """Return what ``settings`` ask for.

    Args:
        settings: the crawler's settings, final.
        seeds: canonical seed URLs.
        named: the seeds as they were written, for the name of the default folder.

    Raises:
        UsageError: a setting of the crawl cannot be used.
    """
    if settings.get("JOBDIR"):
        message = (
            "JOBDIR: not used here, it loses pending requests when a crawl is killed; "
            "crawls resume from their own folder (--out DIR) without it"
        )
        raise UsageError(message)
    values = checked_settings(settings)
    if values["LINKCRAWLER_SITEMAPS"] and not values["ROBOTSTXT_OBEY"]:
        raise UsageError(
            "sitemaps: robots.txt names them, and it is not asked for; drop one of both"
        )
    return Plan(
        folder=Path(values["LINKCRAWLER_DIR"] or default_folder(named, seeds)),
        scope=_scope(values, settings),
        limits=_limits(values, settings),
        delay=values["DOWNLOAD_DELAY"],
        address_delay=settings.getfloat("LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS"),
        proxy=values["LINKCRAWLER_PROXY"],
        workers=values["LINKCRAWLER_WORKERS"],
        until_stable=values["LINKCRAWLER_BUDGET_STABLE_TOP"],
        max_bytes=values["LINKCRAWLER_BUDGET_MB"] * 2**20,
        reserve_bytes=settings.getint("LINKCRAWLER_DISK_RESERVE_MB") * 2**20,
        js=values["LINKCRAWLER_RENDER"],
        browser=_browser(values["LINKCRAWLER_RENDER"], settings["LINKCRAWLER_RENDER_BROWSER"]),
        niche=tuple(values["LINKCRAWLER_NICHE"]),
    )


def _browser(js: str, named: str) -> str:
    """Return the browser that pages are rendered in; empty for none.

    Raises:
        UsageError: there must be one, and is none.
    """
    found = "" if js == "off" else find_browser(named)
    if js == "on" and not found:
        raise UsageError(
            "js: no browser was found: install Chromium, Chrome or Edge, run `playwright install "
            "chromium`, or name one with -s LINKCRAWLER_RENDER_BROWSER=PATH"
        )
    return found


def _scope(values: dict[str, Any], settings: BaseSettings) -> Scope:
    """Return the scope that the settings ask for."""
    return Scope(
        include=tuple(values["LINKCRAWLER_SCOPE_INCLUDE"]),
        exclude=tuple(values["LINKCRAWLER_SCOPE_EXCLUDE"]),
        gate=Gate(
            allowed=frozenset(values["LINKCRAWLER_GUARD_ALLOW"]),
            opted_out=frozenset(values["LINKCRAWLER_MANNERS_OPT_OUT"]),
            ports=frozenset(values["LINKCRAWLER_GUARD_PORTS"]),
        ),
        max_length=settings.getint("URLLENGTH_LIMIT"),
        nofollow=values["LINKCRAWLER_SCOPE_NOFOLLOW"],
        decisions=read_decisions("decisions", values["LINKCRAWLER_SCOPE_DECISIONS"]),
    )


def _limits(values: dict[str, Any], settings: BaseSettings) -> Limits:
    """Return the limits that the settings ask for."""
    hops: int | None = values["LINKCRAWLER_SCOPE_HOPS"] or None
    if values["LINKCRAWLER_SCOPE"] == "seeds":
        hops = 0
    return Limits(
        max_hops=hops,
        max_depth=values["LINKCRAWLER_SCOPE_DEPTH"],
        max_distance=settings.getint("DEPTH_LIMIT"),
        max_pages=values["LINKCRAWLER_BUDGET_PAGES"],
        max_pages_per_domain=values["LINKCRAWLER_BUDGET_PAGES_PER_DOMAIN"],
        domain_window=max(1, settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")),
        max_retries=settings.getint("RETRY_TIMES"),
        concurrency=settings.getint("CONCURRENT_REQUESTS"),
        traps=values["LINKCRAWLER_TRAPS"],
        order=Order(values["LINKCRAWLER_FRONTIER_ORDER"]),
        hosts_per_domain=settings.getint("LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN"),
        has_niche=bool(values["LINKCRAWLER_NICHE"]),
        earned=settings.getint("LINKCRAWLER_BUDGET_EARNED_PAGES"),
        co_links=settings.getint("LINKCRAWLER_SCOPE_CO_LINKS")
        if values["LINKCRAWLER_SCOPE"] == "co-linked"
        else 0,
        rest_after=values["LINKCRAWLER_BUDGET_REST_PAGES"],
    )
