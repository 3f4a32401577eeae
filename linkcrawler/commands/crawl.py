"""``linkcrawler crawl``: the spider with progress, a summary and honest exit codes."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from linkcrawler.exceptions import UsageError


class Format(StrEnum):
    """How the summary is printed."""

    TABLE = "table"
    JSON = "json"


def crawl(
    seeds: Annotated[list[str], typer.Argument(metavar="SEED…", help="URLs, domains or @file")],
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Folder of the dataset [data/crawls/<seeds>]"),
    ] = None,
    hops: Annotated[
        str | None, typer.Option(metavar="N", help="Domains crossed from a seed [2; 0: no limit]")
    ] = None,
    depth: Annotated[
        str | None, typer.Option(metavar="N", help="Links followed inside a site [0: no limit]")
    ] = None,
    max_pages: Annotated[
        str | None, typer.Option(metavar="N", help="Pages in all [10000; 0: no limit]")
    ] = None,
    max_pages_per_domain: Annotated[
        str | None,
        typer.Option(metavar="N", help="Pages of one registered domain [50; 0: no limit]"),
    ] = None,
    max_time: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Time of this run [0: no limit]")
    ] = None,
    max_mb: Annotated[
        str | None, typer.Option(metavar="MIB", help="MiB of pages in all [0: no limit]")
    ] = None,
    rest_after: Annotated[
        str | None,
        typer.Option(metavar="N", help="Pages without a new domain, then it rests [0: never]"),
    ] = None,
    until_stable: Annotated[
        str | None,
        typer.Option(metavar="K", help="End when the top K domains no longer move [0: no]"),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(metavar="ORDER", help="referrers, pagerank or breadth-first [referrers]"),
    ] = None,
    niche: Annotated[
        list[str] | None,
        typer.Option(metavar="KEYWORDS|@FILE", help="Domains that fit come first; may be repeated"),
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            metavar="seeds|co-linked|discovered",
            help="The seeds' domains, those that several link to, or all",
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Fetch only URLs that match; may be repeated"),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Never fetch URLs that match; may be repeated"),
    ] = None,
    decisions: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="CSV of domains that are IN (seeds), OUT or UNDECIDED"),
    ] = None,
    delay: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Between requests to a domain [1]")
    ] = None,
    concurrency: Annotated[
        str | None, typer.Option(metavar="N", help="Requests in flight in a process [64]")
    ] = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Processes that fetch [1]")
    ] = None,
    js: Annotated[
        str | None,
        typer.Option(metavar="off|auto|on", help="Run pages in a browser [auto, where one is]"),
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(metavar="URL", help="HTTP proxy that carries all traffic")
    ] = None,
    allow_address: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Private address that may be fetched"),
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option(metavar="WHO", help="Who answers for the crawl: a URL or mail address"),
    ] = None,
    opt_out: Annotated[
        list[str] | None,
        typer.Option(metavar="DOMAIN", help="Never ask it or what is below; or @file of them"),
    ] = None,
    no_robots: Annotated[
        bool, typer.Option("--no-robots", help="Do not ask robots.txt: for your own sites only")
    ] = False,
    sitemaps: Annotated[
        bool, typer.Option("--sitemaps", help="Read the sitemaps that robots.txt names, too")
    ] = False,
    setting: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="NAME=VALUE", help="Any setting; may be repeated"),
    ] = None,
    max_error_share: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Exit 3 where more pages fail [0: no limit]"
        ),
    ] = 0.0,
    output: Annotated[Format, typer.Option("--format", help="Of the summary")] = Format.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress")] = False,
) -> int:
    """Crawl outward from the seeds; the same command on the same folder goes on.

    Example: linkcrawler crawl example.com @more.txt --out crawls/mine --max-pages 500
    """
    given = {
        "seeds": seeds,
        "out": out,
        "hops": hops,
        "depth": depth,
        "max_pages": max_pages,
        "max_pages_per_domain": max_pages_per_domain,
        "max_time": max_time,
        "max_mb": max_mb,
        "rest_after": rest_after,
        "until_stable": until_stable,
        "order": order,
        "niche": niche,
        "scope": scope,
        "include": include,
        "exclude": exclude,
        "decisions": decisions,
        "delay": delay,
        "concurrency": concurrency,
        "workers": workers,
        "js": js,
        "proxy": proxy,
        "allow_address": allow_address,
        "contact": contact,
        "opt_out": opt_out,
        "robots": "no" if no_robots else None,
        "sitemaps": "yes" if sitemaps else None,
    }
    arguments = {name: value for name, value in given.items() if value not in (None, [])}
    return _crawl(arguments, _settings(setting or []), max_error_share, output, quiet=quiet)


def _crawl(
    arguments: dict[str, Any],
    settings: dict[str, str],
    max_error_share: float,
    output: Format,
    *,
    quiet: bool,
) -> int:
    from linkcrawler.progress import Progress
    from linkcrawler.run import leave_now, run_crawl
    from linkcrawler.summary import as_json, as_words, nothing_fetched

    result = run_crawl(arguments, settings, Progress(quiet=quiet))
    code = result.exit_code(max_error_share)
    if output is Format.JSON:
        typer.echo(as_json(result, code))
    else:
        typer.echo(as_words(result, ["linkcrawler", *sys.argv[1:]]))
    if result.error is not None:
        raise result.error
    if code == 4:
        typer.echo(f"linkcrawler: error: {nothing_fetched(result)}", err=True)
    if result.is_cut_short:
        leave_now(code)
    return code


def _settings(written: list[str]) -> dict[str, str]:
    """Return Scrapy settings from ``NAME=VALUE``.

    Raises:
        UsageError: there is no ``=`` or no name.
    """
    found = {}
    for pair in written:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"-s: expected NAME=VALUE, got {pair!r}")
        found[name.strip()] = value
    return found
