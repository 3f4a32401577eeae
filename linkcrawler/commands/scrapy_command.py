"""``scrapy linkcrawler …``: the command line of linkcrawler for those who live in ``scrapy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

if TYPE_CHECKING:
    from argparse import Namespace


class LinkcrawlerCommand(ScrapyCommand):
    """Passes its arguments on to `linkcrawler.cli`."""

    requires_project = False
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - as Scrapy declares it

    def syntax(self) -> str:
        return "<rank|profile|explain|report|export|prospect|decisions|methods|check|status> …"

    def short_desc(self) -> str:
        return "Rank, explain, report, export or check a crawled dataset"

    def run(self, args: list[str], opts: Namespace) -> None:
        from linkcrawler.cli import run
        from linkcrawler.plain import plain_streams

        plain_streams()
        self.exitcode = run(args)
