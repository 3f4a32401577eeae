"""Kills a crawl at random moments until it is done, and compares it with an uninterrupted one.

    python -m benchmarks.kill_crawl --kills 10 --work FOLDER -- SEED… --proxy URL [options of crawl]

Prints a line a run and ends with 1 where a row was lost or duplicated. ``--reference FOLDER`` takes
an uninterrupted crawl that is already there. The moments are drawn from ``--random`` (a seed)
over the seconds that the crawl would still take, as the reference took them.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from pipelines.dataset import open_dataset

LINK = "source, target, kind, position, anchor, rel, follow"
PAGE = "url, status, outcome, reason, redirect_to, n_links, n_internal, title, hops"


def crawl(folder: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start a crawl into ``folder``."""
    command = [sys.executable, "-m", "linkcrawler", "crawl", "--quiet", "--out", str(folder)]
    return subprocess.Popen(
        [*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def difference(one: Path, two: Path, table: str, columns: str) -> tuple[int, int]:
    """Return how many rows ``two`` lacks of ``one``, and has beyond it, as multisets."""
    with duckdb.connect() as db:
        for name, folder in (("a", one), ("b", two)):
            files = [str(path) for path in open_dataset(folder).files(table)]
            db.read_parquet(files).create_view(name)
        counted = f"SELECT {columns}, count(*) AS n FROM {{}} GROUP BY ALL"
        lost, more = (
            db.sql(
                f"SELECT coalesce(sum(greatest(x.n - coalesce(y.n, 0), 0)), 0) "
                f"FROM ({counted.format(x)}) x LEFT JOIN ({counted.format(y)}) y ON "
                + " AND ".join(f"x.{c} IS NOT DISTINCT FROM y.{c}" for c in columns.split(", "))
            ).fetchall()[0][0]
            for x, y in (("a", "b"), ("b", "a"))
        )
    return int(lost), int(more)


def parsed() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--seconds", type=float, help="that the reference took, where it is given")
    parser.add_argument("--random", type=int, default=1)
    parser.add_argument("crawl", nargs="+", help="seeds and options of `linkcrawler crawl`")
    return parser.parse_args()


def kill(folder: Path, arguments: list[str], moments: list[float]) -> int:
    """Crawl into ``folder``, killed after each of ``moments`` seconds; return the last exit code."""
    for number, moment in enumerate(moments, 1):
        process = crawl(folder, arguments)
        try:
            process.wait(moment)
            print(f"kill {number}: ended by itself before {moment:.1f} s", flush=True)
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            print(f"kill {number}: after {moment:.1f} s", flush=True)
    return crawl(folder, arguments).wait()


def main() -> int:
    """Run it; return the exit code."""
    options = parsed()
    whole, seconds = options.reference, options.seconds or 60.0
    if whole is None:
        whole = options.work / "whole"
        begun = time.monotonic()
        crawl(whole, options.crawl).wait()
        seconds = time.monotonic() - begun
        print(f"uninterrupted: {seconds:.0f} s", flush=True)
    draw = random.Random(options.random)
    longest = 2 * seconds / (options.kills + 1)
    killed = options.work / "killed"
    code = kill(killed, options.crawl, [draw.uniform(0.5, longest) for _ in range(options.kills)])
    print(f"last run: exit code {code}")
    found = {
        table: difference(whole, killed, table, columns)
        for table, columns in (("links", LINK), ("pages", PAGE))
    }
    for table, (lost, more) in found.items():
        print(f"{table}: {open_rows(whole, table):,} rows, {lost} lost, {more} twice or foreign")
    return int(code != 0 or any(map(sum, found.values())))


def open_rows(folder: Path, table: str) -> int:
    """Return how many rows a table has."""
    parts = open_dataset(folder).manifest.parts
    return sum(part.rows for part in parts if part.table == table)


if __name__ == "__main__":
    sys.exit(main())
