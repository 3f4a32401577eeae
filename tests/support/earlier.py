"""Crawls of earlier versions as the fixtures keep them, and what must be the same once they are brought up."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.sqlite_schema import SCHEMA_VERSION
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.urls.domains import suffix_list_version

FIXTURES = Path(__file__).parent.parent / "fixtures" / "v1"
KINDS = sorted(path.name for path in FIXTURES.iterdir())
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


def copied(kind, tmp_path):
    folder = tmp_path / kind
    shutil.copytree(FIXTURES / kind, folder)
    # A crawl goes on only with the suffix list it was begun with, which an installation replaces.
    change(
        folder / "frontier.sqlite",
        f"UPDATE meta SET value = '{suffix_list_version()}' WHERE key = 'suffix_list'",
    )
    return folder


def migrate(path, **limits):
    SqliteFrontierStore(path, Limits(**limits)).close()


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
