"""A crawl's folder in, how it stands out, while it runs or after; nothing is written.

What `Status` holds is the shape of ``linkcrawler status --format json``, too.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.exceptions import DatasetError, NotADatasetError, StorageError
from linkcrawler.frontier.folder import FRONTIER_NAME
from linkcrawler.frontier.sqlite_figures import read_figures
from linkcrawler.frontier.sqlite_reader import is_in_use, log_of
from linkcrawler.items import OUTCOMES
from linkcrawler.pace import rate, seconds_left

if TYPE_CHECKING:
    from pathlib import Path

    from linkcrawler.frontier.records import HostTrouble, WorkerRow
    from linkcrawler.frontier.sqlite_figures import Figures

ERRORS: Final = ("failed/", "http_error/", "retry/")
"""How the keys of the tally begin that count errors."""
MINUTE: Final = 60
TEN_MINUTES: Final = 600
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the crawl is; None where it does not run, or for too short a time to tell."""

    last_minute: float | None
    """Pages a second; a page that is tried again counts each time."""
    last_ten_minutes: float | None
    seconds_left: float | None
    """Until the limit of pages at the pace of ten minutes; None without a limit, in the first
    minute, and where fewer URLs are pending than the limit still allows."""


@dataclass(frozen=True, slots=True)
class Urls:
    """URLs known, by where they stand."""

    discovered: int
    """Rows of the table, counted apart from the others."""
    pending: int
    done: int
    failed: int
    excluded: int
    adds_up: bool
    """Whether ``discovered = pending + done + failed + excluded``."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Registered domains that have something to hand out."""

    ready: int
    """They may be asked now, and no worker has them; counted up to 100,000."""
    waiting: int
    """Their time has not come; counted up to 100,000."""
    leased: int
    """Workers have them."""
    next_at: float | None
    """When the first of those that wait may be asked."""


@dataclass(frozen=True, slots=True)
class Disk:
    """What the crawl takes, in bytes."""

    parts: int
    """Parquet files that count."""
    part_bytes: int
    frontier_bytes: int
    free_bytes: int
    """Free on the disk of the folder."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts that failed when they were last asked."""

    in_trouble: int
    given_up: int
    """Those that are left alone for now."""
    worst: list[HostTrouble]
    """At most ten."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a crawl stands; times in seconds since the epoch."""

    folder: str
    crawl_id: str
    state: str
    """``running``, ``interrupted``, ``finished``, ``failed`` or ``killed``."""
    finish_reason: str
    at: float
    pages: int
    """URLs fetched or tried, as the limits count them."""
    max_pages: int
    """0 for no limit."""
    outcomes: dict[str, int]
    """Pages recorded, by outcome."""
    errors: dict[str, int]
    """Errors by kind, most frequent first; retries are no pages."""
    links: int
    domains: int
    domains_crawled: int
    pace: Pace
    urls: Urls
    queue: Queue
    hosts: Hosts
    disk: Disk
    workers: list[WorkerRow]
    """Processes that fetch; those of a run that has ended are left out."""

    @property
    def is_running(self) -> bool:
        """Whether a process works in the folder."""
        return self.state == "running"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name, ready for JSON."""
        return asdict(self)


def read_status(folder: Path, now: float | None = None) -> Status:
    """Return how the crawl in ``folder`` stands.

    Args:
        folder: a crawl's folder.
        now: seconds since the epoch; by default what the clock says.

    Raises:
        NotADatasetError: the folder holds no crawl.
        DatasetError: its frontier is gone, of another version, or damaged.
        StorageError: the disk refused.
    """
    path = folder / FRONTIER_NAME
    _must_be_a_crawl(folder, path)
    now = time.time() if now is None else now
    is_running = is_in_use(folder)
    manifest = _manifest(folder / "run.json")  # last: a crawl writes it before it lets go
    figures = _figures(path, now)
    counters = figures.counters
    workers = figures.workers if is_running else []
    max_pages = _max_pages(manifest)
    return Status(
        folder=str(folder),
        crawl_id=figures.crawl_id,
        state=_state(str(manifest.get("state", "running")), is_running=is_running),
        finish_reason="" if is_running else str(manifest.get("finish_reason", "")),
        at=now,
        pages=counters.get("pages", 0),
        max_pages=max_pages,
        outcomes={name: figures.tally[name] for name in OUTCOMES if figures.tally.get(name)},
        errors=_errors(figures.tally),
        links=figures.tally.get("links", 0),
        domains=counters.get("domains", 0),
        domains_crawled=counters.get("domains_crawled", 0),
        pace=_pace(figures, now, workers, max_pages),
        urls=_urls(figures),
        queue=Queue(figures.ready, figures.waiting, figures.leased, figures.next_at),
        hosts=Hosts(figures.hosts_in_trouble, figures.hosts_given_up, figures.worst_hosts),
        disk=_disk(folder, figures),
        workers=workers,
    )


def _must_be_a_crawl(folder: Path, frontier: Path) -> None:
    if not frontier.exists() and not (folder / "run.json").exists():
        raise NotADatasetError(
            f"{folder} is no crawl: it holds no {FRONTIER_NAME}; name a folder that "
            "`linkcrawler crawl --out` wrote"
        )


def _figures(path: Path, now: float) -> Figures:
    """Return the frontier's figures; read again where a crawl began or ended meanwhile."""
    for left in reversed(range(TRIES)):
        had_log = log_of(path).exists()
        try:
            found = read_figures(path, now)
        except (DatasetError, StorageError):
            if not left or log_of(path).exists() == had_log:
                raise
            continue
        if had_log or not log_of(path).exists() or not left:
            break
    return found


