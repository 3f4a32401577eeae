"""A crawl's folder in, nothing out where its frontier and its dataset are of one crawl; refused otherwise."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import DatasetError, LinkCrawlerError
from linkcrawler.frontier.folder import FRONTIER_NAME
from linkcrawler.frontier.sqlite_reader import reading

if TYPE_CHECKING:
    from pathlib import Path

GET_ID: Final = "SELECT value FROM meta WHERE key = 'crawl_id'"


def must_belong_together(folder: Path) -> None:
    """Refuse to go on with a frontier of another crawl than ``run.json``'s, before anything is changed.

    What cannot be read says nothing here: a frontier is refused when it is opened, and ``run.json`` is
    written anew after a crash.

    Raises:
        DatasetError: they are of two crawls.
    """
    known = _id_in_record(folder / "run.json")
    path = folder / FRONTIER_NAME
    if not known or not path.is_file():
        return
    found = known
    with suppress(LinkCrawlerError), reading(path) as db:
        found = str((db.execute(GET_ID).fetchone() or ("",))[0])
    if found != known:
        raise DatasetError(apart(folder, known, found))


def must_be_first(folder: Path) -> None:
    """Refuse to begin a crawl beside the ``run.json`` of another.

    Raises:
        DatasetError: there is one.
    """
    if known := _id_in_record(folder / "run.json"):
        raise DatasetError(apart(folder, known, ""))


def apart(folder: Path, known: str, found: str) -> str:
    """Return the message for a dataset of the crawl ``known`` with a frontier of ``found``, or of none."""
    other = f"of crawl {found}" if found else "of no crawl"
    return (
        f"{folder}: run.json is of crawl {known}, {FRONTIER_NAME} {other}: "
        "restore what belongs together, or crawl into another folder"
    )


def _id_in_record(path: Path) -> str:
    """Return the crawl that ``run.json`` is of; empty where it does not say so."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        return str(json.loads(path.read_bytes())["crawl_id"])
    return ""
