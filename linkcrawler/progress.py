"""How far a crawl is, on stderr: one live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Final

from scrapy import signals

from linkcrawler.frontier.session import session_of
from linkcrawler.plain import beneath, one_line

if TYPE_CHECKING:
    from typing import TextIO

    from scrapy.crawler import Crawler

TERMINAL_SECS: Final = 0.25
PLAIN_SECS: Final = 10.0
WIDTH: Final = 100
MAX_WARNING: Final = 500
OWN_LOGGERS: Final = ("linkcrawler", "pipelines")


class Progress:
    """Writes the state of one crawl to a stream.

    Args:
        stream: where to; stderr by default.
        quiet: write nothing but warnings.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self.stream = beneath(stream or sys.stderr)
        self.quiet = quiet
        self.is_terminal = self.stream.isatty()
        self._task: asyncio.Task[None] | None = None
        self._crawler: Crawler | None = None
        self._has_line = False
        self._warnings = _Warnings(self)

    def watch(self, crawler: Crawler) -> None:
        """Follow ``crawler`` from its start to its end."""
        self._crawler = crawler
        for name in OWN_LOGGERS:
            logging.getLogger(name).addHandler(self._warnings)
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.engine_stopped)

    def _opened(self) -> None:
        if not self.quiet:
            self._task = asyncio.ensure_future(self._tick())

    def _closed(self) -> None:
        if self._task is not None:
            self._task.cancel()
        for name in OWN_LOGGERS:
            logging.getLogger(name).removeHandler(self._warnings)
        self.clear()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TERMINAL_SECS if self.is_terminal else PLAIN_SECS)
            line = one_line(self.line())
            if self.is_terminal:
                self.stream.write(f"\r\x1b[2K{line[:WIDTH]}")
                self._has_line = True
            else:
                self.stream.write(line + "\n")
            self.stream.flush()

    def line(self) -> str:
        """Return the state in one line."""
        crawler = self._crawler
        if crawler is None:
            return ""
        session = session_of(crawler)
        stats = crawler.stats
        pages = int(stats.get_value("linkcrawler/pages", 0))
        links = int(stats.get_value("linkcrawler/links", 0))
        failed = int(stats.get_value("linkcrawler/outcome/failed", 0))
        if not session.is_open:
            return f"{pages:,} pages  {links:,} links"
        frontier = session.frontier
        limit = session.limits.max_pages
        counters = session.store.counters()
        done = counters.get("pages", 0)
        total = f"{done:,}/{limit:,}" if limit else f"{done:,}"
        if session.stopping.is_set():
            return f"stopping: {len(session.downloads)} in flight  {total} pages"
        return (
            f"{total} pages  {links:,} links  {counters.get('domains', 0):,} domains seen  "
            f"{len(frontier.leases)} in flight  {counters.get('pending', 0):,} URLs pending  "
            f"{failed:,} failed"
        )

    def clear(self) -> None:
        """Remove the live line."""
        if self._has_line:
            self.stream.write("\r\x1b[2K")
            self.stream.flush()
            self._has_line = False

    def say(self, text: str) -> None:
        """Write a line above the live one."""
        self.clear()
        self.stream.write(one_line(" ".join(text.split())) + "\n")
        self.stream.flush()


class _Warnings(logging.Handler):
    """Shows warnings of our own loggers; errors come as the command's one line."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.WARNING)
        self.progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self.progress.say(f"warning: {record.getMessage()[:MAX_WARNING]}")
