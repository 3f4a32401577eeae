"""A graph of pages in Parquet in, pages with their links and sites as arrays out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.parquet as pq
from scipy import sparse

from analysis.measures.pagerank import pagerank
from linkcrawler.policies.pages import INNER, OUTWARD, hint_of
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

TOP: Final = 100
SEEDS: Final = 10
"""Pages that a crawl begins with."""
REACH: Final = 0.06
"""Each of them leads to this share of the pages at least."""


@dataclass
class PageGraph:
    """Pages 0 to n - 1, and their links in the order of the page, each target once."""

    begin: Ints
    """Links of page p are ``targets[begin[p] : begin[p + 1]]``."""
    targets: Ints
    site: Ints
    """Of each page."""
    fetchable: NDArray[np.bool_]
    """False for targets that lie outside of the web at hand: they count as what is linked to."""
    hints: list[int]
    """Of each page, see `linkcrawler.policies.pages`."""

    @property
    def pages(self) -> int:
        """Pages that can be fetched."""
        return int(self.fetchable.sum())

    @cached_property
    def sites(self) -> int:
        """Sites, those outside included."""
        return int(self.site.max()) + 1

    @cached_property
    def lists(self) -> tuple[list[int], list[int], list[int]]:
        """``begin``, ``targets`` and ``site`` as lists, which Python reads faster."""
        return self.begin.tolist(), self.targets.tolist(), self.site.tolist()

    def links(self, page: int) -> list[int]:
        """Return the pages that ``page`` links to."""
        begin, targets, _ = self.lists
        return targets[begin[page] : begin[page + 1]]

    @cached_property
    def arcs(self) -> Ints:
        """Links between different sites, each pair once, as ``source * sites + target``."""
        source = self.site[np.repeat(np.arange(len(self.site)), np.diff(self.begin))]
        target = self.site[self.targets]
        return np.unique((source * self.sites + target)[source != target])

    @cached_property
    def truth(self) -> NDArray[np.float64]:
        """PageRank of each site on the whole graph: unweighted, one vote a pair."""
        return site_rank(self.arcs, self.sites)

    @cached_property
    def top(self) -> set[int]:
        """The `TOP` sites by `truth`."""
        return top_of(self.truth)

    @cached_property
    def mass(self) -> list[float]:
        """PageRank of each page on the whole graph."""
        n = len(self.site)
        matrix = sparse.csr_array(
            (np.ones(len(self.targets)), self.targets, self.begin), shape=(n, n)
        )
        found: list[float] = pagerank(matrix, tolerance=1e-8).tolist()
        return found

    def seed_sets(self, count: int, seed: int = 1) -> list[list[int]]:
        """Return sets of random pages, each of which leads to much of the graph."""
        chance = random.Random(seed)
        pages = np.flatnonzero(self.fetchable).tolist()
        need = int(REACH * self.pages)
        found: list[int] = []
        while len(found) < count * SEEDS:
            page = chance.choice(pages)
            if self._wide(page, need):
                found.append(page)
        return [found[at : at + SEEDS] for at in range(0, len(found), SEEDS)]

    def _wide(self, page: int, need: int) -> bool:
        """Return whether more than ``need`` pages can be reached from ``page``."""
        seen, stack = {page}, [page]
        while stack and len(seen) <= need:
            fresh = [found for found in self.links(stack.pop()) if found not in seen]
            seen.update(fresh)
            stack.extend(fresh)
        return len(seen) > need


def site_rank(arcs: Ints, sites: int) -> NDArray[np.float64]:
    """Return the PageRank of sites 0 to ``sites - 1``."""
    source, target = np.divmod(arcs, sites)
    matrix = sparse.csr_array((np.ones(len(arcs)), (source, target)), shape=(sites, sites))
    return pagerank(matrix, tolerance=1e-9)


def top_of(values: NDArray[np.float64], count: int = TOP) -> set[int]:
    """Return where the largest values stand; of equal ones the first."""
    found: list[int] = np.argsort(-values, kind="stable")[:count].tolist()
    return set(found)


def read_graph(graph: Path, sites: Path | None, urls: Path | None) -> PageGraph:
    """Return the graph of a file of links.

    Args:
        graph: links: ``source`` and ``target`` as numbers of pages, or as URLs (also named
            ``source_url`` and ``target_url``); URLs may have an ``anchor``.
        sites: ``page`` and ``site`` where pages are numbers; sites of URLs are registered domains.
        urls: where pages are URLs: ``url``, those that can be fetched, and ``location``, where they
            redirect to or empty; else, every page with links can.
    """
    table = pq.read_table(graph)
    if table.schema.field(0).type in ("int32", "int64"):
        if sites is None:
            raise SystemExit(f"{graph}: pages are numbers; name their sites by --sites")
        return _numbered(table, pq.read_table(sites))
    return _named(table, pq.read_table(urls) if urls else None)


def _numbered(links: Any, sites: Any) -> PageGraph:
    site = np.zeros(max(sites["page"].to_numpy()) + 1, np.int64)
    site[sites["page"].to_numpy()] = sites["site"].to_numpy()
    source, target = (links[name].to_numpy().astype(np.int64) for name in ("source", "target"))
    return _graph(source, target, site, np.ones(len(site), bool), [INNER] * len(site))


def _named(links: Any, known: Any | None) -> PageGraph:
    names: dict[str, int] = {}
    end = "_url" if "source_url" in links.column_names else ""
    fetchable = known["url"].to_pylist() if known else links["source" + end].unique().to_pylist()
    for url in fetchable:
        names.setdefault(url, len(names))
    inside = len(names)
    arcs = [_numbers(links[name + end], names) for name in ("source", "target")]
    if known and "location" in known.column_names:
        moves = [
            (names[url], names[to.partition("#")[0]])
            for url, to in zip(fetchable, known["location"].to_pylist(), strict=True)
            if to and to.partition("#")[0] in names
        ]
        arcs = [
            np.append(arc, ends) for arc, ends in zip(arcs, zip(*moves, strict=True), strict=True)
        ]
    ids: dict[str, int] = {}
    site = [ids.setdefault(registered_domain(host_of(url)), len(ids)) for url in names]
    hints = [hint_of(url) for url in names]
    if "anchor" in links.column_names:
        _hint_by_anchor(links["anchor"], arcs[1], hints)
    can = np.arange(len(names)) < inside
    return _graph(arcs[0], arcs[1], np.array(site), can, hints)


def _hint_by_anchor(anchors: Any, targets: Ints, hints: list[int]) -> None:
    """Mark the pages that some anchor calls a list of links."""
    coded = anchors.combine_chunks().dictionary_encode()
    says = [hint_of("http://a/b", text or "") == OUTWARD for text in coded.dictionary.to_pylist()]
    marked = np.array(says, bool)[coded.indices.to_numpy(zero_copy_only=False)]
    for page in np.unique(targets[: len(marked)][marked]).tolist():
        if hints[page] == INNER:
            hints[page] = OUTWARD


def _numbers(urls: Any, names: dict[str, int]) -> Ints:
    """Return the number of each URL; new ones get the next."""
    coded = urls.combine_chunks().dictionary_encode()
    each = np.array([names.setdefault(url, len(names)) for url in coded.dictionary.to_pylist()])
    found: Ints = each[coded.indices.to_numpy()]
    return found


def _graph(
    source: Ints, target: Ints, site: Ints, can: NDArray[np.bool_], hints: list[int]
) -> PageGraph:
    n = len(site)
    _, first = np.unique(source * n + target, return_index=True)
    kept = np.sort(first)
    source, target = source[kept], target[kept]
    kept = np.argsort(source, kind="stable")
    kept = kept[source[kept] != target[kept]]
    source, target = source[kept], target[kept]
    return PageGraph(np.searchsorted(source, np.arange(n + 1)), target, site, can, hints)
