"""Kills crawls with kill -9 at aimed and random moments, and compares them with an uninterrupted one.

    python -m benchmarks.kill_crawl --kills 50 --work FOLDER
    python -m benchmarks.kill_crawl --kills 10 --work FOLDER -- SEED… --proxy URL [options of crawl]

Without seeds it crawls `benchmarks.bigweb`: 3,000 pages on 20 hosts, whose counts tell how many
pages each kill made it fetch again. Prints a line a kill and a table by aim, and ends with 1 where
a row was lost or is there twice. A crawl takes so many of the kills that it is not done before
them; then another one begins. ``--reference FOLDER`` takes an uninterrupted crawl that is there.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from benchmarks import kill_aims as aims
from benchmarks.bigweb import BigWeb, Shape
from pipelines.dataset import open_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

LINK = "source, target, kind, position, anchor, rel, follow"
PAGE = "url, status, outcome, reason, redirect_to, n_links, n_internal, title, hops"
CONCURRENCY: Final = 64
GROUP_PAGES: Final = 16
OPTIONS: Final = (
    "--delay", "0", "--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0",
    "--concurrency", str(CONCURRENCY), "-s", f"LINKCRAWLER_FRONTIER_COMMIT_PAGES={GROUP_PAGES}",
    "-s", "LINKCRAWLER_DATASET_PART_LINKS={part_links}",
)  # fmt: skip
"""Of a crawl of the benchmark's own web."""
PARTS: Final = 30
"""Raw parts that such a crawl is written in."""
SHARES: Final = {aims.START_UP: 0.16, aims.SEALING: 0.2, aims.COMPACTION: 0.12}
"""Of the kills by aim; the rest comes anywhere."""
KILLS_A_CRAWL: Final = 10
MOST_MISSED: Final = 10
"""Crawls that may be done before all of their kills were given."""


