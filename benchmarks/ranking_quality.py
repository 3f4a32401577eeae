"""How right rankings are: against exact solutions, and against the ranking of what was not crawled.

    python -m benchmarks.ranking_quality                                 the graphs beside this file
    python -m benchmarks.ranking_quality --graph LINKS --sites SITES     any: columns source, target; page, site

M1, exactness: the pages of a graph, and its sites folded from a dataset of all its links; the largest L1
distance from a power iteration to 1e-13 written down beside it, and whether the first hundred are the same.
M5, honesty: 5 and 10 % of the pages are crawled from random seeds in the project's own order, written as a
dataset and ranked with intervals; for how many of the first hundred sites the interval holds the rank that
the site has among all. `benchmarks.interval_quality` looks closer at the intervals themselves.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy import sparse

from analysis.fold import fold
from analysis.measures.pagerank import pagerank
from analysis.measures.trust import trust
from analysis.rankings import rank
from benchmarks.crawl_dataset import Web, name_of, write_crawl
from benchmarks.crawl_order import OURS, two_levels
from benchmarks.order_graph import INNER, PageGraph
from pipelines.dataset import open_dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

OWN: Final = Path(__file__).parent / "graphs"
TOP: Final = 100
MOST_L1: Final = 1e-8
COVERAGE: Final = (0.88, 0.95)
BUDGETS: Final = (0.05, 0.10)


def main() -> None:
    """Print both measurements for each graph; end with an error where a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--graph", type=Path, action="append", help="links: source, target")
    parser.add_argument(
        "--sites", type=Path, action="append", help="of the graph before it: page, site"
    )
    parser.add_argument("--runs", type=int, default=6, help="crawls a budget")
    given = parser.parse_args()
    graphs = given.graph or [OWN / "skewed-links.parquet"]
    sites = given.sites or ([] if given.graph else [OWN / "skewed-sites.parquet"])
    missed = []
    for number, path in enumerate(graphs):
        web = read_web(path, sites[number] if number < len(sites) else None)
        print(
            f"{path.name}: {web.site.size:,} pages, {web.links.nnz:,} links, {web.n_sites:,} sites"
        )
        missed += exactness(web)
        if web.n_sites > 2 * TOP:
            missed += honesty(web, given.runs)
        else:
            print("  M5 needs a graph of more sites, with --sites: left out")
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


def read_web(links: Path, sites: Path | None) -> Web:
    """Return the web of a file of links and one of sites; each page a site where there is none."""
    table = pq.read_table(links, columns=["source", "target"])
    ends = pa.chunked_array([*table["source"].chunks, *table["target"].chunks])
    if sites is None:
        names = pc.unique(ends)
        site = np.arange(len(names))
    else:
        known = pq.read_table(sites).combine_chunks()
        names, site = known["page"].combine_chunks(), known["site"].to_numpy().astype(np.int64)
    numbers = pc.index_in(ends, names).to_numpy()
    source, target = numbers[: table.num_rows], numbers[table.num_rows :]
    apart = source != target
    cells = sparse.coo_array(
        (np.ones(apart.sum()), (source[apart], target[apart])), shape=(len(names), len(names))
    ).tocsr()
    cells.sum_duplicates()
    cells.data[:] = 1.0
    return Web(cells, site)


