"""Small crawls on disk, written as a real crawl writes them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest
from support import ranked

from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import icann_domain, registered_domain
from pipelines.manifest import Manifest, Part, write_manifest
from pipelines.schema import SORTED_BY, TABLES
from pipelines.writer import file_metadata, write_parquet, write_table


def at(hour):
    """Return the moment ``hour`` hours into the crawl."""
    return datetime(2026, 1, 2, tzinfo=UTC) + timedelta(hours=hour)


def link(source, target, *, kind="a", anchor=None, follow=True, position=0, hour=0):
    """Return a row of ``links``; `crawl` adds the crawl id."""
    hosts = {"source_host": host_of(source), "target_host": host_of(target)}
    domains = {
        f"{end}_domain": registered_domain(hosts[f"{end}_host"]) for end in ("source", "target")
    }
    return {
        "source": source, "target": target, **hosts, **domains, "kind": kind, "anchor": anchor,
        "is_image": False, "rel": "" if follow else "nofollow", "follow": follow,
        "follow_cause": "" if follow else "rel:nofollow", "placement": "unknown",
        "position": position, "heading": None, "text_before": None, "text_after": None,
        "block": 0, "block_links": 0,
        "internal": domains["source_domain"] == domains["target_domain"],
        "rendered": False, "hops": 0, "depth": 0, "fetched_at": at(hour),
    }  # fmt: skip


def page(url, outcome="ok", *, hour=0, title=None):
    """Return a row of ``pages``; `crawl` adds the crawl id."""
    empty = {"int": 0, "str": "", "boo": False, "flo": float("nan")}
    row = {
        field.name: None if field.nullable else empty[str(field.type)[:3]]
        for field in TABLES["pages"]
        if field.name not in ("fetched_at", "crawl_id")
    }
    host = host_of(url)
    row.update(url=url, host=host, domain=registered_domain(host), icann_domain=icann_domain(host))
    row.update(outcome=outcome, status=200 if outcome == "ok" else 0, tls="none")
    row.update(title=title, fetched_at=at(hour))
    return row


def crawl(folder, pages=(), links=(), *, crawl_id="c1", seeds=(), suffix_list="list-1", raw=False):
    """Write a crawl into ``folder`` and return it: compact, or as raw parts of three rows each."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = [_counted(row, links) for row in pages]
    parts = []
    for table, given in (("links", links), ("pages", pages)):
        rows = [{**row, "crawl_id": crawl_id} for row in given]
        write = _write_raw if raw else _write_compact
        parts += write(folder, table, rows, file_metadata(table, crawl_id, suffix_list))
    manifest = Manifest(
        crawl_id=crawl_id, state="finished", seeds=list(seeds), suffix_list=suffix_list,
        counts={"rows_links": len(links), "rows_pages": len(pages)}, parts=parts,
    )  # fmt: skip
    write_manifest(folder, manifest)
    return folder


def _counted(page, links):
    """Return ``page`` with the counts of its links."""
    internal = [row["internal"] for row in links if row["source"] == page["url"]]
    counts = {"n_links": len(internal), "n_internal": sum(internal)}
    return {**page, **counts, "n_external": len(internal) - sum(internal)}


def _write_compact(folder, table, rows, metadata):
    rows = sorted(rows, key=lambda row: [row[name] for name in SORTED_BY[table]])
    batch = pa.RecordBatch.from_pylist(rows, schema=TABLES[table])
    return [write_table(folder, table, [batch], metadata)]


def _write_raw(folder, table, rows, metadata):
    parts = []
    for number, first in enumerate(range(0, len(rows), 3)):
        path = folder / "raw" / table / f"part-{number:05}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        batch = pa.RecordBatch.from_pylist(rows[first : first + 3], schema=TABLES[table])
        count, size, digest = write_parquet(path, table, [batch], metadata)
        parts.append(Part(table, str(path.relative_to(folder)), count, size, digest))
    return parts


HOME = "https://www.alpha.com/"
PAGES = [
    page(HOME, hour=1),
    page("https://alpha.com/about", "http_error", hour=2),
    page("https://alpha.com/private", "robots", hour=2),
    page("https://beta.org/", hour=3),
    page("https://beta.org/x", "excluded", hour=3),
    page("https://delta.net/", "failed", hour=4),
]
LINKS = [
    link(HOME, "https://beta.org/", anchor="Beta", position=0, hour=1),
    link(HOME, "https://beta.org/", anchor="Beta", position=1, hour=1),
    link(HOME, "https://beta.org/y", anchor="Alias", follow=False, position=2, hour=1),
    link(HOME, "https://alpha.com/about", anchor="About", position=3, hour=1),
    link(HOME, "https://cdn.gamma.co.uk/w", kind="iframe", position=4, hour=1),
    link(HOME, "https://alpha.com/", kind="canonical", position=5, hour=1),
    link(HOME, "https://ann.github.io/", anchor="", follow=False, position=6, hour=1),
    link("https://beta.org/", "https://gamma.co.uk/", kind="area", hour=3),
]
"""alpha.com votes for beta.org, which votes for gamma.co.uk; ann.github.io has a nofollow link."""


