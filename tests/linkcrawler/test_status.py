"""How a crawl stands is told while it runs and after; nothing is written, nobody is held up."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.crawling import DEADLINE, ENVIRONMENT, ROOT, Web, end, grid, linkcrawler, start
from support.frontier_contract import across, found, ids, result, seed

from linkcrawler import status_words
from linkcrawler.exceptions import (
    CorruptPartError,
    DatasetError,
    NotADatasetError,
    SchemaVersionError,
    StorageError,
)
from linkcrawler.frontier import sqlite_figures
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import HostTrouble, PartRow, State
from linkcrawler.frontier.sqlite_reader import reading
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.status import read_status
from linkcrawler.status_words import as_line, as_lines

NOW = 1_700_000_003.0


@pytest.fixture
def folder(tmp_path):
    """The folder of a crawl that has just begun."""
    write_manifest(tmp_path)
    return tmp_path


def write_manifest(folder, state="running", **more):
    said = {"state": state, "finish_reason": "", "arguments": {"max_pages": 100}} | more
    (folder / "run.json").write_text(json.dumps(said), encoding="utf-8")


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


@contextmanager
def held(folder):
    """Hold the folder as a running crawl does."""
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def change(folder, statement):
    with closing(sqlite3.connect(folder / "frontier.sqlite")) as db, db:
        db.execute(statement)


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


# What is told


def test_a_running_crawl_is_told_with_all_its_figures(busy, folder):
    with held(folder):
        status = read_status(folder, NOW)
    assert (status.crawl_id, status.state, status.folder) == ("c1", "running", str(folder))
    assert (status.pages, status.max_pages, status.links) == (4, 100, 2)
    assert status.outcomes == {"ok": 2, "http_error": 1, "failed": 1}
    assert status.errors == {"failed/dns": 1, "http_error/404": 1, "retry/timeout": 1}
    assert (status.domains, status.domains_crawled) == (7, 4)
    urls = status.urls
    assert (urls.discovered, urls.pending, urls.done, urls.failed, urls.excluded) == (9, 4, 3, 1, 1)
    assert urls.adds_up
    queue = status.queue
    assert (queue.ready, queue.waiting, queue.leased, queue.next_at) == (2, 1, 2, NOW + 7)
    hosts = status.hosts
    assert (hosts.in_trouble, hosts.given_up) == (2, 1)
    assert [host.failures for host in hosts.worst] == [5, 2]
    disk = status.disk
    assert (disk.parts, disk.part_bytes) == (1, 1234)
    sizes = [(folder / f"frontier.sqlite{end}").stat().st_size for end in ("", "-wal")]
    assert disk.frontier_bytes == sum(sizes)
    assert disk.free_bytes == pytest.approx(shutil.disk_usage(folder).free, rel=0.1)
    (worker,) = status.workers
    assert (worker.pid, worker.seen_at, worker.in_flight, worker.domains) == (4321, NOW - 2, 3, 2)
    assert worker.reserved == 59


def test_a_domain_whose_time_has_come_can_be_asked_though_nobody_has_looked(busy, folder):
    queue = read_status(folder, NOW + 8).queue
    assert (queue.ready, queue.waiting, queue.next_at) == (3, 0, None)


def test_a_host_may_be_asked_again_after_its_rest(busy, folder):
    assert read_status(folder, NOW + 1799).hosts.given_up == 1
    assert read_status(folder, NOW + 1801).hosts.given_up == 0


def test_at_most_ten_hosts_are_named_the_worst_first(open_store, folder):
    store = open_store()
    store.add_seeds([seed(f"http://h{n}/") for n in range(25)])
    store.commit(
        [
            result(url_id, state=State.PENDING, outcome="failed", reason="timeout",
                   trouble=HostTrouble(f"h{n}", 1, n + 1, 0.0))
            for n, url_id in enumerate(ids(store).values())
        ]
    )  # fmt: skip
    hosts = read_status(folder, NOW).hosts
    assert [host.strikes for host in hosts.worst] == list(range(25, 15, -1))
    assert hosts.in_trouble == 25
    assert "15 more" in as_lines(read_status(folder, NOW))


def test_counters_that_do_not_add_up_are_told(busy, folder):
    change(folder, "UPDATE counter SET n = n + 1 WHERE name = 'done'")
    status = read_status(folder, NOW)
    assert not status.urls.adds_up
    assert "9 discovered, NOT 4 pending + 4 done" in as_lines(status)


def test_a_frontier_without_urls_is_told(open_store, folder):
    open_store()
    status = read_status(folder, NOW)
    assert status.urls.discovered == 0
    assert status.urls.adds_up
    assert "pages     0 of 100: none" in as_lines(status)


def test_of_very_many_domains_only_so_many_are_counted(open_store, folder, monkeypatch):
    monkeypatch.setattr(sqlite_figures, "MOST_COUNTED", 3)
    monkeypatch.setattr(status_words, "MOST_COUNTED", 3)
    for name in ("READY", "DUE", "WAITING"):
        query = getattr(sqlite_figures, name)
        assert "LIMIT 100000)" in query
        monkeypatch.setattr(sqlite_figures, name, query.replace("LIMIT 100000)", "LIMIT 3)"))
    store = open_store()
    store.add_seeds([seed(f"http://h{n}/") for n in range(9)])
    assert read_status(folder, NOW).queue.ready == 3
    assert "3 or more can be asked now, 0 wait" in as_lines(read_status(folder, NOW))
    change(folder, f"UPDATE domain SET next_at = {NOW} + id")
    assert read_status(folder, NOW).queue.waiting == 3
    assert read_status(folder, NOW + 5).queue.ready == 3


# Its state


@pytest.mark.parametrize(
    ("written", "is_held", "state"),
    [
        ("running", True, "running"),
        ("interrupted", True, "running"),
        ("running", False, "killed"),
        ("interrupted", False, "interrupted"),
        ("finished", False, "finished"),
        ("failed", False, "failed"),
        (None, False, "killed"),
        (None, True, "running"),
    ],
)
def test_the_state_is_what_the_lock_and_the_manifest_say(
    open_store, folder, written, is_held, state
):
    open_store().close()
    if written is None:
        (folder / "run.json").unlink()
    else:
        write_manifest(folder, written, finish_reason="why")
    if is_held:
        with held(folder):
            status = read_status(folder, NOW)
    else:
        (folder / ".lock").touch()
        status = read_status(folder, NOW)
    assert status.state == state
    assert status.is_running == is_held
    assert status.finish_reason == ("why" if written and not is_held else "")


def test_workers_and_pace_of_a_run_that_has_ended_are_left_out(busy, folder):
    status = read_status(folder, NOW)
    assert status.state == "killed"
    assert status.workers == []
    assert (status.pace.last_minute, status.pace.last_ten_minutes) == (None, None)
    assert status.queue.leased == 2
    assert status.pages == 4


# Pace


def running(folder, now=NOW):
    with held(folder):
        return read_status(folder, now)


def paced(store, commits):
    """Commit pages at the times that ``commits`` gives, seconds before `NOW`."""
    store.add_seeds([seed("http://a/"), seed("http://z/")])
    start_id = ids(store)["http://a/"]
    store.commit([result(start_id, *(found(f"http://a/{n}") for n in range(500)))], now=NOW - 5000)
    at = iter(ids(store).values())
    for ago, pages in commits:
        store.commit([result(next(at)) for _ in range(pages)], now=NOW - ago)


def test_pace_counts_the_pages_of_the_last_minute_and_of_ten(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 4000)
    paced(store, [(700, 50), (300, 100), (40, 20), (0, 6)])
    pace = running(folder).pace
    # The current ten seconds are 3 s old: the windows are 53 s and 593 s long.
    assert pace.last_minute == pytest.approx(26 / 53)
    assert pace.last_ten_minutes == pytest.approx(126 / 593)


def test_pace_of_a_young_run_is_counted_from_its_start(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 20)
    paced(store, [(100, 50), (15, 20)])
    pace = running(folder).pace
    assert pace.last_minute == pace.last_ten_minutes == pytest.approx(20 / 20)


def test_pace_is_not_told_in_the_first_second(open_store, folder):
    store = open_store()
    store.enrol(1, 1, NOW - 0.5)
    status = running(folder)
    assert status.pace.last_minute is None
    assert "too early to tell" in as_lines(status)


def test_pages_of_the_future_do_not_count_where_the_clock_was_set_back(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 4000)
    paced(store, [(-500, 50)])
    assert running(folder).pace.last_minute == 0.0


def test_the_time_left_is_told_where_a_limit_a_pace_and_enough_urls_are_there(open_store, folder):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - 593)
    paced(store, [(500, 59)])
    status = running(folder)
    assert status.pages == 60
    assert status.pace.seconds_left == pytest.approx(40 / (59 / 593))
    assert "the limit of pages in about 6.7 min" in as_lines(status)


@pytest.mark.parametrize("reason", ["no limit", "first minute", "few urls", "no pace"])
def test_the_time_left_is_not_told_where_it_would_be_a_guess(open_store, folder, reason):
    store = open_store(max_pages_per_domain=0)
    store.enrol(1, 1, NOW - (30 if reason == "first minute" else 593))
    paced(store, [(2000 if reason == "no pace" else 20, 59)])
    limit = {"no limit": 0, "few urls": 1000}.get(reason, 100)
    write_manifest(folder, arguments={"max_pages": limit})
    assert running(folder).pace.seconds_left is None


# Nothing is written, nobody is held up


def contents(folder):
    """Every file but SQLite's index of its log, which every reader uses."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}


