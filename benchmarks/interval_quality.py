"""Whether rank intervals and tiers hold what they promise: crawls replayed, their truth known.

    python -m benchmarks.interval_quality --graph LINKS.parquet [--sites SITES.parquet]
        [--urls PAGES.parquet] [--sets 6] [--replicates 200]

The files are described by `benchmarks.order_graph.read_graph`. From each of several sets of 10 random
pages, a crawl is replayed in the project's own orders (and breadth-first, to see what no interval
covers) until 5, 10 and 20 % of the pages are fetched. The sites that it knows are ranked, with intervals,
by the code behind ``linkcrawler rank``, and with those of `benchmarks.page_bootstrap` beside them. Of the
hundred that it ranks first are printed, as means over the sets: how many of their true ranks, those of the
whole graph, lie within their intervals (wanted: 0.88 to 0.95); the median width of an interval (at most
120 of 1,466 sites); and how many pairs whose intervals do not overlap are truly in that order (at least
0.95), with how many such pairs and tiers there are. ``FAILS`` stands behind what is not met.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from analysis.earlier import Earlier, share_left
from analysis.intervals import SHARES, Before, Intervals, around, rank_intervals, scores_then, tiers
from analysis.measures.pagerank import DAMPING, pagerank
from analysis.measures.scale import settle
from benchmarks.crawl_order import OURS, best_first, two_levels
from benchmarks.order_graph import read_graph
from benchmarks.page_bootstrap import REPLICATES, bootstrap_intervals, edges_kept
from linkcrawler.policies.order import PAGERANK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.order_graph import PageGraph

BUDGETS: Final = (0.05, 0.10, 0.20)
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


@dataclass(frozen=True, slots=True)
class Known:
    """What a crawl knows: each vote by sites and page, the graph, and how many URLs after each page."""

    sites: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    position: NDArray[np.int64]
    first_seen: NDArray[np.int64]
    shares: sparse.csr_array
    ranks: NDArray[np.float64]
    urls: list[int]


def known_by(graph: PageGraph, fetched: Sequence[int]) -> Known:
    """Return the sites that the pages ``fetched`` know, and their ranking."""
    pages = np.array(fetched, dtype=np.int64)
    counts = graph.begin[pages + 1] - graph.begin[pages]
    position = np.repeat(np.arange(pages.size), counts)
    links = np.concatenate([graph.targets[graph.begin[p] : graph.begin[p + 1]] for p in pages])
    source, target = graph.site[pages[position]], graph.site[links]
    sites, ends = np.unique(np.concatenate([source, target]), return_inverse=True)
    source, target = np.split(ends, 2)
    first_seen = np.full(sites.size, pages.size)
    np.minimum.at(first_seen, ends, np.concatenate([position, position]))
    votes = source != target
    shares = _shares(source[votes], target[votes], sites.size)
    ranks = settle(pagerank(shares, shares=True))
    urls = np.unique(np.concatenate([pages, links]))
    met = np.full(graph.site.size, pages.size)
    found = np.concatenate([np.arange(pages.size), position])
    np.minimum.at(met, np.concatenate([pages, links]), found)
    n_urls = np.cumsum(np.bincount(met[urls], minlength=pages.size)).tolist()
    return Known(
        sites, source[votes], target[votes], position[votes], first_seen, shares, ranks, n_urls
    )


def by_halves(known: Known, pages: int) -> Intervals:
    """Return the intervals of the project."""
    size = known.sites.size
    earlier = []
    for share in SHARES:
        early = known.position < int(pages * share)
        votes = np.unique(known.source[early] * size + known.target[early])
        rows, columns = known.shares.tocoo().coords
        then = Earlier(
            np.isin(rows.astype(np.int64) * size + columns, votes),
            known.first_seen < int(pages * share),
        )
        left = share_left(
            tried=pages, tried_then=int(pages * share), known=known.urls[-1],
            known_then=known.urls[int(pages * share) - 1],
        )  # fmt: skip
        earlier.append(Before(share, scores_then(known.shares, then, DAMPING), left))
    return rank_intervals(known.ranks, earlier)


def by_bootstrap(known: Known, replicates: int) -> Intervals:
    """Return those of pages resampled."""
    numbers = known.position.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    kept = edges_kept(known.shares, [(known.source, known.target, numbers)], replicates)
    return bootstrap_intervals(known.shares, known.ranks, kept, replicates=replicates)


def quality(graph: PageGraph, known: Known, make: Callable[[], Intervals]) -> Quality:
    """Hold intervals against the truth."""
    began = time.process_time()
    found = make()
    secs = time.process_time() - began
    places = _places(known.ranks)
    found = around(found, places)
    top = np.flatnonzero(places <= TOP)
    low, high, true = found.low[top], found.high[top], _places(graph.truth)[known.sites[top]]
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
            f"{name:<24} {budget:>4.0%}",
            f"{coverage:.3f}{verdict(coverage, *COVERAGE)}",
            f"{width:.0f} of {sites:,}{verdict(width / sites, 0, WIDTH)}",
            f"{right:.3f}{verdict(right, RIGHT, 1)}",
            f"{mean(run.pairs for run in runs):.0f} of {TOP * (TOP - 1) // 2:,}",
            f"{mean(run.tiers for run in runs):.1f}",
            f"{mean(run.secs for run in runs):.2f} s",
        ]
    )


ORDERS: Final = {
    "referrers": two_levels(OURS),
    "pagerank": two_levels(replace(OURS, name=PAGERANK)),
    "breadth-first": best_first("breadth-first"),
}


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
    for name, make in ORDERS.items():
        runs: dict[tuple[str, float], list[Quality]] = {}
        for seeds in graph.seed_sets(options.sets):
            crawl = make(graph, seeds)
            for budget in BUDGETS:
                crawl.run([budget])
                known = known_by(graph, crawl.fetched)
                ways = {
                    "halves": partial(by_halves, known, len(crawl.fetched)),
                    "bootstrap": partial(by_bootstrap, known, options.replicates),
                }
                for way, intervals in ways.items():
                    runs.setdefault((way, budget), []).append(quality(graph, known, intervals))
        for (way, budget), some in sorted(runs.items()):
            print(row(f"{name}, {way}", budget, some, graph.sites), flush=True)


if __name__ == "__main__":
    main()
