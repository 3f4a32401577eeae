"""A URL in, the shapes that traps have out: dates, combinations, numbers (pure).

A shape is no verdict: ordinary sites have archives by date, filters and numbered pages, too.
All of it takes time in proportion to the URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_READ: Final = 2083
"""Characters of a URL that are looked at."""
MAX_PAIRS: Final = 40
"""Values of a query that are looked at."""

_MONTHS: Final = frozenset(
    {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)
_YEAR: Final = r"[12]\d{3}"
_FULL: Final = re.compile(
    rf"{_YEAR}[-_.]?(?:0[1-9]|1[0-2]|w[0-5]\d)(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?"
    rf"|{_YEAR}[-_.][1-9](?:[-_.](?:[1-9]|[12]\d|3[01]))?"
    rf"|(?:[1-9]|0[1-9]|[12]\d|3[01])[-_.](?:[1-9]|0[1-9]|1[0-2])[-_.]{_YEAR}"
    rf"|(?:[1-9]|0[1-9]|1[0-2])[-_.]{_YEAR}"
)
"""A month, a week or a day, in one word."""
_MOMENT: Final = re.compile(rf"(?:{_FULL.pattern})(?:[t+ ]\d.*)?|\d{{9,13}}")
"""The same with a time, or seconds since 1970."""
_HAS_YEAR: Final = re.compile(r"[12]\d{3}")
_IS_YEAR: Final = re.compile(_YEAR)
_SMALL: Final = re.compile(r"(?:w|week-?|kw)?\d{1,2}")
_WORD: Final = re.compile(r"[a-z]{1,12}")
_ENDING: Final = re.compile(r"\.[a-z]{2,5}$")
_YEAR_NAMES: Final = frozenset({"year", "yr", "y", "yyyy", "jahr", "annee", "ano", "anno", "m"})
_DATE_PART_NAMES: Final = _YEAR_NAMES | frozenset(
    {"month", "mon", "mm", "mo", "day", "d", "dd", "week", "w", "wk", "monat", "tag", "woche",
     "mes", "mois", "dia", "jour", "mese", "giorno"}
)  # fmt: skip
_PAGING_NAMES: Final = frozenset(
    {"page", "p", "pg", "paged", "pagenum", "offset", "start", "skip", "from", "seite", "pagina"}
)
_PIECES: Final = re.compile(r",|%2c|\||%7c|;|%3b", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d+")


class DateShape(NamedTuple):
    """A URL that says a date and little else."""

    stem: str
    """What is the same for all dates."""
    is_bare: bool
    """Nothing else tells two such URLs apart."""


class Query(NamedTuple):
    """The values of a query."""

    address: str
    """The URL before it."""
    pairs: tuple[str, ...]
    """Each ``name=value``, lists taken apart."""
    is_paging: bool
    """One value beside the number of a page or of its first item."""


def parts_of(url: str) -> tuple[str, str]:
    """Return what stands before the query and the query, of what is looked at."""
    address, _, query = url[:MAX_READ].partition("?")
    return address, query


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    for part in query.split("&", MAX_PAIRS)[:MAX_PAIRS]:
        name, _, value = part.partition("=")
        if name:
            yield name.lower(), value


# Dates


def date_shape(url: str) -> DateShape | None:
    """Return the date in ``url``, or None where there is none or a slug follows it.

    >>> date_shape("http://a.example/events/2031/02/")
    DateShape(stem='http://a.example/events', is_bare=True)
    >>> date_shape("http://a.example/2019/05/a-post"), date_shape("http://a.example/item/2019")
    (None, None)
    """
    if _HAS_YEAR.search(url) is None:
        return None
    address, query = parts_of(url.lower())
    return (_date_in_query(address, query) if query else None) or _date_in_path(address, query)


def _date_in_path(address: str, query: str) -> DateShape | None:
    parts = [part for part in address.split("/")[3:] if part]
    if not parts or len(parts) > 20:
        return None
    parts[-1] = _ENDING.sub("", parts[-1])
    end = len(parts)
    while (
        end
        and len(parts) - end < 2
        and _WORD.fullmatch(parts[end - 1])
        and not _is_month(parts[end - 1])
    ):
        end -= 1
    begin = _begin_of_date(parts, end)
    if begin is None:
        return None
    stem = "/".join([address.split("/")[2], *parts[:begin]])
    # Digits alone may be the number of an item.
    is_number = end - begin == 1 and parts[begin].isdigit()
    is_bare = end == len(parts) and not query and not is_number
    return DateShape(f"http://{stem}", is_bare)


def _begin_of_date(parts: list[str], end: int) -> int | None:
    """Return where the date begins that ends before ``end``."""
    place = end - 1
    while (
        place >= 0
        and end - place <= 3
        and (_SMALL.fullmatch(parts[place]) or _is_month(parts[place]))
    ):
        place -= 1
    if place < 0:
        return None
    if _FULL.fullmatch(parts[place]) and not (len(parts[place]) == 6 and parts[place].isdigit()):
        return place  # six digits are rather the number of an item
    smalls = end - 1 - place
    if _IS_YEAR.fullmatch(parts[place]):
        if smalls:
            return place
        before = place  # day and month first
        while before and place - before < 2 and _SMALL.fullmatch(parts[before - 1]):
            before -= 1
        return before if before < place else None
    return None


def _is_month(part: str) -> bool:
    return part[:3] in _MONTHS and part.isalpha() and len(part) <= 9


def _date_in_query(address: str, query: str) -> DateShape | None:
    has_date, is_bare, others = False, True, []
    for name, written in _parameters(query):
        value = written.replace("%3a", ":").replace("%2f", "-").replace("/", "-")
        if _is_date(name, value):
            has_date = True
        elif not (name in _DATE_PART_NAMES and (_SMALL.fullmatch(value) or _is_month(value))):
            others.append(name)
            is_bare = is_bare and _WORD.fullmatch(value) is not None
    if not has_date:
        return None
    return DateShape("&".join([address, *sorted(others)]), is_bare)


def _is_date(name: str, value: str) -> bool:
    """Return whether a value says a year at least; digits alone do under a name that does, too."""
    if _MOMENT.fullmatch(value):
        return not value.isdigit() or _may_be_date(name, value)
    return name in _YEAR_NAMES and _IS_YEAR.fullmatch(value) is not None


def _may_be_date(name: str, value: str) -> bool:
    if name in ("id", "p", "page", "start", "offset", "item", "nr", "no", "t", "f"):
        return False
    return len(value) in (6, 8) or name in _DATE_PART_NAMES or any(
        part in name for part in ("date", "time", "ts", "start", "end", "from", "to", "day", "cal")
    )  # fmt: skip


# Combinations


def query_values(url: str) -> Query | None:
    """Return the values of a query that has at least two, or None.

    >>> query_values("http://a.example/s?size=m&color=red,blue").pairs
    ('size=m', 'color=red', 'color=blue')
    >>> query_values("http://a.example/s?id=7") is None
    True
    """
    if "?" not in url:
        return None
    address, query = parts_of(url)
    if "&" not in query and not _PIECES.search(query):
        return None
    pairs: list[str] = []
    paging = 0
    for name, value in _parameters(query):
        is_page = name in _PAGING_NAMES and value.isdigit()
        paging += is_page
        pairs.extend(f"{name}={piece}" for piece in _PIECES.split(value, MAX_PAIRS))
    if len(pairs) < 2:
        return None
    return Query(address, tuple(pairs[:MAX_PAIRS]), paging == 1 and len(pairs) == 2)


# Numbers


def template(url: str) -> str:
    """Return ``url`` with ``#`` for each number.

    >>> template("http://a.example/list?page=12")
    'http://a.example/list?page=#'
    """
    return _NUMBER.sub("#", url)
