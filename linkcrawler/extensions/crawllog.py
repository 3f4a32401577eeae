"""The crawl's log also goes to ``crawl.log`` in its folder, one run after the other.

What URLs, titles, headers and errors may smuggle into it is spelled out, there and in Scrapy's own
log on the console or in ``LOG_FILE``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.log import get_scrapy_root_handler

from linkcrawler.frontier.session import session_of
from linkcrawler.plain import PlainFormatter, make_plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from scrapy.crawler import Crawler

LOG_NAME: Final = "crawl.log"


class QuietFileHandler(logging.FileHandler):
    """Says nothing where the log cannot be written: a full disk is reported once, by the crawl."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Pass over ``record``."""


def make_scrapys_log_plain() -> None:
    """Let Scrapy's own log be as plain as ours; handlers of others are theirs."""
    make_plain(get_scrapy_root_handler())


class CrawlLog:
    """Adds a handler for ``crawl.log`` while the crawl runs."""

    def __init__(self, path: Path, level: str, form: str, dates: str) -> None:
        self.path = path
        self.is_ours: Callable[[], bool] = lambda: True
        self.level = level
        self.formatter = PlainFormatter(logging.Formatter(form, dates))
        self._handler: logging.Handler | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        session = session_of(crawler)
        # Not now: Scrapy makes its handler anew before the spider is opened.
        crawler.signals.connect(make_scrapys_log_plain, signals.spider_opened)
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
