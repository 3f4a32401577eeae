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
    from collections.abc import Iterator

    import pyarrow as pa

    from analysis.rankings import Ranking


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
    top: Annotated[int, typer.Option(min=0, help="Rows to print; 0 prints all.")] = 20,
    format: Annotated[TableFormat, typer.Option(help="How to print them.")] = TableFormat.table,
    level: Annotated[str, typer.Option(help="page, host, domain, icann or entity.")] = "domain",
    lens: Annotated[
        list[str] | None,
        typer.Option(help="followed, all, editorial or niche; several stand side by side."),
    ] = None,
    niche: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEYWORDS|@FILE", help="What the lens niche looks for; may be repeated."
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Switch a rule off, as redirects or platforms."),
    ] = None,
    method: Annotated[str, typer.Option(help="Measure behind authority and rank.")] = "pagerank",
    nofollow: Annotated[
        str | None, typer.Option(help="drop, evaporate or keep; the lens decides without it.")
    ] = None,
    trusted: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Sites that trust starts from.")
    ] = None,
    distrusted: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Sites that distrust starts from.")
    ] = None,
    entities: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rules of the level entity, as TOML.")
    ] = None,
    damping: Annotated[float, typer.Option(help="Share of steps that follow a link.")] = 0.85,
    intervals: Annotated[
        bool, typer.Option(help="Say between which ranks each domain may end out.")
    ] = True,
) -> None:
    """Rank the domains of a crawl by authority.

    Writes domain_edges.parquet, domains.parquet and ranking.csv into DIR, or into --out; other levels
    and further lenses into rankings.parquet.

    Example: linkcrawler rank crawls/python --lens followed --lens editorial
    """
    if len(folders) > 1 and out is None:
        raise UsageError(
            f"{len(folders)} crawls need --out DIR, the folder for their merge; or rank them singly"
        )
    from analysis.asked import Asked, policies_of
    from analysis.rankings import rank_all

    asked = Asked(
        level=level,
        lenses=tuple(lens or ()),
        without=tuple(without or ()),
        method=method,
        nofollow=nofollow,
        trusted=trusted,
        distrusted=distrusted,
        entities=entities,
        damping=damping,
        niche=tuple(niche or ()),
    )
    policies = policies_of(asked)
    folder = folders[0] if out is None else _merged(folders, out)
    typer.echo(f"ranking {one_line(folder)}", err=True)
    ranking = rank_all(folder, policies, method, intervals=intervals)
    _print_ranking(ranking.table.slice(0, top or None), format)
    for line in said_of(ranking, folder):
        typer.echo(one_line(line), err=True)
    typer.echo(f"next: linkcrawler report {quoted(folder)}", err=True)


def _merged(folders: list[Path], out: Path) -> Path:
    """Return ``out``, where the crawls are merged now."""
    from analysis.merge import merge

    crawls = "1 crawl" if len(folders) == 1 else f"{len(folders)} crawls"
    typer.echo(f"merging {crawls} into {one_line(out)}", err=True)
    merge(folders, out)
    return out


def said_of(ranking: "Ranking", folder: Path) -> "Iterator[str]":
    """Yield lines on what was ranked, what the rules changed, how the lenses agree."""
    from analysis.blind_spots import blind_spots, in_words
    from analysis.cells import is_unknown
    from analysis.changes import MEANINGS
    from analysis.gating import in_words as in_niche_words
    from analysis.levels import Level

    first = ranking.policies[0]
    table = ranking.table
    crawled = sum(table["is_crawled"].to_pylist())
    is_domain = first.level is Level.domain
    what = {"icann": "ICANN domains", "entity": "entities"}.get(first.level, f"{first.level}s")
    files = "domains.parquet and ranking.csv" if is_domain else "rankings.parquet"
    yield (
        f"{table.num_rows:,} {what} ranked, {crawled:,} of them crawled; "
        f"written to {folder / files}"
    )
    for rule, count in ranking.changes.items():
        if count:
            yield f"rule {rule}: {count:,} {MEANINGS[rule]}"
    if ranking.niche:
        yield in_niche_words(ranking.niche)
    for name, it in ranking.agreements.items():
        tau = "unknown" if is_unknown(it.tau) else f"{it.tau:.3f}"
        yield (
            f"lenses {first.lens.name} and {name}: weighted tau {tau}, "
            f"{it.shared} of the first {it.top} in both"
        )
    if is_domain:
        yield in_words(blind_spots(table))
    if not ranking.n_edges:
        yield f"warning: nothing votes for anything under lens {first.lens.name}: all rank alike"


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
        typer.echo(json_of(domains.select(RANKING_COLUMNS)))
    else:
        _print_table(domains)


def json_of(table: "pa.Table") -> str:
    """Return rows as a JSON list of objects: times in ISO 8601, null for NaN, which JSON has not."""
    from analysis.cells import is_unknown

    rows = [
        {name: None if is_unknown(value) else value for name, value in row.items()}
        for row in table.to_pylist()
    ]
    return json.dumps(rows, indent=1, default=lambda time: time.isoformat(), allow_nan=False)


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
