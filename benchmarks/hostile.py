"""Crawls every host of the catalogue of hostile servers beside well-behaved ones, and prints a table.

    python -m benchmarks.hostile [--timeout 20] [--read-secs 5] [NAME...]

A row a behaviour: what became of its page, whether its links were read from tags alone, and seconds
from the request to the outcome. Below: how long the reactor was held up (on the clock, and in processor
time), how much more memory the process took than the same crawl without the hostile hosts, and the
longest wait of a well-behaved host. The catalogue is that of the tests (``tests/support/hostile.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.crawling import ENVIRONMENT, page, rows  # noqa: E402
from support.hostile import CATALOGUE, HostileWeb, urls  # noqa: E402

DELAY_SECS = 0.2
GOOD = {
    f"http://good{h}.example/{n or ''}": page(f"/{n + 1}") for h in range(6) for n in range(100)
}
MOST_SECS = 1800


def crawl(web: HostileWeb, folder: Path, names: list[str], options: argparse.Namespace) -> dict:
    """Crawl the good hosts and those of ``names``; return what the probe found, and the seconds."""
    folder.mkdir()
    seeds = [*(url for url in GOOD if url.endswith("/")), *urls(names)]
    (folder / "seeds.txt").write_text("\n".join(seeds))
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "support.probe", str(folder / "probe.json"), "crawl",
         f"@{folder / 'seeds.txt'}", "--out", str(folder / "out"), "--proxy", web.url, "--quiet",
         "--delay", str(DELAY_SECS), "--scope", "seeds", "-s", "RETRY_TIMES=0",
         "-s", f"DOWNLOAD_TIMEOUT={options.timeout}", "-s", "LINKCRAWLER_DATASET_PART_SECS=3600",
         "-s", f"LINKCRAWLER_READ_SECS={options.read_secs}"],
        cwd=ROOT, env={**ENVIRONMENT, "PYTHONPATH": f"tests{os.pathsep}."}, check=True,
        timeout=MOST_SECS, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return json.loads((folder / "probe.json").read_text()) | {"secs": time.monotonic() - begun}


def table(web: HostileWeb, folder: Path, names: list[str]) -> None:
    """Print what became of each page."""
    print(
        "| behaviour | outcome | reason | links | degraded | seconds |\n|---|---|---|---|---|---|"
    )
    found = {row["url"]: row for row in rows(folder / "out", "pages")}
    for name, url in zip(names, urls(names), strict=True):
        row = found[url]
        end = row["fetched_at"].timestamp()
        took = end - web.asked_at(f"{url}robots.txt" if CATALOGUE[name].is_robots else url, end)
        fits = (
            "" if (row["outcome"], row["reason"]) in CATALOGUE[name].expected else " (not expected)"
        )
        print(
            f"| {name} | {row['outcome']}{fits} | {row['reason']} | {row['n_links']:,} "
            f"| {'yes' if row['degraded'] else ''} | {took:.1f} |"
        )


def longest_wait(web: HostileWeb) -> float:
    """Return the longest time between two requests to one well-behaved host, without the delay."""
    hosts = {url.split("/")[2] for url in GOOD}
    gaps = [0.0]
    for host in hosts:
        times = sorted(at for at, url in web.asked if url.split("/")[2] == host)
        gaps += [later - earlier - DELAY_SECS for earlier, later in pairwise(times)]
    return max(gaps)


def main() -> None:
    """Parse the command line, crawl twice, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=[], help="behaviours; all")
    parser.add_argument("--timeout", type=float, default=20, help="DOWNLOAD_TIMEOUT")
    parser.add_argument("--read-secs", type=float, default=5, help="LINKCRAWLER_READ_SECS")
    options = parser.parse_args()
    names = options.names or list(CATALOGUE)
    with tempfile.TemporaryDirectory() as work:
        with HostileWeb(GOOD) as web:
            plain = crawl(web, Path(work) / "plain", [], options)
        with HostileWeb(GOOD) as web:
            hostile = crawl(web, Path(work) / "hostile", names, options)
            table(web, Path(work) / "hostile", names)
    print(f"\n{len(names)} behaviours, {hostile['secs']:.0f} s; without them {plain['secs']:.0f} s")
    for title, found in (("with", hostile), ("without", plain)):
        print(
            f"{title}: reactor held up {1000 * found['lag']:.0f} ms on the clock, "
            f"{1000 * found['cpu_lag']:.0f} ms of processor time; peak {found['peak_mib']:.0f} MiB"
        )
    more, whole = (hostile[key] - plain[key] for key in ("peak_mib", "whole_peak_mib"))
    print(f"more memory: {more:.0f} MiB; with sealing and compacting {whole:.0f} MiB")
    print(f"longest wait of a well-behaved host beyond its delay: {longest_wait(web):.2f} s")


if __name__ == "__main__":
    main()
