"""How a crawl stands in, lines for people out; names of hosts cannot forge the terminal's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.sqlite_figures import MOST_COUNTED
from linkcrawler.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linkcrawler.frontier.records import HostTrouble, WorkerRow
    from linkcrawler.status import Pace, Queue, Status, Urls

MOST_ERRORS: Final = 10
SPANS: Final = ((172_800, 86_400, "days"), (7200, 3600, "h"), (120, 60, "min"))
"""From how many seconds on a span of time is told in what."""
SIZES: Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def as_lines(status: Status) -> str:
    """Return the status in lines."""
    return "\n".join(_lines(status))


def _lines(status: Status) -> Iterator[str]:
    why = f" ({_clean(status.finish_reason)})" if status.finish_reason else ""
    yield f"{_clean(status.state)}{why}  {_clean(status.crawl_id)}  {_clean(status.folder)}"
    yield f"  pages     {_pages(status)}: {_listed(status.outcomes)}"
    if status.is_running:
        nobody = "nobody fetches: the crawl is just beginning or ending"
        yield f"  pace      {_pace(status.pace) if status.workers else nobody}"
    yield f"  links     {status.links:,}"
    yield f"  domains   {status.domains:,} seen, {status.domains_crawled:,} fetched from"
    yield f"  URLs      {_urls(status.urls)}"
    yield f"  queue     {_queue(status.queue, status.at)}"
    yield f"  errors    {_errors(status.errors)}"
    yield f"  hosts     {_hosts(status)}"
    disk = status.disk
    yield (
        f"  disk      {disk.parts:,} parts of {size(disk.part_bytes)}, "
        f"frontier {size(disk.frontier_bytes)}, {size(disk.free_bytes)} free"
    )
    for worker in status.workers:
        yield f"  worker {worker.id:<2} {_worker(worker, status.at)}"
    if status.state in ("interrupted", "killed", "failed"):
        yield "nothing is lost: the same crawl command goes on"


def as_line(status: Status) -> str:
    """Return the status in one line."""
    queue = status.queue
    speed = status.pace.last_minute
    return "  ".join(
        [
            _clean(status.state),
            f"{_pages(status)} pages",
            *([f"{speed:,.1f} a second"] if speed is not None else []),
            f"{status.links:,} links",
            f"{status.urls.pending:,} URLs pending",
            f"{queue.ready:,}+{queue.waiting:,}+{queue.leased:,} domains ready, waiting, leased",
            f"{status.outcomes.get('failed', 0):,} failed",
        ]
    )


def _clean(text: str) -> str:
    return one_line(text, 300)


def _pages(status: Status) -> str:
    limit = f" of {status.max_pages:,}" if status.max_pages else ""
    return f"{status.pages:,}{limit}"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {_clean(name)}" for name, n in counts.items()) or "none"


def _pace(pace: Pace) -> str:
    if pace.last_minute is None or pace.last_ten_minutes is None:
        return "too early to tell"
    told = (
        f"{pace.last_minute:,.1f} a second in the last minute, {pace.last_ten_minutes:,.1f} in ten"
    )
    if pace.seconds_left is None:
        return told
    return f"{told}; the limit of pages in about {span(pace.seconds_left)}"


def _urls(urls: Urls) -> str:
    parts = (
        f"{urls.pending:,} pending + {urls.done:,} done + {urls.failed:,} failed"
        f" + {urls.excluded:,} excluded"
    )
    if urls.adds_up:
        return f"{urls.discovered:,} discovered = {parts}"
    return f"{urls.discovered:,} discovered, NOT {parts}; run `linkcrawler check`"


def _queue(queue: Queue, now: float) -> str:
    first = f" (the first for {span(queue.next_at - now)})" if queue.next_at is not None else ""
    return (
        f"domains: {_many(queue.ready)} can be asked now, {_many(queue.waiting)} wait for their time"
        f"{first}, "
        f"{queue.leased:,} leased by workers"
    )


def _many(domains: int) -> str:
    return f"{domains:,}" if domains < MOST_COUNTED else f"{domains:,} or more"


def _errors(errors: dict[str, int]) -> str:
    shown = _listed(dict(list(errors.items())[:MOST_ERRORS]))
    more = len(errors) - MOST_ERRORS
    return f"{shown}, {more} kinds more" if more > 0 else shown


def _hosts(status: Status) -> str:
    hosts = status.hosts
    if not hosts.in_trouble:
        return "none in trouble"
    worst = ", ".join(_host(host, status.at) for host in hosts.worst)
    more = hosts.in_trouble - len(hosts.worst)
    return (
        f"{hosts.in_trouble:,} in trouble, {hosts.given_up:,} given up: {worst}"
        + (f", {more:,} more" if more > 0 else "")
    )  # fmt: skip


def _host(host: HostTrouble, now: float) -> str:
    again = f", again in {span(host.retry_at - now)}" if host.retry_at > now else ""
    failures = "1 failure" if host.failures == 1 else f"{host.failures:,} failures"
    return f"{_clean(host.host)} ({failures}{again})"


def _worker(worker: WorkerRow, now: float) -> str:
    return (
        f"pid {worker.pid}, seen {span(now - worker.seen_at)} ago, {worker.in_flight:,} in flight, "
        f"{worker.domains:,} domains, {worker.reserved:,} pages reserved"
    )


def span(seconds: float) -> str:
    """Return a span of time in words.

    >>> span(0.42), span(-3), span(90), span(600), span(9000), span(400_000)
    ('0.4 s', '0 s', '90 s', '10 min', '2.5 h', '4.6 days')
    """
    seconds = max(0.0, seconds)
    for least, unit, name in SPANS:
        if seconds >= least:
            return f"{seconds / unit:,.1f}".removesuffix(".0") + f" {name}"
    return f"{seconds:.1f}".removesuffix(".0") + " s"


def size(count: int) -> str:
    """Return a number of bytes in words.

    >>> size(999), size(1_234_000), size(5 * 10**9)
    ('999 bytes', '1.2 MB', '5.0 GB')
    """
    for least, name in SIZES:
        if count >= least:
            return f"{count / least:,.1f} {name}"
    return f"{count} bytes"
