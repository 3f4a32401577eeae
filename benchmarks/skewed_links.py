"""A number of links in, a dataset of that many out: skewed as the web is, the same each time.

A hundredth as many domains as links, a tenth as many pairs of domains that link. A fifth of the domains
are crawled; popularity and size follow power laws; 60 % of the links stay inside their domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.manifest import Manifest, write_manifest
from pipelines.schema import LINKS, PAGES
from pipelines.writer import ROW_GROUP_ROWS, file_metadata, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

ENDS: Final = ("com", "org", "net", "de", "co.uk", "io", "github.io", "fr")
WORDS: Final = (
    "home",
    "docs",
    "read more",
    "download",
    "the guide",
    "here",
    "about",
    "project",
    "",
)
START: Final = datetime(2026, 1, 2, tzinfo=UTC)
INTERNAL: Final = 0.6
CRAWLED: Final = 0.2


@dataclass(frozen=True, slots=True)
class Shape:
    """Groups of links from one domain to one, by target; the names and pages of the domains."""

    names: pa.Array
    n_pages: NDArray[np.int64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    counts: NDArray[np.int64]


def write_links(folder: Path, n_links: int, seed: int = 1) -> Path:
    """Write a finished crawl of ``n_links`` links into ``folder``; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    shape = _shape(rng, n_links)
    crawl_id, suffixes = f"skewed-{n_links}", "generated"
    parts = [
        write_table(folder, table, batches, file_metadata(table, crawl_id, suffixes))
        for table, batches in (
            ("links", _links(rng, shape, crawl_id)),
            ("pages", _pages(shape, crawl_id)),
        )
    ]
    seeds = [f"https://{shape.names[number].as_py()}/" for number in range(5)]
    counts = {f"rows_{part.table}": part.rows for part in parts}
    manifest = Manifest(
        crawl_id=crawl_id, state="finished", seeds=seeds, suffix_list=suffixes, counts=counts,
        parts=parts,
    )  # fmt: skip
    write_manifest(folder, manifest)
    return folder


def edges_of(n_domains: int, n_edges: int, seed: int = 1) -> tuple[NDArray[np.int64], ...]:
    """Return sources and targets of about ``n_edges`` different skewed edges, by target."""
    rng = np.random.default_rng(seed)
    n_crawled = max(2, int(n_domains * CRAWLED))
    pairs = np.zeros(0, dtype=np.int64)
    for _ in range(8):
        missing = int((n_edges - pairs.size) * 1.4) + 10
        sources = (n_crawled * rng.random(missing) ** 1.5).astype(np.int64)
        targets = (n_domains * rng.random(missing) ** 2.5).astype(np.int64)
        apart = sources != targets
        pairs = np.unique(np.concatenate([pairs, targets[apart] * n_domains + sources[apart]]))
        if pairs.size >= n_edges:
            break
    pairs = np.sort(rng.permutation(pairs)[:n_edges])
    return pairs % n_domains, pairs // n_domains


def _shape(rng: np.random.Generator, n_links: int) -> Shape:
    n_domains = max(20, n_links // 100)
    sources, targets = edges_of(n_domains, n_links // 10, int(rng.integers(1 << 30)))
    n_crawled = max(2, int(n_domains * CRAWLED))
    weight = rng.pareto(1.5, sources.size) + 0.1
    spare = max(0, int(n_links * (1 - INTERNAL)) - sources.size)
    counts = 1 + (weight / weight.sum() * spare).astype(np.int64)
    inside = rng.pareto(1.2, n_crawled) + 0.2
    internal = np.maximum(1, inside / inside.sum() * (n_links - counts.sum())).astype(np.int64)
    own = np.arange(n_crawled)
    all_sources = np.concatenate([sources, own])
    all_targets = np.concatenate([targets, own])
    order = np.lexsort((all_sources, all_targets))
    pages = np.zeros(n_domains, dtype=np.int64)
    pages[:n_crawled] = np.clip(internal // 15, 1, 5000)
    names = pa.array([f"d{number:07}.{ENDS[number % len(ENDS)]}" for number in range(n_domains)])
    all_counts = np.concatenate([counts, internal])[order]
    return Shape(names, pages, all_sources[order], all_targets[order], all_counts)


def _links(rng: np.random.Generator, shape: Shape, crawl_id: str) -> Iterator[pa.RecordBatch]:
    ends = np.cumsum(shape.counts)
    first = 0
    while first < shape.counts.size:
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + ROW_GROUP_ROWS)))
        groups = np.repeat(np.arange(first, last), shape.counts[first:last])
        yield from _batch(rng, shape, groups, crawl_id)
        first = last


