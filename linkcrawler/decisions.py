"""Decisions on domains as a person writes them in, canonical hosts with `DECISIONS` out.

A file is CSV with a column ``domain`` and a column ``decision``, in any order and among others, such as
``linkcrawler decisions`` writes and spreadsheets save.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linkcrawler.entries import host_in, text_in
from linkcrawler.exceptions import UsageError
from linkcrawler.plain import one_line
from linkcrawler.policies.decisions import DECISIONS, IN, UNDECIDED, decision_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COLUMNS: Final = ("domain", "decision")
_PAIR: Final = re.compile(rf"([^\s=]+)=({'|'.join(DECISIONS)})")


def read_decisions(name: str, written: Iterable[str]) -> dict[str, str]:
    """Return the decision on each canonical host.

    Args:
        name: what the argument is called, for its errors.
        written: files, or decisions as ``host=IN``.

    Raises:
        UsageError: a file cannot be read, has not both columns, or holds no domain, another word, or
            two decisions on one domain; the message names file and line.

    >>> read_decisions("decisions", ["Shop.example=OUT"])
    {'shop.example': 'OUT'}
    """
    found: dict[str, str] = {}
    for entry in written:
        pair = _PAIR.fullmatch(entry)
        rows = [(pair[1], pair[2], "")] if pair else _rows(name, Path(entry))
        for domain, decision, where in rows:
            # What a spreadsheet would run has a ' before it, as this project's own CSV does.
            host = host_in(domain.removeprefix("'"), name, where)
            if found.setdefault(host, decision) != decision:
                raise UsageError(f"{name}: {host} is decided twice, and differently{where}")
    return found


def written_decisions(decisions: Mapping[str, str]) -> list[str]:
    """Return decisions as ``host=IN``, which `read_decisions` takes; those that change nothing are left out.

    >>> written_decisions({"a.example": "OUT", "b.a.example": "UNDECIDED", "c.example": "UNDECIDED"})
    ['a.example=OUT', 'b.a.example=UNDECIDED']
    """
    return [
        f"{host}={word}"
        for host, word in decisions.items()
        if word != UNDECIDED or decision_on(host.partition(".")[2], decisions) != UNDECIDED
    ]


def seeds_in(decisions: Mapping[str, str]) -> list[str]:
    """Return the home pages of the hosts that are in.

    >>> seeds_in({"a.example": "IN", "b.example": "OUT"})
    ['http://a.example/']
    """
    return [f"http://{host}/" for host, decision in decisions.items() if decision == IN]


def _rows(name: str, path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield domain and decision of each line of a file, and where they stand."""
    lines = text_in(path, f"{name}: cannot read").splitlines()
    header = lines[0] if lines else ""
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    try:
        names = {field.strip().lower(): field for field in reader.fieldnames or ()}
        missing = [column for column in COLUMNS if column not in names]
        if missing:
            raise UsageError(
                f"{name}: {path} has no column named {' or '.join(missing)} in its first line"
            )
        for row in reader:
            domain, decision = ((row[names[column]] or "").strip() for column in COLUMNS)
            if domain and not domain.startswith("#"):
                where = f" ({path}, line {reader.line_num})"
                yield domain, _word(name, decision, where), where
    except csv.Error as error:
        raise UsageError(f"{name}: {path} is no readable CSV: {error}") from None


def _word(name: str, written: str, where: str) -> str:
    word = written.upper() or UNDECIDED
    if word not in DECISIONS:
        raise UsageError(
            f"{name}: expected IN, OUT or UNDECIDED, got {one_line(written, 40)!r}{where}"
        )
    return word
