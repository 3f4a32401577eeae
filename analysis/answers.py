"""An answer about a domain (figures and tables) in; JSON, CSV and Parquet out, or text for people."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.cells import csv_of
from linkcrawler.disk import replace_file, storage_errors
from linkcrawler.plain import beneath, one_line

if TYPE_CHECKING:
    from pathlib import Path

PIPE_COLUMNS: Final = 400
"""Width of a table where no terminal says its own: a row stays on its line."""
SUMS: Final = frozenset({"anchor_classes", "follow", "placements", "outgoing_follow", "what_if"})
"""Tables of few rows that add up to a whole, and are never cut."""
WIDEST: Final = 72
"""Characters of a cell that are shown to people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one domain.

    Args:
        summary: one figure a key.
        tables: further tables by name, each whole.
    """

    summary: dict[str, Any]
    tables: dict[str, pa.Table]

    def first(self, top: int) -> Answer:
        """Return the answer with the first ``top`` rows of each table but `SUMS`; all for 0."""
        cut = {
            name: table.slice(0, None if name in SUMS else top or None)
            for name, table in self.tables.items()
        }
        return Answer(self.summary, cut)


def to_json(answer: Answer) -> str:
    """Return one JSON object: the summary under ``summary``, then a list of rows a table."""
    tables = {name: table.to_pylist() for name, table in answer.tables.items()}
    return json.dumps({"summary": answer.summary, **tables}, indent=1, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def write_files(answer: Answer, folder: Path, format: str) -> list[Path]:
    """Write one file a table, and the summary as a table of one row; return their paths.

    Args:
        answer: what to write.
        folder: made where it is missing; files of an earlier answer are replaced.
        format: ``csv`` or ``parquet``.

    Raises:
        StorageError: the disk refused.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in {"summary": pa.Table.from_pylist([answer.summary]), **answer.tables}.items():
        path = folder / f"{name}.{format}"
        replace_file(path, _csv(table) if format == "csv" else _parquet(table))
        written.append(path)
    return written


def _csv(table: pa.Table) -> bytes:
    columns = [table[name].to_pylist() for name in table.column_names]
    return csv_of(table.column_names, zip(*columns, strict=True)).encode()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def print_answer(answer: Answer, top: int) -> None:
    """Print an answer for people to stdout: the summary, then each table with its heading."""
    from rich.console import Console
    from rich.text import Text

    width = None if sys.stdout.isatty() else PIPE_COLUMNS
    console = Console(file=beneath(sys.stdout), width=width, highlight=False)
    longest = max(map(len, answer.summary))
    for name, value in answer.summary.items():
        console.print(Text(f"{name:<{longest}}  {_cell(name, value)}"))
    for name, table in answer.first(top).tables.items():
        count = _how_many(table.num_rows, answer.tables[name].num_rows)
        console.print(Text(f"\n{name}: {count}", style="bold"))
        if table.num_rows:
            console.print(_grid(table))


def _how_many(shown: int, rows: int) -> str:
    if not rows:
        return "none"
    return f"{shown:,} of {rows:,}" if shown < rows else f"{rows:,}"


def _grid(table: pa.Table) -> Any:
    """Return rows for a terminal; times and long texts shortened, names never read as markup."""
    from rich.table import Table
    from rich.text import Text

    shown = [name for name in table.column_names if not pa.types.is_timestamp(table[name].type)]
    grid = Table(box=None, pad_edge=False)
    for name in shown:
        is_text = pa.types.is_string(table[name].type) or pa.types.is_boolean(table[name].type)
        grid.add_column(name, justify="left" if is_text else "right", overflow="fold")
    for row in table.select(shown).to_pylist():
        grid.add_row(*(Text(_cell(name, value)) for name, value in row.items()))
    return grid


def _cell(name: str, value: Any) -> str:
    """Return a value as people read it."""
    if name == "follow_cause" and not value:
        return "followed"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.1%}" if name.endswith(("_share", "_change")) else f"{value:.4g}"
    text = value.strftime("%Y-%m-%d") if isinstance(value, datetime) else str(value)
    return one_line(text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…")
