"""A frontier whose accounts do not add up is found, whatever it is that is missing or too much."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from contextlib import closing, contextmanager

import pytest

from linkcrawler.frontier.records import Discovery
from pipelines import check
from pipelines.check import check_dataset
from pipelines.dataset import committed_path


def change(folder, *statements):
    """Change the frontier behind the crawl's back."""
    with closing(sqlite3.connect(folder / "frontier.sqlite")) as db, db:
        for statement in statements:
            db.execute(statement)


def faults(folder):
    found, _ = check_dataset(folder)
    for fault in found:
        assert str(folder) in fault or fault.startswith("run.json")
        assert len(fault.splitlines()) == 1
    return found


@contextmanager
def held(folder):
    """Hold the folder as a running crawl does."""
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def compact(finished):
    """The folder of a finished crawl: 12 pages tried, 36 links, one URL refused."""
    finished.close()
    return finished.folder


@pytest.fixture
def raw(crawl, some_pages):
    """The folder of an interrupted crawl: pages in parts and in the outbox, one URL pending."""
    seeds = [Discovery("http://next.example/", "next.example", enters=True, is_seed=True)]
    crawl.store.add_seeds(seeds)
    crawl.commit(*some_pages[:8])
    crawl.seal()
    crawl.commit(*some_pages[8:])
    crawl.manifest(state="interrupted", finish_reason="interrupted")
    crawl.close()
    return crawl.folder


def test_accounts_that_add_up_have_no_fault(compact):
    assert faults(compact) == []


def test_pages_in_the_outbox_count(raw):
    assert faults(raw) == []
    with closing(sqlite3.connect(raw / "frontier.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (4,)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE counter SET n = 3 WHERE name = 'done'",
         ["3 URLs done by its counter, 12 are there", "13 URLs discovered, 4 accounted for"]),
        ("UPDATE counter SET n = 1 WHERE name = 'pending'",
         ["1 URLs pending by its counter, 0 are there", "13 URLs discovered, 14 accounted for"]),
        ("DELETE FROM counter WHERE name = 'excluded'",
         ["0 URLs excluded by its counter, 1 are there", "13 URLs discovered, 12 accounted for"]),
        ("UPDATE counter SET n = n + 1 WHERE name = 'domains'",
         ["6 domains by its counter, 5 are there"]),
        ("UPDATE domain SET pages = pages + 1 WHERE name = 'b.example'",
         ["12 pages by its counter, 13 are there"]),
        ("UPDATE domain SET pages = 0 WHERE name = 'b.example'",
         ["4 domains_crawled by its counter, 3 are there", "12 pages by its counter, 9 are there"]),
        ("UPDATE tally SET n = n - 1 WHERE key = 'ok'",
         ["11 pages recorded, 12 URLs done or failed",
          "11 pages recorded that were not refused, 12 rows of such"]),
        ("UPDATE tally SET n = n + 1 WHERE key = 'links'",
         ["37 links recorded, 36 rows of links in files and outbox"]),
        ("INSERT INTO outbox (n_links, rows) VALUES (2, x'00')",
         ["36 links recorded, 38 rows of links in files and outbox",
          "12 pages recorded that were not refused, 13 rows of such"]),
        ("UPDATE part SET rows = rows - 1 WHERE kind = 'links'",
         ["36 links recorded, 35 rows of links in files and outbox",
          "run.json: names links.parquet of 36 rows, which the frontier does not count",
          "run.json: does not name links.parquet of 35 rows, which the frontier counts"]),
        ("UPDATE url SET state = 2, rule = NULL WHERE state = 3",
         ["0 URLs failed by its counter, 1 are there", "1 URLs excluded by its counter, 0 are there",
          "12 pages recorded, 13 URLs done or failed",
          "1 rows of refused URLs, there are 0 to 0 such URLs"]),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_told(compact, statement, said):
    change(compact, statement)
    found = faults(compact)
    assert len(found) == len(said)
    for line in said:
        assert any(fault.endswith(line) for fault in found), found


def test_a_page_that_is_in_no_file_and_not_in_the_outbox_is_found(raw):
    change(raw, "DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox)")
    links, pages = faults(raw)
    assert links.endswith("36 links recorded, 33 rows of links in files and outbox")
    assert pages.endswith("12 pages recorded, 11 rows of pages in files and outbox")


def test_a_domain_that_no_queue_holds_is_found(raw):
    change(raw, "UPDATE domain SET place = NULL WHERE name = 'next.example'")
    (fault,) = faults(raw)
    assert "1 domains that have something to hand out stand in no queue" in fault


@pytest.mark.parametrize(
    "reason",
    [
        "UPDATE domain SET worker = 7 WHERE name = 'next.example'",
        "UPDATE url SET barred = 2 WHERE state = 0",
        """UPDATE meta SET value = '{"hops": -1, "budget": 50}' WHERE key = 'limits'""",
        """UPDATE meta SET value = '{"hops": 2, "budget": 0}' WHERE key = 'limits'""",
        """UPDATE meta SET value = '{"hops": 2, "rest": 0}' WHERE key = 'limits'""",
    ],
    ids=[
        "a worker has it",
        "its host was given up",
        "it is too far",
        "its pages are used up",
        "it rests",
    ],
)
def test_a_domain_that_has_nothing_to_hand_out_need_not_be_in_a_queue(raw, reason):
    change(raw, "UPDATE domain SET place = NULL WHERE name = 'next.example'", reason)
    assert faults(raw) == []


def change_manifest(folder, function):
    path = folder / "run.json"
    said = json.loads(path.read_bytes())
    function(said)
    path.write_text(json.dumps(said), encoding="utf-8")


def test_a_manifest_that_is_a_step_behind_after_a_kill_is_no_fault(raw):
    def step_back(said):
        said["parts"] = []
        said["counts"] = {}

    change_manifest(raw, step_back)
    assert [fault for fault in faults(raw) if fault.startswith("run.json: does not name")]
    change_manifest(raw, lambda said: said.update(state="running"))
    strangers = faults(raw)
    assert not [fault for fault in strangers if fault.startswith("run.json")]


@pytest.mark.parametrize(
    ("statement", "of"),
    [
        ("UPDATE meta SET value = 'c2' WHERE key = 'crawl_id'", "crawl c2"),
        ("DELETE FROM meta WHERE key = 'crawl_id'", "no crawl"),
    ],
)
def test_a_frontier_of_another_crawl_is_found_after_a_kill_too(raw, statement, of):
    """As it is left where its log was removed: it knows of no file, and adds up in itself."""
    change(raw, statement, "DELETE FROM part", "DELETE FROM outbox", "DELETE FROM tally")
    change(raw, "DELETE FROM url", "DELETE FROM counter", "DELETE FROM domain")
    state = json.loads((raw / "run.json").read_text())
    (raw / "run.json").write_text(json.dumps(state | {"state": "running"}))
    (fault,) = faults(raw)
    assert f"{raw}: run.json is of crawl c1, frontier.sqlite of {of}: restore" in fault


def test_files_that_only_the_frontier_counts_are_looked_for_after_a_kill(raw):
    change_manifest(raw, lambda said: said.update(state="running", parts=[], counts={}))
    path = raw / "raw" / "pages" / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[:-7])
    assert any(f"{path} has" in fault for fault in faults(raw))
    path.unlink()
    assert any(f"{path} is missing, though the frontier counts it" in f for f in faults(raw))


