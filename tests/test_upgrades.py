"""Crawls of earlier versions are read, brought up and crawled to their end; later ones are refused."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.crawling import (
    ENVIRONMENT,
    ROOT,
    Web,
    grid,
    link_multiset,
    linkcrawler,
    page,
    page_multiset,
    redirect,
)
from support.disks import file_size_limit

import analysis
from linkcrawler.exceptions import SchemaVersionError, StorageError
from linkcrawler.frontier import sqlite_file, sqlite_migrations
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.sqlite_schema import SCHEMA_VERSION, url_key
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.loopback import Answer
from linkcrawler.urls.domains import suffix_list_version
from pipelines.check import check_dataset

FIXTURES = Path(__file__).parent / "fixtures" / "v1"
KINDS = sorted(path.name for path in FIXTURES.iterdir())
DEPTHS = {"interrupted": 0, "interrupted-depth": 3, "finished": 0}
NOW = 1.7e9

URLS_1 = """
SELECT u.url, d.name, u.state, u.distance, u.depth, u.attempts, u.is_seed, p.url, u.rule, u.moved_to
FROM url u JOIN domain d ON d.id = u.domain LEFT JOIN url p ON p.id = u.parent ORDER BY u.id
"""
URLS_2 = """
SELECT u.url, d.name, u.state, u.distance, u.depth, u.attempts, u.is_seed, p.url, u.rule, m.url
FROM url u JOIN domain d ON d.id = u.domain LEFT JOIN url p ON p.id = u.parent
LEFT JOIN url m ON m.id = u.moved_to ORDER BY u.id
"""
SAME = {
    "domain": "SELECT id, name, hops, pages, next_at FROM domain ORDER BY id",
    "domain_link": "SELECT * FROM domain_link",
    "inner_link": "SELECT * FROM inner_link",
    "outbox": "SELECT * FROM outbox",
    "outbox ids": "SELECT * FROM sqlite_sequence",
    "part": "SELECT * FROM part",
    "tally": "SELECT * FROM tally",
    "meta": "SELECT * FROM meta WHERE key <> 'limits'",
    "ids": "SELECT id, url FROM url ORDER BY id",
}
"""What must be the same before and after."""


def query(path, statement):
    with closing(sqlite3.connect(path)) as db:
        return db.execute(statement).fetchall()


def change(path, *statements):
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


def version(path):
    return query(path, "PRAGMA user_version")[0][0]


def content(path):
    """Everything in the database, as statements."""
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


@pytest.fixture(params=KINDS)
def folder(request, tmp_path):
    """A copy of a crawl of version 1."""
    return copied(request.param, tmp_path)


def copied(kind, tmp_path):
    folder = tmp_path / kind
    shutil.copytree(FIXTURES / kind, folder)
    # A crawl goes on only with the suffix list it was begun with, which an installation replaces.
    change(
        folder / "frontier.sqlite",
        f"UPDATE meta SET value = '{suffix_list_version()}' WHERE key = 'suffix_list'",
    )
    return folder


@pytest.fixture
def eventful(tmp_path):
    """The frontier of a crawl of version 1 to which everything happened that could."""
    path = copied("interrupted-depth", tmp_path) / "frontier.sqlite"
    change(
        path,
        "INSERT INTO outbox (n_links, rows) VALUES (3, x'0102'), (0, x'')",
        "UPDATE domain SET next_at = 1795000000.25 WHERE name = 'h1.example'",
        "UPDATE url SET attempts = 2 WHERE state = 0 AND id % 2",
        "UPDATE url SET state = 2 WHERE id = (SELECT max(id) FROM url WHERE state = 1)",
        "UPDATE url SET state = 3, rule = 'exclude' WHERE id = (SELECT max(id) FROM url)",
        "INSERT INTO domain (name, hops) VALUES ('münchen.example', 7)",
        "INSERT INTO url (url, domain, state, distance, depth) SELECT 'http://far.example/ü', id, 0, 9, 9 "
        "FROM domain WHERE hops = 7",
    )
    return path


def migrate(path, **limits):
    SqliteFrontierStore(path, Limits(**limits)).close()


# What is in the file


def test_the_fixtures_are_of_version_1(folder):
    assert version(folder / "frontier.sqlite") == 1
    assert json.loads((folder / "run.json").read_bytes())["schema_version"] == 1


def test_everything_in_a_frontier_survives(folder):
    survives(folder / "frontier.sqlite")


def test_everything_in_an_eventful_frontier_survives(eventful):
    survives(eventful)
    assert query(eventful, "SELECT count(*) FROM outbox") == [(2,)]
    assert query(eventful, "SELECT count(*) FROM inner_link") == [(27,)]


def survives(path):
    before = {name: query(path, statement) for name, statement in SAME.items()}
    urls = query(path, URLS_1)
    assert len(urls) > 30
    assert any(moved_to for *_, moved_to in urls)
    migrate(path)
    assert version(path) == SCHEMA_VERSION
    assert query(path, URLS_2) == urls
    for name, statement in SAME.items():
        assert query(path, statement) == before[name], name


def test_counters_equal_what_is_counted(eventful):
    migrate(eventful)
    scans = dict(
        query(eventful, "SELECT 'pending', count(*) FROM url WHERE state = 0 UNION ALL "
        "SELECT 'done', count(*) FROM url WHERE state = 1 UNION ALL "
        "SELECT 'failed', count(*) FROM url WHERE state = 2 UNION ALL "
        "SELECT 'excluded', count(*) FROM url WHERE state = 3 UNION ALL "
        "SELECT 'domains', count(*) FROM domain UNION ALL "
        "SELECT 'domains_crawled', count(*) FROM domain WHERE pages > 0 UNION ALL "
            "SELECT 'pages', sum(pages) FROM domain UNION ALL "
        "SELECT 'domain_links', count(*) FROM domain_link UNION ALL "
        "SELECT 'referred', count(DISTINCT target) FROM domain_link UNION ALL "
        "SELECT 'referred_once', count(*) FROM "
        "(SELECT 1 FROM domain_link GROUP BY target HAVING count(*) = 1)")
    )  # fmt: skip
    assert dict(query(eventful, "SELECT * FROM counter")) == scans
    assert scans["pending"] == 13
    assert scans["failed"] == scans["excluded"] == 1


def test_urls_are_found_again_by_their_key(eventful):
    migrate(eventful)
    for url, key in query(eventful, "SELECT url, key FROM url"):
        assert key == url_key(url)


def test_the_tables_are_those_of_a_new_frontier(eventful, tmp_path):
    migrate(eventful)
    migrate(tmp_path / "new.sqlite")
    assert schema(eventful) == schema(tmp_path / "new.sqlite")


def schema(path):
    """The statements that made a database, without comments."""
    rows = query(path, "SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return [
        # A column that was added stands behind a line break.
        (
            kind,
            name,
            re.sub(r"\s*([,()])\s*", r"\1", " ".join(re.sub(r"--.*", "", sql or "").split())),
        )
        for kind, name, sql in rows
    ]


def test_domains_that_gave_a_page_have_answered_and_others_have_not(eventful):
    migrate(eventful)
    proven = dict(query(eventful, "SELECT name, is_proven FROM domain"))
    assert proven == {
        "h0.example": 1, "h1.example": 1, "h2.example": 1, "h3.example": 1, "münchen.example": 0,
    }  # fmt: skip


def test_domains_within_the_limits_are_queued_and_others_are_not(eventful):
    migrate(eventful, max_hops=2, max_pages_per_domain=7)
    queued = {
        name for (name,) in query(eventful, "SELECT name FROM domain WHERE place IS NOT NULL")
    }
    assert queued == {"h1.example", "h2.example", "h3.example"}  # h0 has used up its pages


def test_a_frontier_whose_migration_was_cut_off_before_the_limits_came_is_queued(eventful):
    sqlite_file.open_frontier(eventful, leads=True).close()
    assert query(eventful, "SELECT count(*) FROM domain WHERE place IS NOT NULL") == [(0,)]
    store = SqliteFrontierStore(eventful, Limits(max_hops=None))
    rows, _ = store.lease_domains(1, NOW, proven=True, most=10)
    assert {row.name for row in rows} == {"h0.example", "h2.example", "h3.example"}
    store.close()


def test_the_reference_describes_this_version_and_each_table_and_no_other(tmp_path):
    text = (ROOT / "docs" / "reference" / "frontier.md").read_text(encoding="utf-8")
    text = text.partition("\n## Traps")[0]
    migrate(tmp_path / "new.sqlite")
    tables = query(tmp_path / "new.sqlite", "SELECT name FROM sqlite_master WHERE type = 'table'")
    described = dict(re.findall(r"^\| `([a-z_]+)` \|[^|]*\|(.*)\|$", text, re.MULTILINE))
    names = {name for (name,) in tables if not name.startswith("sqlite_")}
    assert described.keys() - {"state"} == names  # the head of the table of states
    assert f"Version {SCHEMA_VERSION};" in text
    for table in ("url", "domain", "part", "pace", "worker"):
        columns = {row[1] for row in query(tmp_path / "new.sqlite", f"PRAGMA table_info({table})")}
        assert columns - set(re.findall(r"`(\w+)`", described[table])) <= {"id", "key"}


# Migrations that fail

DYING = """
import os, signal, sys
from linkcrawler.frontier import sqlite_migrations as migrations
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore

