"""The arguments of a crawl: their names, types and the setting that each one sets.

One table for ``linkcrawler crawl``, for ``scrapy crawl links -a`` and for the reference.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from linkcrawler import settings
from linkcrawler.exceptions import UsageError
from linkcrawler.niche import read_niche
from linkcrawler.option_values import (
    addresses,
    at_least_one_second,
    concurrency,
    contact,
    decisions,
    domains,
    order,
    path,
    patterns,
    ports,
    proxy,
    rendering,
    scope,
    seconds,
    switch,
    whole_number,
    workers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scrapy.settings import BaseSettings

PREFIX: Final = "LINKCRAWLER_"


@dataclass(frozen=True, slots=True)
class Option:
    """An argument of the crawl."""

    name: str
    """As a spider argument; the command line writes ``-`` for ``_``."""
    setting: str
    parse: Callable[[str, Any], Any]
    """Takes the name and what was written, returns the setting's value, raises `UsageError`."""
    help: str


OPTIONS: Final = (
    Option("out", "LINKCRAWLER_DIR", path, "Folder of the dataset"),
    Option("hops", "LINKCRAWLER_SCOPE_HOPS", whole_number, "Domains crossed from the nearest seed"),
    Option("depth", "LINKCRAWLER_SCOPE_DEPTH", whole_number, "Links followed inside a site"),
    Option("max_pages", "LINKCRAWLER_BUDGET_PAGES", whole_number, "Pages fetched in all"),
    Option(
        "max_pages_per_domain",
        "LINKCRAWLER_BUDGET_PAGES_PER_DOMAIN",
        whole_number,
        "Pages fetched of one registered domain",
    ),
    Option("max_time", "LINKCRAWLER_BUDGET_TIME_SECS", seconds, "Seconds that this run may take"),
    Option("order", "LINKCRAWLER_FRONTIER_ORDER", order, "What is fetched first"),
    Option(
        "niche",
        "LINKCRAWLER_NICHE",
        read_niche,
        "Keywords, or @file of keywords and examples, that say which pages belong to the niche",
    ),
    Option(
        "rest_after",
        "LINKCRAWLER_BUDGET_REST_PAGES",
        whole_number,
        "Pages in a row without a new domain after which a domain rests",
    ),
    Option(
        "until_stable",
        "LINKCRAWLER_BUDGET_STABLE_TOP",
        whole_number,
        "Ends when so many domains at the top no longer move",
    ),
    Option("max_mb", "LINKCRAWLER_BUDGET_MB", whole_number, "MiB of pages fetched in all"),
    Option(
        "scope",
        "LINKCRAWLER_SCOPE",
        scope,
        "seeds: their domains; co-linked: those that several link to; discovered: all",
    ),
    Option("include", "LINKCRAWLER_SCOPE_INCLUDE", patterns, "Fetch only URLs that match"),
    Option("exclude", "LINKCRAWLER_SCOPE_EXCLUDE", patterns, "Never fetch URLs that match"),
    Option(
        "decisions",
        "LINKCRAWLER_SCOPE_DECISIONS",
        decisions,
        "CSV of domains that are IN, OUT or UNDECIDED",
    ),
    Option("delay", "DOWNLOAD_DELAY", seconds, "Seconds between requests to a domain"),
    Option("concurrency", "CONCURRENT_REQUESTS", concurrency, "Requests in flight in a process"),
    Option("workers", "LINKCRAWLER_WORKERS", workers, "Processes that fetch"),
    Option("js", "LINKCRAWLER_RENDER", rendering, "Run pages in a browser: off, auto, on"),
    Option("proxy", "LINKCRAWLER_PROXY", proxy, "HTTP proxy that carries all traffic"),
    Option("allow_address", "LINKCRAWLER_GUARD_ALLOW", addresses, "Private address to allow"),
    Option(
        "opt_out",
        "LINKCRAWLER_MANNERS_OPT_OUT",
        domains,
        "Domain that asked to be left alone, or @file of them",
    ),
    Option("contact", "LINKCRAWLER_CONTACT", contact, "Who answers: a URL or mail address"),
    Option("robots", "ROBOTSTXT_OBEY", switch, "Obey robots.txt"),
    Option("sitemaps", "LINKCRAWLER_SITEMAPS", switch, "Read the sitemaps that robots.txt names"),
)
"""Every argument of the crawl but the seeds; a setting's own default is in `settings`."""

_BY_NAME: Final = {option.name: option for option in OPTIONS}