def test_while_a_crawl_holds_the_folder_only_the_frontier_itself_is_looked_at(raw):
    change_manifest(raw, lambda said: said.update(parts=[], counts={}))
    with held(raw):
        assert faults(raw) == []
        change(raw, "UPDATE counter SET n = 99 WHERE name = 'done'")
        assert len(faults(raw)) == 2


def test_a_frontier_of_a_later_version_is_told_and_not_judged(compact):
    change(compact, "PRAGMA user_version = 999", "DELETE FROM counter")
    (fault,) = faults(compact)
    assert "version 999" in fault
    assert "check it with the linkcrawler that wrote it" in fault


def test_a_database_that_is_no_frontier_is_told(compact):
    change(compact, "PRAGMA application_id = 1")
    (fault,) = faults(compact)
    assert "is no frontier" in fault


def test_a_frontier_whose_tables_are_gone_is_damaged(compact):
    change(compact, "DROP TABLE tally")
    (fault,) = faults(compact)
    assert "frontier.sqlite is damaged: no such table" in fault


def test_checking_the_accounts_writes_nothing(raw):
    before = {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()}
    faults(raw)
    assert {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()} == before


def test_a_file_that_is_renamed_while_it_is_looked_at_is_no_fault(raw, monkeypatch):
    """A file counts before it has its name; a crawl gives it the name at any moment."""
    path = raw / "raw" / "links" / "part-00000.parquet"
    temporary = path.with_name(f".{path.name}.tmp")
    path.rename(temporary)
    looked = check._part_faults

    def renamed_first(folder, part):
        found = check.committed_path(folder, part.path)
        if temporary.exists():
            monkeypatch.setattr(check, "committed_path", lambda *_: found)
            temporary.rename(path)
            yield from looked(folder, part)
            monkeypatch.setattr(check, "committed_path", committed_path)
        else:
            yield from looked(folder, part)

    monkeypatch.setattr(check, "_part_faults", renamed_first)
    with held(raw):
        assert faults(raw) == []


def test_a_fault_that_stays_is_told_though_a_crawl_runs(raw):
    (raw / "raw" / "links" / "part-00000.parquet").unlink()
    with held(raw):
        (fault,) = faults(raw)
    assert "is missing" in fault