@pytest.mark.parametrize("is_open", [True, False], ids=["while it runs", "after it"])
def test_asking_writes_nothing(busy, folder, is_open):
    if not is_open:
        busy.close()
    before = contents(folder)
    read_status(folder, NOW)
    assert contents(folder) == before


def test_neither_waits_for_the_other(busy, folder):
    with reading(folder / "frontier.sqlite") as db:
        assert db.execute("SELECT count(*) FROM url").fetchone() == (9,)
        busy._db.execute("PRAGMA busy_timeout = 0")
        busy.add_seeds([seed("http://new/")])  # the writer goes on
        assert db.execute("SELECT count(*) FROM url").fetchone() == (9,)  # one moment is seen
    with closing(sqlite3.connect(folder / "frontier.sqlite")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert read_status(folder, NOW).urls.discovered == 10


@contextmanager
def somebody_else():
    """Be a user who may read and not write, also where the tests are run by root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("how", ["while it runs", "after a kill", "after its end"])
def test_a_folder_without_permission_to_write_is_read(how):
    home = Path(tempfile.mkdtemp(prefix="status-"))
    try:
        store = SqliteFrontierStore(home / "frontier.sqlite")
        store.add_seeds([seed("http://a/")])
        folder = home
        if how == "after a kill":
            folder = home / "killed"
            folder.mkdir()
            for path in home.glob("frontier.sqlite*"):
                shutil.copy(path, folder)
        if how != "while it runs":
            store.close()
        for path in (home, folder):
            path.chmod(0o555)
        with somebody_else():
            assert not os.access(folder, os.W_OK, effective_ids=True)
            assert read_status(folder, NOW).urls.pending == 1
        store.close()
    finally:
        for path in (home, *home.glob("killed")):
            path.chmod(0o755)
        shutil.rmtree(home)


def test_a_log_without_its_index_in_such_a_folder_is_told_with_the_way_out():
    home = Path(tempfile.mkdtemp(prefix="status-"))
    try:
        store = SqliteFrontierStore(home / "frontier.sqlite")
        copy = home / "copy"
        copy.mkdir()
        for ending in ("", "-wal"):
            shutil.copy(home / f"frontier.sqlite{ending}", copy)
        store.close()
        for path in (home, copy):
            path.chmod(0o555)
        with somebody_else():
            with pytest.raises(StorageError, match="copy the folder and ask there"):
                read_status(copy, NOW)
    finally:
        for path in (home, copy):
            path.chmod(0o755)
        shutil.rmtree(home)


def statements():
    """Every query of the figures that looks at URLs or domains."""
    found = {
        name: value for name, value in vars(sqlite_figures).items()
        if name.isupper() and isinstance(value, str) and "SELECT" in value
    }  # fmt: skip
    return found | {"WORKERS": sql.WORKERS}


@pytest.mark.parametrize("name", sorted(statements()))
def test_urls_and_domains_are_never_scanned(busy, name):
    query = statements()[name]
    values = [0] * query.count("?")
    plan = [row[3] for row in busy._db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    for step in plan:
        if "url" in step.split():
            assert step == "SEARCH url"  # the last id, at the end of the tree
        if "domain" in step.split():
            assert "INDEX domain_" in step
            assert "COVERING" in step or "LIMIT" in query or step.startswith("SEARCH")


def test_reading_the_status_needs_no_heavy_library():
    code = (
        "import sys, linkcrawler.status, linkcrawler.status_words, linkcrawler.commands.status\n"
        "heavy = {'scrapy', 'twisted', 'pyarrow', 'duckdb', 'numpy', 'networkx', 'tldextract'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, check=True, timeout=60)


def test_a_crawl_that_nobody_fetches_for_is_just_beginning_or_ending(open_store, folder):
    open_store()
    assert "nobody fetches" in as_lines(running(folder))


# Wrong folders


def test_a_folder_that_holds_no_crawl_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            NotADatasetError, match="name a folder that `linkcrawler crawl"
        ) as caught:
            read_status(path)
        assert str(path) in str(caught.value)


def test_a_merge_has_no_frontier(folder):
    with pytest.raises(DatasetError, match="name the folder of a crawl, not of a merge"):
        read_status(folder)


def test_a_damaged_manifest_is_told(open_store, folder):
    open_store().close()
    (folder / "run.json").write_bytes(b"{")
    with pytest.raises(DatasetError, match=r"run\.json is damaged"):
        read_status(folder)


@pytest.mark.parametrize("content", [b"no database " * 500, b"\0" * 8192])
def test_a_damaged_frontier_is_told(folder, content):
    (folder / "frontier.sqlite").write_bytes(content)
    with pytest.raises(CorruptPartError, match=r"frontier\.sqlite is damaged"):
        read_status(folder)


def test_other_databases_and_later_versions_are_refused(open_store, folder):
    open_store().close()
    change(folder, "PRAGMA user_version = 999")
    with pytest.raises(SchemaVersionError, match="version 999"):
        read_status(folder)
    change(folder, "PRAGMA application_id = 5")
    with pytest.raises(SchemaVersionError, match="no frontier"):
        read_status(folder)


# The command


def test_the_words_say_all_of_it_and_no_host_can_forge_them(busy, folder):
    said = as_lines(running(folder))
    assert "\x1b" not in said
    waiting = "1 wait for their time (the first for 7 s)"
    for line in (
        "  pages     4 of 100: 2 ok, 1 http_error, 1 failed",
        "  links     2",
        "  domains   7 seen, 4 fetched from",
        "  URLs      9 discovered = 4 pending + 3 done + 1 failed + 1 excluded",
        f"  queue     domains: 2 can be asked now, {waiting}, 2 leased by workers",
        "  errors    1 failed/dns, 1 http_error/404, 1 retry/timeout",
        "  hosts     2 in trouble, 1 given up: d\\x1b[31m (5 failures, again in 30 min), c (2 failures)",
        "  worker 1  pid 4321, seen 2 s ago, 3 in flight, 2 domains, 59 pages reserved",
    ):
        assert line in said.splitlines()
    assert "1 parts of 1.2 kB" in said
    assert len(as_line(running(folder)).splitlines()) == 1


def test_the_command_tells_in_words_and_in_json(busy, folder):
    in_words = linkcrawler("status", folder)
    assert (in_words.code, in_words.err) == (0, "")
    assert in_words.out.startswith("killed  c1  ")
    assert "nothing is lost: the same crawl command goes on" in in_words.out
    in_json = linkcrawler("status", folder, "--format", "json")
    said = json.loads(in_json.out)
    assert said.keys() == read_status(folder).as_dict().keys()
    assert said["urls"]["discovered"] == 9
    assert said["hosts"]["worst"][1]["host"] == "c"


def test_a_wrong_folder_ends_the_command_with_one_line_and_5(tmp_path):
    ended = linkcrawler("status", tmp_path)
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith(f"linkcrawler: error: {tmp_path} is no crawl")
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["--format", "json"]])
def test_watching_what_does_not_run_tells_it_once(busy, folder, arguments):
    ended = linkcrawler("status", folder, "--watch", *arguments)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1
    assert "killed" in ended.out


def test_a_crawl_is_watched_to_its_end_and_never_disturbed(tmp_path):
    folder = tmp_path / "crawl"
    with Web(grid(4, 6)) as web:
        crawl = start(
            "crawl", "http://h0.example/", "--out", folder, "--proxy", web.url, "--delay", "0.05",
            "--quiet", "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=1",
        )  # fmt: skip
        while not (folder / "run.json").exists():
            assert crawl.poll() is None
        crawl.send_signal(signal.SIGSTOP)  # so that it is not over before it is watched
        watch = start("status", folder, "--watch", "--format", "json", "--interval", "0.1")
        first = [watch.stdout.readline() for _ in range(3)]
        crawl.send_signal(signal.SIGCONT)
        watched = end(watch)
        ended = end(crawl)
    assert (ended.code, watched.code) == (0, 0), ended.err + watched.err
    said = [json.loads(line) for line in [*first, *watched.out.splitlines()]]
    assert {line["state"] for line in said[:-1]} == {"running"}
    assert said[-1]["state"] == "finished"
    assert len(said) > 3
    pages = [line["pages"] for line in said]
    assert pages == sorted(pages)
    assert all(line["urls"]["adds_up"] for line in said)
    assert {worker["pid"] for line in said for worker in line["workers"]} == {crawl.pid}


def test_ctrl_c_ends_the_watch_with_0(busy, folder):
    with held(folder):
        watch = start("status", folder, "--watch", "--interval", "0.1")
        assert watch.stdout.readline().startswith("running  4 of 100 pages")
        assert watch.stdout.readline().startswith("running  4 of 100 pages")
        watch.send_signal(signal.SIGINT)
        ended = end(watch)
    assert (ended.code, ended.err) == (0, "")


def test_on_a_terminal_the_watch_redraws_itself_until_the_end(busy, folder):
    ours, theirs = pty.openpty()
    with held(folder):
        watch = subprocess.Popen(
            [sys.executable, "-m", "linkcrawler", "status", folder, "--watch", "--interval", "0.1"],
            cwd=ROOT, env=ENVIRONMENT | {"TERM": "xterm"}, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        said = b""
        while said.count(b"running") < 3:
            said += os.read(ours, 4096)
    while True:  # the lock is free: the crawl counts as killed
        try:
            said += os.read(ours, 4096)
        except OSError:  # the terminal's other side is closed
            break
    os.close(ours)
    assert watch.wait(DEADLINE) == 0
    assert b"\x1b[1A" in said  # back to the line above
    assert b"killed  c1" in said
