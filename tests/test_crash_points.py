"""Whatever step of the disk a death, an error or a power cut comes at, nothing is lost or there twice."""

from __future__ import annotations

import os
import random
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.crawling import Web, grid, link_multiset, linkcrawler, page_multiset
from support.faults import command, vfs
from support.faults.power import DurableTree
from support.faults.series import Series
from support.faults.verdict import wrong

PHASES = {"start-up", "commit", "seal", "compaction", "reopen", "end"}
OPERATIONS = {
    "create", "write", "fsync", "rename", "close", "unlink", "link", "mkdir", "rmdir", "commit",
}  # fmt: skip


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Helpers that take points; the tests fail where SQLite cannot be reached, but for laptops."""
    try:
        vfs.library()
    except vfs.HiddenSymbolsError as error:
        if os.environ.get("LINKCRAWLER_REQUIRE_BROWSER"):
            raise
        pytest.skip(str(error))
    # Deaths and power cuts are as real in memory, and other programs' fsyncs delay none of them.
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) else tmp_path_factory.getbasetemp()
    with tempfile.TemporaryDirectory(prefix="crash-points-", dir=base) as folder:
        with Series(Path(folder)) as series:
            yield series


def sample(series, mode, size, seed):
    return random.Random(seed).sample(series.all_points(mode), size)


def test_the_points_cover_every_operation_of_every_phase(series):
    events = [event for run in series.events for event in run]
    assert {event["phase"] for event in events} == PHASES
    assert {event["operation"] for event in events} >= OPERATIONS
    assert {event["by"] for event in events} == {"python", "sqlite"}
    assert len(events) > 500


def test_killed_before_any_step_of_the_disk_a_crawl_goes_on_as_if_nothing_had_happened(series):
    results = series.run(series.all_points("kill before"))
    assert [text for result in results if (text := wrong(result))] == []
    assert {result["code"] for result in results} == {-9}


@pytest.mark.parametrize(
    ("mode", "size"),
    [("kill after", 30), ("ENOSPC", 40), ("EIO", 40), ("power cut", 40), ("power cut, names", 40)],
)
def test_nor_do_errors_and_power_cuts_lose_anything(series, mode, size):
    results = series.run(sample(series, mode, size, seed=size))
    assert [text for result in results if (text := wrong(result))] == []
    if mode.startswith("E"):
        assert sum(result["code"] == 6 for result in results) > 0.8 * size


def test_a_run_that_sets_right_may_be_killed_too(series):
    requests = [
        {**request, "again": 1 + number * 3}
        for number, request in enumerate(sample(series, "kill before", 24, seed=7))
    ]
    results = series.run(requests)
    assert [text for result in results if (text := wrong(result))] == []
    assert sum(result["again"] for result in results) >= 20


# The command line


BUSY = (
    "--quiet", "--delay", "0", "--hops", "0", "--max-pages-per-domain", "0",
    "-s", "LINKCRAWLER_DATASET_PART_LINKS=40", "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=6",
)  # fmt: skip
COMMAND_POINTS = 12


@pytest.fixture(scope="module")
def web_and_whole(tmp_path_factory):
    """A web, the command that crawls it, its rows, and the number of steps that this takes."""
    watched = tmp_path_factory.mktemp("whole")
    with Web(grid(4, 10)) as web:
        arguments = ("crawl", "http://h0.example/", "--proxy", web.url, *BUSY)
        whole = watched / "crawl"
        done = command.run("count", 0, watched, (*arguments, "--out", str(whole)))
        assert done.code == 0, done.err
        yield arguments, (link_multiset(whole), page_multiset(whole)), done.steps


@pytest.mark.timing
def test_the_command_ends_with_6_and_the_path_and_goes_on_when_the_disk_is_well(
    web_and_whole, tmp_path
):
    arguments, rows, steps = web_and_whole

    def fault(part: int) -> tuple[command.Ended, Path]:
        watched = tmp_path / f"disk-{part}"
        watched.mkdir()
        at = 1 + int(steps * 0.9 * part / COMMAND_POINTS)
        asked = (*arguments, "--out", str(watched / "crawl"))
        ended = command.run(("ENOSPC", "EIO")[part % 2], at, watched, asked)
        again = linkcrawler(*asked)
        assert again.code == 0, (ended.event, again.err)
        return ended, watched

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(fault, range(COMMAND_POINTS)))
    for ended, watched in ends:
        assert command.complaint(ended, watched) == ""
        assert (link_multiset(watched / "crawl"), page_multiset(watched / "crawl")) == rows


# The instruments themselves


def test_what_was_not_synced_does_not_survive_the_power_cut(tmp_path):
    live, image = tmp_path / "live", tmp_path / "image"
    (live / "folder").mkdir(parents=True)
    (live / "old").write_bytes(b"old")
    tree = DurableTree(str(live), lambda path: True)
    (live / "old").write_bytes(b"changed")
    (live / "new").write_bytes(b"new")
    tree.made(str(live / "new"), is_folder=False)
    tree.write_certain(image)
    assert _contents(image) == {"old": b"old"}
    tree.write_names_only(tmp_path / "names")
    assert _contents(tmp_path / "names") == {"old": b"old", "new": b""}
    tree.synced(str(live / "new"))
    tree.write_names_only(tmp_path / "content")
    assert _contents(tmp_path / "content") == {"old": b"old", "new": b"new"}
    tree.write_certain(tmp_path / "nameless")
    assert _contents(tmp_path / "nameless") == {"old": b"old"}
    tree.synced(str(live))
    (live / "new").rename(live / "renamed")
    tree.write_certain(tmp_path / "named")
    assert _contents(tmp_path / "named") == {"old": b"old", "new": b"new"}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
