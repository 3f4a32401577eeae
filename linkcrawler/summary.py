"""The result of a crawl in, a summary in words (or one JSON object) out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.frontier.standing import has_answers
from linkcrawler.plain import counted, one_line, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.frontier.records import Counts
    from linkcrawler.frontier.standing import Standing
    from linkcrawler.run import CrawlResult

REASONS: Final = {
    "finished": "Finished: nothing is left to fetch within the limits.",
    "max_pages": "Stopped at the limit of pages; raise --max-pages to go on.",
    "stable": "Finished: the top of the ranking no longer moves.",
    "max_mb": "Stopped at the limit of MiB; raise --max-mb to go on.",
    "max_time": "Stopped at the limit of time; the same command goes on.",
    "interrupted": "Interrupted; nothing is lost.",
    "storage_failure": "Stopped: the disk refused.",
    "failure": "Stopped by an error.",
}

RENDERED: Final = ("rendered", "rendered_links", "not_rendered")
NO_OUTCOMES: Final = frozenset({"links", *RENDERED})
"""What the tally holds beside outcomes."""
RETRY: Final = "asked again by the same command an hour later"


def as_words(result: CrawlResult, command: Sequence[str]) -> str:
    """Return the summary for people; ``command`` is what goes on after an interrupt."""
    lines = [REASONS.get(result.finish_reason, f"Stopped: {one_line(result.finish_reason)}.")]
    standing = result.standing
    if standing is not None:
        counts, tally = standing.counts, standing.tally
        run = f"{result.new_pages:,} in this run of {result.seconds:,.1f} s"
        lines.append(f"  pages     {standing.recorded:,} in all, {run}: {_outcomes(tally)}")
        lines.append(f"  links     {tally.get('links', 0):,}")
        lines.append(f"  rendered  {_rendered(result, tally)}")
        crawled = f"{standing.domains_crawled:,} fetched from"
        lines.append(f"  domains   {standing.domains:,} seen, {crawled}")
        if standing.domains_resting:
            lines.append(
                f"  rest      {counted(standing.domains_resting, 'domain')} led nowhere new"
            )
        lines += _kept_out(standing)
        if standing.coverage is not None:
            lines.append(
                f"  coverage  {standing.coverage:.0%} of links between domains lead to one that "
                "others link to, by estimate"
            )
        if standing.hosts_given_up:
            lines.append(
                f"  hosts     {standing.hosts_given_up:,} given up after failures, {RETRY}"
            )
        lines.append(f"  URLs      {counts.discovered:,} discovered = {_accounts(counts)}")
    lines.append(f"  folder    {one_line(result.folder)}")
    if result.finish_reason == "interrupted":
        lines.append(f"go on: {' '.join(map(quoted, command))}")
    elif result.error is None and standing is not None and has_answers(standing.tally):
        lines.append(f"next: linkcrawler rank {quoted(result.folder)}")
    return "\n".join(lines)


def _kept_out(standing: Standing) -> list[str]:
    """Return the lines on what decisions and the limit of hosts kept out."""
    lines = []
    if standing.decided_out:
        lines.append(
            f"  out       {counted(standing.decided_out, 'URL')} of domains that were decided OUT"
        )
    if standing.over_hosts:
        lines.append(
            f"  hosts     {counted(standing.over_hosts, 'URL')} of hosts beyond those asked of a domain "
            "(LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN)"
        )
    return lines


def _accounts(counts: Counts) -> str:
    return (
        f"{counts.pending:,} pending + {counts.done:,} done + {counts.failed:,} failed"
        f" + {counts.excluded:,} excluded"
    )


def _outcomes(tally: dict[str, int]) -> str:
    names = ("ok", "redirect", "http_error", "not_html", "robots", "excluded", "failed")
    return ", ".join(f"{tally[name]:,} {name}" for name in names if tally.get(name)) or "none"


def _rendered(result: CrawlResult, tally: dict[str, int]) -> str:
    """Return how many pages ran in a browser, and which, or why none."""
    how = f"--js {result.js}"
    if result.js == "auto" and not result.browser:
        how += ", no browser was found that starts"
    elif result.browser:
        how += f", {one_line(result.browser)}"
    pages, links = tally.get("rendered", 0), tally.get("rendered_links", 0)
    failed = tally.get("not_rendered", 0)
    found = f"{counted(pages, 'page')}, {counted(links, 'link')} more" if pages else "no pages"
    return f"{found}{f', {failed:,} could not be' if failed else ''} ({how})"


def nothing_fetched(result: CrawlResult) -> str:
    """Return why a crawl ended without a page, and where to look."""
    refused = result.standing is not None and result.standing.has_refused_addresses
    hint = "private addresses need --allow-address; " if refused else ""
    return f"nothing could be fetched; {hint}pages.parquet in {one_line(result.folder)} has each URL's reason"


def as_json(result: CrawlResult, exit_code: int) -> str:
    """Return the summary for programs."""
    found: dict[str, Any] = {
        "folder": str(result.folder),
        "crawl_id": result.crawl_id,
        "finish_reason": result.finish_reason,
        "exit_code": exit_code,
        "new_pages": result.new_pages,
        "seconds": round(result.seconds, 3),
    }
    if result.standing is not None:
        counts = result.standing.counts
        found |= {
            "pages": result.standing.recorded,
            "links": result.standing.tally.get("links", 0),
            "js": result.js,
            "browser": result.browser,
            **{name: result.standing.tally.get(name, 0) for name in RENDERED},
            "domains_seen": result.standing.domains,
            "domains_crawled": result.standing.domains_crawled,
            "domains_resting": result.standing.domains_resting,
            "bytes": result.standing.bytes,
            "domain_links": result.standing.domain_links,
            "referred": result.standing.referred,
            "referred_once": result.standing.referred_once,
            "coverage": result.standing.coverage,
            "hosts_given_up": result.standing.hosts_given_up,
            "excluded_hosts": result.standing.over_hosts,
            "excluded_out": result.standing.decided_out,
            "discovered": counts.discovered,
            "pending": counts.pending,
            "done": counts.done,
            "failed": counts.failed,
            "excluded": counts.excluded,
            "outcomes": {
                k: n for k, n in sorted(result.standing.tally.items()) if k not in NO_OUTCOMES
            },
        }
    return json.dumps(found, indent=1)
