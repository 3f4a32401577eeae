"""A migration that fails leaves the old frontier."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from support.crawling import ENVIRONMENT, ROOT
from support.disks import file_size_limit
from support.earlier import migrate, survives, version

from linkcrawler.exceptions import SchemaVersionError, StorageError
from linkcrawler.frontier import sqlite_migrations
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore


def content(path):
    """Everything in the database, as statements."""
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


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
