"""Small crawls on disk: pages committed, sealed, compacted."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from linkcrawler.frontier.records import Discovery, PageResult, State
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.items import Link, Page
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain
from pipelines.manifest import Manifest, write_manifest
from pipelines.parts import DatasetFiles
from pipelines.rows import decode_page, encode_page
from pipelines.writer import file_metadata, write_parquet

EPOCH = datetime(2024, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


def page(url, *links, **more):
    """Return a page whose links lead to ``links``, counts that fit included."""
    made = tuple(
        link if isinstance(link, Link) else Link(link, "a", anchor="text") for link in links
    )
    domain = registered_domain(host_of(url))
    inside = sum(registered_domain(host_of(link.target)) == domain for link in made)
    given = {"outcome": "ok", "status": 200, "fetched_at": EPOCH, "links": made}
    counts = {"n_links": len(made), "n_internal": inside}
    return Page(url, **(given | counts | more))


class SmallCrawl:
    """The folder of a crawl, with its store and files; opens again as a new process would."""

    def __init__(self, folder):
        self.folder = folder
        self.store = None
        self.open()

    def open(self):
        self.close()
        self.store = SqliteFrontierStore(self.folder / "frontier.sqlite")
        self.store.set_meta("crawl_id", "c1")
        self.files = DatasetFiles(self.folder, self.store, "c1", "list-1")
        return self

    def close(self):
        if self.store is not None:
            self.store.close()

    def commit(self, *pages, rules=()):
        """Commit pages as the frontier does, and URLs that a rule refuses."""

        def discovery(url, rule=None):
            domain = registered_domain(host_of(url))
            return Discovery(url, domain, cost=0, enters=True, is_seed=True, rule=rule)

        self.store.add_seeds(
            [*(discovery(page.url) for page in pages), *(discovery(u, r) for u, r in rules)]
        )
        at = {
            row.url: row.id
            for domain in self.store.domains()
            for row in self.store.pending(domain.id, 1000)
        }
        self.store.commit(
            [
                PageResult(
                    at[page.url], State.DONE, page.outcome, page.reason, counts_as_page=True,
                    next_at=0.0, rows=encode_page(page), n_links=len(page.links),
                )
                for page in pages
            ]
        )  # fmt: skip

    def seal(self, limit=10**9):
        """Seal what the outbox holds, about ``limit`` links of it."""
        rows = self.store.outbox(limit)
        parts = self.files.write_sealed(rows)
        self.files.record_sealed(parts, rows)
        self.files.show_sealed(parts)

    def compact(self):
        self.files.compact(self.store.refused())

    def manifest(self, **more):
        """Write the manifest of what there is."""
        parts = self.files.manifest_parts()
        counts = {
            f"rows_{table}": sum(part.rows for part in parts if part.table == table)
            for table in ("links", "pages")
        }
        given = {"crawl_id": "c1", "parts": parts, "counts": counts}
        write_manifest(self.folder, Manifest(**(given | more)))
        return self.folder

    # What there is

    def data_files(self):
        """Return the data files present, whole or not, and what sorting left."""
        raw = [path for path in self.folder.glob("raw/*/*") if path.is_file()]
        top = [*self.folder.glob("*.parquet*"), *self.folder.glob(".sort-*")]
        return sorted(path.relative_to(self.folder).as_posix() for path in raw + top)

    def rows(self, table):
        """Return the rows of the files that count."""
        paths = [self.folder / part.path for part in self.store.parts() if part.table == table]
        return [row for path in paths for row in pq.read_table(path, partitioning=None).to_pylist()]

    def held(self):
        """Return what the crawl holds, sealed or not: each page tried, each link, with its number."""
        found = Counter()
        for row in self.rows("pages"):
            found["page", row["url"]] += row["outcome"] != "excluded"
        for row in self.rows("links"):
            found["link", row["source"], row["position"], row["target"]] += 1
        for waiting in self.store.outbox(10**9):
            fields, links = decode_page(waiting.rows)
            found["page", fields["url"]] += 1
            for position, target in enumerate(links["target"]):
                found["link", fields["url"], position, target] += 1
        return +found

    def check_files(self):
        """Assert that the files on disk are those recorded, byte for byte, and no others."""
        parts = self.store.parts()
        assert self.data_files() == sorted(part.path for part in parts)
        for part in parts:
            data = (self.folder / part.path).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (part.bytes, part.sha256)
            assert pq.read_metadata(self.folder / part.path).num_rows == part.rows


@pytest.fixture
def crawl(tmp_path):
    """An empty crawl."""
    folder = tmp_path / "crawl"
    folder.mkdir()
    crawl = SmallCrawl(folder)
    yield crawl
    crawl.close()


@pytest.fixture(name="page")
def page_fixture():
    """The function that makes pages."""
    return page


@pytest.fixture
def some_pages():
    """Pages with links of every sort, in no order."""
    return [
        page(
            f"http://{host}/{number}",
            Link("http://b.example/", "a", anchor="Bücher", rel="ugc", follow_cause="rel:ugc"),
            Link(f"http://{host}/{number + 1}", "canonical"),
            Link("https://user.github.io/x", "a", anchor=None, is_image=True),
            fetched_at=EPOCH + timedelta(microseconds=number),
            title=f"Page {number}",
            discovered_from="http://b.example/",
        )
        for number, host in enumerate(["www.a.example", "b.example", "c.co.uk", "10.0.0.1"] * 3)
    ]


@pytest.fixture
def sealed(crawl, some_pages):
    """A crawl with two raw parts a table, and pages that wait."""
    crawl.commit(*some_pages, rules=[("http://z.example/private", "exclude")])
    crawl.seal(10)
    crawl.seal(10)
    return crawl


@pytest.fixture
def finished(crawl, some_pages):
    """A crawl that has ended: compact files, refused URLs, a manifest."""
    crawl.commit(*some_pages, rules=[("http://z.example/private", "exclude")])
    crawl.seal(20)
    crawl.seal()
    crawl.compact()
    crawl.manifest(state="finished", finish_reason="finished")
    return crawl


@pytest.fixture
def folder(finished):
    """The folder of a finished crawl in which nothing is wrong."""
    finished.close()
    return finished.folder


@pytest.fixture
def change_manifest(folder):
    """A function that changes what ``run.json`` says."""

    def change(function):
        path = folder / "run.json"
        said = json.loads(path.read_bytes())
        function(said)
        path.write_text(json.dumps(said))

    return change


@pytest.fixture
def rewrite(folder, change_manifest):
    """A function that replaces the rows of a table, as ``run.json`` and the frontier say, too."""

    def rewrite(table, rows, *, schema=None, metadata=None, count=None):
        path = folder / f"{table}.parquet"
        if schema is None and metadata is None:
            write_parquet(path, table, rows.to_batches(), file_metadata(table, "c1", "l"))
        else:
            marks = file_metadata(table, "c1", "l") if metadata is None else metadata
            pq.write_table(rows.cast(schema or rows.schema).replace_schema_metadata(marks), path)

        def update(said):
            for part in said["parts"]:
                if part["table"] == table:
                    part["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
                    part["rows"] = rows.num_rows if count is None else count
            said["counts"][f"rows_{table}"] = rows.num_rows if count is None else count
            values = [
                (part["rows"], part["bytes"], part["sha256"], part["path"])
                for part in said["parts"]
            ]
            with closing(sqlite3.connect(folder / "frontier.sqlite")) as db, db:
                db.executemany(
                    "UPDATE part SET rows = ?, bytes = ?, sha256 = ? WHERE path = ?", values
                )

        change_manifest(update)

    return rewrite
