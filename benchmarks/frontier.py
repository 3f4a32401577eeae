"""The frontier by decades of known URLs: commit rate, size, memory, resuming, handing out.

    python -m benchmarks.frontier --work FOLDER [--most 1000000] [--part commit|lease|scrapy]

Each number comes from a process of its own (`benchmarks.frontier_child`), so that its memory is the
frontier's alone. The whole takes some 25 minutes and 4 GB in FOLDER; up to a million URLs, 4.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PER_DOMAIN: Final = 100
"""URLs of a domain while the decades are filled."""
MEASURED: Final = 1_600
"""Pages measured in each decade; a tenth as many as there are URLs where those are few."""
LEASE_DOMAINS: Final = 100_000
LEASE_PER_DOMAIN: Final = 10
LEASES: Final = 20_000
FEW_WAYS: Final = (
    ("no delay", 0.0, 0, "breadth-first"),
    ("delay 1 s", 1.0, 0, "breadth-first"),
    ("page limits", 0.0, 5_000_000, "breadth-first"),
    ("referrers", 0.0, 0, "referrers"),
    ("referrers, delay", 1.0, 0, "referrers"),
)


def child(module: str, *arguments: str) -> dict[str, Any]:
    """Run a measurement and return what it printed."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        return {"died": f"exit code {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def frontier(measure: str, path: Path, **arguments: float | str) -> dict[str, Any]:
    """Run a measurement of our frontier."""
    found = child("frontier_child", measure, json.dumps({"path": str(path)} | arguments))
    if "died" in found:
        raise SystemExit(f"{measure} of {path} failed: {found['died']}")
    return found


def table(title: str, columns: Sequence[str]) -> str:
    """Print the head of a table; return the format of its rows."""
    print(f"\n{title}\n")
    print(" | ".join(columns))
    print(" | ".join("-" * len(column) for column in columns), flush=True)
    return " | ".join(f"{{:>{len(column)}}}" for column in columns)


def commit(work: Path, most: int) -> None:
    """Fill the frontier decade by decade; measure committing, size, memory and resuming."""
    row = table(
        "Committing: groups of 16 pages, 100 discoveries a page of which 15 are new",
        ["known URLs", "domains", "fill URLs/s", "pages/s", "new URLs/s", "bytes/URL",
         "resident MiB", "peak MiB", "resume s", "resumed MiB", "other limits s"],
    )  # fmt: skip
    path = work / "commit.sqlite"
    known = 10_000
    while known <= most:
        pages = min(MEASURED, known // 20)
        grown = frontier("grow", path, known=known, per_domain=PER_DOMAIN, pages=pages)
        again = frontier("resume", path, budget=0)
        other = frontier("resume", path, budget=50)
        frontier("resume", path, budget=0)
        cells = (
            f"{grown['known']:,}", f"{grown['domains']:,}", f"{grown['fill_rate']:,.0f}",
            f"{grown['pages_rate']:,.0f}", f"{grown['new_rate']:,.0f}",
            f"{grown['bytes'] / grown['known']:.0f}", f"{grown['resident']:.0f}",
            f"{grown['peak']:.0f}", f"{again['secs']:.2f}", f"{again['peak']:.0f}",
            f"{other['secs']:.2f}",
        )  # fmt: skip
        print(row.format(*cells), flush=True)
        known *= 10


def lease(work: Path, most: int) -> None:
    """Measure handing out with very many domains pending."""
    domains = min(LEASE_DOMAINS, most // LEASE_PER_DOMAIN)
    path = work / "lease.sqlite"
    frontier(
        "grow", path, known=domains * LEASE_PER_DOMAIN, per_domain=LEASE_PER_DOMAIN, pages=0
    )  # fmt: skip
    row = table(
        f"Handing out with {domains:,} domains pending, 64 in flight, milliseconds",
        [
            "                ",
            "p50   ",
            "p99   ",
            "p99 of processor time",
            "max   ",
            "whole cycle a page",
            "group p99",
            "peak MiB",
        ],
    )
    for name, delay, max_pages, order in FEW_WAYS:
        copy = work / "lease-copy.sqlite"
        shutil.copy(path, copy)
        shutil.copy(path.with_suffix(".grown"), copy.with_suffix(".grown"))
        found = frontier(
            "hand_out", copy, per_domain=LEASE_PER_DOMAIN, delay=delay, max_pages=max_pages,
            leases=LEASES, order=order,
        )  # fmt: skip
        cells = [f"{found[key]:.3f}" for key in ("p50", "p99", "busy_p99", "max", "cycle")]
        print(row.format(name, *cells, f"{found['group_p99']:.1f}", f"{found['peak']:.0f}"))


def scrapy(work: Path, most: int) -> None:
    """Measure Scrapy's default scheduler beside it."""
    row = table(
        "Scrapy's default scheduler, 10 requests a domain, milliseconds to hand one out",
        ["domains", "queue ", "p50   ", "p99   ", "max   ", "bytes/request", "peak MiB", "queued/s"],
    )  # fmt: skip
    for queue in ("memory", "JOBDIR"):
        for domains in (1_000, 10_000, 100_000):
            if domains * 10 > most:
                continue
            folder = work / "jobdir"
            shutil.rmtree(folder, ignore_errors=True)
            options = [str(folder)] if queue == "JOBDIR" else []
            found = child("frontier_scrapy", str(domains), *options)
            if found.get("died"):
                print(f"{domains:>7,} | {queue} | died: {found['died']}", flush=True)
                continue
            cells = [f"{found[key]:.3f}" for key in ("p50", "p99", "max")]
            sizes = [f"{found[key]:,.0f}" for key in ("bytes", "peak", "queue_rate")]
            print(row.format(f"{domains:,}", queue, *cells, *sizes), flush=True)
    shutil.rmtree(work / "jobdir", ignore_errors=True)


PARTS: Final = {"commit": commit, "lease": lease, "scrapy": scrapy}


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description="The frontier, measured.")
    parser.add_argument("--work", type=Path, help="folder for the files; else a temporary one")
    parser.add_argument("--most", type=int, default=10_000_000, help="known URLs to stop at")
    parser.add_argument("--part", choices=PARTS, help="run one part only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        for name in [options.part] if options.part else PARTS:
            began = time.perf_counter()
            PARTS[name](Path(work), options.most)
            print(f"\n{name}: {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
