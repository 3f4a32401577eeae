"""Ranked datasets for tests of what reads them, written as the crawl and the ranking write them."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from linkcrawler.urls.domains import reversed_labels
from pipelines.manifest import Manifest, write_manifest
from pipelines.schema import TABLES
from pipelines.writer import file_metadata, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = dict[str, Any]

CRAWL_ID = "20261103T101500-demo"
START = datetime(2026, 11, 3, 10, 15, tzinfo=UTC)
_EMPTY = {pa.string(): "", pa.bool_(): False, pa.float32(): float("nan")}


def domain(name: str, rank: int, **values: Any) -> Row:
    """Return a row of ``domains``; what is not given is zero, empty or false."""
    names = {"domain": name, "icann_domain": name, "domain_rev": reversed_labels(name)}
    interval = {"rank_low": rank, "rank_high": rank, "tier": rank}
    measure = {"rank": rank, "pagerank_pos": rank, "harmonic_pos": rank, "community": -1}
    method = {
        "authority_method": "log PageRank",
        "pages_seen": max(1, values.get("pages_crawled", 0)),
    }
    return _row("domains", names | measure | interval | method | values)


def edge(source: str, target: str, **values: Any) -> Row:
    """Return a row of ``domain_edges``: one followed link unless ``values`` say otherwise."""
    counts = dict.fromkeys(("n_links", "n_follow_links", "n_source_pages", "n_target_pages"), 1)
    return _row(
        "domain_edges", {"source": source, "target": target, "weight": 1.0} | counts | values
    )


def link(source: str, target: str, **values: Any) -> Row:
    """Return a row of ``links`` from domain to domain: followed unless ``values`` say otherwise."""
    names = {
        "source": f"https://{source}/",
        "target": f"https://{target}/",
        "source_host": source,
        "target_host": target,
        "source_domain": source,
        "target_domain": target,
        "kind": "a",
        "internal": source == target,
        "follow": True,
    }
    return _row("links", names | values)


def page(url: str, domain: str, outcome: str = "ok", reason: str = "", **values: Any) -> Row:
    """Return a row of ``pages``."""
    names = {"url": url, "host": domain, "domain": domain, "icann_domain": domain}
    return _row("pages", names | {"outcome": outcome, "reason": reason, "tls": "none"} | values)


def write_dataset(
    folder: Path,
    *,
    domains: Iterable[Row] = (),
    edges: Iterable[Row] = (),
    links: Iterable[Row] = (),
    pages: Iterable[Row] = (),
    **manifest: Any,
) -> Path:
    """Write a ranked dataset into ``folder`` (made where it is missing) and return the folder.

    Args:
        folder: where it goes.
        domains: rows in the order of their rank.
        edges: rows of ``domain_edges``.
        links: rows of ``links``.
        pages: rows of ``pages``.
        manifest: fields of the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"crawl_id": CRAWL_ID, "state": "finished", "suffix_list": "2026-10-01"} | manifest
    tables = {"links": links, "pages": pages, "domain_edges": edges, "domains": domains}
    parts = []
    for table, rows in tables.items():
        batch = pa.RecordBatch.from_pylist(list(rows), schema=TABLES[table])
        metadata = file_metadata(table, fields["crawl_id"], fields["suffix_list"])
        part = write_table(folder, table, [batch], metadata)
        if table in ("links", "pages"):
            parts.append(part)
    write_manifest(folder, Manifest(**fields, parts=parts))
    return folder


