"""``kill -9`` at many moments: no row lost, none twice, and the same command goes on."""

from __future__ import annotations

import re
import signal
import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from support.crawling import Web, grid, link_multiset, linkcrawler, page_multiset

from benchmarks import kill_crawl

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


def test_killed_at_start_up_sealing_compaction_and_anywhere_nothing_is_lost_or_twice(
    tmp_path, capsys
):
    """The benchmark's own code with fewer kills over a smaller web."""
    code = kill_crawl.main(
        ["--kills", "10", "--hosts", "8", "--pages", "18", "--work", str(tmp_path)]
    )
    said = capsys.readouterr().out
    assert code == 0, said
    met = Counter(re.findall(r"^kill \d+ .* met (\S+)", said, re.MULTILINE))
    assert met.total() == 10
    assert met["start-up"] >= 1, said
    assert met["sealing"] + met["compaction"] >= 2, said


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
    steps = [1, 2, 3, 4, 6, 9, 13, 18, 25, 34, 46]
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
    assert killed >= 8
    assert linkcrawler(*command, "--out", tmp_path).code == 0
    assert link_multiset(tmp_path) == link_multiset(whole)
    assert page_multiset(tmp_path) == page_multiset(whole)
    assert linkcrawler("check", tmp_path).code == 0
    assert not list(tmp_path.rglob("*.tmp"))
    assert web.url