def _urls(figures: Figures) -> Urls:
    counts = figures.counts
    return Urls(
        discovered=figures.known,
        pending=counts.pending,
        done=counts.done,
        failed=counts.failed,
        excluded=counts.excluded,
        adds_up=figures.known == counts.discovered,
    )


def _disk(folder: Path, figures: Figures) -> Disk:
    path = folder / FRONTIER_NAME
    return Disk(
        parts=figures.parts,
        part_bytes=figures.part_bytes,
        frontier_bytes=_size(path) + _size(log_of(path)),
        free_bytes=shutil.disk_usage(folder).free,
    )


def _pace(figures: Figures, now: float, workers: list[WorkerRow], max_pages: int) -> Pace:
    if not workers:
        return Pace(None, None, None)
    started_at = min(worker.started_at for worker in workers)
    last_minute, last_ten = (
        rate(figures.pace, now, started_at, seconds) for seconds in (MINUTE, TEN_MINUTES)
    )
    missing = max_pages - figures.counters.get("pages", 0)
    is_told = max_pages and now - started_at >= MINUTE and figures.counts.pending >= missing
    return Pace(last_minute, last_ten, seconds_left(missing, last_ten) if is_told else None)


def _state(written: str, *, is_running: bool) -> str:
    """Return the crawl's state, where ``written`` is what its last run wrote last."""
    if is_running:
        return "running"
    return "killed" if written == "running" else written


def _errors(tally: dict[str, int]) -> dict[str, int]:
    found = [(key, n) for key, n in tally.items() if key.startswith(ERRORS)]
    return dict(sorted(found, key=lambda item: (-item[1], item[0])))


def _manifest(path: Path) -> dict[str, Any]:
    """Return ``run.json``; empty where the crawl has not written it yet.

    Raises:
        DatasetError: it is damaged.
        StorageError: the disk refused.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise DatasetError(
            f"{path} is damaged: it is no manifest; the next crawl writes it anew"
        ) from None
    return found if isinstance(found, dict) else {}


def _max_pages(manifest: dict[str, Any]) -> int:
    arguments = manifest.get("arguments")
    limit = arguments.get("max_pages") if isinstance(arguments, dict) else None
    return limit if isinstance(limit, int) else 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # the log is gone when the crawl has ended
        return 0
