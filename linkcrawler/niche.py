"""A niche as a person names it in, its entries out; and those, to what pages are judged by.

An entry is a keyword or phrase, the URL of a page that is an example, or a file that is one. ``@file`` names a
text file with one a line: blank lines and lines that begin with ``#`` are passed over; what begins with
``http://`` or ``https://`` is a URL; what ends in one of `EXAMPLE_SUFFIXES` is a file, HTML or plain text, beside
the one that names it; anything else is a keyword.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.entries import file_named, text_in
from linkcrawler.exceptions import SeedError, UsageError
from linkcrawler.plain import one_line
from linkcrawler.policies.niche import Niche
from linkcrawler.policies.words import words_of
from linkcrawler.seeds import seed_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EXAMPLE_SUFFIXES: Final = (".html", ".htm", ".xhtml", ".txt", ".md")
"""What names of files that are examples end in."""
_WEB: Final = ("http://", "https://")
_FILE: Final = "file:"
_PARTED: Final = re.compile(r",\s+")
LONGEST_KEYWORD: Final = 200
MOST_KEYWORDS: Final = 1000
MOST_BYTES: Final = 4 * 2**20
"""Bytes of a file that is an example, at the most."""


class Entries(list[str]):
    """Entries as `read_niche` has found them: settings are read again, and these stay as they are."""


def read_niche(name: str, written: Any) -> list[str]:
    """Return the entries of a niche, each once, in order: keywords, canonical URLs, ``file:/path``.

    Args:
        name: what the argument is called, for its errors.
        written: a text with commas between entries, or a list of such; ``@file`` among them. What this
            has returned is returned again.

    Raises:
        UsageError: a file cannot be read, or an entry says nothing.

    >>> read_niche("niche", "mail server, SMTP")
    ['mail server', 'SMTP']
    """
    if isinstance(written, Entries):
        return written
    found: dict[str, None] = {}
    for text in [written] if isinstance(written, str) else map(str, written):
        if text.startswith("@"):
            path = file_named(text, name)
            for number, line in _lines(name, path):
                found[_entry(name, line, f" ({path}, line {number})", path.parent)] = None
        else:
            # A URL may hold commas.
            parts = _PARTED.split(text) if text.startswith((*_WEB, _FILE)) else text.split(",")
            entries = filter(None, map(str.strip, parts))
            found.update((_entry(name, entry, "", Path()), None) for entry in entries)
    if written and not found:
        raise UsageError(f"{name}: expected keywords, URLs or files, got none")
    if len(found) > MOST_KEYWORDS:
        raise UsageError(f"{name}: expected at most {MOST_KEYWORDS} entries, got {len(found):,}")
    return Entries(found)


def _lines(name: str, path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text_in(path, f"{name}: cannot read").splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _entry(name: str, text: str, where: str, folder: Path) -> str:
    """Return an entry as it is kept.

    Raises:
        UsageError: it says nothing, or names what is not there.
    """
    if text.startswith(_WEB):
        try:
            return seed_url(text)
        except SeedError as error:
            raise UsageError(f"{name}: {error}{where}") from None
    if text.startswith(_FILE):
        return text
    if text.lower().endswith(EXAMPLE_SUFFIXES):
        path = folder / text
        if not path.is_file():
            raise UsageError(f"{name}: there is no file {path}{where}")
        return f"{_FILE}{path.absolute()}"
    if not words_of(text) or len(text) > LONGEST_KEYWORD:
        raise UsageError(
            f"{name}: expected keywords, URLs or files, got {one_line(text, 80)!r}{where}"
        )
    return text


def example_urls(entries: Iterable[str]) -> list[str]:
    """Return the entries that are URLs of examples."""
    return [entry for entry in entries if entry.startswith(_WEB)]


def keywords_of(entries: Iterable[str]) -> list[str]:
    """Return the entries that are keywords or phrases."""
    return [entry for entry in entries if not entry.startswith((*_WEB, _FILE))]


def niche_from(name: str, entries: Iterable[str]) -> Niche:
    """Return what is known of a niche before a page is fetched: its keywords and the files' words.

    Args:
        name: what the argument is called, for its errors.
        entries: of `read_niche`.

    Raises:
        UsageError: a file cannot be read, or has no words.
    """
    keywords, examples = [], []
    for entry in entries:
        if entry.startswith(_FILE):
            examples.append(_words_in(name, Path(entry[len(_FILE) :])))
        elif not entry.startswith(_WEB):
            keywords.append(entry)
    return Niche(tuple(keywords), tuple(examples))


def _words_in(name: str, path: Path) -> dict[str, float]:
    """Return how often a file shows which words."""
    from linkcrawler.extraction.elements import PageHeaders
    from linkcrawler.extraction.reading import Document, read
    from linkcrawler.policies.relevance import Shown, terms_of

    try:
        body = path.read_bytes()[:MOST_BYTES]
    except OSError as error:
        raise UsageError(f"{name}: cannot read {path}: {error.strerror or error}") from None
    if path.suffix.lower() in (".txt", ".md"):
        found = terms_of(Shown(text=body.decode("utf-8", "replace")))
    else:
        page = Document(
            body, "text/html", "http://example.invalid/", PageHeaders(), "", 0, is_example=True
        )
        found = read(page).facts.shown or {}
    if not found:
        raise UsageError(f"{name}: {path} has no words")
    return found
