"""Text that breaks the dataset's rules is found in its column and row."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.checked import faults, rows_of


@pytest.mark.parametrize(("table", "column", "text", "what"), [
    ("links", "anchor", "x" * 513, "is longer than it may be"),
    ("links", "anchor", "two\x1b[31m", "holds control, bidirectional or invisible characters"),
    ("links", "heading", "a\u202eb", "holds control, bidirectional or invisible characters"),
    ("pages", "title", "a\U000e0041", "holds control, bidirectional or invisible characters"),
    ("pages", "title", "e\u0301", "is not in Unicode form C"),
    ("pages", "title", b"\xed\xa0\x80", "holds what is no UTF-8 (a lone surrogate)"),
    ("pages", "canonical", "http://a.example/b c", "is no canonical URL"),
    ("pages", "canonical", "http://a.example/#top", "is no canonical URL"),
    ("pages", "canonical", "javascript:alert(1)", "is no canonical URL"),
])  # fmt: skip
def test_text_that_breaks_the_rules_is_found_with_its_column_and_row(
    folder, rewrite, table, column, text, what
):
    rows = rows_of(folder, table)
    values = [one.encode() if one is not None else None for one in rows[column].to_pylist()]
    values[3] = text if isinstance(text, bytes) else text.encode()
    array = pa.array(values, pa.binary()).cast(pa.string(), safe=False)
    if isinstance(text, bytes):
        array = pa.Array.from_buffers(
            pa.string(), len(values), pa.array(values, pa.binary()).buffers()
        )
    place = rows.schema.get_field_index(column)
    rewrite(table, rows.set_column(place, rows.schema.field(column), array))
    (fault,) = faults(folder)
    url = rows["source" if table == "links" else "url"][3].as_py()
    assert f"{table}.parquet: column {column} {what} in 1 rows, the first of {url!r}" in fault


def test_text_at_the_limit_of_the_rules_is_no_fault(folder, rewrite):
    rows = rows_of(folder, "pages")
    values = rows["title"].to_pylist()
    values[:3] = ["\u00e9" * 512, "\u65e5\u672c \U0001f600", ""]
    place = rows.schema.get_field_index("title")
    rewrite("pages", rows.set_column(place, rows.schema.field("title"), pa.array(values)))
    assert faults(folder) == []