def _batch(
    rng: np.random.Generator, shape: Shape, groups: NDArray[np.int64], crawl_id: str
) -> Iterator[pa.RecordBatch]:
    size = groups.size
    source, target = shape.sources[groups], shape.targets[groups]
    source_page = (shape.n_pages[source] * rng.random(size)).astype(np.int64)
    reach = np.maximum(shape.n_pages[target], 20)
    target_page = (reach * rng.random(size) ** 3).astype(np.int64)
    order = np.lexsort((source_page, source, target_page, target))
    source, target = source[order], target[order]
    source_page, target_page = source_page[order], target_page[order]
    names = {
        "source": shape.names.take(pa.array(source)),
        "target": shape.names.take(pa.array(target)),
    }
    follow = rng.random(size) < 0.85
    words = pa.array(WORDS)
    columns: dict[str, Any] = {
        "source": _urls(names["source"], source_page),
        "target": _urls(names["target"], target_page),
        "source_host": _hosts(names["source"]), "target_host": _hosts(names["target"]),
        "source_domain": names["source"], "target_domain": names["target"],
        "kind": pa.array(["a", "link", "redirect"]).take(
            pa.array(np.searchsorted([0.97, 0.998], rng.random(size)))
        ),
        "anchor": words.take(pa.array(rng.integers(len(WORDS), size=size))),
        "follow": pa.array(follow),
        "follow_cause": pa.array(["rel:nofollow", ""]).take(pa.array(follow.astype(np.int8))),
        "rel": pa.array(["nofollow", ""]).take(pa.array(follow.astype(np.int8))),
        "placement": pa.array(["main", "nav", "footer"]).take(pa.array(rng.integers(3, size=size))),
        "position": pa.array(rng.integers(200, size=size).astype(np.int32)),
        "internal": pa.array(source == target),
    }  # fmt: skip
    yield _whole(LINKS, columns, size, crawl_id)


def _pages(shape: Shape, crawl_id: str) -> Iterator[pa.RecordBatch]:
    crawled = np.flatnonzero(shape.n_pages)
    for part in np.array_split(crawled, max(1, int(shape.n_pages.sum()) // ROW_GROUP_ROWS)):
        domain = np.repeat(part, shape.n_pages[part])
        starts = np.cumsum(shape.n_pages[part]) - shape.n_pages[part]
        page = np.arange(domain.size) - np.repeat(starts, shape.n_pages[part])
        names = shape.names.take(pa.array(domain))
        columns: dict[str, Any] = {
            "url": _urls(names, page), "host": _hosts(names), "domain": names,
            "icann_domain": names, "outcome": _constant("ok", domain.size, pa.string()),
            "status": _constant(200, domain.size, pa.int16()),
        }  # fmt: skip
        yield _whole(PAGES, columns, domain.size, crawl_id)


def _hosts(names: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise("www.", names, "")


def _urls(names: pa.Array, pages: NDArray[np.int64]) -> pa.Array:
    path = pc.cast(pa.array(pages), pa.string())
    return pc.binary_join_element_wise("https://www.", names, "/articles/", path, "")


def _constant(value: object, size: int, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), size)


def _whole(schema: pa.Schema, columns: dict[str, Any], size: int, crawl_id: str) -> pa.RecordBatch:
    """Return a batch of ``schema``; what is not given is zero, empty, false or null."""
    empty: dict[Any, object] = {pa.string(): "", pa.bool_(): False}
    known = {"fetched_at": START, "crawl_id": crawl_id}
    for field in schema:
        if field.name not in columns:
            value = None if field.nullable else known.get(field.name, empty.get(field.type, 0))
            columns[field.name] = _constant(value, size, field.type)
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)
