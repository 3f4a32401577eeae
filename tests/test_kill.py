"""``kill -9`` at many moments: no row lost, none twice, and the same command goes on."""

from __future__ import annotations

import random
import signal
import sqlite3
from contextlib import closing

import pytest
from support.crawling import Web, end, grid, link_multiset, linkcrawler, page_multiset, start

# Small parts and groups, so that sealing and committing happen all the time.
BUSY = (
    "-s", "LINKCRAWLER_DATASET_PART_LINKS=20", "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=3",
    "--delay", "0", "--quiet", "--hops", "0", "--max-pages-per-domain", "0",
)  # fmt: skip


@pytest.fixture(scope="module")
def web_and_whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with Web(grid(8, 15)) as web:
        command = ("crawl", "http://h0.example/", "--proxy", web.url, *BUSY)
        assert linkcrawler(*command, "--out", folder).code == 0
        yield web, command, folder


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_requests_a_crawl_ends_as_if_nothing_had_happened(
    web_and_whole, tmp_path, seed
):
    web, command, whole = web_and_whole
    draw = random.Random(seed)
    before = len(web.fetched())
    kills = 0
    for _ in range(6):
        process = start(*command, "--out", tmp_path)
        web.signal_at(process, draw.randint(1, 45), signal.SIGKILL)
        kills += end(process).code == -signal.SIGKILL
    assert kills >= 4
    web.target = None
    assert linkcrawler(*command, "--out", tmp_path).code == 0
    assert link_multiset(tmp_path) == link_multiset(whole)
    assert page_multiset(tmp_path) == page_multiset(whole)
    check = linkcrawler("check", tmp_path)
    assert check.code == 0, check.out
    # What was in flight at a kill is fetched again, and no more than that.
    pages = len(page_multiset(whole))
    assert len(web.fetched()) - before <= pages + kills * (64 + 3)


CRASHING = """
import os, sys
import pipelines.parts as parts, pipelines.manifest as manifest
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore as Store

left = [int(sys.argv.pop(1))]

def dying(function):
    def run(*args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), 9)
        result = function(*args, **kwargs)
        return result
    return run

Store.commit = dying(Store.commit)
Store.replace_parts = dying(Store.replace_parts)
Store.set_meta = dying(Store.set_meta)
parts.DatasetFiles._name = dying(parts.DatasetFiles._name)
parts.DatasetFiles._remove = dying(parts.DatasetFiles._remove)
parts.write_parquet = dying(parts.write_parquet)
parts.sync_folder = dying(parts.sync_folder)
manifest.replace_file = dying(manifest.replace_file)
from linkcrawler.cli import main
main()
"""


def test_killed_before_each_step_of_start_commit_seal_and_compaction(web_and_whole, tmp_path):
    """Each run dies one step further into its work than the last, until one gets through."""
    import subprocess
    import sys

    from support.crawling import ENVIRONMENT, ROOT

    web, command, whole = web_and_whole
    steps = [1, 2, 3, 4, 5, 6, 8, 11, 15, 20, 26, 33, 41, 50]
    killed = 0
    for step in steps:
        done = subprocess.run(
            [sys.executable, "-c", CRASHING, str(step), *map(str, command), "--out", str(tmp_path)],
            cwd=ROOT, env=ENVIRONMENT, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        killed += done.returncode == -signal.SIGKILL
        if (tmp_path / "run.json").exists():
            # What the manifest names can be read at any moment, whatever died when.
            seen = link_multiset(tmp_path)
            assert max(seen.values(), default=1) == 1
            assert not seen - link_multiset(whole)
        if (tmp_path / "frontier.sqlite").exists():
            with closing(sqlite3.connect(tmp_path / "frontier.sqlite")) as db:
                assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert killed >= 9
    assert linkcrawler(*command, "--out", tmp_path).code == 0
    assert link_multiset(tmp_path) == link_multiset(whole)
    assert page_multiset(tmp_path) == page_multiset(whole)
    assert linkcrawler("check", tmp_path).code == 0
    assert not list(tmp_path.rglob("*.tmp"))
    assert web.url
