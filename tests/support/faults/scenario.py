"""A small crawl without a network: everything that it does to the disk is what a real one does.

Three runs into one folder: one that is interrupted, one that goes on and ends with compact files,
and one with another seed, which opens them again. Each begins as any run does, by setting right
what the last one left, so that a run after a crash is the same run once more.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pyarrow.parquet as pq

from linkcrawler.disk import make_folder
from linkcrawler.items import Link, Page
from pipelines.manifest import Manifest, write_manifest
from pipelines.parts import DatasetFiles
from pipelines.rows import decode_page
from support.faults import adapter
from support.faults.events import phase

EPOCH = datetime(2024, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
GROUP_PAGES = 4
PART_LINKS = 14


@dataclass(frozen=True)
class Job:
    """One run."""

    name: str
    seeds: tuple[str, ...]
    pages: int
    """Pages after which it is interrupted, counted over all runs."""


FIRST = ("http://a.example/", "http://b.example/")
JOBS = (
    Job("interrupted", FIRST, 4),
    Job("finished", FIRST, 99),
    Job("again", (*FIRST, "http://new.example/"), 99),
)


def web() -> dict[str, tuple[str, ...]]:
    """Return the links of each page by its URL."""
    pages = {}
    for host in "ab":
        other = "b" if host == "a" else "a"
        for n in range(4):
            below = [f"http://{host}.example/{m}" for m in (2 * n + 1, 2 * n + 2) if m < 4]
            more = [f"http://{other}.example/{n}", f"http://{host}.example/private/{n}"]
            pages[f"http://{host}.example/{n or ''}"] = (*below, *more)
    pages["http://new.example/"] = ("http://a.example/3", "http://new.example/private")
    return pages


WEB = web()


def rule_of(url: str) -> str | None:
    """Return why a URL is not fetched, or None."""
    return "exclude" if "/private" in url or url == "http://a.example/0" else None


def page_of(url: str) -> Page:
    """Return what fetching ``url`` gives."""
    links = tuple(Link(target, "a", anchor=f"to {target}") for target in WEB.get(url, ()))
    return Page(
        url, "ok" if url in WEB else "http_error", EPOCH, status=200 if url in WEB else 404,
        title=f"Page {url}", links=links, n_links=len(links),
    )  # fmt: skip


def crawl(folder, job, watch=None, committed=lambda urls: None, begun=lambda store, files: None):
    """Run ``job`` in ``folder`` to its end.

    Args:
        folder: the crawl's folder.
        job: the run.
        watch: is told what the crawl is doing.
        committed: called with the URLs of pages when their commit has returned.
        begun: called when what an earlier run left was set right.
    """
    with phase(watch, "start-up"):
        make_folder(folder)
        lock = adapter.lock(folder)
        try:
            store = adapter.open_store(folder)
            try:
                _run(_Run(folder, job, store, watch), committed, begun)
            finally:
                with phase(watch, "end"):
                    store.close()
        finally:
            os.close(lock)


class _Run:
    """What the steps of a run share."""

    def __init__(self, folder, job, store, watch) -> None:
        self.folder, self.job, self.store, self.watch = folder, job, store, watch
        self.files = DatasetFiles(folder, store, "c1", "list-1")

    def announce(self, state: str) -> None:
        counts = self.store.counts()
        parts = self.files.manifest_parts()
        numbers = {
            name: getattr(counts, name)
            for name in ("discovered", "pending", "done", "failed", "excluded")
        }
        rows = {
            f"rows_{table}": sum(part.rows for part in parts if part.table == table)
            for table in ("links", "pages")
        }
        write_manifest(self.folder, Manifest("c1", state=state, parts=parts, counts=numbers | rows))

    def seal(self) -> None:
        with phase(self.watch, "seal"):
            rows = self.store.outbox(PART_LINKS)
            parts = self.files.write_sealed(rows)
            self.files.record_sealed(parts, rows)
            self.files.show_sealed(parts)


def _run(run, committed, begun) -> None:
    store, files = run.store, run.files
    store.set_meta("crawl_id", "c1")
    adapter.add_seeds(store, run.job.seeds)
    files.recover()
    files.announce = partial(run.announce, "running")
    if files.is_compact and adapter.waiting(store):
        with phase(run.watch, "reopen"):
            files.reopen()
    run.announce("running")
    begun(store, files)
    with phase(run.watch, "commit"):
        leaving = adapter.lease(store)
    while store.counts().done < run.job.pages and (ids := adapter.waiting(store)):
        group = list(ids)[:GROUP_PAGES]
        with phase(run.watch, "commit"):
            adapter.commit(store, ids, [page_of(url) for url in group], rule_of, leaving)
        leaving = []
        committed(group)
        if store.outbox_size()[1] >= PART_LINKS:
            run.seal()
    while store.outbox_size()[0]:
        run.seal()
    if adapter.waiting(store):
        run.announce("interrupted")
        return
    with phase(run.watch, "compaction"):
        files.compact(adapter.refused(store))
        run.announce("finished")


def held(folder, store) -> Counter:
    """Return the rows that count, sealed or not, each with its number."""
    found: Counter = Counter()
    for part in store.parts():
        for row in pq.read_table(folder / part.path, partitioning=None).to_pylist():
            if part.table == "links":
                found["link", row["source"], row["position"], row["target"], row["anchor"]] += 1
            else:
                found["page", row["url"], row["outcome"], row["title"], row["n_links"]] += 1
    for waiting in store.outbox(10**9):
        fields, links = decode_page(waiting.rows)
        found["page", fields["url"], fields["outcome"], fields["title"], fields["n_links"]] += 1
        for number, target in enumerate(links["target"]):
            found["link", fields["url"], number, target, links["anchor"][number]] += 1
    return found
