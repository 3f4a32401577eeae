"""Which order of a crawl finds the right ranking first: orders replayed on a graph of pages.

    python -m benchmarks.crawl_order --graph LINKS.parquet [--sites SITES.parquet] [--urls PAGES.parquet]
        [--sets 6] [--ablation]

The files are described by `benchmarks.order_graph.read_graph`. From each of several sets of 10 random
pages, a crawl is replayed in each order until 2, 5, 10 and 20 % of the pages are fetched. Its ranking is
then the PageRank of the sites it knows; it is held against that of the whole graph. Printed are means
over the sets, with the standard deviation of the first: share of the true top 100 found, weighted tau
of all sites, PageRank of the fetched pages, links between sites seen. About five minutes a graph.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Final

from benchmarks.order_graph import read_graph
from benchmarks.order_replay import BestFirst, TwoLevels
from linkcrawler.policies.order import BREADTH_FIRST, PAGERANK, REFERRERS, Order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.order_graph import PageGraph
    from benchmarks.order_replay import Crawl, Outcome

BUDGETS: Final = (0.02, 0.05, 0.1, 0.2)
CAP: Final = 50
"""Pages a site at the most, in the breadth-first order with a cap."""
OURS: Final = Order(REFERRERS)
RULE: Final = replace(
    OURS, ease=1.0, splits_votes=False, prefers_outward=False, alternates=False,
    reads_urls=False, explores=0,
)  # fmt: skip
"""(referring domains + ½) / (1 + pages), shallow first."""


def two_levels(order: Order) -> Callable[[PageGraph, Sequence[int]], Crawl]:
    """Return what makes crawls in ``order``."""
    return lambda graph, seeds: TwoLevels(graph, seeds, order)


def best_first(value: str, cap: int = 0) -> Callable[[PageGraph, Sequence[int]], Crawl]:
    """Return what makes crawls of one queue of pages."""
    return lambda graph, seeds: BestFirst(graph, seeds, value, cap)


COMPARED: Final = {
    "breadth-first": best_first("breadth-first"),
    f"breadth-first, {CAP} pages a site": best_first("breadth-first", CAP),
    "OPIC": best_first("opic"),
    "omniscient": best_first("omniscient"),
    "frontier: breadth-first": two_levels(Order(BREADTH_FIRST)),
    "the rule: referring domains": two_levels(RULE),
    "the rule: PageRank": two_levels(replace(RULE, name=PAGERANK)),
    "frontier: referrers": two_levels(OURS),
    "frontier: pagerank": two_levels(replace(OURS, name=PAGERANK)),
}
ABLATION: Final = {
    "frontier: referrers": two_levels(OURS),
    "- split votes": two_levels(replace(OURS, splits_votes=False)),
    "- exponent 1": two_levels(replace(OURS, ease=1.0)),
    "- pages that lead out": two_levels(replace(OURS, prefers_outward=False)),
    "- pages most linked to": two_levels(replace(OURS, alternates=False)),
    "- what URLs say": two_levels(replace(OURS, reads_urls=False)),
    "- exploration": two_levels(replace(OURS, explores=0)),
    "all off: the rule": two_levels(RULE),
}


def row(name: str, runs: Sequence[Sequence[Outcome]], secs: float) -> str:
    """Return a line of the table: one cell for each budget."""
    cells = []
    for outcomes in zip(*runs, strict=True):
        tops = [one.top for one in outcomes]
        spread = stdev(tops) if len(tops) > 1 else 0.0
        means = [mean(values) for values in (
            tops, [one.tau for one in outcomes], [one.mass for one in outcomes],
            [one.arcs for one in outcomes],
        )]  # fmt: skip
        cells.append(f"{means[0]:.3f} ±{spread:.3f} {means[1]:.2f} {means[2]:.3f} {means[3]:.2f}")
    last = [run[2] for run in runs]
    cells.append(
        f"{mean(one.coverage for one in last):.2f} / {mean(one.known for one in last):.2f}"
    )
    return " | ".join([f"{name:<34}", *cells, f"{secs:4.1f} s"])


def main() -> None:
    """Replay the orders and print the table."""
    parser = argparse.ArgumentParser(description="Orders of a crawl, replayed.")
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--sites", type=Path)
    parser.add_argument("--urls", type=Path)
    parser.add_argument("--sets", type=int, default=6, help="sets of seeds")
    parser.add_argument("--ablation", action="store_true", help="ours with each idea switched off")
    options = parser.parse_args()
    graph = read_graph(options.graph, options.sites, options.urls)
    print(
        f"{graph.pages:,} pages, {len(graph.targets):,} links, {graph.sites:,} sites, "
        f"{len(graph.arcs):,} links between sites"
    )
    seeds = graph.seed_sets(options.sets)
    heads = [f"{budget:.0%}: top 100, tau, mass, arcs" for budget in BUDGETS]
    print(" | ".join([" " * 34, *heads, "coverage at 10 %: said / true", "CPU a crawl"]))
    for name, make in (ABLATION if options.ablation else COMPARED).items():
        began = time.process_time()
        runs = [make(graph, chosen).run(BUDGETS) for chosen in seeds]
        print(row(name, runs, (time.process_time() - began) / len(seeds)), flush=True)


if __name__ == "__main__":
    main()
