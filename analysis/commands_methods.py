"""``linkcrawler methods``: the paragraph of a ranking printed, or the ranking computed again."""

from pathlib import Path
from typing import Annotated

import typer

from linkcrawler.exceptions import DatasetError
from linkcrawler.plain import one_line, quoted


def methods(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of a ranked crawl or merge.")
    ],
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Rank again as recorded; compare every byte.")
    ] = False,
) -> None:
    """Print how a ranking was made, as a paragraph for a paper; or prove that it can be repeated.

    Example: linkcrawler methods crawls/python --repeat
    """
    from pipelines.dataset import open_dataset

    dataset = open_dataset(folder)
    if not repeat:
        from analysis.methods import methods as methods_of

        typer.echo(methods_of(dataset))
        typer.echo(f"next: linkcrawler methods {quoted(folder)} --repeat", err=True)
        return
    from analysis.repeat import repeat as repeat_ranking

    typer.echo(f"ranking {one_line(folder)} again, elsewhere", err=True)
    found = repeat_ranking(dataset)
    if found.different or found.changed:
        raise DatasetError(f"{folder} is not what its record says: {found.in_words()}")
    typer.echo(f"The same, bit for bit: {', '.join(found.same)}.")
