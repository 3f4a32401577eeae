"""Scrapy's default scheduler, measured like our frontier: in a process of its own, one line of JSON."""

from __future__ import annotations

import json
import sys
import time
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.core.scheduler import Scheduler
from scrapy.utils.test import get_crawler

from benchmarks.frontier_child import memory, percentiles

PER_DOMAIN: Final = 10
POP_SECS: Final = 20.0
"""Longest that requests are popped for."""
POPS: Final = 20_000


class Downloader:
    """What Scrapy's queue asks the downloader for: nothing is being fetched, its best case."""

    def __init__(self) -> None:
        self.slots: dict[str, Any] = {}

    def get_slot_key(self, request: Request) -> str:
        """Return the host, as Scrapy's downloader does."""
        return urlsplit(request.url).hostname or ""


def measure(domains: int, jobdir: str | None) -> dict[str, Any]:
    """Queue `PER_DOMAIN` requests to each domain, then take some out."""
    settings = {"JOBDIR": jobdir} if jobdir else {}
    crawler = get_crawler(Spider, settings)
    crawler.engine = SimpleNamespace(downloader=Downloader())  # type: ignore[assignment]
    crawler.spider = Spider.from_crawler(crawler, name="benchmark")
    scheduler = Scheduler.from_crawler(crawler)
    scheduler.open(crawler.spider)
    before, began, queued = memory()["resident"], time.perf_counter(), 0
    found: dict[str, Any] = {"died": ""}
    try:
        for page in range(PER_DOMAIN):
            for domain in range(domains):
                url = f"https://www.site{domain:06}.example/section/an-article-{page}.html"
                queued += scheduler.enqueue_request(Request(url))
    except OSError as error:
        found["died"] = f"{error.strerror}, at {queued:,} requests"
        return found
    found["queue_rate"] = queued / (time.perf_counter() - began)
    found["bytes"] = (memory()["resident"] - before) * 2**20 / queued
    times: list[float] = []
    end = time.perf_counter() + POP_SECS
    while len(times) < POPS and time.perf_counter() < end:
        began = time.perf_counter()
        scheduler.next_request()
        times.append(time.perf_counter() - began)
    return found | percentiles(times) | memory()


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)))
