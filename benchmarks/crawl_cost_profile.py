"""``linkcrawler`` run with a look into it: where its processor time goes, or what holds its event loop.

    python -m benchmarks.crawl_cost_profile times|holds RESULT.json crawl SEED… [options]

``times`` samples the main thread each 2 ms of processor time, and gives each sample the time that this
thread has used since the last one. A sample belongs to the innermost function of this project that is
running; what that calls in libraries is its own, but for downloads, which are Scrapy's and Twisted's.
What other threads and children use is measured, not sampled.

``holds`` lets a timer of the event loop tick each millisecond. Whoever lets it wait has held the loop, as a
thread sees that looks at the main thread meanwhile. On a busy machine a hold is longer than what is done in
it, so the processor time of the main thread within the longest one is told as well.
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FrameType

ROOT: Final = str(Path(__file__).parent.parent) + "/"
SAMPLE_SECS: Final = 0.002
TICK_SECS: Final = 0.001
START: Final = "start-up: imports"
ENGINE: Final = "Scrapy, Twisted, asyncio"
REST: Final = "rest"
PARTS: Final = (
    ("linkcrawler/middlewares/", "robots, guard, politeness, codings"),
    ("linkcrawler/policies/robots", "robots, guard, politeness, codings"),
    ("linkcrawler/frontier/scheduler", "frontier: handing out"),
    ("linkcrawler/frontier/session", "frontier: handing out"),
    ("linkcrawler/frontier/", "frontier: commit"),
    ("linkcrawler/extraction/", "extraction, here"),
    ("linkcrawler/readers", "extraction, here"),
    ("linkcrawler/page", "extraction, here"),
    ("linkcrawler/spiders/", "extraction, here"),
    ("linkcrawler/sitemaps", "extraction, here"),
    ("pipelines/rows", "encoding rows"),
    ("pipelines/encode", "encoding rows"),
    ("pipelines/parquet", "sealing and compaction"),
    ("pipelines/", "sealing and compaction"),
    ("linkcrawler/connections", "connections, bodies"),
    ("linkcrawler/bodies", "connections, bodies"),
    ("linkcrawler/handler", "connections, bodies"),
    ("linkcrawler/extensions/", REST),
    ("linkcrawler/progress", REST),
)
DOWNLOADS: Final = ("linkcrawler/handler", "linkcrawler/connections", "linkcrawler/bodies")
"""Whose callees are Scrapy's and Twisted's, as they are without this project."""


def part_of(frame: FrameType | None) -> str:
    """Return to whom a running function belongs."""
    is_innermost, is_start = True, False
    found = ""
    while frame is not None:
        file = frame.f_code.co_filename
        if "importlib" in file:
            is_start = True
        if not found and file.startswith(ROOT) and "/site-packages/" not in file:
            name = file.removeprefix(ROOT)
            if is_innermost or not name.startswith(DOWNLOADS):
                found = next((part for start, part in PARTS if name.startswith(start)), "")
        is_innermost = False
        frame = frame.f_back
    return START if is_start else found or ENGINE


class Sampler:
    """Adds up the main thread's processor time."""

    def __init__(self) -> None:
        self.secs: Counter[str] = Counter()
        self._last = time.thread_time()

    def start(self) -> None:
        """Begin to sample."""
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECS, SAMPLE_SECS)

    def _sample(self, number: int, frame: FrameType | None) -> None:
        now = time.thread_time()
        self.secs[part_of(frame)] += now - self._last
        self._last = time.thread_time()  # what looking took is nobody's

    def stop(self) -> dict[str, float]:
        """Return the seconds of each part."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        found = dict(self.secs.most_common())
        here, below = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        others = here.ru_utime + here.ru_stime - time.thread_time()
        found["sealing and compaction, on threads"] = max(0.0, others)
        found["children: extraction"] = below.ru_utime + below.ru_stime
        return found


class Holds:
    """Measures how long the event loop is held, and by what."""

    def __init__(self) -> None:
        self.longest: dict[str, tuple[float, float]] = {}
        """By part: the longest hold in seconds, and the processor time in it."""
        self._used = 0.0
        self._main = threading.get_ident()
        self._at = 0.0
        self._seen: Counter[str] = Counter()

    def start(self) -> None:
        """Begin with the loop of the crawl, once it runs."""
        from linkcrawler.extensions.watch import CrawlWatch

        opened = CrawlWatch.opened

        def begun(watch: Any) -> None:
            opened(watch)
            self._at, self._used = time.monotonic(), time.thread_time()
            asyncio.get_running_loop().call_later(TICK_SECS, self._tick)
            threading.Thread(target=self._look, daemon=True).start()

        CrawlWatch.opened = begun  # type: ignore[method-assign]

    def _tick(self) -> None:
        now, used = time.monotonic(), time.thread_time()
        seen = self._seen
        if seen:
            who = seen.most_common(1)[0][0]
            held = now - self._at - TICK_SECS, used - self._used
            self.longest[who] = max(self.longest.get(who, held), held)
        self._at, self._used, self._seen = now, used, Counter()
        asyncio.get_running_loop().call_later(TICK_SECS, self._tick)

    def _look(self) -> None:
        while True:
            time.sleep(TICK_SECS)
            if time.monotonic() - self._at > 5 * TICK_SECS:
                self._seen[part_of(sys._current_frames().get(self._main))] += 1

    def stop(self) -> dict[str, tuple[float, float]]:
        """Return the longest hold of each part, and the processor time in it, in seconds."""
        return dict(sorted(self.longest.items(), key=lambda found: found[1], reverse=True))


def main() -> None:
    """Run the command line with a look into it."""
    what, result = sys.argv[1:3]
    sys.argv[1:3] = []
    look = Holds() if what == "holds" else Sampler()
    look.start()
    from linkcrawler.cli import run

    code = run(sys.argv[1:])
    Path(result).write_text(json.dumps(look.stop()))
    sys.exit(code)


if __name__ == "__main__":
    main()