def exactness(web: Web) -> list[str]:
    """Print M1; return what missed its bar."""
    missed = []
    pages = web.links
    seeds = np.zeros(pages.shape[0], dtype=np.bool_)
    seeds[:: max(1, seeds.size // 10)] = True
    start = time.perf_counter()
    ranks = pagerank(pages)
    took = time.perf_counter() - start
    missed += _told("pages, PageRank", ranks, iterated(pages), f"{took:.1f} s")
    missed += _told("pages, trust", trust(pages, seeds), iterated(pages, seeds / seeds.sum()), "")
    if web.n_sites == web.site.size:
        return missed
    votes = site_votes(web)
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_crawl(Path(scratch) / "all", web, np.arange(web.site.size), "all")
        start = time.perf_counter()
        folded = fold(open_dataset(folder))
        took = time.perf_counter() - start
        same = [name_of(site) for site in range(web.n_sites)] == folded.graph.names
        same = same and (folded.graph.adjacency != votes).nnz == 0
        print(
            f"  M1 sites, folded from links in {took:.1f} s: {'the same' if same else 'OTHER'} edges"
        )
        table = rank(folder, intervals=False).sort_by("domain")
    found = table["pagerank"].to_numpy()
    missed += [] if same else ["the fold gives other edges"]
    return missed + _told("sites, PageRank of domains.parquet", found, iterated(votes), "")


def site_votes(web: Web) -> sparse.csr_array:
    """Return which sites link to which, once each, without those to themselves."""
    cells = web.links.tocoo()
    source, target = web.site[cells.row], web.site[cells.col]
    apart = source != target
    pairs = np.unique(source[apart] * web.n_sites + target[apart])
    ends = (pairs // web.n_sites, pairs % web.n_sites)
    return sparse.csr_array((np.ones(pairs.size), ends), shape=(web.n_sites, web.n_sites))


def iterated(
    adjacency: sparse.csr_array, teleport: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the PageRank by plain power iteration, until nothing changes by more than 1e-13 in L1."""
    size = adjacency.shape[0]
    restart = np.full(size, 1 / size) if teleport is None else teleport
    degrees = adjacency.sum(axis=1)
    ranks = restart
    for _ in range(2000):
        before = ranks
        given = np.divide(before, degrees, out=np.zeros(size), where=degrees > 0)
        lost = before[degrees == 0].sum()
        ranks = 0.85 * (adjacency.T @ given + lost * restart) + 0.15 * restart
        if np.abs(ranks - before).sum() < 1e-13:
            break
    return ranks


def _told(
    what: str, found: NDArray[np.float64], exact: NDArray[np.float64], took: str
) -> list[str]:
    """Print how far a result is from the exact one; return what missed its bar."""
    distance = float(np.abs(found - exact).sum())
    firsts = [
        set(np.lexsort((np.arange(x.size), -x.round(14)))[:TOP].tolist()) for x in (found, exact)
    ]
    shared = len(firsts[0] & firsts[1])
    size = min(TOP, found.size)
    print(
        f"  M1 {what}: L1 {distance:.1e}, {shared} of the first {size} the same {took}", flush=True
    )
    return (
        [f"{what}: L1 {distance:.1e}, {shared} of {size}"]
        if distance > MOST_L1 or shared < size
        else []
    )


def honesty(web: Web, runs: int) -> list[str]:
    """Print M5; return what missed its bar."""
    exact = iterated(site_votes(web)).round(13)
    true = {name_of(site): place for site, place in enumerate(_places(exact))}
    size = web.site.size
    graph = PageGraph(
        web.links.indptr.astype(np.int64), web.links.indices.astype(np.int64), web.site,
        np.ones(size, dtype=np.bool_), [INNER] * size,
    )  # fmt: skip
    missed = []
    for budget in BUDGETS:
        covered, widths = [], []
        for run, seeds in enumerate(graph.seed_sets(runs)):
            crawl = two_levels(OURS)(graph, seeds)
            crawl.run([budget])
            pages = np.array(crawl.fetched, dtype=np.int64)
            with tempfile.TemporaryDirectory() as scratch:
                table = rank(write_crawl(Path(scratch) / "part", web, pages, f"run-{run}")).slice(
                    0, TOP
                )
            rows = table.select(["domain", "rank_low", "rank_high"]).to_pylist()
            covered.append(
                np.mean(
                    [row["rank_low"] <= true[row["domain"]] <= row["rank_high"] for row in rows]
                )
            )
            widths.append(np.median([row["rank_high"] - row["rank_low"] for row in rows]))
        share = float(np.mean(covered))
        told = f"M5 {budget:.0%} of the pages: intervals hold {share:.3f} of the true ranks"
        print(
            f"  {told} ({min(covered):.2f} to {max(covered):.2f} in {runs} crawls), median width {np.mean(widths):.0f} of {web.n_sites}",
            flush=True,
        )
        if not COVERAGE[0] <= share <= COVERAGE[1]:
            missed.append(told)
    return missed


def _places(scores: NDArray[np.float64]) -> list[int]:
    """Return the rank of each site, 1 for the first."""
    places = np.empty(scores.size, dtype=np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, scores.size + 1)
    return places.tolist()


if __name__ == "__main__":
    main()
