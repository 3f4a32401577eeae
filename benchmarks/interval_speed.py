"""What rank intervals cost: processor time and memory, beside one PageRank of the same graph.

    python -m benchmarks.interval_speed [--domains 50000] [--edges 500000] [--replicates 200]

The graph is skewed as the web is (`benchmarks.skewed_links.edges_of`); half of its edges, drawn at random,
are what half of the crawl knew, and half of those what a quarter did. Beside that the page bootstrap of
`benchmarks.page_bootstrap`: the pages that support an edge follow a power law, seven on average. Time is
processor time of all threads, so that it says the same on a busy machine.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from scipy import sparse

from analysis.earlier import Earlier
from analysis.intervals import SHARES, Before, Intervals, rank_intervals, scores_then
from analysis.measures.pagerank import DAMPING, pagerank
from benchmarks.page_bootstrap import REPLICATES, bootstrap_intervals, edges_kept
from benchmarks.skewed_links import edges_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

T = TypeVar("T")
BATCH: Final = 491_520
"""Votes a batch, as the fold gives them."""
MOST_PAGES: Final = 200


def graph_of(n_domains: int, n_edges: int) -> sparse.csr_array:
    """Return shares of a skewed graph."""
    source, target = edges_of(n_domains, n_edges)
    votes = np.bincount(source, minlength=n_domains)
    return sparse.csr_array((1 / votes[source], (source, target)), shape=(n_domains, n_domains))


def support_of(
    shares: sparse.csr_array,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]]:
    """Yield votes in batches: source, target, page."""
    chance = np.random.default_rng(1)
    pages = chance.zipf(1.8, shares.nnz).clip(1, MOST_PAGES)
    source = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    for first in range(0, shares.nnz, BATCH // 8):
        part = slice(first, first + BATCH // 8)
        ends = [np.repeat(side[part], pages[part]) for side in (source, shares.indices)]
        number = ends[0] * MOST_PAGES + chance.integers(0, 50, ends[0].size)
        yield ends[0], ends[1], number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def by_halves(shares: sparse.csr_array, ranks: NDArray[np.float64]) -> Intervals:
    """Return the intervals of the project."""
    chance = np.random.default_rng(2).random(shares.nnz)
    everything = np.ones(ranks.size, dtype=np.bool_)
    earlier = [
        Before(share, scores_then(shares, Earlier(chance < share, everything), DAMPING))
        for share in SHARES
    ]
    return rank_intervals(ranks, earlier)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what ``work`` gives, and the processor seconds it took."""
    began = time.process_time()
    return work(), time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What rank intervals cost.")
    parser.add_argument("--domains", type=int, default=50_000)
    parser.add_argument("--edges", type=int, default=500_000)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    options = parser.parse_args()
    shares = graph_of(options.domains, options.edges)
    ranks, alone = timed(lambda: pagerank(shares, shares=True))
    _, halves = timed(lambda: by_halves(shares, ranks))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{options.domains:,} domains, {shares.nnz:,} edges")
    print(f"PageRank to 1e-10     {alone:7.2f} s")
    print(
        f"intervals by halves   {halves:7.2f} s, {halves / alone:.1f} PageRanks; peak {peak:.2f} GiB"
    )
    if not options.replicates:
        return
    support = list(support_of(shares))
    kept, folding = timed(lambda: edges_kept(shares, support, options.replicates))
    _, resampling = timed(
        lambda: bootstrap_intervals(shares, ranks, kept, replicates=options.replicates)
    )
    each = resampling / options.replicates
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{options.replicates:4} replicates       {folding + resampling:7.2f} s, each {each / alone:.2f} "
        f"PageRanks; peak {peak:.2f} GiB, the benchmark's own votes included"
    )
    print(f"replicates / halves   {(folding + resampling) / halves:7.1f}")


if __name__ == "__main__":
    main()
