"""The folder of a crawl as `read_status` finds it: its manifest, its lock and its frontier."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from contextlib import closing, contextmanager

from linkcrawler.status import read_status

NOW = 1_700_000_003.0


def write_manifest(folder, state="running", **more):
    said = {"state": state, "finish_reason": "", "arguments": {"max_pages": 100}} | more
    (folder / "run.json").write_text(json.dumps(said), encoding="utf-8")


@contextmanager
def held(folder):
    """Hold the folder as a running crawl does."""
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def change(folder, statement):
    with closing(sqlite3.connect(folder / "frontier.sqlite")) as db, db:
        db.execute(statement)


def running(folder, now=NOW):
    with held(folder):
        return read_status(folder, now)
