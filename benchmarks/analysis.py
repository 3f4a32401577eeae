"""From links in Parquet to ``domains.parquet``: time and memory; PageRank beside other engines.

    python -m benchmarks.analysis                             1, 10 and 50 million links, 2 million edges
    python -m benchmarks.analysis --links 1e6 --edges 2e5     a short one
    python -m benchmarks.analysis --crawl DIR --graph FILE    a real crawl; a table of source and target

The 50 million links take 140 MB of disk and some minutes to write; ``--folder`` keeps them. networkit and
igraph are no dependencies of this project: ``pip install networkit igraph`` to have them beside it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.engines import ENGINES, MODULES, missing
from benchmarks.measured import Taken, measured
from benchmarks.skewed_links import ENDS, edges_of, write_links

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD: Final = f"{'':34} {'wall':>10} {'processors':>10} {'peak':>11}"
MOST_SECONDS: Final = 90
MOST_MIB: Final = 4096
"""What 50 million links may take on two cores."""
TIMES_NETWORKX: Final = 20
TIMES_FASTEST: Final = 1.5
ROUNDS: Final = 3
"""Runs of each engine, of which the middle one counts: one of ours takes 0.3 to 0.7 s."""
JUDGED: Final = 2_000_000
"""Edges from which on a table is held to them; smaller ones are solved before anything is told apart."""


def main() -> None:
    """Print both tables; end with an error where a bar was missed."""
    arguments = _arguments()
    print(f"load at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"\n{HEAD}  links to domains.parquet")
    with tempfile.TemporaryDirectory() as scratch:
        home = arguments.folder or Path(scratch)
        missed = [row for n_links in arguments.links for row in _ranked(home, int(n_links))]
    for folder in arguments.crawl:
        _told_of(folder, measured(rank_folder, folder, imports=("analysis.rankings",)))
    print(f"\n{HEAD}  build and PageRank to 1e-10")
    for name in missing():
        print(f"{name}: not installed, left out")
    tables = [("generated", skewed_table(int(arguments.edges)))]
    tables += [
        (path.name, pq.read_table(path, columns=["source", "target"])) for path in arguments.graph
    ]
    for title, table in tables:
        over = _compared(title, table)
        missed += over if table.num_rows >= JUDGED else []
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--links", type=float, nargs="*", default=[1e6, 1e7, 5e7])
    parser.add_argument("--edges", type=float, default=2e6, help="edges of the generated table")
    parser.add_argument("--folder", type=Path, help="keeps the generated crawls here")
    parser.add_argument("--crawl", type=Path, action="append", default=[], help="a real crawl")
    parser.add_argument("--graph", type=Path, action="append", default=[], help="a table of edges")
    return parser.parse_args()


def _ranked(home: Path, n_links: int) -> list[str]:
    """Rank a generated crawl of ``n_links``; return the bars that it missed."""
    folder = home / f"links-{n_links}"
    if not (folder / "run.json").exists():
        write_links(folder, n_links)
    taken = measured(rank_folder, folder, imports=("analysis.rankings",))
    _told_of(folder, taken)
    if n_links < 50_000_000:
        return []
    over = [f"{taken.wall:.0f} s on the wall"] if taken.wall > MOST_SECONDS else []
    return over + ([f"{taken.peak:.0f} MiB"] if taken.peak > MOST_MIB else [])


def rank_folder(folder: Path) -> tuple[int, int, int]:
    """Rank without intervals; return links, edges and domains."""
    from analysis.rankings import rank
    from pipelines.dataset import open_dataset

    domains = rank(folder, intervals=False)
    dataset = open_dataset(folder)
    edges = pq.read_metadata(folder / "domain_edges.parquet").num_rows
    return dataset.manifest.counts["rows_links"], edges, domains.num_rows


def _told_of(folder: Path, taken: Taken) -> None:
    links, edges, domains = taken.result
    print(
        f"{links:12,} links {domains:9,} nodes {taken.told()}  {folder.name}, {edges:,} edges",
        flush=True,
    )


def skewed_table(n_edges: int) -> pa.Table:
    """Return a table of ``n_edges`` named edges among a tenth as many domains."""
    size = max(20, n_edges // 10)
    names = pa.array([f"d{number:07}.{ENDS[number % len(ENDS)]}" for number in range(size)])
    source, target = edges_of(size, n_edges)
    columns = {"source": names.take(pa.array(source)), "target": names.take(pa.array(target))}
    return pa.table(columns | {"weight": pa.array(np.ones(source.size))})


def _compared(title: str, table: pa.Table) -> list[str]:
    """Print what each engine took for ``table``; return the bars that ours missed."""
    text = {end: table[end].cast(pa.string()) for end in ("source", "target")}
    # Engines differ on links of a node to itself.
    apart = pa.table(text).filter(pc.not_equal(text["source"], text["target"]))
    edges = apart.append_column("weight", pa.array(np.ones(apart.num_rows)))
    print(f"{title}: {edges.num_rows:,} edges")
    found: dict[str, Taken] = {}
    for name, engine in ENGINES.items():
        if name not in missing():
            times = [measured(engine, edges, imports=MODULES[name]) for _ in range(ROUNDS)]
            found[name] = sorted(times, key=attrgetter("wall"))[ROUNDS // 2]
            print(f"  {name:32} {found[name].told()}  {_distance(found, name)}", flush=True)
    mine = found.pop("linkcrawler")
    ratios = {name: taken.cpu / mine.cpu for name, taken in found.items()}
    walls = {name: taken.wall / mine.wall for name, taken in found.items()}
    for name in found:
        print(
            f"  {name} takes {ratios[name]:.1f} times our processor time, {walls[name]:.1f} times our wall time"
        )
    fastest = min(
        (taken.wall for name, taken in found.items() if name != "networkx"), default=np.inf
    )
    missed = (
        [f"{title}: {walls['networkx']:.1f} times networkx"]
        if walls["networkx"] < TIMES_NETWORKX
        else []
    )
    slow = mine.wall > TIMES_FASTEST * fastest
    return missed + (
        [f"{title}: {mine.wall / fastest:.1f} times the fastest other"] if slow else []
    )


def _distance(found: dict[str, Taken], name: str) -> str:
    """Return how far a result is from ours."""
    ranks: NDArray[Any] = found[name].result
    return f"L1 from ours {np.abs(ranks - found['linkcrawler'].result).sum():.1e}"


if __name__ == "__main__":
    main()
