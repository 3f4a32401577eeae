"""A crawl's folder in, what is wrong with it out: rows lost or twice, files that nobody knows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from linkcrawler.exceptions import LinkCrawlerError
from pipelines.manifest import read_manifest
from support.faults import adapter, scenario


def keep(folder, path) -> None:
    """Write what an undisturbed run leaves to ``path``."""
    store = adapter.open_store(folder)
    rows = sorted([list(row), number] for row, number in scenario.held(folder, store).items())
    store.close()
    path.write_text(json.dumps(rows))


def compare(folder, whole) -> dict:
    """Return what a run that was disturbed lacks of what `keep` wrote, and has beyond it."""
    expected = Counter({tuple(row): number for row, number in json.loads(whole.read_text())})
    store = adapter.open_store(folder)
    try:
        found = scenario.held(folder, store)
        problems = agreement(folder, store, ())
        checked = store._db.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        store.close()
    if checked != "ok":
        problems.append(f"integrity_check: {checked}")
    return {
        "lost": (expected - found).total(),
        "twice": (found - expected).total(),
        "orphans": len(orphans(folder)),
        "problems": problems,
    }


def orphans(folder) -> list[str]:
    """Return the files that are neither the frontier's, the manifest, nor named by it."""
    named = {part.path for part in read_manifest(folder).parts}
    own = {"run.json", ".lock", "frontier.sqlite", "frontier.sqlite-wal", "frontier.sqlite-shm"}
    paths = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() or path.name.startswith(".sort-")
    }
    return sorted(paths - named - own)


def agreement(folder, store, committed) -> list[str]:
    """Return where files, records, manifest and what was acknowledged disagree."""
    found = []
    parts = {part.path: part for part in store.parts()}
    try:
        named = {part.path: part.sha256 for part in read_manifest(folder).parts}
    except LinkCrawlerError as error:
        return [str(error)]
    if named != {path: part.sha256 for path, part in parts.items()}:
        found.append(f"the manifest names {sorted(named)}, the frontier {sorted(parts)}")
    found += [f"orphan {path}" for path in orphans(folder)]
    for path, part in parts.items():
        data = (folder / path).read_bytes() if (folder / path).is_file() else b""
        if hashlib.sha256(data).hexdigest() != part.sha256:
            found.append(f"{path} is not the file that was recorded")
    if found:
        return found
    rows = Counter(row[1] for row in scenario.held(folder, store) if row[0] == "page")
    pending = adapter.waiting(store)
    found += [f"{url} was committed and is lost" for url in committed if rows[url] != 1]
    found += [f"{url} was committed and is pending" for url in committed if url in pending]
    return found
