"""``linkcrawler demo``: the whole road over a small web that comes with the package, offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the dataset")] = Path(
        "linkcrawler-demo"
    ),
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Domains printed")] = 10,
) -> int:
    """Crawl the sample web on this machine, rank it, write report.html; no network is used.

    Example: linkcrawler demo
    """
    from linkcrawler.cli import run
    from linkcrawler.loopback import LoopbackWeb
    from linkcrawler.progress import Progress
    from linkcrawler.run import run_crawl
    from linkcrawler.sample_web import load, sample_web_folder
    from linkcrawler.summary import as_words

    web = load(sample_web_folder())
    with LoopbackWeb(web.handler) as served:
        arguments = {
            "seeds": web.seeds,
            "out": str(out),
            # The sample web is this machine's own: there is nobody to be polite to.
            "delay": 0,
            "proxy": served.url,
        }
        result = run_crawl(
            arguments, {"LINKCRAWLER_CONTACT": "https://demo.example/about"}, Progress()
        )
    if result.error is not None:
        raise result.error
    typer.echo(as_words(result, ["linkcrawler", *sys.argv[1:]]))
    code = result.exit_code()
    for command in (["rank", str(out), "--top", str(top)], ["report", str(out)]):
        code = code or run(command)
    return code
