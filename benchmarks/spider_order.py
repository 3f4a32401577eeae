"""Which order the real spider does best in: short crawls of a web on loopback, held against a whole one.

    python -m benchmarks.spider_order FOLDER --work DIR --seeds URL... [--share 0.1] [--sets 3]
        [--proxy URL] [--orders ORDER...] [--concurrency 64] [--no-traps]

FOLDER holds a folder for each host, as `benchmarks.real_pages` lays them out, and perhaps a ``hosts.json``
with ``aliases`` and ``redirects`` of further hosts; they are served as `benchmarks.real_pages` does, or by
whatever listens at ``--proxy``. One crawl without limits gives the whole ranking, the PageRank of domains, one
vote a pair; it stays in DIR and is used again. Then each order crawls from each set of seeds until ``--share`` of the
HTML pages of FOLDER are fetched, with 64 requests in flight and no delay; 404s and redirects count as pages, as they
do for everybody. Only hosts of FOLDER are asked, as what lies outside has no answer here. Printed are the
share of the true top 100 found and of the links between domains seen. Some 14 minutes for three sets.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np

from benchmarks.order_graph import TOP, site_rank
from benchmarks.real_pages import Corpus
from linkcrawler.loopback import LoopbackWeb
from linkcrawler.policies.order import ORDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

HTML: Final = (".html", ".htm", ".xhtml")
SEEDS: Final = 3
"""Hosts of each set of seeds."""
LINKS: Final = """
SELECT DISTINCT source_domain, target_domain FROM read_parquet(?)
WHERE NOT internal AND follow AND kind IN ('a', 'area', 'redirect', 'refresh')
"""
ENTRIES: Final = """
SELECT domain, url FROM read_parquet(?) WHERE outcome = 'ok' AND depth <= 1 ORDER BY domain, url
"""


@dataclass(frozen=True, slots=True)
class Web:
    """A web on loopback."""

    folder: Path
    proxy: str
    work: Path

    def hosts(self) -> list[str]:
        """Return the hosts that answer."""
        found = {path.name for path in self.folder.iterdir() if path.is_dir()}
        known = self.folder / "hosts.json"
        if known.exists():
            more = json.loads(known.read_text(encoding="utf-8"))
            found |= {*more.get("aliases", {}), *more.get("redirects", {})}
        return sorted(found)

    def pages(self) -> int:
        """Return how many HTML pages there are."""
        return sum(path.suffix in HTML for path in self.folder.rglob("*"))

    def crawl(self, name: str, seeds: Sequence[str], pages: int, *words: str) -> Path:
        """Crawl into a folder of that name, and return it."""
        out = self.work / name
        hosts = "|".join(map(re.escape, self.hosts()))
        command = [
            sys.executable, "-m", "linkcrawler", "crawl", *seeds, "--out", str(out),
            "--proxy", self.proxy, "--delay", "0", "--hops", "0", "--max-pages", str(pages),
            "--max-pages-per-domain", "0", "--no-robots", "--js", "off", "--quiet",
            "--include", f"^https?://(?:{hosts})(?:[:/]|$)", *words,
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the crawl {name} ended with {done.returncode}: {done.stderr[-500:]}")
        return out


def ranking(folder: Path) -> tuple[list[str], set[tuple[str, str]]]:
    """Return a crawl's domains, best first, and the links between them."""
    found = duckdb.execute(LINKS, [str(folder / "links.parquet")]).fetchall()
    links = {(str(source), str(target)) for source, target in found}
    number: dict[str, int] = {}
    pairs = [
        (number.setdefault(source, len(number)), number.setdefault(target, len(number)))
        for source, target in sorted(links)
    ]
    n = len(number)
    rank = site_rank(np.array([source * n + target for source, target in pairs]), n)
    names = list(number)
    return [names[at] for at in np.argsort(-rank, kind="stable").tolist()], links


def seed_sets(web: Web, whole: Path, count: int) -> list[list[str]]:
    """Return sets of pages that were fetched, at random: of each set's three domains one."""
    pages: dict[str, list[str]] = {}
    for domain, url in duckdb.execute(ENTRIES, [str(whole / "pages.parquet")]).fetchall():
        pages.setdefault(domain, []).append(url)
    large = sorted(domain for domain, urls in pages.items() if len(urls) > SEEDS)
    chance = random.Random(1)
    return [[pages[domain][0] for domain in chance.sample(large, SEEDS)] for _ in range(count)]


def main() -> None:
    """Crawl, and print the table."""
    parser = argparse.ArgumentParser(description="Orders of the real spider.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--proxy", default="", help="who serves the hosts; else we do")
    parser.add_argument("--share", type=float, default=0.1, help="of the HTML pages of the folder")
    parser.add_argument("--sets", type=int, default=3)
    parser.add_argument("--seeds", nargs="+", required=True, help="of the whole crawl")
    parser.add_argument("--orders", nargs="+", default=ORDERS)
    parser.add_argument("--no-traps", action="store_true", help="without the rules on traps")
    parser.add_argument("--concurrency", default="64")
    options = parser.parse_args()
    with ExitStack() as stack:
        proxy = options.proxy
        if not proxy:
            proxy = stack.enter_context(LoopbackWeb(Corpus(options.folder).answer)).url
        run(Web(options.folder, proxy, options.work), options)


def run(web: Web, options: argparse.Namespace) -> None:
    """Crawl the whole web where that was not done, then each order from each set of seeds."""
    whole = web.work / "whole"
    if not (whole / "links.parquet").exists():
        web.crawl(
            "whole", options.seeds, 0,
            "-s", "LINKCRAWLER_TRAPS=0", "-s", "LINKCRAWLER_SCOPE_NOFOLLOW=1",
        )  # fmt: skip
    true_names, true_links = ranking(whole)
    top = set(true_names[:TOP])
    pages = int(options.share * web.pages())
    print(f"{len(true_links):,} links between {len(true_names):,} domains; {pages:,} pages a crawl")
    words = ["--concurrency", options.concurrency]
    if options.no_traps:
        words += ["-s", "LINKCRAWLER_TRAPS=0"]
    sets = [options.seeds, *seed_sets(web, whole, options.sets - 1)]
    for order in options.orders:
        found = []
        for number, seeds in enumerate(sets):
            name = f"{order}-{number}-{options.concurrency}-{pages}{'-n' * options.no_traps}"
            names, links = ranking(web.crawl(name, seeds, pages, "--order", order, *words))
            found.append(
                (len(top & set(names[:TOP])) / TOP, len(links & true_links) / len(true_links))
            )
        tops, seen = zip(*found, strict=True)
        each = " ".join(f"{one:.2f}" for one in tops)
        print(
            f"{order:<14} top 100 {mean(tops):.3f} ({each}), links seen {mean(seen):.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
