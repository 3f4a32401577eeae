"""What a page costs, from the start of the process to the compact dataset, beside what fetching it costs.

    python -m benchmarks.crawl_cost FOLDER --work SCRATCH
    python -m benchmarks.crawl_cost FOLDER --work SCRATCH --advertools OTHER/bin/python

``FOLDER`` holds real pages, one folder a host (`benchmarks.real_pages`). The same pages are served from
a process of its own, whose time is not counted, to four crawls in turn: ours whole (robots.txt, guard,
extraction, frontier, Parquet, compaction; no browser), bare Scrapy, a plain Scrapy spider, and advertools' crawler.
Counted is processor time, user and system, of the process and all its children. "Net" is the same
without what a crawl of a few pages takes: start-up, and what is done once.

Then ours runs once more with a sampler in it, for where its time goes, and once for how long its event
loop is held. Ends with 1 where a bar of the table is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import quote

import pyarrow.parquet as pq

ROOT: Final = Path(__file__).parent.parent
FEW: Final = 48
"""Pages of the crawl whose cost is taken for start-up."""
BARS: Final = {"bare": 2.2, "plain": 1 / 4, "advertools": 1 / 6}
"""Most that ours may cost, in times of the other."""
NAMES: Final = {
    "ours": "linkcrawler, whole",
    "bare": "bare Scrapy",
    "plain": "LinkExtractor, CSV",
    "advertools": "advertools",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a crawl took, in seconds."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Bench:
    """How all crawls are run."""

    work: Path
    proxy: str
    concurrency: int
    advertools: str
    """The interpreter that has it."""

    def run(self, kind: str, urls: Path, log: Path) -> Cost:
        """Crawl the URLs of a file; return what that took."""
        out = self.work / f"{kind}.out"
        shutil.rmtree(out, ignore_errors=True)
        for old in self.work.glob(f"{kind}.out*"):
            old.unlink()
        return self.spent(self.command(kind, urls, out), log, ROOT if kind == "ours" else self.work)

    def command(self, kind: str, urls: Path, out: Path) -> list[str]:
        """Return the command of one crawl."""
        if kind == "ours":
            return [sys.executable, "-m", "linkcrawler", *self.arguments(urls, out)]
        python = self.advertools if kind == "advertools" else sys.executable
        script = ROOT / "benchmarks" / "crawl_cost_spiders.py"
        name = out.with_name(f"{out.name}.{'jl' if kind == 'advertools' else 'csv'}")
        return [python, str(script), kind, str(urls), str(name), self.proxy, str(self.concurrency)]

    def arguments(self, urls: Path, out: Path) -> list[str]:
        """Return the arguments of ``linkcrawler`` for the pages of a file, each a seed."""
        n, concurrency = len(urls.read_text().split()), str(self.concurrency)
        return [
            "crawl", f"@{urls}", "--out", str(out), "--proxy", self.proxy, "--delay", "0",
            "--concurrency", concurrency, "--js", "off", "--max-pages", str(n), "--max-pages-per-domain", "0",
            "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={concurrency}", "--contact", "mail@example.com",
            # The others fetch what is listed: breadth first seeds are all that is fetched.
            "-s", "LINKCRAWLER_FRONTIER_ORDER=breadth-first",
        ]  # fmt: skip

    def spent(self, command: list[str], log: Path, cwd: Path = ROOT) -> Cost:
        """Run a command to its end, and return what it and its children took.

        Where there is a ``scrapy.cfg``, Scrapy's commands take the project's settings.
        """
        beside = os.path.dirname(command[0])  # noqa: PTH120 - advertools starts ``scrapy`` by name
        environment = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
        begun = time.monotonic()
        with log.open("wb") as to:
            process = subprocess.Popen(
                command, cwd=cwd, env=environment, stdout=to, stderr=subprocess.STDOUT
            )
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command[:4])} … ended with {process.returncode}: see {log}")
        return Cost(used.ru_utime + used.ru_stime, time.monotonic() - begun)


def chosen(folder: Path, n: int) -> list[str]:
    """Return the URLs of ``n`` pages, spread over the hosts as evenly as they reach."""
    pick = random.Random(0)
    by_host = []
    for host in sorted(path for path in folder.iterdir() if path.is_dir()):
        inside = [path for path in host.rglob("*.html") if _is_inside(path, host)]
        pages = sorted(path.relative_to(host).as_posix() for path in inside)
        pick.shuffle(pages)
        # A comma would part the list that advertools takes.
        by_host.append([f"http://{host.name}/{quote(p)}" for p in pages if "," not in p][:n])
    return [url for url in chain(*zip_longest(*by_host)) if url][:n]


def _is_inside(path: Path, host: Path) -> bool:
    """Return whether a host has the page, and not only a link to another one's."""
    return path.is_file() and path.resolve().is_relative_to(host.resolve())