def parsed_options(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``setting: value`` for the arguments given.

    Names that start with an underscore are others' (scrapyd sends ``_job``) and passed over.

    Raises:
        UsageError: an argument is unknown or its value cannot be used; the message names it.
    """
    found: dict[str, Any] = {}
    for name, written in arguments.items():
        option = _BY_NAME.get(name)
        if option is not None:
            found[option.setting] = option.parse(name, written)
        elif not name.startswith("_"):
            near = difflib.get_close_matches(name, [*_BY_NAME, "seeds"], 1)
            hint = f"did you mean {near[0]}?" if near else f"known are seeds, {', '.join(_BY_NAME)}"
            raise UsageError(f"{name}: no such argument; {hint}")
    return found


NUMBERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
    "DEPTH_LIMIT": whole_number,
    "DOWNLOAD_MAXSIZE": whole_number,
    "DOWNLOAD_TIMEOUT": seconds,
    "DOWNLOAD_VERIFY_CERTIFICATES": switch,
    "LINKCRAWLER_BUDGET_EARNED_PAGES": whole_number,
    "LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN": whole_number,
    "LINKCRAWLER_DATASET_LINKS_PER_PAGE": whole_number,
    "LINKCRAWLER_DATASET_PART_LINKS": concurrency,
    "LINKCRAWLER_DATASET_PART_SECS": seconds,
    "LINKCRAWLER_DISK_RESERVE_MB": whole_number,
    "LINKCRAWLER_DNS_NEGATIVE_SECS": seconds,
    "LINKCRAWLER_FRONTIER_COMMIT_PAGES": concurrency,
    "LINKCRAWLER_FRONTIER_COMMIT_SECS": seconds,
    "LINKCRAWLER_FRONTIER_STOP_SECS": seconds,
    "LINKCRAWLER_GUARD_PORTS": ports,
    "LINKCRAWLER_READ_SECS": seconds,
    "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS": seconds,
    "LINKCRAWLER_RENDER_MEMORY_MB": whole_number,
    "LINKCRAWLER_RENDER_PAGES": concurrency,
    "LINKCRAWLER_RENDER_RECYCLE_PAGES": whole_number,
    "LINKCRAWLER_RENDER_SANDBOX": switch,
    "LINKCRAWLER_RENDER_SECS": at_least_one_second,
    "LINKCRAWLER_RENDER_TRAFFIC_MB": whole_number,
    "LINKCRAWLER_ROBOTS_CACHE_MB": whole_number,
    "LINKCRAWLER_ROBOTS_CRAWL_DELAY_MAX_SECS": seconds,
    "LINKCRAWLER_SCOPE_CO_LINKS": concurrency,
    "LINKCRAWLER_SCOPE_NOFOLLOW": switch,
    "LINKCRAWLER_TRAPS": switch,
    "LINKCRAWLER_SITEMAP_URLS": whole_number,
    "RETRY_TIMES": whole_number,
    "URLLENGTH_LIMIT": whole_number,
}
"""Settings that are no argument of their own, and what each must be."""


def settle(settings: BaseSettings) -> None:
    """Give the settings of a crawl the values and types that were meant, however they were written.

    Whoever reads one later, be it Scrapy's own parser or ``run.json``, takes ``"no"`` or ``"30"`` for what
    it says; their priorities stay.

    Raises:
        UsageError: one of them cannot be used; the message names it.
    """
    for name, value in checked_settings(settings).items():
        if value != settings[name]:
            settings.set(name, value, settings.getpriority(name) or 0)


def checked_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings behind `OPTIONS` and `NUMBERS` with the right types, however they were set.

    Raises:
        UsageError: one of them or of `NUMBERS` cannot be used, or none of ours has such a name;
            the message names the setting.
    """
    _refuse_unknown(values)
    found = {name: parse(name, values[name]) for name, parse in NUMBERS.items()}
    for option in OPTIONS:
        value = values[option.setting]
        if option.setting == "LINKCRAWLER_DIR" and not value:
            found[option.setting] = ""
            continue
        found[option.setting] = option.parse(option.setting, value)
    return found


def _refuse_unknown(values: Mapping[str, Any]) -> None:
    """Raise for a setting that is named like ours and is none."""
    known = {name for name in vars(settings) if name.startswith(PREFIX)}
    for name in values:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "see docs/reference/settings.md"
            raise UsageError(f"{name}: no such setting; {hint}")