path, last = sys.argv[1], int(sys.argv[2])
step = migrations.MIGRATIONS[1]

class Dying:
    def __init__(self, db):
        self.db, self.left = db, last
        db.execute("PRAGMA cache_size = 1")  # so that pages reach the disk before the commit
    def execute(self, statement):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return self.db.execute(statement)

def dying(db):
    step(Dying(db))
    os.kill(os.getpid(), signal.SIGKILL)

migrations.MIGRATIONS[1] = dying
SqliteFrontierStore(__import__("pathlib").Path(path))
"""
STEPS = len(sqlite_migrations._TO_2)


@pytest.mark.parametrize("steps", [0, 1, 9, 12, STEPS - 7, STEPS])
def test_a_migration_that_is_killed_leaves_the_old_frontier(eventful, steps):
    before = content(eventful)
    dead = subprocess.run(
        [sys.executable, "-c", DYING, eventful, str(steps)],
        cwd=ROOT, env=ENVIRONMENT, check=False, timeout=60,
    )  # fmt: skip
    assert dead.returncode == -signal.SIGKILL
    assert content(eventful) == before
    assert version(eventful) == 1
    survives(eventful)


def test_a_migration_that_fails_leaves_the_old_file(eventful, monkeypatch):
    before = eventful.read_bytes()
    broken = (*sqlite_migrations._TO_2, "SELECT * FROM nothing")
    monkeypatch.setattr(sqlite_migrations, "_TO_2", broken)
    with pytest.raises(StorageError, match=re.escape(str(eventful))):
        migrate(eventful)
    assert eventful.read_bytes() == before
    monkeypatch.undo()
    survives(eventful)


def test_a_migration_for_which_the_disk_is_too_small_leaves_the_old_file(eventful):
    before = content(eventful)
    with file_size_limit(40_000):  # the log that the migration writes is longer
        with pytest.raises(StorageError, match=re.escape(str(eventful))):
            migrate(eventful)
    assert content(eventful) == before
    survives(eventful)


def test_a_worker_that_does_not_lead_does_not_migrate(eventful):
    before = eventful.read_bytes()
    with pytest.raises(SchemaVersionError, match="version 1"):
        SqliteFrontierStore(eventful, leads=False)
    assert eventful.read_bytes() == before


# Going on


def small_web():
    """The web of the fixtures."""
    web = dict(grid(4, 8))
    web["http://h1.example/3"] = Answer(500, b"x")
    web["http://h2.example/2"] = page(
        "http://h9.example/", "http://h2.example/private", "mailto:x@y", "http://10.0.0.1/",
        "/deep/a", title="two",
    )  # fmt: skip
    web["http://h2.example/old"] = redirect("http://h3.example/new")
    return web


@pytest.fixture(scope="module")
def web():
    with Web(small_web()) as web:
        yield web


def crawl(web, folder, depth=0, **options):
    return linkcrawler(
        "crawl", "http://h0.example/", "http://h2.example/old", "--out", folder, "--hops", 2,
        "--depth", depth, "--proxy", web.url, "--delay", 0, "--concurrency", 2, "--quiet",
        "--exclude", "private", "-s", "LINKCRAWLER_DATASET_PART_LINKS=15",
        "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=2", **options,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_crawl_of_version_1_goes_on_to_the_end_of_an_uninterrupted_one(kind, web, tmp_path):
    folder, whole = copied(kind, tmp_path), tmp_path / "whole"
    fetched = {
        url for url, state in query(folder / "frontier.sqlite", "SELECT url, state FROM url")
        if state in (1, 2)
    }  # fmt: skip
    asked = len(web.requests)
    ended = crawl(web, folder, DEPTHS[kind])
    assert ended.code == 0, ended.err
    again = [url for url in web.requests[asked:] if url in fetched]
    assert again == []
    assert crawl(web, whole, DEPTHS[kind]).code == 0
    assert link_multiset(folder) == link_multiset(whole)
    # A private address behind a proxy was fetched once; what is recorded stays.
    pages, others = page_multiset(folder), page_multiset(whole)
    assert {row[0] for row in (pages - others) + (others - pages)} <= {"http://10.0.0.1/"}
    assert link_multiset(folder).total() > 80
    assert check_dataset(folder)[0] == []
    assert version(folder / "frontier.sqlite") == SCHEMA_VERSION


# Reading


def test_the_dataset_of_version_1_is_read(folder):
    said = json.loads((folder / "run.json").read_bytes())["counts"]
    found = analysis.open(folder)
    assert found.links().num_rows == said["rows_links"] > 50
    assert found.pages().num_rows == said["rows_pages"]


def test_the_dataset_of_version_1_is_ranked(folder):
    ended = linkcrawler("rank", folder, "--format", "csv")
    assert ended.code == 0, ended.err
    assert "h0.example" in ended.out


def test_check_finds_no_fault_in_a_crawl_of_version_1(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert check_dataset(folder)[0] == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    migrate(folder / "frontier.sqlite")
    assert check_dataset(folder)[0] == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM url WHERE id = 1", "pages recorded"),
        ("UPDATE tally SET n = n + 1 WHERE key = 'links'", "links recorded"),
        ("DELETE FROM part WHERE kind = 'pages'", "rows of pages"),
    ],
)
def test_check_finds_what_is_missing_in_a_frontier_of_version_1(tmp_path, statement, said):
    folder = copied("interrupted", tmp_path)
    change(folder / "frontier.sqlite", statement)
    found, _ = check_dataset(folder)
    assert any(said in fault for fault in found), found


def test_status_says_what_brings_a_frontier_of_version_1_up(folder):
    ended = linkcrawler("status", folder)
    assert ended.code == 5
    assert "version 1: the next crawl into the folder brings it to version 3" in ended.err
    assert len(ended.err.splitlines()) == 1


# Versions of the future


def test_a_frontier_of_the_future_is_refused_with_the_way_out(folder, web):
    path = folder / "frontier.sqlite"
    change(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    manifest = (folder / "run.json").read_bytes()
    ended = crawl(web, folder)
    assert ended.code == 5
    assert f"{path} is version {SCHEMA_VERSION + 1}" in ended.err
    assert "crawl into another folder, or use the linkcrawler that wrote it" in ended.err
    assert path.read_bytes() == before
    assert (folder / "run.json").read_bytes() == manifest


@pytest.mark.parametrize("command", ["check", "rank", "report"])
def test_a_dataset_of_another_version_is_refused_with_the_way_out(command, tmp_path):
    folder = copied("finished", tmp_path)
    said = json.loads((folder / "run.json").read_bytes()) | {"schema_version": 999}
    (folder / "run.json").write_text(json.dumps(said), encoding="utf-8")
    ended = linkcrawler(command, folder)
    assert ended.code == 5
    assert "schema version 999" in ended.err
    assert "use the linkcrawler that wrote it, or crawl again" in ended.err
    with pytest.raises(SchemaVersionError):
        analysis.open(folder).links()


# Version 2


def test_a_crawl_of_version_2_keeps_everything_and_goes_on_to_the_end(web, tmp_path):
    folder, whole = tmp_path / "v2", tmp_path / "whole"
    shutil.copytree(FIXTURES.parent / "v2" / "interrupted", folder)
    path = folder / "frontier.sqlite"
    change(
        path, f"UPDATE meta SET value = '{suffix_list_version()}' WHERE key = 'suffix_list'",
    )  # fmt: skip
    assert version(path) == 2
    before = [query(path, statement) for statement in (URLS_2, *SAME.values())]
    done = {url for url, state in query(path, "SELECT url, state FROM url") if state in (1, 2)}
    migrate(path)
    assert [query(path, statement) for statement in (URLS_2, *SAME.values())] == before
    migrate(tmp_path / "new.sqlite")
    assert schema(path) == schema(tmp_path / "new.sqlite")
    links = query(path, "SELECT count(*) FROM domain_link")[0][0]
    assert query(path, "SELECT sum(referrers), sum(out) FROM domain") == [(links, links)]
    asked = len(web.requests)
    assert crawl(web, folder).code == 0
    assert not done & set(web.requests[asked:])
    assert crawl(web, whole).code == 0
    assert link_multiset(folder) == link_multiset(whole)