def has_advertools(python: str) -> bool:
    """Return whether an interpreter has advertools."""
    tried = [python, "-c", "import advertools"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def counted(bench: Bench) -> dict[str, Any]:
    """Return what our crawl has written."""
    folder = bench.work / "ours.out"
    outcomes = pq.read_table(folder / "pages.parquet", columns=["outcome"])["outcome"].to_pylist()
    links = pq.ParquetFile(folder / "links.parquet").metadata.num_rows
    return {"pages": outcomes.count("ok"), "links": links}


def measured(bench: Bench, kinds: list[str], files: tuple[Path, Path], rounds: int) -> Any:
    """Return the costs of all crawls, by kind: of few pages, and of all, one a round."""
    few, all_ = files
    costs: dict[str, tuple[list[Cost], list[Cost]]] = {kind: ([], []) for kind in kinds}
    for number in range(rounds):
        for kind in kinds:
            for urls, found in zip((few, all_), costs[kind], strict=True):
                found.append(bench.run(kind, urls, bench.work / f"{kind}.log"))
            print(f"round {number + 1}, {kind}: {costs[kind][1][-1]}", file=sys.stderr, flush=True)
    return costs


def report(costs: Any, n: int, done: dict[str, Any]) -> bool:
    """Print the table; return whether every bar is met."""
    print(f"\n{done['pages']} pages with {done['links']} links in the dataset\n")
    print("| crawl | CPU ms a page | net of start-up | pages/s | ours / it | net | bar |")
    print("|---|---|---|---|---|---|---|")
    each = {kind: _per_page(*found, n) for kind, found in costs.items()}
    is_met = True
    for kind, (gross, net, speed) in each.items():
        cells = [NAMES[kind], f"{median(gross):.2f}", f"{median(net):.2f}", f"{median(speed):.0f}"]
        if kind != "ours":
            ratios = [
                median(a / b for a, b in zip(each["ours"][i], each[kind][i], strict=True))
                for i in (0, 1)
            ]
            is_met &= ratios[0] <= BARS[kind]
            cells += [f"{ratio:.2f}" for ratio in ratios] + [f"{BARS[kind]:.2f}"]
        else:
            cells += ["", "", ""]
        print(f"| {' | '.join(cells)} |")
    return is_met


def _per_page(few: list[Cost], all_: list[Cost], n: int) -> tuple[list[float], ...]:
    """Return ms of CPU a page, the same net of start-up, and pages a second; each a round."""
    gross = [1000 * cost.cpu / n for cost in all_]
    pairs = zip(all_, few, strict=True)
    net = [1000 * (whole.cpu - start.cpu) / (n - FEW) for whole, start in pairs]
    return gross, net, [n / cost.wall for cost in all_]


def profiled(bench: Bench, urls: Path, n: int, *, holds: bool) -> None:
    """Print where the time of our crawl goes, or how long it holds its event loop."""
    out, found = bench.work / "ours.out", bench.work / "profile.json"
    shutil.rmtree(out, ignore_errors=True)
    what = "holds" if holds else "times"
    command = [sys.executable, "-m", "benchmarks.crawl_cost_profile", what, str(found)]
    bench.spent([*command, *bench.arguments(urls, out)], bench.work / "profile.log")
    rows: dict[str, Any] = json.loads(found.read_text())
    if holds:
        print(
            "\n| the event loop was held by | longest, ms | processor time in it |\n|---|---|---|"
        )
        for name, (held, used) in rows.items():
            print(f"| {name} | {1000 * held:.1f} | {1000 * used:.1f} |")
        return
    total = sum(rows.values())
    print("\n| where our time goes | CPU ms a page | share |\n|---|---|---|")
    for name, secs in rows.items():
        print(f"| {name} | {1000 * secs / n:.2f} | {100 * secs / total:.0f} % |")
    print(f"| together | {1000 * total / n:.2f} | |")


def main() -> int:
    """Measure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder for what is written")
    parser.add_argument("--pages", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--advertools", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--only", nargs="*", metavar="KIND", choices=(*NAMES, "times", "holds"))
    options = parser.parse_args()
    options.work = options.work.absolute()
    options.work.mkdir(parents=True, exist_ok=True)
    listed = chosen(options.folder, options.pages)
    files = options.work / "few.txt", options.work / "all.txt"
    for file, urls in zip(files, (listed[:FEW], listed), strict=True):
        file.write_text("\n".join(urls) + "\n")
    wanted = options.only or [*NAMES, "times", "holds"]
    if "advertools" in wanted and not has_advertools(options.advertools):
        print("advertools: skipped; name an interpreter that has it with --advertools")
        wanted.remove("advertools")
    serve = [sys.executable, "-m", "benchmarks.real_pages", "serve", str(options.folder)]
    with subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            proxy = server.stdout.readline().split()[-1]
            hosts = len({url.split("/")[2] for url in listed})
            print(f"{len(listed)} pages of {hosts} hosts through {proxy}", flush=True)
            bench = Bench(options.work, proxy, options.concurrency, options.advertools)
            return compared(bench, wanted, files, (len(listed), options.rounds))
        finally:
            server.terminate()


def compared(
    bench: Bench, wanted: list[str], files: tuple[Path, Path], size: tuple[int, int]
) -> int:
    """Run what is wanted, and print it; return the exit code."""
    n, rounds = size
    is_met = True
    kinds = [kind for kind in NAMES if kind in wanted]
    if kinds:
        costs = measured(bench, kinds, files, rounds)
        if "ours" in kinds:
            is_met = report(costs, n, counted(bench))
    for what in ("times", "holds"):
        if what in wanted:
            profiled(bench, files[1], n, holds=what == "holds")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
