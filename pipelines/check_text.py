"""Parquet files of a table in, text that breaks the dataset's rules out: column, row and what is wrong.

The rules are `pipelines.schema`'s: bounded, in Unicode form C, free of control, bidirectional and invisible
characters, URLs in canonical form. Files are read in batches of `BATCH_ROWS`, one column at a time, so
that memory does not grow with them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkcrawler.extraction.text import UNSAFE
from pipelines.schema import MAX_LENGTHS, TABLES, URL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BATCH_ROWS: Final = 16_384
KEYS: Final = {
    "links": "source", "pages": "url", "domain_edges": "source", "domains": "domain",
    "rankings": "node",
}  # fmt: skip
"""The column that names a row, by table."""

_NO_TEXT: Final = f"[\x00-\x1f\u2028\u2029{UNSAFE.replace(chr(0xD800) + '-' + chr(0xDFFF), '')}]"
"""What no text holds; surrogates are found as what is no UTF-8."""
_URL: Final = r"""^(https?://[^/?#\s\x00-\x20\x7f-\x{10ffff}]+/[!"$-~]*)?$"""
"""A canonical URL, or none: a host, a path, no fragment, printable ASCII."""


def text_faults(path: Path, table: str) -> Iterator[str]:
    """Yield a line for each column of a file and rule that its text breaks, with the first row that does.

    Args:
        path: a Parquet file with the columns of ``table``.
        table: one of `TABLES`.
    """
    names = [field.name for field in TABLES[table] if pa.types.is_string(field.type)]
    for name in names:
        found: dict[str, tuple[int, str]] = {}
        is_url = name in URL_COLUMNS and table in ("links", "pages")
        columns = list(dict.fromkeys((name, KEYS[table])))
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=columns):
                for what, rows in _broken(batch.column(name), name, is_url=is_url):
                    count, first = found.get(what, (0, ""))
                    first = first or _shown(batch.column(KEYS[table])[rows[0]])
                    found[what] = (count + len(rows), first)
        for what, (count, first) in found.items():
            yield f"{path}: column {name} {what} in {count} rows, the first of {first}"


def _broken(column: pa.StringArray, name: str, *, is_url: bool) -> Iterator[tuple[str, list[int]]]:
    """Yield each rule that a column breaks, with the numbers of the rows that break it."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        yield "holds what is no UTF-8 (a lone surrogate)", _not_utf8(column)
        return
    for what, breaks in _URL_RULES if is_url else _RULES:
        rows = breaks(column, name)
        if rows:
            yield what, rows


def _not_utf8(column: pa.StringArray) -> list[int]:
    return [n for n in range(len(column)) if _is_not_utf8(column[n])]


def _is_not_utf8(value: pa.StringScalar) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return True
    return False


def _true(mask: pa.BooleanArray) -> list[int]:
    return pc.indices_nonzero(mask).to_pylist() if pc.any(mask).as_py() else []


def _too_long(column: pa.StringArray, name: str) -> list[int]:
    limit = MAX_LENGTHS.get(name)
    return _true(pc.greater(pc.utf8_length(column), limit)) if limit else []


def _unsafe(column: pa.StringArray, _: str) -> list[int]:
    return _true(pc.match_substring_regex(column, _NO_TEXT))


def _not_composed(column: pa.StringArray, _: str) -> list[int]:
    if pc.all(pc.string_is_ascii(column)).as_py():
        return []
    # The other library's tables may be of a later Unicode: the writer's own have the last word.
    rows = _true(pc.not_equal(column, pc.utf8_normalize(column, form="NFC")))
    return [n for n in rows if not unicodedata.is_normalized("NFC", column[n].as_py())]


def _no_url(column: pa.StringArray, _: str) -> list[int]:
    return _true(pc.invert(pc.match_substring_regex(column, _URL)))


_RULES: Final[tuple[tuple[str, Callable[[pa.StringArray, str], list[int]]], ...]] = (
    ("is longer than it may be", _too_long),
    ("holds control, bidirectional or invisible characters", _unsafe),
    ("is not in Unicode form C", _not_composed),
)
"""What is said of a column, and what finds the rows of which it is true."""
_URL_RULES: Final = (*_RULES, ("is no canonical URL", _no_url))


def _shown(value: pa.StringScalar) -> str:
    """Return the name of a row in printable ASCII."""
    return ascii(value.as_buffer().to_pybytes().decode("utf-8", "backslashreplace")[:200])
