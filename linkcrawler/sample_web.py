"""The description of a small web in (``web.toml``), an answer to each of its URLs out.

Pure: the same folder gives the same bytes, and nothing is read after `load`. Hosts that the
description does not name answer 502, as a proxy does that cannot reach them. The notation is
explained at the top of ``data/sample-web/web.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import ada_url

from linkcrawler.exceptions import LinkCrawlerError, UsageError
from linkcrawler.loopback import TEXT, Answer
from linkcrawler.sample_html import LAYOUTS, Frame, render

DESCRIPTION: Final = "web.toml"

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_FIRST_YEAR: Final = 2025
"""Year of month 0 of a calendar."""
_MONTH_QUERY: Final = re.compile(r"month=(-?\d{1,9})")
_STYLE: Final = b"""\
body { max-width: 48rem; margin: auto; padding: 1rem; font: 1.05rem/1.5 Georgia, serif; }
nav ul { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
aside, footer { margin-top: 2rem; border-top: 1px solid; font-size: 0.9rem; }
"""
_PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200" viewBox="0 0 320 200">
<title>{name}</title><rect width="320" height="200" fill="#eee"/>
<path d="M60 90h140l60 10-60 10H60z" fill="#335"/></svg>
"""

Calendar = Callable[[int], Answer]


def sample_web_folder() -> Path:
    """Return the folder of the sample web: the checkout's, or the one in an installed package.

    Raises `LinkCrawlerError` where there is neither.
    """
    package = Path(__file__).resolve().parent
    places = (package.parent / "data" / "sample-web", package / "sample-web")
    for folder in places:
        if (folder / DESCRIPTION).is_file():
            return folder
    message = f"The sample web is neither in {places[0]} nor in {places[1]}: reinstall linkcrawler."
    raise LinkCrawlerError(message)


def load(folder: Path) -> SampleWeb:
    """Return the web described in ``folder``.

    Raises `UsageError` where the description is missing or cannot be used.
    """
    path = folder / DESCRIPTION
    try:
        description = tomllib.loads(path.read_text(encoding="utf-8"))
        sites = [_Site.read(table) for table in description["site"]]
        answers = {url: answer for site in sites for url, answer in site.answers()}
        calendars = {site.url(site.calendar): site.month for site in sites if site.calendar}
        hosts = tuple(site.host for site in sites)
        return SampleWeb(list(description["seeds"]), hosts, answers, calendars)
    except OSError as error:
        message = f"Cannot read {path} ({error.strerror}): name the folder of a sample web."
        raise UsageError(message) from error
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        message = f"{path} cannot be used ({type(error).__name__}: {error}): correct it."
        raise UsageError(message) from error


@dataclass(frozen=True, slots=True)
class SampleWeb:
    """A web that answers URLs."""

    seeds: list[str]
    """URLs that a crawl starts from."""
    hosts: tuple[str, ...]
    """Every host that answers, as A-labels."""
    answers: Mapping[str, Answer]
    """The answer of each page, by its URL."""
    calendars: Mapping[str, Calendar]
    """What answers month N under the URL of an endless calendar."""

    def handler(self, url: str) -> Answer:
        """Return the answer to an absolute URL; a query that no page is named by is ignored."""
        try:
            href = ada_url.normalize_url(url).partition("#")[0]
        except (ValueError, UnicodeError):
            return _plain(400, "Not a URL.")
        address, _, query = href.partition("?")
        host = address.split("/")[2]
        if host not in self.hosts:
            return _plain(502, f"The host {host} cannot be reached.")
        if address in self.calendars:
            return self._month(address, query)
        return (
            self.answers.get(href)
            or self.answers.get(address)
            or _plain(404, "There is no such page.")
        )

    def _month(self, address: str, query: str) -> Answer:
        month = _MONTH_QUERY.fullmatch(query or "month=0")
        if month is None:
            return _plain(404, "There is no such month.")
        return self.calendars[address](int(month[1]))


@dataclass(frozen=True, slots=True)
class _Site:
    """One host of the description."""

    host: str
    frame: Frame
    headers: tuple[tuple[str, str], ...]
    pages: dict[str, str | dict[str, Any]]
    lists: list[dict[str, Any]]
    calendar: str

    @classmethod
    def read(cls, table: dict[str, Any]) -> _Site:
        """Return the site that a ``[[site]]`` table describes; raises LookupError, ValueError."""
        table = dict(table)
        host = table.pop("host")
        headers = tuple(table.pop("headers", {}).items())
        pages, lists = table.pop("pages"), table.pop("list", [])
        calendar = table.pop("calendar", "")
        frame = Frame(**{**table, "nav": tuple(table.get("nav", ()))})
        if frame.layout not in LAYOUTS:
            message = f"layout {frame.layout!r} of {host} is none of {', '.join(LAYOUTS)}"
            raise ValueError(message)
        name = ada_url.URL(f"http://{host}/").hostname
        return cls(name, frame, headers, pages, lists, calendar)

    def url(self, path: str) -> str:
        return ada_url.join_url(f"http://{self.host}/", path)

    def answers(self) -> Iterator[tuple[str, Answer]]:
        """Yield every URL of the site that has an answer of its own, pictures included."""
        items = {}
        yield self.url("/style.css"), Answer(200, _STYLE, (("Content-Type", "text/css"),))
        for table in self.lists:
            rows = list(_filled(table))
            items[f"@{table['name']}"] = "\n".join(f"- {item}" for _, _, item in rows)
            for path, text, _ in rows:
                yield from self._page(path, {"text": text})
        for path, page in self.pages.items():
            table = {"text": page} if isinstance(page, str) else dict(page)
            lines = table.get("text", "").splitlines()
            table["text"] = "\n".join(items.get(line, line) for line in lines)
            yield from self._page(path, table)

    def _page(self, path: str, page: dict[str, Any]) -> Iterator[tuple[str, Answer]]:
        headers = (*self.headers, *page.get("headers", {}).items())
        if "to" in page:
            headers = (*headers, ("Location", page["to"]))
            yield self.url(path), Answer(page.get("status", 301), b"", headers)
        elif "raw" in page:
            headers = (("Content-Type", page["type"]), *headers)
            yield self.url(path), Answer(page.get("status", 200), page["raw"].encode(), headers)
        else:
            html = self._render(page["text"], page.get("head", ()), page.get("lang", ""))
            yield self.url(path), Answer(page.get("status", 200), html, headers)
            for name in re.findall(r"/img/([\w-]+)\.svg", page["text"] + self.frame.aside):
                yield self.url(f"/img/{name}.svg"), _picture(name)

    def _render(self, text: str, head: tuple[str, ...] = (), lang: str = "") -> bytes:
        return render(self.frame, text, head=head, lang=lang)

    def month(self, number: int) -> Answer:
        """Return the page of one month of the calendar, which links to the next and previous."""
        year, month = divmod(number, 12)
        text = (
            f"Meetings in {_MONTHS[month]} {_FIRST_YEAR + year}\n"
            "We meet on the third Thursday, above the bakery.\n"
            f"[Previous month]({self.calendar}?month={number - 1}) · "
            f"[Next month]({self.calendar}?month={number + 1})"
        )
        return Answer(200, self._render(text), self.headers)


def _filled(table: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield path, text and item of each row of a ``[[site.list]]`` table."""
    columns, rows = table["columns"], table["rows"]
    for number, row in enumerate(rows):
        fields = dict(zip(columns, row, strict=True))
        fields["prev"] = rows[number - 1][0]
        fields["next"] = rows[(number + 1) % len(rows)][0]
        path, text, item = (table[key].format_map(fields) for key in ("path", "text", "item"))
        yield path, text, item


def _picture(name: str) -> Answer:
    body = _PICTURE.format(name=escape(name)).encode()
    return Answer(200, body, (("Content-Type", "image/svg+xml"),))


def _plain(status: int, message: str) -> Answer:
    return Answer(status, f"{message}\n".encode(), (("Content-Type", TEXT),))
