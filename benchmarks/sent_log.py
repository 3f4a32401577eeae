"""Writes down when each request leaves a crawl, in a file that all of its processes append to."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scrapy import signals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

VARIABLE: Final = "LINKCRAWLER_SENT_LOG"
"""Names the file, in the environment of the crawl."""
SENT_LOG: Final = "benchmarks.sent_log.SentLog"


class SentLog:
    """An extension: a line for each request, when it is handed to the network, after all waiting."""

    def __init__(self, path: Path) -> None:
        self.handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        log = cls(Path(os.environ[VARIABLE]))
        crawler.signals.connect(log.sent, signals.request_reached_downloader)
        return log

    def sent(self, request: Request) -> None:
        line = f"{time.time():.6f} {request.meta['download_slot']} {request.url}\n"
        os.write(self.handle, line.encode())


def read_sent(path: Path) -> list[tuple[float, str, str]]:
    """Return time (seconds since the epoch), domain and URL of each request, in order of time."""
    lines = (line.split(" ", 2) for line in path.read_text().splitlines())
    return sorted((float(at), domain, url) for at, domain, url in lines)


def gaps(times: Iterable[float]) -> list[float]:
    """Return the seconds between one time and the next."""
    return [later - earlier for earlier, later in pairwise(sorted(times))]


def gaps_by(requests: Iterable[tuple[Any, float]]) -> list[float]:
    """Return the seconds between two requests of one key, from pairs of key and time."""
    times: dict[Any, list[float]] = defaultdict(list)
    for key, at in requests:
        times[key].append(at)
    return [gap for found in times.values() for gap in gaps(found)]
