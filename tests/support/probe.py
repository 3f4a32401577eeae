"""``python -m support.probe OUT crawl ...``: linkcrawler with an eye on its reactor and its memory.

Writes to OUT, when the last page is committed and before its dataset is sealed and compacted: the
longest that the reactor was held up, on the clock and in processor time, the most memory in MiB, and how
many pages waited for too long to be read; at the end of all also the most memory with sealing and compacting.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from linkcrawler.cli import main
from linkcrawler.extensions.watch import CrawlWatch
from linkcrawler.signals import crawl_ending

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

TICK_SECS = 0.01


class Probe:
    """Wakes up every `TICK_SECS`, and measures how late it is."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.lags = [(0.0, 0.0)]
        self.task: asyncio.Task | None = None
        self.stats: StatsCollector | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at, used = loop.time(), time.thread_time()
            await asyncio.sleep(TICK_SECS)
            lag = loop.time() - at - TICK_SECS
            self.lags.append((lag, time.thread_time() - used))

    def end(self) -> None:
        """Write down what was measured."""
        if self.task is not None:
            self.task.cancel()
        found = {
            "lag": max(lag for lag, _ in self.lags),
            "cpu_lag": max(used for _, used in self.lags),
            "peak_mib": peak_mib(),
            "waited": self.stats.get_value("linkcrawler/read/failed/busy", 0),
        }
        self.out.write_text(json.dumps(found))

    def sealed(self) -> None:
        """Add the most memory with sealing and compacting, once those are done."""
        found = json.loads(self.out.read_text()) | {"whole_peak_mib": peak_mib()}
        self.out.write_text(json.dumps(found))


def peak_mib() -> float:
    """Return the most memory that this process has had resident so far."""
    status = Path("/proc/self/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak) / 1024


def watch(probe: Probe) -> None:
    """Let the crawl's own watch start the probe."""
    opened = CrawlWatch.opened

    def start(self: CrawlWatch) -> None:
        opened(self)
        probe.stats = self.crawler.stats
        self.crawler.signals.connect(probe.end, crawl_ending)
        probe.task = asyncio.ensure_future(probe.run())

    CrawlWatch.opened = start


if __name__ == "__main__":
    watched = Probe(Path(sys.argv.pop(1)))
    watch(watched)
    try:
        main()
    finally:
        watched.sealed()
