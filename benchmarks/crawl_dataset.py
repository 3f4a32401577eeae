"""A web of pages with their sites, and those of its pages that were fetched in, a dataset out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.manifest import Manifest, write_manifest
from pipelines.schema import TABLES, TIMESTAMP
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy import sparse

START: Final = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Web:
    """Pages by number: where each links to, and the site that it is of."""

    links: sparse.csr_array
    site: NDArray[np.int64]

    @property
    def n_sites(self) -> int:
        """How many sites there are."""
        return int(self.site.max()) + 1


def write_crawl(folder: Path, web: Web, pages: NDArray[np.int64], crawl_id: str) -> Path:
    """Write the crawl of ``pages`` into ``folder`` as a dataset, a page a second; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    degrees = np.diff(web.links.indptr)[pages]
    source = np.repeat(pages, degrees)
    target = np.concatenate([np.zeros(0, dtype=np.int64), *(
        web.links.indices[web.links.indptr[page] : web.links.indptr[page + 1]] for page in pages
    )])  # fmt: skip
    seconds = np.repeat(np.arange(pages.size), degrees)
    order = np.lexsort((source, target, web.site[target]))
    source, target, seconds = source[order], target[order], seconds[order]
    links = {
        "source": _urls(web, source), "target": _urls(web, target),
        "source_host": _names(web, source), "target_host": _names(web, target),
        "source_domain": _names(web, source), "target_domain": _names(web, target),
        "kind": pa.repeat("a", source.size), "follow": pa.repeat(True, source.size),
        "placement": pa.repeat("main", source.size),
        "internal": pa.array(web.site[source] == web.site[target]), "fetched_at": _times(seconds),
    }  # fmt: skip
    fetched = {
        "url": _urls(web, pages), "host": _names(web, pages), "domain": _names(web, pages),
        "icann_domain": _names(web, pages), "outcome": pa.repeat("ok", pages.size),
        "fetched_at": _times(np.arange(pages.size)),
    }  # fmt: skip
    parts = []
    for table, columns in (("links", links), ("pages", fetched)):
        batch = _whole(table, columns, crawl_id)
        parts.append(write_table(folder, table, [batch], file_metadata(table, crawl_id, "replay")))
    seeds = [f"https://{name_of(int(web.site[pages[0]]))}/"] if pages.size else []
    counts = {f"rows_{part.table}": part.rows for part in parts}
    manifest = Manifest(
        crawl_id, state="finished", seeds=seeds, suffix_list="replay", counts=counts, parts=parts
    )
    write_manifest(folder, manifest)
    return folder


def name_of(site: int) -> str:
    """Return the domain of a site."""
    return f"s{site:06}.example"


def _times(seconds: NDArray[np.int64]) -> pa.Array:
    begin = int(START.timestamp())
    return pa.array((begin + seconds) * 1_000_000).cast(TIMESTAMP)


def _names(web: Web, pages: NDArray[np.int64]) -> pa.Array:
    names = pa.array([name_of(site) for site in range(web.n_sites)])
    return names.take(pa.array(web.site[pages]))


def _urls(web: Web, pages: NDArray[np.int64]) -> pa.Array:
    number = pc.cast(pa.array(pages), pa.string())
    return pc.binary_join_element_wise("https://", _names(web, pages), "/", number, "")


def _whole(table: str, columns: dict[str, Any], crawl_id: str) -> pa.RecordBatch:
    schema = TABLES[table]
    size = len(next(iter(columns.values())))
    empty: dict[Any, object] = {pa.string(): "", pa.bool_(): False}
    known = {"crawl_id": crawl_id}
    for field in schema:
        if field.name not in columns:
            value = None if field.nullable else known.get(field.name, empty.get(field.type, 0))
            columns[field.name] = pa.repeat(pa.scalar(value, field.type), size)
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)
