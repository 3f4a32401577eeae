"""Values of a dataset in, text that is safe and easy to read out.

HTML is escaped by the template engine; here goes what escaping leaves: invisible characters that
reorder or hide text, and passwords in URLs.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

MAX_VALUE: Final = 300
"""Longest value of an argument, in characters, that is printed whole."""

_CREDENTIALS: Final = re.compile(r"//[^/?#\s]*@")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def visible(value: object) -> object:
    r"""Return ``value``; in a plain string, characters that cannot be seen show as ``\uXXXX``.

    Control and bidirectional characters, zero-width ones and lone surrogates are such characters.
    Markup that the template engine trusts stays as it is.

    >>> print(visible("moc.elpmaxe\u202egro"))
    moc.elpmaxe\u202egro
    """
    if type(value) is not str or value.isprintable():
        return value
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in value)


def breakable(domain: str) -> Markup:
    """Return a domain as HTML that breaks before a dot where the line is short.

    >>> breakable("a.<b>")
    Markup('a<wbr>.&lt;b&gt;')
    """
    return Markup("<wbr>.").join(str(visible(domain)).split("."))


def thousands(number: int) -> str:
    """Return a count with separators.

    >>> thousands(27550)
    '27,550'
    """
    return f"{number:,}"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as a percentage that never rounds to none or to all.

    >>> percent(0.1234), percent(0.0), percent(1.0), percent(0.0001), percent(0.99999)
    ('12.3%', '0%', '100%', '<0.1%', '>99.9%')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    if share < 0.001:
        return "<0.1%"
    return ">99.9%" if share > 0.999 else f"{share:.1%}"


def between(first: datetime | None, last: datetime | None) -> str:
    """Return the days from ``first`` to ``last``, in English whatever the locale.

    >>> from datetime import datetime
    >>> between(datetime(2026, 11, 3), datetime(2026, 11, 14))
    '3 to 14 November 2026'
    >>> between(datetime(2025, 12, 30), datetime(2026, 1, 2))
    '30 December 2025 to 2 January 2026'
    """
    if first is None or last is None:
        return "nothing was fetched"
    if first.date() == last.date():
        return _day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_day(last)}"
    return f"{_day(first)} to {_day(last)}"


def _day(date: date) -> str:
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def seed_names(seeds: Sequence[str]) -> list[str]:
    """Return the registered domains of ``seeds``, each once; what is no URL stands for itself.

    >>> seed_names(["https://www.example.co.uk/", "https://example.co.uk/a", "odd"])
    ['example.co.uk', 'odd']
    """
    names = []
    for seed in seeds:
        url = canonicalize(seed)
        names.append(registered_domain(host_of(url)) if url else shorten(seed, 60))
    return list(dict.fromkeys(names))


def default_title(seeds: Sequence[str]) -> str:
    """Return a title that names up to three seeds.

    >>> default_title(["https://a.example/", "https://b.example/"])
    'Authority around a.example and b.example'
    """
    names = seed_names(seeds)
    if not names:
        return "Authority ranking"
    if len(names) > 3:
        names = [*names[:2], f"{thousands(len(names) - 2)} more seeds"]
    together = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"Authority around {together}"


def without_credentials(text: str) -> str:
    """Return ``text`` with user names and passwords of URLs struck out.

    >>> without_credentials("http://ann:secret@proxy.example:8080/")
    'http://…@proxy.example:8080/'
    """
    return _CREDENTIALS.sub("//…@", text)


def printed(value: Any) -> str:
    """Return a value of ``run.json`` as text: strings bare, all else as JSON; bounded.

    >>> printed(True), printed("x"), printed(["https://a.example/"])
    ('true', 'x', '["https://a.example/"]')
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shorten(without_credentials(text), MAX_VALUE)


def shorten(text: str, length: int) -> str:
    """Return ``text`` cut to ``length`` characters, an ellipsis at the cut."""
    return text if len(text) <= length else text[: length - 1] + "…"
