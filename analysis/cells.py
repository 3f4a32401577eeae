"""Values in, CSV out that a spreadsheet shows and never runs.

A cell that begins like a formula is run when the file is opened, and may call programs or send the
other cells to a stranger; anchors and titles are strangers' text. Such text gets a ``'`` before it, as
OWASP's page "CSV Injection" advises. JSON and Parquet hold it as it is.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.text import UNSAFE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

STARTS: Final = "=+-@"
"""What a formula begins with; full-width, small and raised forms of these count, too."""
_SPECIAL: Final = re.compile('[,"\r\n]')
_MINUS: Final = "\u2212"
_UNSEEN: Final = re.compile(f"(?:[{UNSAFE}\u00ad\u200b-\u200d\u2060-\u2064]|\\s)*")
"""What may stand before it: white space, and characters that take no room."""


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return CSV with a header (RFC 4180, but that lines end in LF).

    >>> csv_of(["a", "b"], [["x, y", 1], ["\r", None]])
    'a,b\n"x, y",1\n"\'\r",\n'
    """
    cells = [map(csv_text, row) for row in rows]
    return "".join(f"{','.join(map(_quoted, line))}\n" for line in [header, *cells])


def csv_of_columns(header: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> str:
    """Return the CSV of `csv_of` for columns of Arrow, each of one type, at a tenth of the time."""
    lines = zip(*map(_cells, columns), strict=True)
    return "".join([f"{','.join(map(_quoted, header))}\n", *(f"{','.join(it)}\n" for it in lines)])


def _cells(column: pa.ChunkedArray) -> list[str]:
    """Return the cells of a column; a value that comes again is written once."""
    import pyarrow as pa

    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return ["" if is_unknown(value) else str(value) for value in column.to_pylist()]
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    known = [_quoted(csv_text(value)) for value in coded.dictionary.to_pylist()]
    return ["" if code is None else known[code] for code in coded.indices.to_pylist()]


def _quoted(cell: str) -> str:
    """Return ``cell`` in quotes where it has to be: `csv` leaves a lone CR bare."""
    if not _SPECIAL.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def csv_text(value: object) -> str:
    """Return one cell: truths in lower case, times in ISO 8601, null and NaN empty, text defused.

    >>> csv_text("=HYPERLINK(1)"), csv_text(" +1"), csv_text("a=b")
    ("'=HYPERLINK(1)", "' +1", 'a=b')
    >>> csv_text(-1), csv_text(True), csv_text(None)
    ('-1', 'true', '')
    """
    if is_unknown(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if is_formula(value) else value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def is_unknown(value: object) -> bool:
    """Return whether ``value`` stands for no value: null, or NaN, which neither CSV nor JSON has."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_formula(text: str) -> bool:
    r"""Return whether a spreadsheet might run ``text``, or take it for several cells.

    >>> is_formula("\u200b=1+1"), is_formula("\tx"), is_formula("1+1")
    (True, True, False)
    """
    found = _UNSEEN.match(text)
    before = found.group() if found else ""
    first = text[len(before) :][:1]
    if any(char in before for char in "\t\r\n\0"):
        return True
    return bool(first) and (first == _MINUS or unicodedata.normalize("NFKC", first) in STARTS)
