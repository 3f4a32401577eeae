"""Small hosts beside a giant, and live hosts among dead names: what the others cost them.

    python -m benchmarks.fairness [--giant 1000000] [--dead 10000]

The crawl is the project's frontier; its hosts are made up and its clock is its own, so that no
network and no machine has a part in the numbers. With a million URLs it takes some two minutes.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.fairness_downloads import Answer, Downloads

if TYPE_CHECKING:
    from collections.abc import Iterator

SECS = 0.1
"""How long an answer takes."""
DEAD_SECS = 5.0
"""How long it takes to learn that nobody answers."""
DEAD = Answer(DEAD_SECS, "failed", "dns")


def pages(prefix: str, hosts: int, number: int) -> Iterator[str]:
    """Yield the URLs of ``hosts`` hosts with ``number`` pages each."""
    return (
        f"http://{prefix}{host}.example/{page}" for page in range(number) for host in range(hosts)
    )


def answer(url: str, _: float) -> Answer:
    """Return what the host of ``url`` says: those whose names begin with ``dead`` say nothing."""
    return DEAD if url.startswith("http://dead") else Answer(SECS)


def secs_of_small(
    folder: Path, giant: int, delay: float, hosts: int = 1000, each: int = 10
) -> float:
    """Return the seconds until small hosts are fetched, beside a host of ``giant`` URLs."""
    crawl = Downloads(folder / f"giant-{giant}-{delay}.sqlite", answer, delay)
    urls = chain(pages("giant", 1, giant), pages("small", hosts, each))
    # The giant alone would go on for a day: the small ones are done long before.
    crawl.run(urls, until=crawl.now + hosts * each * (SECS + delay) if giant else float("inf"))
    crawl.close()
    times = [at for at, url in crawl.fetched if url.startswith("http://small")]
    return max(times) - 1000.0 if len(times) == hosts * each else float("inf")


def rate_of_live(folder: Path, dead: int, delay: float, hosts: int = 100, each: int = 100) -> float:
    """Return pages a second of live hosts among ``dead`` names, once one page of each is there.

    All were found alike: nobody knows beforehand which are dead.
    """
    crawl = Downloads(folder / f"dead-{dead}-{delay}.sqlite", answer, delay)
    crawl.run(pages("live", hosts, 1))
    crawl.close()
    began, crawl.fetched = crawl.now, []
    crawl.run(chain(pages("dead", dead, 1), pages("live", hosts, each)))
    crawl.close()
    times = [at for at, url in crawl.fetched if url.startswith("http://live")]
    return len(times) / (max(times) - began)


def main() -> None:
    """Print both, with and without a delay."""
    parser = argparse.ArgumentParser(description="Fairness by the frontier's order.")
    parser.add_argument("--giant", type=int, default=1_000_000, help="URLs of the giant host")
    parser.add_argument("--dead", type=int, default=10_000, help="dead names")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        for delay in (0.0, 1.0):
            alone, beside = (secs_of_small(folder, n, delay) for n in (0, options.giant))
            print(
                f"1,000 hosts with 10 URLs, delay {delay:.0f} s: {alone:,.1f} s alone, {beside:,.1f} s "
                f"beside a host with {options.giant:,}: {beside / alone:.3f} times",
                flush=True,
            )
            alone, beside = (rate_of_live(folder, n, delay) for n in (0, options.dead))
            print(
                f"100 live hosts, delay {delay:.0f} s: {alone:,.1f} pages/s alone, {beside:,.1f} among "
                f"{options.dead:,} dead names: {beside / alone:.3f} of it",
                flush=True,
            )


if __name__ == "__main__":
    main()
