"""``linkcrawler rank``, ``report`` and ``export``: arguments in, one call, what it gave printed.

Heavy libraries are imported inside the commands, so that ``linkcrawler --help`` stays instant.
"""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from linkcrawler.exceptions import UsageError
from linkcrawler.plain import beneath, one_line, quoted

if TYPE_CHECKING:
    import pyarrow as pa


PIPE_COLUMNS: Final = 400


class TableFormat(StrEnum):
    """How `rank` prints."""

    table = "table"
    json = "json"
    csv = "csv"


class GraphFormat(StrEnum):
    """What `export` writes."""

    gexf = "gexf"
    graphml = "graphml"
    csv = "csv"


_Crawl = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of a crawl, or of a merge of crawls.")
]


def rank(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of crawls; several are merged.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the merge; needed for several."),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="Domains to print; 0 prints all.")] = 20,
    format: Annotated[TableFormat, typer.Option(help="How to print them.")] = TableFormat.table,
    replicates: Annotated[
        int, typer.Option(min=0, help="Resampled crawls behind the intervals; 0 for no intervals.")
    ] = 200,
) -> None:
    """Rank the domains of a crawl by authority.

    Writes domain_edges.parquet, domains.parquet, ranking.csv and ranking.json into DIR or --out.

    Example: linkcrawler rank crawls/python --top 50
    """
    if len(folders) > 1 and out is None:
        raise UsageError(
            f"{len(folders)} crawls need --out DIR, the folder for their merge; or rank them singly"
        )
    from analysis.blind_spots import blind_spots, in_words
    from analysis.merge import merge
    from analysis.rankings import rank as rank_dataset

    folder = folders[0]
    if out is not None:
        crawls = "1 crawl" if len(folders) == 1 else f"{len(folders)} crawls"
        typer.echo(f"merging {crawls} into {one_line(out)}", err=True)
        merge(folders, out)
        folder = out
    typer.echo(f"ranking {one_line(folder)}", err=True)
    domains = rank_dataset(folder, replicates=replicates)
    _print_ranking(domains.slice(0, top or None), format)
    crawled = sum(domains["is_crawled"].to_pylist())
    typer.echo(
        f"{domains.num_rows:,} domains ranked, {crawled:,} of them crawled; "
        f"written to {one_line(folder / 'domains.parquet')} and ranking.csv",
        err=True,
    )
    typer.echo(in_words(blind_spots(domains)), err=True)
    typer.echo(f"next: linkcrawler report {quoted(folder)}", err=True)


def report(
    folder: _Crawl,
    top: Annotated[int, typer.Option(min=0, help="Domains to show; 0 shows all.")] = 500,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the page.")] = None,
) -> None:
    """Write report.html, the ranking as one page that opens offline.

    Example: linkcrawler report crawls/python --title "Python's web"
    """
    from analysis.report.html import write_report

    warn_of_stale_ranking(folder)
    typer.echo(write_report(folder, top=top, title=title))


def export(
    folder: _Crawl,
    format: Annotated[GraphFormat, typer.Option(help="csv is nodes.csv and edges.csv.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PATH", help="File to write; for csv, the folder."),
    ] = None,
) -> None:
    """Write the domain graph for Gephi, networkx, igraph and others.

    Example: linkcrawler export crawls/python --format gexf
    """
    from analysis.export import export as export_dataset

    warn_of_stale_ranking(folder)
    for path in export_dataset(folder, format.value, out):
        typer.echo(path)


def warn_of_stale_ranking(folder: Path) -> None:
    """Say so where the crawl has gone on since it was ranked."""
    from pipelines.dataset import open_dataset

    if open_dataset(folder).is_ranking_stale():
        shown = quoted(folder)
        typer.echo(
            f"warning: {shown} has changed since it was ranked; run `linkcrawler rank {shown}`",
            err=True,
        )


def _print_ranking(domains: "pa.Table", format: TableFormat) -> None:
    """Print rows of ``domains`` to stdout."""
    from analysis.rankings import RANKING_COLUMNS, to_csv

    if format is TableFormat.csv:
        typer.echo(to_csv(domains, RANKING_COLUMNS), nl=False)
    elif format is TableFormat.json:
        rows = domains.select(RANKING_COLUMNS).to_pylist()
        typer.echo(json.dumps(rows, indent=1, default=lambda time: time.isoformat()))
    else:
        _print_table(domains)


def _print_table(domains: "pa.Table") -> None:
    """Print rows of ``domains`` for people."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = ["rank", "interval", "tier"] if any(domains["tier"].to_pylist()) else ["rank"]
    shown += ["domain", "authority", "ref_domains", "backlinks", "crawled", "seed"]
    table = Table(box=None, pad_edge=False)
    for heading in shown:
        is_text = heading in ("domain", "seed")
        table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
    for row in domains.to_pylist():
        cells = _cells(row)
        # Text: a name is never read as markup
        table.add_row(*(Text(one_line(cells[heading])) for heading in shown))
    # A pipe has no width; there a row stays on its line.
    width = None if sys.stdout.isatty() else PIPE_COLUMNS
    Console(file=beneath(sys.stdout), width=width).print(table)


def _cells(row: dict[str, Any]) -> dict[str, str]:
    """Return a row of ``domains`` as people read it, each figure beside its coverage."""
    low, high = row["rank_low"], row["rank_high"]
    return {
        "rank": str(row["rank"]),
        "interval": f"{low:,}-{high:,}" if low != high else f"{low:,}",
        "tier": str(row["tier"]),
        "domain": row["domain"],
        "authority": f"{row['authority']:.1f}",
        "ref_domains": f"{row['ref_domains']:,}",
        "backlinks": f"{row['backlinks']:,}",
        "crawled": f"{row['pages_crawled']:,} of {row['pages_seen']:,}",
        "seed": "seed" if row["is_seed"] else "",
    }
