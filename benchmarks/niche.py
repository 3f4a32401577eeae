"""A niche found from a few seeds: how pure it is, and how well its ranking agrees with its own.

    python -m benchmarks.niche --links LINKS.parquet --camps DOMAINS.parquet [--seeds 5] [--times 20]

``LINKS`` has ``source`` and ``target``, ``DOMAINS`` has ``domain`` and ``camp``, 0 or 1: one camp is the
niche, the other is the web around it. From random seeds of one camp, domains are gated by lift and
ranked by PageRank on the whole graph (`analysis.niche`). Printed are the precision of the first 100 and
how many of the first 50 are those of the PageRank on the camp's own graph, beside plain PageRank and
PageRank with restarts at the seeds. A few seconds.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from scipy import sparse

from analysis.measures.pagerank import pagerank
from analysis.niche import in_niche, niche_lift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Camps:
    """Domains of two camps and the links between them.

    Args:
        links: file of links.
        camps: file of domains.
    """

    def __init__(self, links: Path, camps: Path) -> None:
        known, arcs = pq.read_table(camps), pq.read_table(links)
        number = {name: at for at, name in enumerate(known["domain"].to_pylist())}
        self.camp = known["camp"].to_numpy()
        pairs = {
            (number[source], number[target])
            for source, target in zip(
                arcs["source"].to_pylist(), arcs["target"].to_pylist(), strict=True
            )
            if source != target
        }
        source, target = np.array(sorted(pairs)).T
        size = (len(number), len(number))
        self.graph = sparse.csr_array((np.ones(len(source)), (source, target)), shape=size)
        self.plain = pagerank(self.graph)

    def own(self, camp: int) -> list[int]:
        """Return a camp's domains by the PageRank on its own graph."""
        mine = np.flatnonzero(self.camp == camp)
        rank = pagerank(sparse.csr_array(self.graph[mine][:, mine]))
        found: list[int] = mine[np.argsort(-rank, kind="stable")].tolist()
        return found

    def rankings(self, seeds: list[int]) -> dict[str, list[int]]:
        """Return domains by each way to rank a niche, best first."""
        teleport = np.zeros(len(self.plain))
        teleport[seeds] = 1
        seeded = pagerank(self.graph, teleport=teleport)
        once = seeded / self.plain
        lifted = niche_lift(self.graph, teleport > 0, self.plain)
        values: dict[str, Floats] = {
            "plain PageRank": self.plain,
            "PageRank from the seeds": seeded,
            "once along the links, then PageRank": self._behind(once > 1),
            "lift": lifted,
            "gate by lift, then PageRank": self._behind(in_niche(lifted)),
        }
        return {name: np.argsort(-value, kind="stable").tolist() for name, value in values.items()}

    def _behind(self, inside: NDArray[np.bool_]) -> Floats:
        """Return plain PageRank, those outside of a gate behind all others."""
        return np.where(inside, self.plain, self.plain - 1)


def measure(camps: Camps, seeds: int, times: int) -> dict[str, list[tuple[float, float]]]:
    """Return precision@100 and overlap@50 of each ranking, for each draw of seeds of each camp."""
    chance = random.Random(1)
    found: dict[str, list[tuple[float, float]]] = {}
    for camp in (0, 1):
        own = camps.own(camp)
        linked = [
            domain for domain in own if camps.graph.indptr[domain + 1] > camps.graph.indptr[domain]
        ]
        for _ in range(times):
            for name, order in camps.rankings(chance.sample(linked, seeds)).items():
                precision = float(np.mean(camps.camp[order[:100]] == camp))
                overlap = len(set(order[:50]) & set(own[:50])) / 50
                found.setdefault(f"{name}, camp {camp}", []).append((precision, overlap))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="A niche found from a few seeds.")
    parser.add_argument("--links", type=Path, required=True)
    parser.add_argument("--camps", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--times", type=int, default=20, help="draws of seeds for each camp")
    options = parser.parse_args()
    print(f"{'':<40} precision@100 | overlap@50 with the camp's own PageRank")
    for name, runs in measure(
        Camps(options.links, options.camps), options.seeds, options.times
    ).items():
        precision, overlap = (mean(values) for values in zip(*runs, strict=True))
        print(f"{name:<40} {precision:13.3f} | {overlap:.3f}")


if __name__ == "__main__":
    main()
