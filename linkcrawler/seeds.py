"""What a person names as seeds in, canonical seed URLs out.

A seed is a URL, a domain, or ``@file``: a text file with one seed a line (blank lines and ``#``
comments are passed over), or a CSV with a ``url`` or ``domain`` column; where it also has a column
``decision``, the rows that are IN. A bare domain means its
home page over plain http, which sites that have moved to https redirect.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.entries import file_named, text_in
from linkcrawler.exceptions import SeedError
from linkcrawler.plain import one_line
from linkcrawler.policies.decisions import IN
from linkcrawler.urls.canonical import canonicalize, has_credentials, host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COLUMNS: Final = ("url", "domain")
DECISION: Final = "decision"
"""A column that says which rows are seeds: those that are IN."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_NAME: Final = re.compile(r"[^\s/?#@]+\.[^\s/?#@.]+\.?(?::\d+)?(?:[/?#].*)?|\[[0-9a-fA-F:.]+\].*")


def read_seeds(named: Sequence[str]) -> list[str]:
    """Return the canonical URLs of the seeds named, each once, in order.

    Raises:
        SeedError: there is none, a file cannot be read, or an entry is no URL or domain; the
            message names the entry, and the file and line where it stands.
    """
    found: dict[str, None] = {}
    for entry in named:
        if entry.startswith("@"):
            found.update(dict.fromkeys(_from_file(file_named(entry, "seeds", SeedError))))
        elif entry.strip():
            found[seed_url(entry)] = None
    if not found:
        raise SeedError("no seeds: name URLs or domains, or @file with one a line")
    return list(found)


def seed_url(written: str, where: str = "") -> str:
    """Return the canonical URL of one seed.

    Raises:
        SeedError: it is neither URL nor domain.

    >>> seed_url("Example.com"), seed_url("https://bücher.example/a#b")
    ('http://example.com/', 'https://xn--bcher-kva.example/a')
    """
    text = written.strip()
    url = None
    if _SCHEME.match(text):
        url = canonicalize(text)
    elif _NAME.fullmatch(text):
        url = canonicalize(f"http://{text}")
    if url is not None and has_credentials(url):
        raise SeedError(
            f"{where}a seed names a user or password; name it without: they would be kept"
        )
    if url is None or not host_of(url) or "*" in host_of(url):
        raise SeedError(
            f"{where}'{one_line(text, 80)}' is no seed: expected an http(s) URL or a domain"
        )
    return url


def default_folder(named: Sequence[str], seeds: Sequence[str]) -> Path:
    """Return where a crawl of these seeds goes when no folder is named: the same each time.

    Other seeds go elsewhere: all but a lone home page add a few letters made from the seeds.

    >>> default_folder(["example.com"], ["http://example.com/"])
    PosixPath('data/crawls/example.com')
    >>> default_folder(["@my seeds.txt"], ["http://example.com/"])
    PosixPath('data/crawls/my-seeds-2a1b40')
    """
    host = host_of(seeds[0])
    if len(named) == 1 and named[0].startswith("@"):
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(named[0][1:]).stem).strip(".-") or "crawl"
    elif list(seeds) == [f"http://{host}/"]:
        return Path("data/crawls") / host.strip("[]").replace(":", "-")
    else:
        name = host.strip("[]").replace(":", "-")
    mark = hashlib.sha256("\n".join(sorted(seeds)).encode()).hexdigest()[:6]
    return Path("data/crawls") / f"{name}-{mark}"


def _from_file(path: Path) -> Iterator[str]:
    """Yield the seeds of a file."""
    text = text_in(path, "cannot read seeds from", SeedError)
    entries = list(_entries(text, path))
    if not entries:
        raise SeedError(f"{path} holds no seeds: write one URL or domain a line")
    for line, entry in entries:
        yield seed_url(entry, f"{path}, line {line}: ")


def _entries(text: str, path: Path) -> Iterable[tuple[int, str]]:
    """Return ``(line, entry)`` of each seed written in ``text``."""
    lines = [(i, line.strip()) for i, line in enumerate(text.splitlines(), 1)]
    kept = [(i, line) for i, line in lines if line and not line.startswith("#")]
    if kept and _csv_column(kept[0][1]) is not None:
        return _csv_entries(text, path)
    if kept and path.suffix.lower() == ".csv":
        raise SeedError(f"{path} has no column named {' or '.join(COLUMNS)} in its first line")
    return [(i, re.split(r"\s+#", line)[0]) for i, line in kept]


def _csv_column(header: str) -> str | None:
    """Return the name of the seed column where ``header`` is a CSV's first line, else None."""
    try:
        names = [name.strip() for name in next(csv.reader([header], **_dialect(header)))]
    except csv.Error:  # a line too long for a header
        return None
    return next((name for want in COLUMNS for name in names if name.lower() == want), None)


def _dialect(header: str) -> dict[str, Any]:
    return {"delimiter": max(",;\t", key=header.count), "skipinitialspace": True}


def _csv_entries(text: str, path: Path) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    body = "\n".join("" if line.strip()[:1] in ("", "#") else line for line in lines)
    skipped = len(body) - len(body.lstrip("\n"))
    body = body.lstrip("\n")
    header = body.partition("\n")[0]
    column = _csv_column(header)
    reader = csv.DictReader(io.StringIO(body), **_dialect(header))
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    try:
        decision = next((name for name in reader.fieldnames if name.lower() == DECISION), None)
        for row in reader:
            if decision and (row.get(decision) or "").strip().upper() != IN:
                continue
            entry = (row.get(column or "") or "").strip().removeprefix("'")
            if entry:
                yield reader.line_num + skipped, entry
    except csv.Error as error:
        raise SeedError(f"{path} is no readable CSV: {error}") from None
