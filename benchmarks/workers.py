"""Crawls one web with one process and with two: pages by CPU-second, pages by second, the same links.

    python -m benchmarks.workers --work FOLDER [--workers 2]

Two webs: one that answers at once, so that the crawl's own work bounds it (CPU of the crawl's processes,
the server's not counted), and one that answers after a second, so that requests in flight bound it.
Ends with 1 where the links of the two crawls differ.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bigweb import BigWeb
from benchmarks.bigweb_shape import Shape
from benchmarks.kill_crawl import LINK, PAGE, difference

BARS = {"busy": 0.85, "slow": 1.8}
"""What two processes must reach of one: pages by CPU-second, pages by second."""


@dataclass(frozen=True)
class Run:
    """One crawl."""

    workers: int
    pages: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        return self.pages / self.seconds

    @property
    def per_cpu(self) -> float:
        return self.pages / self.cpu


def cpu_of_children() -> float:
    """Return the CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def crawl(web: BigWeb, folder: Path, workers: int, concurrency: int) -> Run:
    """Crawl the whole web into ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [
        sys.executable, "-m", "linkcrawler", "crawl", web.seed, "--proxy", web.url, "--out", str(folder),
        "--delay", "0", "--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0", "--quiet",
        "--concurrency", str(concurrency), "--workers", str(workers), "--format", "json",
    ]  # fmt: skip
    cpu, begun = cpu_of_children(), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - begun
    return Run(workers, json.loads(done.stdout)["pages"], seconds, cpu_of_children() - cpu)


def compare(name: str, shape: Shape, concurrency: int, options: argparse.Namespace) -> bool:
    """Crawl a web with one process and with several; print a line each; return whether they agree."""
    runs = []
    for workers in (1, options.workers):
        with BigWeb(shape) as web:
            run = crawl(web, options.work / f"{name}-{workers}", workers, concurrency)
        runs.append(run)
        print(
            f"{name:5} {workers:7} {run.pages:6} {run.seconds:7.1f} {run.cpu:7.1f} "
            f"{run.per_second:8.1f} {run.per_cpu:12.1f}",
            flush=True,
        )
    one, more = runs
    ratio = more.per_cpu / one.per_cpu if name == "busy" else more.per_second / one.per_second
    folders = [options.work / f"{name}-{workers}" for workers in (1, options.workers)]
    differ = [
        sum(difference(*folders, table, columns))
        for table, columns in (("links", LINK), ("pages", PAGE))
    ]
    what = "pages by CPU-second" if name == "busy" else "pages by second"
    print(f"{name:5} ratio of {what}: {ratio:.2f} (bar {BARS[name]}); rows that differ: {differ}")
    return not any(differ)


def main() -> int:
    """Run both; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print("web   workers  pages seconds     CPU  pages/s  pages/CPU-s")
    busy = Shape(hosts=100, pages=100, links=20, bytes=4000)
    slow = Shape(hosts=300, pages=12, links=20, latency=1.0)
    return int(not all([compare("busy", busy, 64, options), compare("slow", slow, 32, options)]))


if __name__ == "__main__":
    sys.exit(main())
