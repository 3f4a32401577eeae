"""The value of an argument or a setting as a person writes it in, the value that Scrapy gets out.

Each function takes the name, for the message, and what was written: a text from the command line, or
what a settings file holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from linkcrawler.decisions import read_decisions, written_decisions
from linkcrawler.exceptions import UsageError
from linkcrawler.opt_outs import read_domains
from linkcrawler.policies.addresses import readable_address
from linkcrawler.policies.order import ORDERS
from linkcrawler.policies.rendering import MODES
from linkcrawler.policies.scope import checked_patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

SCOPES: Final = ("seeds", "co-linked", "discovered")
SCOPE_NAMES: Final = {"inter-actor": "seeds", "co-link": "co-linked", "snowball": "discovered"}
"""What network researchers call them."""
MOST_WORKERS: Final = 64
_CONTACT: Final = re.compile(r"https?://[^\s()]+|(?:mailto:)?[^\s@()<>,;:]+@[^\s@()<>,;:]+")
MOST: Final = 2**31 - 1
"""Largest count taken."""


def whole_number(name: str, written: Any, least: int = 0) -> int:
    """Return a count of at least ``least`` and at most `MOST`.

    Raises:
        UsageError: ``written`` is none.
    """
    try:
        value = int(str(written).strip())
    except ValueError:
        value = -1
    if value < least:
        raise UsageError(f"{name}: expected a whole number of at least {least}, got {written!r}")
    if value > MOST:
        hint = "" if least else "; 0 means no limit"
        raise UsageError(f"{name}: expected at most {MOST}, got {value}{hint}")
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
    return whole_number(name, written, 1)


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
