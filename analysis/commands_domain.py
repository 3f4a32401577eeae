"""``linkcrawler profile`` and ``explain``: arguments in, one call, the answer printed or written."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linkcrawler.exceptions import UsageError
from linkcrawler.plain import one_line, quoted

if TYPE_CHECKING:
    from analysis.answers import Answer


class AnswerFormat(StrEnum):
    """How an answer about a domain is given."""

    table = "table"
    json = "json"
    csv = "csv"
    parquet = "parquet"


_Crawl = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a ranked crawl or merge.")]
_Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="A domain, a host or a URL.")]
_Format = Annotated[
    AnswerFormat, typer.Option(help="csv and parquet write a file a table, and print the paths.")
]
_Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for csv and parquet.")
]


def profile(
    folder: _Crawl,
    domain: _Domain,
    brand: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="What the domain is called; again.")
    ] = None,
    keyword: Annotated[
        list[str] | None, typer.Option(metavar="WORDS", help="What it is to be found for; again.")
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="Rows of a table; 0 gives all.")] = 10,
    format: _Format = AnswerFormat.table,
    out: _Out = None,
) -> None:
    """Show who links to a domain, how and from where, and whom it links to.

    Example: linkcrawler profile crawls/python python.org --brand Python --keyword "learn python"
    """
    from analysis.commands import warn_of_stale_ranking
    from analysis.profile import profile as profile_of
    from pipelines.dataset import open_dataset

    _must_fit(format, out)
    answer = profile_of(open_dataset(folder), domain, brands=brand or (), keywords=keyword or ())
    warn_of_stale_ranking(folder)
    name = answer.summary["domain"]
    _give(answer, top, format, out or folder / f"profile-{name}")
    typer.echo(f"next: linkcrawler explain {quoted(folder)} {quoted(name)}", err=True)


def explain(
    folder: _Crawl,
    domain: _Domain,
    top: Annotated[int, typer.Option(min=0, help="Rows of a table; 0 gives all.")] = 10,
    what_if: Annotated[
        int, typer.Option(min=0, help="Referring domains to rank without; 0 skips it.")
    ] = 5,
    format: _Format = AnswerFormat.table,
    out: _Out = None,
) -> None:
    """Take a domain's score apart: by referring domain, page and link; and what it would be without.

    Example: linkcrawler explain crawls/python python.org --top 5
    """
    from analysis.explain import explain as explain_domain
    from pipelines.dataset import open_dataset

    _must_fit(format, out)
    answer = explain_domain(open_dataset(folder), domain, asked=what_if)
    name = answer.summary["domain"]
    _give(answer, top, format, out or folder / f"explain-{name}")
    typer.echo(f"next: linkcrawler profile {quoted(folder)} {quoted(name)}", err=True)


def _must_fit(format: AnswerFormat, out: Path | None) -> None:
    """Refuse a folder that nothing would be written into."""
    if out is not None and format not in (AnswerFormat.csv, AnswerFormat.parquet):
        raise UsageError(f"--out {one_line(out)} needs --format csv or parquet")


def _give(answer: "Answer", top: int, format: AnswerFormat, folder: Path) -> None:
    """Print ``answer``, or write it and print the paths."""
    from analysis.answers import print_answer, to_json, write_files

    if format is AnswerFormat.table:
        print_answer(answer, top)
        sys.stdout.flush()
    elif format is AnswerFormat.json:
        typer.echo(to_json(answer.first(top)))
    else:
        for path in write_files(answer.first(top), folder, format.value):
            typer.echo(path)
