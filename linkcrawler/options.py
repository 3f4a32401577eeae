"""The arguments of a crawl: their names, types and the setting that each one sets.

One table for ``linkcrawler crawl``, for ``scrapy crawl links -a`` and for the reference.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from linkcrawler import settings
from linkcrawler.decisions import read_decisions, written_decisions
from linkcrawler.exceptions import UsageError
from linkcrawler.niche import read_niche
from linkcrawler.opt_outs import read_domains
from linkcrawler.policies.addresses import readable_address
from linkcrawler.policies.order import ORDERS
from linkcrawler.policies.rendering import MODES
from linkcrawler.policies.scope import checked_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX: Final = "LINKCRAWLER_"
SCOPES: Final = ("seeds", "co-linked", "discovered")
SCOPE_NAMES: Final = {"inter-actor": "seeds", "co-link": "co-linked", "snowball": "discovered"}
"""What network researchers call them."""
MOST_WORKERS: Final = 64
_CONTACT: Final = re.compile(r"https?://[^\s()]+|(?:mailto:)?[^\s@()<>,;:]+@[^\s@()<>,;:]+")
MOST: Final = 2**31 - 1
"""Largest count taken."""


@dataclass(frozen=True, slots=True)
class Option:
    """An argument of the crawl."""

    name: str
    """As a spider argument; the command line writes ``-`` for ``_``."""
    setting: str
    parse: Callable[[str, Any], Any]
    """Takes the name and what was written, returns the setting's value, raises `UsageError`."""
    help: str


def whole_number(name: str, written: Any) -> int:
    """Return a count of at least 0 and at most `MOST`.

    Raises:
        UsageError: ``written`` is none.
    """
    try:
        value = int(str(written).strip())
    except ValueError:
        value = -1
    if value < 0:
        raise UsageError(f"{name}: expected a whole number of at least 0, got {written!r}")
    if value > MOST:
        raise UsageError(f"{name}: expected at most {MOST}, got {value}; 0 means no limit")
    return value


def seconds(name: str, written: Any) -> float:
    """Return a duration of at least 0 seconds.

    Raises:
        UsageError: ``written`` is none.
    """
    try:
        value = float(str(written).strip())
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}: expected seconds, a number of at least 0, got {written!r}")
    return value


def at_least_one_second(name: str, written: Any) -> float:
    """Return a duration of at least a second.

    Raises:
        UsageError: ``written`` is none.
    """
    value = seconds(name, written)
    if value < 1:
        raise UsageError(f"{name}: expected at least 1 second, got {written!r}")
    return value


def concurrency(name: str, written: Any) -> int:
    """Return a number of requests of at least 1.

    Raises:
        UsageError: ``written`` is none.
    """
    value = whole_number(name, written)
    if value < 1:
        raise UsageError(f"{name}: expected a whole number of at least 1, got {written!r}")
    return value


def workers(name: str, written: Any) -> int:
    """Return a number of processes, from 1 to `MOST_WORKERS`.

    Raises:
        UsageError: ``written`` is none.
    """
    value = concurrency(name, written)
    if value > MOST_WORKERS:
        raise UsageError(f"{name}: expected at most {MOST_WORKERS} processes, got {value}")
    return value


def scope(name: str, written: Any) -> str:
    """Return one of `SCOPES`.

    Raises:
        UsageError: ``written`` is another word.
    """
    value = str(written).strip().lower()
    return _one_of(SCOPES, name, SCOPE_NAMES.get(value, written))


def order(name: str, written: Any) -> str:
    """Return one of `linkcrawler.policies.order.ORDERS`.

    Raises:
        UsageError: ``written`` is another word.
    """
    return _one_of(ORDERS, name, written)


def rendering(name: str, written: Any) -> str:
    """Return one of `linkcrawler.policies.rendering.MODES`.

    Raises:
        UsageError: ``written`` is another word.
    """
    return _one_of(MODES, name, written)


def _one_of(known: Sequence[str], name: str, written: Any) -> str:
    value = str(written).strip().lower()
    if value not in known:
        raise UsageError(
            f"{name}: expected {', '.join(known[:-1])} or {known[-1]}, got {written!r}"
        )
    return value