def crawl(folder: Path, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
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


def rows_of(folder: Path, table: str) -> int:
    """Return how many rows a table has."""
    parts = open_dataset(folder).manifest.parts
    return sum(part.rows for part in parts if part.table == table)


@dataclass(slots=True)
class Kill:
    """One kill that was given."""

    aim: str
    """What it met, which is not always what it was aimed at."""
    refetched: int = 0
    """Pages that were asked for again because of it."""


@dataclass(slots=True)
class Run:
    """All crawls of one call of the command.

    Args:
        work: folder of the crawls.
        arguments: of `linkcrawler crawl`.
        web: the benchmark's own web, None where the seeds are another's.
        draw: where chance comes from.
    """

    work: Path
    arguments: list[str]
    web: BigWeb | None
    draw: random.Random
    seconds: float = 60.0
    kills: list[Kill] = field(default_factory=list)
    crawls: int = 0

    def reference(self) -> Path:
        """Crawl once without interruption."""
        folder = self.work / "whole"
        begun = time.monotonic()
        code = crawl(folder, self.arguments).wait()
        self.seconds = time.monotonic() - begun
        print(f"uninterrupted: {self.seconds:.0f} s, exit code {code}", flush=True)
        if code:
            sys.exit(1)  # nothing to compare with
        return folder

    def crawl_killed(self, planned: list[str]) -> tuple[Path, int]:
        """Crawl with a kill at each of ``planned`` and to the end; return folder and exit code.

        Those that the crawl was done before are left in ``planned``.
        """
        self.crawls += 1
        folder = self.work / f"killed-{self.crawls}"
        longest = 2 * self.seconds / (len(planned) + 1)
        first, marks = len(self.kills), [self._requests()]
        while planned:
            process = crawl(folder, self.arguments)
            if not self._kill(planned[0], process, folder, longest):
                print(f"crawl {self.crawls}: done with {len(planned)} kills left", flush=True)
                break
            aim = planned.pop(0)
            if self.kills[-1].aim != aim and aims.ANYWHERE in planned:
                planned[planned.index(aims.ANYWHERE)] = aim  # it came too late: once more
            marks.append(self._requests())
        code = crawl(folder, self.arguments).wait()
        self._count_refetched(marks, self.kills[first:])
        return folder, code

    def _kill(
        self, aim: str, process: subprocess.Popen[bytes], folder: Path, longest: float
    ) -> bool:
        """Kill ``process`` as ``aim`` says; return whether it had not ended by itself before."""
        begun, before = time.monotonic(), self._requests()
        seen = aims.take_aim(aim, process, folder, self.draw, longest)
        if process.poll() is not None:
            return False
        process.kill()
        process.wait()
        after = time.monotonic() - begun
        asked = self._requests() - before
        met = self._met(aim, folder, asked=asked, seen=seen)
        self.kills.append(Kill(met))
        text = f"kill {len(self.kills)} (crawl {self.crawls}): aimed at {aim}, met {met}"
        print(f"{text} after {after:.2f} s and {asked} requests", flush=True)
        return True

    def _met(self, aim: str, folder: Path, *, asked: int, seen: bool) -> str:
        if aim == aims.START_UP and (asked or not seen):
            return aims.ANYWHERE
        if aim == aims.ANYWHERE:
            # Chance may have aimed better than it was asked to.
            met = aims.SEALING if aims.is_sealing(folder) else aim
            return aims.COMPACTION if aims.is_compacting(folder) else met
        return aim if seen else aims.ANYWHERE

    def _requests(self) -> int:
        return self.web.counts()["requests"] if self.web is not None else 0

    def _count_refetched(self, marks: list[int], given: list[Kill]) -> None:
        """Charge each page that was asked for again to the kill after which it had to be.

        Args:
            marks: requests before the crawl, and after each kill.
            given: the kills.
        """
        if self.web is None:
            return
        log = self.web.log()
        last: dict[tuple[int, int], int] = {}
        for number, (first, end) in enumerate(zip(marks, [*marks[1:], len(log)], strict=True)):
            hosts, pages = log.hosts[first:end].tolist(), log.pages[first:end].tolist()
            for place in zip(hosts, pages, strict=True):
                if place[1] < 0:
                    continue  # robots.txt is asked once a run
                if place in last and last[place] < len(given):
                    given[last[place]].refetched += 1
                last[place] = number


def plan(kills: int, draw: random.Random) -> list[list[str]]:
    """Return the aims of each crawl's kills, those at compaction last: it comes at the end."""
    found = [aim for aim, share in SHARES.items() for _ in range(round(kills * share))]
    found += [aims.ANYWHERE] * (kills - len(found))
    draw.shuffle(found)
    crawls = [found[start : start + KILLS_A_CRAWL] for start in range(0, kills, KILLS_A_CRAWL)]
    return [sorted(crawl, key=aims.COMPACTION.__eq__) for crawl in crawls]


def verdict(whole: Path, folder: Path, code: int) -> bool:
    """Print how a crawl that was killed compares; return whether it is what it should be."""
    checked = subprocess.run(
        [sys.executable, "-m", "linkcrawler", "check", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    ).returncode  # fmt: skip
    print(f"{folder.name}: exit code {code}, check {checked}", end="")
    good = code == 0 and checked == 0
    for table, columns in (("links", LINK), ("pages", PAGE)):
        lost, more = difference(whole, folder, table, columns)
        good = good and not lost and not more
        rows = rows_of(whole, table)
        print(f"; {rows:,} {table}, {lost} lost, {more} twice or foreign", end="")
    print(flush=True)
    return good


def table(kills: list[Kill], *, counted: bool) -> None:
    """Print the kills by what they met."""
    numbers = Counter(kill.aim for kill in kills)
    print(f"{'met':12}{'kills':>6}" + ("  refetched: mean   most" if counted else ""))
    for aim in (*aims.AIMS, "all"):
        found = [kill.refetched for kill in kills if aim in (kill.aim, "all")]
        line = f"{aim:12}{numbers.get(aim, len(found)):>6}"
        if counted and found:
            line += f"{sum(found) / len(found):>17.1f} {max(found):>6}"
        print(line)
    if counted:
        print(f"at most {CONCURRENCY} in flight and {GROUP_PAGES} in a commit group may be")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kill_crawl", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--work", type=Path, required=True, help="folder of the crawls")
    parser.add_argument("--reference", type=Path, help="an uninterrupted crawl")
    parser.add_argument("--seconds", type=float, help="that the reference took, where it is given")
    parser.add_argument("--random", type=int, default=1, help="seed of chance")
    parser.add_argument("--hosts", type=int, default=20, help="of the benchmark's own web")
    parser.add_argument("--pages", type=int, default=150, help="of each of its hosts")
    parser.add_argument("--latency", type=float, default=0.02, help="of its answers, in seconds")
    parser.add_argument("crawl", nargs="*", help="seeds and options of `linkcrawler crawl`")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return the exit code."""
    options = parsed(arguments)
    with ExitStack() as stack:
        web, own = None, options.crawl
        if not own:
            shape = Shape(options.hosts, options.pages, latency=options.latency)
            web = stack.enter_context(BigWeb(shape))
            part_links = max(1, shape.total * shape.links // PARTS)
            options_of_crawl = [word.format(part_links=part_links) for word in OPTIONS]
            own = [web.seed, "--proxy", web.url, *options_of_crawl]
        run = Run(options.work, own, web, random.Random(options.random))
        run.seconds = options.seconds or run.seconds
        whole = options.reference or run.reference()
        good = all_crawls(run, whole, options.kills)
        table(run.kills, counted=web is not None)
    most = max((kill.refetched for kill in run.kills), default=0)
    return int(not good or most > CONCURRENCY + GROUP_PAGES)


def all_crawls(run: Run, whole: Path, kills: int) -> bool:
    """Crawl until all kills are given; return whether every crawl came out as ``whole``."""
    good, left = True, MOST_MISSED
    waiting = plan(kills, run.draw)
    while waiting and left:
        planned = waiting.pop(0)
        folder, code = run.crawl_killed(planned)
        good = verdict(whole, folder, code) and good
        if good:
            shutil.rmtree(folder)
        if planned:
            waiting.append(planned)
            left -= 1
    if waiting:
        print(f"{sum(map(len, waiting))} kills could not be given: the crawl is too short for them")
    return good and not waiting


if __name__ == "__main__":
    sys.exit(main())
