"""The crawl's log also goes to ``crawl.log`` in its folder, one run after the other."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scrapy import signals
from scrapy.exceptions import NotConfigured

from linkcrawler.extraction.text import strip_controls
from linkcrawler.frontier.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from scrapy.crawler import Crawler

LOG_NAME: Final = "crawl.log"


class SafeFormatter(logging.Formatter):
    """Formats without control characters, which URLs and titles may smuggle in."""

    def format(self, record: logging.LogRecord) -> str:
        return strip_controls(super().format(record))


class QuietFileHandler(logging.FileHandler):
    """Says nothing where the log cannot be written: a full disk is reported once, by the crawl."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Pass over ``record``."""


class CrawlLog:
    """Adds a handler for ``crawl.log`` while the crawl runs."""

    def __init__(self, path: Path, level: str, form: str, dates: str) -> None:
        self.path = path
        self.is_ours: Callable[[], bool] = lambda: True
        self.level = level
        self.formatter = SafeFormatter(form, dates)
        self._handler: logging.Handler | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        session = session_of(crawler)
        if settings.get("LOG_FILE") and session.leads:  # a further worker would write over it
            raise NotConfigured("LOG_FILE takes the log")
        form = settings["LOG_FORMAT"]
        extension = cls(
            session.folder / LOG_NAME,
            settings["LOG_LEVEL"],
            form if session.leads else f"worker {session.worker}: {form}",
            settings["LOG_DATEFORMAT"],
        )
        # A folder that another process crawls into has that one's log.
        extension.is_ours = lambda: session.is_open
        crawler.signals.connect(extension.open, signals.spider_opened)
        crawler.signals.connect(extension.close, signals.engine_stopped)
        return extension

    def open(self) -> None:
        """Start to write; a folder that cannot be written to is reported by the frontier."""
        if not self.is_ours():
            return
        try:
            self._handler = QuietFileHandler(self.path, encoding="utf-8", errors="replace")
        except OSError:
            return
        self._handler.setLevel(self.level)
        self._handler.setFormatter(self.formatter)
        logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Stop to write."""
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
            self._handler = None
