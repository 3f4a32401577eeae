"""Asking how a crawl stands writes nothing and holds nobody up, whoever may read the folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.begun import NOW
from support.crawling import ENVIRONMENT, ROOT
from support.frontier_rows import seed

from linkcrawler.exceptions import StorageError
from linkcrawler.frontier import sqlite_figures
from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.sqlite_reader import reading
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.status import read_status


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