def words(written: Any) -> list[str]:
    """Return the items of a list, or of a text with commas or white space between.

    An item of a list is split at its commas too, unless it is a URL or a file's name.
    """
    if isinstance(written, str):
        return written.replace(",", " ").split()
    found: list[str] = []
    for word in map(str, written):
        whole = "://" in word or word.startswith("@")
        found.extend([word] if whole else filter(None, word.split(",")))
    return found


def patterns(name: str, written: Any) -> list[str]:
    """Return regular expressions; a text is one expression.

    Raises:
        UsageError: one is no regular expression.
    """
    found = [written] if isinstance(written, str) else [str(pattern) for pattern in written]
    return list(checked_patterns(name, [pattern for pattern in found if pattern]))


def addresses(name: str, written: Any) -> list[str]:
    """Return IP addresses in canonical spelling.

    Raises:
        UsageError: one is no IP address.
    """
    try:
        return [readable_address(word) for word in words(written)]
    except ValueError as error:
        raise UsageError(f"{name}: expected IP addresses; {error}") from None


def ports(name: str, written: Any) -> list[int]:
    """Return TCP ports, from 1 to 65535, at least one.

    Raises:
        UsageError: one is no port, or none is given.
    """
    found = words(written if isinstance(written, (str, list, tuple)) else [written])
    if not found or not all(word.isascii() and word.isdigit() for word in found):
        found = ["0"]
    if not all(0 < int(word) < 2**16 for word in found):
        raise UsageError(f"{name}: expected ports, numbers from 1 to 65535, got {written!r}")
    return [int(word) for word in found]


def domains(name: str, written: Any) -> list[str]:
    """Return canonical hosts; files of them are read.

    Raises:
        UsageError: one is no domain, or a file cannot be read.
    """
    return read_domains(name, words(written))


def decisions(name: str, written: Any) -> list[str]:
    """Return decisions on domains as ``host=IN``; files of them are read.

    Raises:
        UsageError: one is none, or a file cannot be read.
    """
    found = [written] if isinstance(written, str) else [str(entry) for entry in written]
    return written_decisions(read_decisions(name, [entry for entry in found if entry]))


def contact(name: str, written: Any) -> str:
    """Return who answers for the crawl: a URL, a mail address, or an empty text for nobody.

    Raises:
        UsageError: ``written`` is neither.
    """
    value = str(written).strip()
    if value and not (_CONTACT.fullmatch(value) and value.isprintable() and value.isascii()):
        raise UsageError(
            f"{name}: expected the URL or mail address of who answers for the crawl, "
            f"got {value[:80]!r}"
        )
    return value


def proxy(name: str, written: Any) -> str:
    """Return the URL of an HTTP proxy, or an empty text for none.

    Raises:
        UsageError: ``written`` is no ``http://host:port``.
    """
    value = str(written).strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        # A password would end up in run.json and in the report.
        usable = parts.scheme == "http" and bool(parts.hostname) and "@" not in parts.netloc
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        shown = value.rpartition("@")[2] if "@" in value else value
        raise UsageError(f"{name}: expected a proxy as http://host:port, got {shown!r}")
    return value


def switch(name: str, written: Any) -> bool:
    """Return yes or no.

    Raises:
        UsageError: ``written`` is neither.
    """
    value = str(written).strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise UsageError(f"{name}: expected yes or no, got {written!r}")


def path(name: str, written: Any) -> str:
    """Return a folder's path.

    Raises:
        UsageError: it is empty.
    """
    value = str(written)
    if not value.strip():
        raise UsageError(f"{name}: expected a folder, got {written!r}")
    return value


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


def checked_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings behind `OPTIONS` with the right types, however they were set.

    Raises:
        UsageError: one of them or of `NUMBERS` cannot be used, or none of ours has such a name;
            the message names the setting.
    """
    _refuse_unknown(values)
    for name, parse in NUMBERS.items():
        parse(name, values[name])
    found = {}
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
