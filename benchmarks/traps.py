"""Traps on a site of real pages: what each takes of the budget, and what is fetched of the site.

    python -m benchmarks.traps [--budget 10000] [--size 150] [--off]

Pages are made up as they are asked for and go through the reader, the frontier and its file as in a
crawl; the network alone is left out. The whole takes about two minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.real_site import RealSite
from tests.support.trap_crawl import TrapCrawl, TrapWeb
from tests.support.traps import MANY_WAYS, TRAPS, UNKNOWABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.trap_kinds import Trap

DOMAIN = "mixed.example"


def measure(traps: Sequence[type[Trap]], options: argparse.Namespace) -> list[str]:
    """Crawl a site with ``traps``; return a row of the table for each, or one for none."""
    web = TrapWeb(RealSite(DOMAIN, options.size), [kind(DOMAIN) for kind in traps])
    with tempfile.TemporaryDirectory() as folder:
        crawl = TrapCrawl(
            web, Path(folder) / "frontier.sqlite", max_pages=options.budget, traps=not options.off
        )
        began = time.perf_counter()
        crawl.open().run()
        secs = time.perf_counter() - began
        out = sum(crawl.excluded.values())
        crawl.close()
    real = len(web.site.real())
    share = f"{100 * (real - len(crawl.missed)) / real:.1f} %"
    rest = f"{share} of {real:,} | {out:,} | {secs:.1f}"
    rows = [(trap.name, crawl.of(trap)) for trap in web.traps] or [("none", 0)]
    return [f"| {name} | {n:,} | {100 * n / options.budget:.2f} % | {rest} |" for name, n in rows]


def main() -> None:
    """Measure each trap on a site of its own, then all of them on one."""
    parser = argparse.ArgumentParser(description="Traps, measured.")
    parser.add_argument("--budget", type=int, default=10_000, help="pages of a crawl at the most")
    parser.add_argument("--size", type=int, default=150, help="pages of a section, about")
    parser.add_argument("--off", action="store_true", help="without the rules on traps")
    options = parser.parse_args()
    head = "| trap | fetched of it | of the budget | real pages fetched | kept out | seconds |"
    print(f"{head}\n|---|---|---|---|---|---|", flush=True)
    for kind in (None, *TRAPS, *MANY_WAYS, *UNKNOWABLE):
        print("\n".join(measure([kind] if kind else [], options)), flush=True)
    print(f"\nAll on one site:\n\n{head}\n|---|---|---|---|---|---|")
    print("\n".join(measure(TRAPS, options)))


if __name__ == "__main__":
    main()
