"""``linkcrawler status``: how a crawl stands, from another terminal; once, or again and again."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from linkcrawler.status import Status


class Format(StrEnum):
    """How the status is printed."""

    TABLE = "table"
    JSON = "json"


def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a crawl")],
    output: Annotated[
        Format, typer.Option("--format", help="Words, or one JSON object")
    ] = Format.TABLE,
    watch: Annotated[
        bool, typer.Option("--watch", help="Say it again and again until the crawl ends")
    ] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Between two times, with --watch")
    ] = 2.0,
) -> int:
    """Say how a crawl stands, also while it runs; nothing is written and nothing held up.

    Example: linkcrawler status data/crawls/mine --watch
    """
    from linkcrawler.status import read_status
    from linkcrawler.status_words import as_line, as_lines

    is_terminal = sys.stdout.isatty()
    if not watch:
        found = read_status(folder)
        typer.echo(_as_json(found, indent=1) if output is Format.JSON else as_lines(found))
        return 0
    found_over_time = _until_the_end(lambda: read_status(folder), interval)
    try:
        if output is Format.TABLE and is_terminal:
            _redraw(found_over_time)
        else:
            say = _as_json if output is Format.JSON else as_line
            for found in found_over_time:
                typer.echo(say(found))
    except KeyboardInterrupt:  # how one leaves
        pass
    return 0


def _until_the_end(read: Callable[[], Status], interval: float) -> Iterator[Status]:
    """Yield the status every ``interval`` seconds; the last one is of a crawl that does not run."""
    while True:
        found = read()
        yield found
        if not found.is_running:
            return
        time.sleep(interval)


def _as_json(found: Status, indent: int | None = None) -> str:
    import json

    return json.dumps(found.as_dict(), indent=indent)


def _redraw(found_over_time: Iterator[Status]) -> None:
    """Show each status in the place of the one before."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from linkcrawler.plain import beneath
    from linkcrawler.status_words import as_lines

    with Live(console=Console(file=beneath(sys.stdout)), auto_refresh=False) as live:
        for found in found_over_time:
            live.update(Text(as_lines(found)), refresh=True)
