"""The dataset's commands: parse, one call, print."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from linkcrawler.exceptions import CorruptPartError
from linkcrawler.plain import counted, one_line


class Format(StrEnum):
    """How the findings are printed."""

    TABLE = "table"
    JSON = "json"


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a crawl")],
    output: Annotated[Format, typer.Option("--format", help="Of the findings")] = Format.TABLE,
) -> int:
    """Verify a dataset: files, checksums, schema, accounts, links against pages.

    Ends with 0 where all is well, with 5 where something is not.

    Example: linkcrawler check data/crawls/mine
    """
    from pipelines.check import check_dataset

    faults, seen = check_dataset(folder)
    if output is Format.JSON:
        typer.echo(json.dumps({"folder": str(folder), "faults": faults, **seen}, indent=1))
    elif not faults:
        typer.echo(
            f"All is well: {counted(seen['files'], 'file')}, {counted(seen['bytes'], 'byte')}, "
            f"{counted(seen['links'], 'link')}, {counted(seen['pages'], 'page')}."
        )
    else:
        for fault in faults:
            typer.echo(one_line(fault))
    if faults:
        raise CorruptPartError(f"{folder}: {counted(len(faults), 'fault')}, the first: {faults[0]}")
    return 0
