"""A table's schema in, its description as a Markdown table out; the reference is written from it.

``python -m pipelines.describe docs/reference/dataset.md`` replaces what stands between the marks
``<!-- table:NAME -->`` and ``<!-- end -->`` of each table in that file.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from linkcrawler.disk import replace_file
from linkcrawler.exceptions import LinkCrawlerError, StorageError, UsageError
from pipelines.schema import MAX_LENGTHS, SORTED_BY, TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPE_NAMES: Final = {pa.float32(): "float32", pa.float64(): "float64"}
"""Arrow calls these float and double, which are other types to some readers."""
_MARKED: Final = re.compile(r"(<!-- table:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def describe(table: str) -> str:
    """Return the Markdown of ``table``: the order of its rows, then one line a column.

    Raises:
        UsageError: there is no such table.

    >>> describe("domains").splitlines()[0]
    '43 columns; the rows of `domains.parquet` are sorted by `rank`.'
    >>> describe("domains").splitlines()[4]
    '| `domain` | string, at most 8,192 | no | Registered domain, private suffixes on |'
    """
    if table not in TABLES:
        raise UsageError(f"there is no table {table!r}; known are {', '.join(TABLES)}")
    schema = TABLES[table]
    order = ", ".join(f"`{name}`" for name in SORTED_BY[table])
    lines = [f"{len(schema)} columns; the rows of `{table}.parquet` are sorted by {order}.", ""]
    lines += ["| column | type | null | meaning |", "|---|---|---|---|"]
    lines += [_column(field) for field in schema]
    return "\n".join(lines) + "\n"


def _column(field: pa.Field) -> str:
    """Return the line of one column."""
    kind = TYPE_NAMES.get(field.type, str(field.type))
    if pa.types.is_string(field.type):
        kind += f", at most {MAX_LENGTHS[field.name]:,}"
    meaning = (field.metadata or {}).get(b"description", b"").decode().replace("|", "\\|")
    return f"| `{field.name}` | {kind} | {'yes' if field.nullable else 'no'} | {meaning} |"


def updated(text: str) -> str:
    r"""Return ``text`` with the description of each marked table as the schema has it now.

    Raises:
        UsageError: a mark names no table.

    >>> updated("<!-- table:domains -->\nold\n<!-- end -->").splitlines()[1]
    '43 columns; the rows of `domains.parquet` are sorted by `rank`.'
    """
    return _MARKED.sub(lambda found: f"{found[1]}{describe(found[2])}{found[3]}", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Update the files named; return the exit code."""
    paths = [Path(name) for name in (sys.argv[1:] if arguments is None else arguments)]
    try:
        if not paths:
            raise UsageError("name the Markdown files to update")
        for path in paths:
            _update(path)
    except LinkCrawlerError as error:
        sys.stderr.write(f"python -m pipelines.describe: error: {error}\n")
        return error.exit_code
    return 0


def _update(path: Path) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    replace_file(path, updated(text).encode())


if __name__ == "__main__":
    raise SystemExit(main())
