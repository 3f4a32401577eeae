"""``linkcrawler prospect`` and ``decisions``: what a crawl has found in, what drives the next one out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from analysis.commands import TableFormat
from linkcrawler.exceptions import UsageError
from linkcrawler.plain import counted, one_line, quoted

if TYPE_CHECKING:
    import pyarrow as pa

PIPE_COLUMNS: Final = 400
SHOWN: Final = ("domain", "worth", "ref_domains", "state", "reason")
"""Columns of prospects that people are shown."""

_Crawl = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a ranked crawl or merge.")]
_Decided = Annotated[
    list[str] | None,
    typer.Option("--decisions", metavar="FILE", help="CSV of domains that are IN, OUT, UNDECIDED."),
]


def prospect(
    folder: _Crawl,
    top: Annotated[int, typer.Option(min=0, help="Domains at the most; 0 gives all.")] = 50,
    decisions: _Decided = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Seeds of the next crawl, as CSV.")
    ] = None,
    format: Annotated[TableFormat, typer.Option(help="How to print them.")] = TableFormat.table,
) -> None:
    """List the domains worth crawling next: never asked, or fetched in part; with the reasons.

    Example: linkcrawler prospect crawls/python --out next.csv
    """
    from analysis.commands import json_of, warn_of_stale_ranking
    from analysis.prospects import prospects, to_seeds
    from linkcrawler.decisions import read_decisions
    from pipelines.dataset import open_dataset

    decided = read_decisions("--decisions", decisions or ())
    found = prospects(open_dataset(folder), top, decided)
    warn_of_stale_ranking(folder)
    if out is not None:
        _write(out, to_seeds(found))
        typer.echo(f"{counted(found.num_rows, 'domain')} written to {one_line(out)}", err=True)
    if format is TableFormat.csv:
        typer.echo(to_seeds(found), nl=False)
    elif format is TableFormat.json:
        typer.echo(json_of(found))
    else:
        _print(found)
    if found.num_rows:
        seeds = f"@{out}" if out is not None else "@next.csv"
        hint = (
            ""
            if out is not None
            else f"linkcrawler prospect {quoted(folder)} --out next.csv, then "
        )
        typer.echo(f"next: {hint}linkcrawler crawl {quoted(seeds)}", err=True)


def decisions(
    folder: _Crawl,
    decided: _Decided = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the sheet goes; else stdout."),
    ] = None,
) -> None:
    """Write a sheet of all domains to decide on: IN, OUT or UNDECIDED; earlier decisions are kept.

    Example: linkcrawler decisions crawls/python --decisions round1.csv --out round2.csv
    """
    from analysis.decided import decision_sheet, to_csv
    from linkcrawler.decisions import read_decisions
    from pipelines.dataset import open_dataset

    known = read_decisions("--decisions", decided or ())
    sheet = to_csv(decision_sheet(open_dataset(folder), known))
    if out is None:
        typer.echo(sheet, nl=False)
        return
    _write(out, sheet)
    typer.echo(
        f"next: write IN or OUT beside the domains in {one_line(out)}, then "
        f"linkcrawler crawl {quoted(f'@{out}')} --decisions {quoted(out)}",
        err=True,
    )


def _write(path: Path, text: str) -> None:
    from linkcrawler.disk import replace_file

    if path.is_dir():
        raise UsageError(f"--out {one_line(path)} is a folder; name a file")
    replace_file(path, text.encode())


def _print(found: "pa.Table") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from linkcrawler.plain import beneath

    table = Table(box=None, pad_edge=False)
    for name in SHOWN:
        numeric = name in ("worth", "ref_domains")
        table.add_column(name, justify="right" if numeric else "left", no_wrap=name != "reason")
    for row in found.select(list(SHOWN)).to_pylist():
        table.add_row(
            Text(one_line(row["domain"])), f"{row['worth']:.3f}", f"{row['ref_domains']:,}",
            row["state"], row["reason"],
        )  # fmt: skip
    width = None if sys.stdout.isatty() else PIPE_COLUMNS
    Console(file=beneath(sys.stdout), width=width).print(table)