@pytest.fixture(scope="session")
def make():
    """The functions that make rows and crawls."""
    return SimpleNamespace(at=at, link=link, page=page, crawl=crawl, pages=PAGES, links=LINKS)


@pytest.fixture(scope="module")
def web(tmp_path_factory, make):
    """Redirects, tenants, a shortener, a footer on every page, a niche and a stranger."""
    sites = ["seed.com", "one.com", "two.com", "far.com", "farther.com"]
    pages = [make.page(f"https://{site}/{n}") for site in sites for n in range(4)]
    follow = [
        ("https://seed.com/0", "https://one.com/0"), ("https://seed.com/1", "https://two.com/0"),
        ("https://one.com/0", "https://two.com/1"), ("https://two.com/0", "https://seed.com/0"),
        ("https://far.com/0", "https://farther.com/0"), ("https://farther.com/0", "https://far.com/"),
        ("https://seed.com/0", "https://old.com/"), ("https://one.com/2", "https://bit.ly/x"),
        ("https://ann.github.io/", "https://far.com/"), ("https://bob.github.io/", "https://far.com/"),
        *((f"https://one.com/{n}", "https://far.com/") for n in range(4)),
    ]  # fmt: skip
    links = [make.link(*ends, position=n) for n, ends in enumerate(follow)]
    for row in links[-4:]:
        row["placement"] = "footer"
    links += [
        make.link("https://old.com/", "https://new.com/", kind="redirect", position=90),
        make.link("https://two.com/3", "https://far.com/", follow=False, position=91),
        make.link("https://www.one.com/0", "https://one.com/0", position=92),
    ]
    return make.crawl(
        tmp_path_factory.mktemp("web") / "web", pages, links, seeds=["https://seed.com/"]
    )


@pytest.fixture
def small_crawl(tmp_path):
    """A crawl whose every number the tests know."""
    return crawl(tmp_path / "small", PAGES, LINKS, seeds=[HOME])


@pytest.fixture
def empty_crawl(tmp_path):
    """A crawl that tried nothing and found nothing, without one file of rows."""
    return crawl(tmp_path / "empty", raw=True)


@pytest.fixture
def small(tmp_path):
    """A ranked crawl of three domains: a links to b twice (once followed) and to c (followed), b to c (not)."""
    return ranked.write_dataset(
        tmp_path / "small",
        domains=[
            ranked.domain(
                "b.example",
                1,
                authority=100.0,
                ref_domains=1,
                backlinks=2,
                follow_backlinks=1,
                pages_crawled=1,
                is_crawled=True,
                last_seen=ranked.START + timedelta(days=2),
            ),
            ranked.domain(
                "c.example",
                2,
                authority=60.25,
                ref_domains=1,
                backlinks=2,
                follow_backlinks=1,
                rank_high=3,
            ),
            ranked.domain("a.example", 3, pages_crawled=3, is_crawled=True, is_seed=True),
        ],
        edges=[
            ranked.edge("a.example", "b.example", n_links=2),
            ranked.edge("a.example", "c.example"),
            ranked.edge("b.example", "c.example", n_follow_links=0, weight=0.0),
        ],
        links=[
            ranked.link("a.example", "a.example"),
            ranked.link("a.example", "b.example"),
            ranked.link("a.example", "b.example", follow=False),
            ranked.link("a.example", "c.example"),
            ranked.link("b.example", "c.example", follow=False),
        ],
        pages=[
            ranked.page("https://a.example/", "a.example"),
            ranked.page("https://a.example/1", "a.example", "http_error", "404"),
            ranked.page("https://a.example/2", "a.example", "http_error", "404"),
            ranked.page("https://a.example/3", "a.example", "robots", "disallow"),
            ranked.page("https://a.example/4", "a.example", "excluded", "budget"),
            ranked.page("https://b.example/", "b.example"),
            ranked.page("https://b.example/1", "b.example", "failed", "timeout"),
            ranked.page("https://b.example/2", "b.example", "failed", "dns"),
        ],
        seeds=["https://a.example/start"],
        arguments={"hops": 2, "proxy": "http://ann:secret@proxy.example:8080"},
        versions={"linkcrawler": "0.1.0"},
    )
