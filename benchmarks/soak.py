"""Crawls a large web and prints the resident memory and open files of the crawl as pages come in.

    python -m benchmarks.soak --work FOLDER [--hosts 400] [--pages 100]

The slope is fitted over the second half of the pages: what grows with every page would show there.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from benchmarks.bigweb import BigWeb
from benchmarks.bigweb_shape import Shape

SAMPLE_SECS = 1.0


def pages_of(folder: Path) -> int:
    """Return the pages committed so far."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{folder / 'frontier.sqlite'}?mode=ro", uri=True)) as db,
    ):
        return int(db.execute("SELECT n FROM counter WHERE name = 'pages'").fetchone()[0])
    return 0


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def sampled(process: subprocess.Popen[bytes], folder: Path) -> list[tuple[int, float, int]]:
    """Return pages, MiB and open files, taken once a second until the process begins to compact."""
    samples = []
    while process.poll() is None:
        time.sleep(SAMPLE_SECS)
        if any(folder.glob(".sort-*")):
            break
        with suppress(OSError, TypeError):
            files = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
            samples.append((pages_of(folder), resident_mib(process.pid), files))
    return samples


def main() -> int:
    """Run it; return the exit code of the crawl."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--pages", type=int, default=100)
    options = parser.parse_args()
    folder = options.work / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    shape = Shape(hosts=options.hosts, pages=options.pages, links=30, bytes=4000)
    with BigWeb(shape) as web:
        command = [
            sys.executable, "-m", "linkcrawler", "crawl", web.seed, "--proxy", web.url, "--quiet",
            "--out", str(folder), "--delay", "0", "--hops", "0", "--max-pages", "0",
            "--max-pages-per-domain", "0",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples = sampled(process, folder)
        code = process.wait()
    print("  pages   MiB  open files")
    for pages, mib, files in samples[:: max(1, len(samples) // 12)]:
        print(f"{pages:7,} {mib:5.0f} {files:11}")
    late = np.array([sample for sample in samples if sample[0] > samples[-1][0] / 2])
    slope = np.polyfit(late[:, 0], late[:, 1], 1)[0]
    print(
        f"{samples[-1][0]:,} pages; slope over the second half: {1000 * slope:+.2f} MiB by 1,000 pages"
    )
    return code


if __name__ == "__main__":
    sys.exit(main())
