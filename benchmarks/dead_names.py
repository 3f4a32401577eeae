"""Measures what names that do not resolve cost the hosts that do.

    python -m benchmarks.dead_names --names 10000 --hosts 100 --work FOLDER

Crawls a web of live hosts twice: alone, and with links to names that are not there spread evenly over
its pages, or with ``--at-once`` with all of them as further seeds, after the live home pages. Nothing leaves the machine: the crawl's look-ups are answered in its own process, at once
with 127.0.0.1 for a live host, after a wait with "no such name" for all others, and each is noted
with its time. Prints the live hosts' pages a second of both crawls, and the most look-ups of one name
within an hour; ends with 1 where the live hosts lost more than ``--most-lost``, or where a name was
looked up more than twice in an hour.

A crawl is not waited for beyond ``--after`` seconds after the last live page.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.bigweb import DIRECT, BigWeb, Log, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR_SECS: Final = 3600.0
MOST_LOOK_UPS: Final = 2
POLL_SECS: Final = 0.5
STOP_SECS: Final = 60.0
CRAWL: Final = """
import socket, sys, threading, time

wait, noted = float(sys.argv.pop(1)), open(sys.argv.pop(1), "a", buffering=1)

def answer(host, port, *rest, **named):
    noted.write(f"{time.monotonic()} {host}\\n")
    if host.startswith("h") or host == "127.0.0.1":
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    threading.Event().wait(wait)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

socket.getaddrinfo = answer
from linkcrawler.cli import main
main()
"""
"""A crawl whose look-ups are answered here; takes the wait and the file to note them in first."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one crawl."""

    pages: int
    """Live pages that were fetched."""
    seconds: float
    """From the first request to the last live page."""
    look_ups: dict[str, list[float]]
    """Times of the look-ups of each dead name, in seconds."""

    @property
    def rate(self) -> float:
        """Live pages a second."""
        return self.pages / self.seconds if self.seconds else 0.0


def measure(
    name: str, shape: Shape, options: argparse.Namespace, more: Sequence[str] = ()
) -> Measured:
    """Crawl ``shape`` into a folder called ``name``; ``more`` are further seeds."""
    noted = options.work / f"{name}.look-ups"
    options.work.mkdir(parents=True, exist_ok=True)
    noted.unlink(missing_ok=True)
    with BigWeb(shape) as web:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", CRAWL, str(options.wait), str(noted)),
                *command(web, name, options),
                *more,
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(process, web, shape.total, options.after)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECS)
        log = web.log()
    return Measured(*live(log), look_ups(noted))


def as_seeds(options: argparse.Namespace) -> list[str]:
    """Return a seed file of all the names: what a storm beside active hosts begins with."""
    path: Path = options.work / "names.txt"
    lines = (f"{Shape().gone_url(number)}\n" for number in range(options.names))
    path.write_text("".join(lines), encoding="utf-8")
    return [f"@{path}"]


def command(web: BigWeb, name: str, options: argparse.Namespace) -> list[str]:
    """Return the arguments of `linkcrawler crawl`."""
    limits = ["--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0"]
    manners = ["--delay", str(options.delay), "--concurrency", str(options.concurrency)]
    folder = ["--out", str(options.work / name), "--allow-address", "127.0.0.1", "--quiet"]
    ports = ["-s", f"LINKCRAWLER_GUARD_PORTS=80,{web.port}"]
    homes = [web.shape.url(host) for host in range(web.shape.hosts)]
    return [
        "crawl",
        *(homes if options.at_once else homes[:1]),
        *limits,
        *manners,
        *folder,
        *ports,
        *options.crawl,
    ]


def wait_for(process: subprocess.Popen[bytes], web: BigWeb, pages: int, after: float) -> None:
    """Wait until a crawl ended, or ``after`` seconds after it had fetched all ``pages``."""
    until = float("inf")
    while process.poll() is None and time.monotonic() < until:
        counts = web.counts()
        if until == float("inf") and counts["requests"] - counts["robots"] >= pages:
            until = time.monotonic() + after
        time.sleep(POLL_SECS)


def live(log: Log) -> tuple[int, float]:
    """Return how many pages were fetched, and in how many seconds."""
    is_page = log.pages >= 0
    places = np.stack([log.hosts[is_page], log.pages[is_page]])
    pages = np.unique(places, axis=1).shape[1]
    return pages, float(log.asked[is_page].max() - log.asked[0]) if pages else 0.0


def look_ups(noted: Path) -> dict[str, list[float]]:
    """Return the times of the look-ups of each dead name."""
    found: dict[str, list[float]] = defaultdict(list)
    for line in noted.read_text().splitlines():
        at, _, host = line.partition(" ")
        if host.startswith("gone"):
            found[host].append(float(at))
    return found


def most_in_an_hour(times: list[float]) -> int:
    """Return the most of ``times`` that lie within an hour."""
    ordered = np.sort(np.asarray(times))
    ends = np.searchsorted(ordered, ordered + HOUR_SECS, side="left")
    return int((ends - np.arange(len(ordered))).max(initial=0))


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dead_names", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--work", type=Path, required=True, help="new folder of the crawls")
    parser.add_argument("--names", type=int, default=10_000, help="names that do not resolve")
    parser.add_argument("--hosts", type=int, default=100, help="live hosts")
    parser.add_argument("--pages", type=int, default=60, help="pages of a live host")
    parser.add_argument("--at-once", action="store_true", help="the names are seeds")
    parser.add_argument("--wait", type=float, default=0.3, help="seconds of a dead look-up")
    parser.add_argument("--delay", type=float, default=1.0, help="--delay of the crawl")
    parser.add_argument("--concurrency", type=int, default=64, help="--concurrency of the crawl")
    parser.add_argument("--after", type=float, default=600.0, help="seconds to wait for the rest")
    parser.add_argument("--most-lost", type=float, default=0.2, help="share of the live rate")
    parser.add_argument("crawl", nargs="*", help="further options of `linkcrawler crawl`")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return the exit code."""
    options = parsed(arguments)
    alone = measure("alone", Shape(options.hosts, options.pages, port=DIRECT), options)
    print(f"live hosts alone: {said(alone)}", flush=True)
    if not alone.pages:
        return 1
    linked = 0 if options.at_once else options.names
    shape = Shape(options.hosts, options.pages, port=DIRECT, gone=linked)
    beside = measure("beside", shape, options, as_seeds(options) if options.at_once else ())
    print(f"beside {options.names:,} dead names: {said(beside)}", flush=True)
    lost = 1 - beside.rate / alone.rate
    most = max(map(most_in_an_hour, beside.look_ups.values()), default=0)
    total = sum(map(len, beside.look_ups.values()))
    print(f"lost: {lost:.1%} of the live hosts' rate")
    print(f"dead names looked up: {len(beside.look_ups):,}, {total:,} look-ups, ", end="")
    print(f"at most {most} of one within an hour")
    is_whole = alone.pages == beside.pages == shape.total
    return int(not is_whole or lost > options.most_lost or most > MOST_LOOK_UPS)


def said(measured: Measured) -> str:
    """Return a crawl's result in words."""
    return f"{measured.pages:,} pages in {measured.seconds:.1f} s, {measured.rate:.1f} a second"


if __name__ == "__main__":
    sys.exit(main())
