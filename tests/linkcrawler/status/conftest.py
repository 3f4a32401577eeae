"""The folder of a crawl, and what has happened to it."""

from __future__ import annotations

import pytest
from support.begun import NOW, write_manifest
from support.frontier_rows import across, found, ids, result, seed

from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import HostTrouble, PartRow, State
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore


@pytest.fixture
def folder(tmp_path):
    """The folder of a crawl that has just begun."""
    write_manifest(tmp_path)
    return tmp_path


@pytest.fixture
def open_store(folder):
    """A function that opens the folder's frontier."""
    opened = []

    def open_store(**limits):
        opened.append(SqliteFrontierStore(folder / "frontier.sqlite", Limits(**limits)))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def busy(open_store):
    """The store of a crawl to which much has happened."""
    store = open_store(max_hops=None, max_pages=100)
    store.set_meta("crawl_id", "c1")
    store.begin(NOW - 90, 300)
    store.enrol(1, 4321, NOW - 90)
    store.add_seeds([seed(f"http://{name}/") for name in "abcdef"])
    store.add_seeds([seed("http://a/private", "exclude")])
    at = ids(store)
    store.lease_domains(1, NOW, proven=False, most=2)
    store.reserve(1, 64)
    trouble = HostTrouble("c", 2, 12, 0.0)
    dead = HostTrouble("d\x1b[31m", 5, 30, NOW + 1800)
    store.commit(
        [
            result(at["http://a/"], across("http://g/"), found("http://a/1"), rows=b"x", n_links=2),
            result(at["http://b/"], outcome="http_error", reason="404", rows=b"x"),
            result(at["http://c/"], state=State.PENDING, outcome="failed", reason="timeout",
                   trouble=trouble, next_at=NOW + 7, counts_as_page=False),
            result(at["http://d/"], state=State.FAILED, outcome="failed", reason="dns",
                   trouble=dead, rows=b"x"),
        ],
        worker=1, now=NOW - 30,
    )  # fmt: skip
    store.commit([result(at["http://e/"], next_at=NOW + 3, rows=b"x")], worker=1, now=NOW)
    store.see(1, 3, NOW - 2)
    store.replace_parts([PartRow("links", "raw/links/part-00000.parquet", 2, 1234, "x")], [])
    return store
