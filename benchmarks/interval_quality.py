"""Whether rank intervals and tiers hold what they promise: crawls replayed, their truth known.

    python -m benchmarks.interval_quality --graph LINKS.parquet [--sites SITES.parquet]
        [--urls PAGES.parquet] [--sets 6] [--replicates 200]

The files are described by `benchmarks.order_graph.read_graph`. From each of several sets of 10 random
pages, a crawl is replayed in the project's own order (and breadth-first, to see what no interval
covers) until 5 and 10 % of the pages are fetched. The sites that it knows are ranked, with intervals,
by the code behind ``linkcrawler rank``. Of the hundred that it ranks first are printed, as means over the
sets: how many of their true ranks, those of the whole graph, lie within their intervals (wanted: 0.88
to 0.95); the median width of an interval (at most 120 of 1,466 sites); and how many pairs whose
intervals do not overlap are truly in that order (at least 0.95), with how many such pairs and tiers
there are. ``FAILS`` stands behind what is not met.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from analysis.intervals import around, rank_intervals, tiers
from analysis.measures.pagerank import pagerank
from analysis.measures.scale import settle
from analysis.resampling import REPLICATES, edges_kept
from benchmarks.crawl_order import OURS, best_first, two_levels
from benchmarks.order_graph import read_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.order_graph import PageGraph
    from benchmarks.order_replay import Crawl

BUDGETS: Final = (0.05, 0.10)
TOP: Final = 100
COVERAGE: Final = (0.88, 0.95)
WIDTH: Final = 120 / 1466
"""Of all sites."""
RIGHT: Final = 0.95


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the intervals of the first hundred of one crawl are."""

    coverage: float
    width: float
    right: float
    pairs: int
    tiers: int
    secs: float


def quality(graph: PageGraph, fetched: Sequence[int], replicates: int) -> Quality:
    """Rank the sites that the pages ``fetched`` know, with intervals; hold them against the truth."""
    pages = np.array(fetched, dtype=np.int64)
    counts = graph.begin[pages + 1] - graph.begin[pages]
    page = np.repeat(pages, counts)
    links = np.concatenate([graph.targets[graph.begin[p] : graph.begin[p + 1]] for p in pages])
    source, target = graph.site[page], graph.site[links]
    votes = source != target
    seen, ends = np.unique(np.concatenate([source, target]), return_inverse=True)
    source, target = np.split(ends, 2)
    began = time.process_time()
    shares = _shares(source[votes], target[votes], seen.size)
    ranks = settle(pagerank(shares, shares=True))
    support = [(source[votes], target[votes], _hashed(page[votes]))]
    kept = edges_kept(shares, support, replicates)
    found = rank_intervals(shares, ranks, kept, replicates=replicates)
    places = _places(ranks)
    found = around(found, places)
    secs = time.process_time() - began
    top = np.flatnonzero(places <= TOP)
    low, high, true = found.low[top], found.high[top], _places(graph.truth)[seen[top]]
    apart = high[:, None] < low[None, :]
    return Quality(
        coverage=float(((low <= true) & (true <= high)).mean()),
        width=float(np.median(high - low)),
        right=float((true[:, None] < true[None, :])[apart].mean()) if apart.any() else 1.0,
        pairs=int(apart.sum()),
        tiers=int(tiers(found)[top].max()),
        secs=secs,
    )


def _shares(source: NDArray[np.int64], target: NDArray[np.int64], size: int) -> sparse.csr_array:
    """Return the graph of unique votes, each source sharing equally."""
    pairs = np.unique(source * size + target)
    rows, columns = np.divmod(pairs, size)
    votes = np.bincount(rows, minlength=size)
    return sparse.csr_array((1 / votes[rows], (rows, columns)), shape=(size, size))


def _hashed(pages: NDArray[np.int64]) -> NDArray[np.uint64]:
    return pages.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _places(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    places = np.empty(scores.size, dtype=np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, scores.size + 1)
    return places


def verdict(value: float, low: float, high: float) -> str:
    """Return what stands behind a figure."""
    return "" if low <= value <= high else " FAILS"


def row(name: str, budget: float, runs: Sequence[Quality], sites: int) -> str:
    """Return a line of the table."""
    coverage, width = mean(run.coverage for run in runs), mean(run.width for run in runs)
    right = mean(run.right for run in runs)
    return " | ".join(
        [
            f"{name:<14} {budget:>4.0%}",
            f"{coverage:.3f}{verdict(coverage, *COVERAGE)}",
            f"{width:.0f} of {sites:,}{verdict(width / sites, 0, WIDTH)}",
            f"{right:.3f}{verdict(right, RIGHT, 1)}",
            f"{mean(run.pairs for run in runs):.0f} of {TOP * (TOP - 1) // 2:,}",
            f"{mean(run.tiers for run in runs):.1f}",
            f"{mean(run.secs for run in runs):.1f} s",
        ]
    )


def crawl_of(name: str, graph: PageGraph, seeds: Sequence[int]) -> Crawl:
    """Return a crawl in an order."""
    make = two_levels(OURS) if name == "our order" else best_first("breadth-first")
    return make(graph, seeds)


def main() -> None:
    """Replay the crawls and print the table."""
    parser = argparse.ArgumentParser(description="Rank intervals, held against the truth.")
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--sites", type=Path)
    parser.add_argument("--urls", type=Path)
    parser.add_argument("--sets", type=int, default=6, help="sets of seeds")
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    options = parser.parse_args()
    graph = read_graph(options.graph, options.sites, options.urls)
    print(f"{graph.pages:,} pages, {graph.sites:,} sites, {len(graph.arcs):,} links between sites")
    print("order, budget | coverage | width | pairs right | pairs told apart | tiers | CPU")
    for name in ("our order", "breadth-first"):
        runs: dict[float, list[Quality]] = {budget: [] for budget in BUDGETS}
        for seeds in graph.seed_sets(options.sets):
            crawl = crawl_of(name, graph, seeds)
            for budget in BUDGETS:
                crawl.run([budget])
                runs[budget].append(quality(graph, crawl.fetched, options.replicates))
        for budget in BUDGETS:
            print(row(name, budget, runs[budget], graph.sites), flush=True)


if __name__ == "__main__":
    main()