def write_niche(folder: Path, n_domains: int = 2000, seed: int = 7) -> Path:
    """Write a made-up niche of ``n_domains`` that looks like a real crawl; return its folder."""
    rng = random.Random(seed)
    names = _names(rng, n_domains)
    n_crawled = n_domains // 5
    domains, edges = [], []
    for position, name in enumerate(names):
        strength = 100 * (1 - math.log(position + 1) / math.log(n_domains + 1)) ** 1.1
        strength *= rng.uniform(0.93, 1.0) if position else 1.0
        refs = max(0, int(10 ** (strength / 38) * rng.lognormvariate(0, 0.5)) - 1)
        backlinks = int(refs * rng.lognormvariate(1.2, 0.6)) + refs
        crawled = position < 12 or rng.random() < n_crawled / n_domains * (1 + strength / 60)
        domains.append(
            domain(
                name,
                0,
                authority=strength,
                pagerank=strength / 1e5,
                ref_domains=refs,
                backlinks=backlinks,
                follow_backlinks=max(refs, int(backlinks * rng.uniform(0.5, 1))),
                pages_crawled=rng.randint(1, 50) if crawled else 0,
                is_crawled=crawled,
                is_seed=position in (0, 3, 4, 11, 40),
                first_seen=START,
                last_seen=START + timedelta(days=2, hours=3),
            )
        )
    domains.sort(key=lambda row: -row["authority"])
    for rank, row in enumerate(domains, start=1):
        row["rank"] = row["pagerank_pos"] = row["harmonic_pos"] = rank
    pairs = {(rng.choice(names), names[int(n_domains * rng.random() ** 3)]) for _ in range(5000)}
    ends = sorted(pair for pair in pairs if pair[0] != pair[1])
    follows = [[rng.random() < 0.8 for _ in range(rng.randint(1, 3))] for _ in ends]
    edges = [
        edge(*pair, n_links=len(some), n_follow_links=sum(some), weight=float(any(some)))
        for pair, some in zip(ends, follows, strict=True)
    ]
    links = [
        link(*pair, follow=follow)
        for pair, some in zip(ends, follows, strict=True)
        for follow in some
    ]
    return write_dataset(
        folder,
        domains=domains,
        edges=edges,
        links=links + [link(name, name) for name in names for _ in range(6)],
        pages=_pages(rng, names),
        seeds=[f"https://www.{row['domain']}/" for row in domains if row["is_seed"]],
        created_at=START.isoformat(),
        finish_reason="max_pages",
        arguments={
            "hops": 2,
            "depth": 0,
            "max_pages": 10000,
            "max_pages_per_domain": 50,
            "max_time": 0,
            "scope": "discovered",
            "include": [],
            "exclude": ["*/login*", "*/cart*"],
            "delay": 1.0,
            "concurrency": 64,
            "robots": True,
        },
        versions={"linkcrawler": "0.1.0", "scrapy": "2.19.0", "python": "3.11.7"},
    )


def _pages(rng: random.Random, names: list[str]) -> list[Row]:
    kinds = [("ok", "")] * 70 + [("redirect", "301")] * 7 + [("redirect", "302")] * 2
    kinds += [("http_error", "404")] * 5 + [("http_error", "403")] * 2 + [("not_html", "pdf")] * 3
    kinds += [("robots", "disallow")] * 6 + [("excluded", "budget/pages_per_domain")] * 8
    kinds += [("failed", "timeout"), ("failed", "dns"), ("failed", "tls")]
    rows = []
    for number in range(8000):
        name = rng.choice(names[:400])
        rows.append(page(f"https://{name}/{number}", name, *rng.choice(kinds)))
    return rows


def _names(rng: random.Random, count: int) -> list[str]:
    first = [
        "trail",
        "peak",
        "river",
        "north",
        "stone",
        "alpine",
        "forest",
        "summit",
        "ridge",
        "canyon",
        "wild",
        "open",
        "camp",
    ]
    second = [
        "gear",
        "guide",
        "journal",
        "works",
        "hikers",
        "maps",
        "club",
        "outdoors",
        "notes",
        "supply",
        "daily",
        "review",
    ]
    ends = ["com", "com", "com", "org", "net", "co.uk", "de", "io", "blog"]
    names: dict[str, None] = {}
    while len(names) < count:
        number = rng.choice(["", "", str(rng.randint(2, 99))])
        dash = rng.choice(["", "", "-"])
        names[f"{rng.choice(first)}{dash}{rng.choice(second)}{number}.{rng.choice(ends)}"] = None
    return list(names)


def _row(table: str, values: Row) -> Row:
    """Return ``values`` with every other column of ``table`` zero, empty, false or null."""
    times = dict.fromkeys(("first_seen", "last_seen", "fetched_at"), START)
    row = {
        field.name: None if field.nullable else _EMPTY.get(field.type, 0) for field in TABLES[table]
    }
    known = {name: time for name, time in times.items() if name in row}
    return row | {"crawl_id": CRAWL_ID} | known | values
