"""Every step that a crawl makes the disk take, with a death, an error or a power cut at each.

    python -m benchmarks.crash_points [--sample N] [--command N] [--work FOLDER]

A small crawl without a network runs three times into one folder: interrupted, finished, opened again
with another seed. For every step of the disk in it, by Python or by SQLite, and every kind of fault,
the crawl is run to that step, stopped there, started again, and compared with one that nothing
happened to. Then the command line crawls a loopback web, its disk failing at steps spread over the
run. Prints tables and ends with 1 where anything was lost, there twice, or left over.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.crawling import Web, grid, link_multiset, linkcrawler, page_multiset
from support.faults import command
from support.faults.modes import MODES
from support.faults.series import Series
from support.faults.verdict import is_absorbed, wrong

PHASES = ("start-up", "commit", "seal", "compaction", "reopen", "end")
BUSY = (
    "--quiet", "--delay", "0", "--hops", "0", "--max-pages-per-domain", "0",
    "-s", "LINKCRAWLER_DATASET_PART_LINKS=40", "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=6",
)  # fmt: skip


def parsed() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, help="points of each fault, drawn; else all")
    parser.add_argument("--command", type=int, default=40, help="points of the command line")
    parser.add_argument("--random", type=int, default=1, help="seed of the samples")
    parser.add_argument(
        "--work", type=Path, help="where to crawl [in memory, where there is /dev/shm]"
    )
    return parser.parse_args()


def print_points(events: list[list[dict[str, str]]]) -> None:
    """Print how many steps there are, by operation and by what the crawl does."""
    counts = Counter((e["operation"], e["phase"]) for run in events for e in run)
    totals = Counter(e["operation"] for run in events for e in run)
    print(f"{'points':10}" + "".join(f"{phase:>12}" for phase in (*PHASES, "all")))
    for operation, total in totals.most_common():
        cells = [counts[operation, phase] for phase in PHASES]
        print(f"{operation:10}" + "".join(f"{cell or '':>12}" for cell in (*cells, total)))
    sums = [sum(counts[o, phase] for o in totals) for phase in PHASES]
    print(f"{'all':10}" + "".join(f"{cell:>12}" for cell in (*sums, totals.total())))


def run_mode(series: Series, mode: str, options: argparse.Namespace) -> int:
    """Run the points of a fault, print a row of the table, and return how many went wrong."""
    points = series.all_points(mode)
    if options.sample:
        points = random.Random(options.random).sample(points, min(options.sample, len(points)))
    begun = time.monotonic()
    results = series.run(points)
    complaints = [text for result in results if (text := wrong(result))]
    sums = [sum(result[name] for result in results) for name in ("lost", "twice", "orphans")]
    codes = Counter(result["code"] for result in results)
    absorbed = sum(map(is_absorbed, results)) if mode.startswith("E") else 0
    slowest = max(result.get("seconds", 0.0) for result in results)
    cells = (len(points), codes[-9], codes[6], absorbed, *sums, len(complaints))
    print(f"{mode:18}" + "".join(f"{cell:>9}" for cell in cells), end="")
    print(f"{slowest:>9.2f}   in {time.monotonic() - begun:.0f} s", flush=True)
    for text in complaints[:10]:
        print(f"  {text}")
    return len(complaints)


def run_commands(folder: Path, points: int) -> int:
    """Let the disk fail under the command line; return how often it went wrong."""
    with Web(grid(4, 10)) as web:
        arguments = ("crawl", "http://h0.example/", "--proxy", web.url, *BUSY)
        whole = folder / "whole" / "crawl"
        whole.parent.mkdir()
        steps = command.run("count", 0, whole.parent, (*arguments, "--out", str(whole))).steps
        rows = link_multiset(whole), page_multiset(whole)
        slowest, complaints = 0.0, []
        for part in range(points):
            watched = folder / f"disk-{part}"
            watched.mkdir()
            asked = (*arguments, "--out", str(watched / "crawl"))
            at = 1 + int(steps * 0.9 * part / points)
            ended = command.run(("ENOSPC", "EIO")[part % 2], at, watched, asked)
            slowest = max(slowest, ended.seconds)
            complaint = command.complaint(ended, watched)
            if not complaint and linkcrawler(*asked).code != 0:
                complaint = f"at {ended.event}: the same command did not go on"
            found = watched / "crawl"
            if not complaint and (link_multiset(found), page_multiset(found)) != rows:
                complaint = f"at {ended.event}: other rows than undisturbed"
            complaints += [complaint] if complaint else []
    print(f"command line: {points} of some {steps} steps, {len(complaints)} wrong, ", end="")
    print(f"ended with 6 at most {slowest:.1f} s after the fault")
    for text in complaints[:10]:
        print(f"  {text}")
    return len(complaints)


def main() -> int:
    """Run it; return the exit code."""
    options = parsed()
    memory = Path("/dev/shm")
    base = options.work or (memory if memory.is_dir() else None)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="crash-points-", dir=base) as work:
        (Path(work) / "points").mkdir()
        with Series(Path(work) / "points") as series:
            print_points(series.events)
            print()
            names = (
                "points",
                "killed",
                "exit 6",
                "absorbed",
                "lost",
                "twice",
                "orphans",
                "wrong",
                "slowest",
            )
            print(f"{'fault':18}" + "".join(f"{name:>9}" for name in names))
            bad += sum([run_mode(series, mode, options) for mode in MODES])
        print()
        bad += run_commands(Path(work), options.command) if options.command else 0
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
