"""The arguments of a crawl in, the crawl run to its end, its result and exit code out."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.exceptions import (
    EXIT_ERROR_SHARE,
    EXIT_FINISHED,
    EXIT_INTERRUPTED,
    EXIT_NOTHING_FETCHED,
    INTERRUPTED,
    LinkCrawlerError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session
    from linkcrawler.frontier.standing import Standing
    from linkcrawler.progress import Progress

UNUSABLE: Final = (ValueError, ImportError, NameError)
"""What Scrapy raises for a setting that cannot be used."""


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What came of a crawl."""

    folder: Path
    crawl_id: str
    finish_reason: str
    """``finished``, ``max_pages``, ``max_time``, ``interrupted`` or a reason of Scrapy's."""
    new_pages: int
    """Pages committed by this run."""
    seconds: float
    standing: Standing | None
    error: LinkCrawlerError | None
    is_cut_short: bool
    """Whether a second interrupt came before the end was reached: threads may still be at work."""
    js: str = "off"
    """Which pages were to be rendered: ``off``, ``auto`` or ``on``."""
    browser: str = ""
    """The browser's program; empty where there was none, or none that starts."""

    def exit_code(self, max_error_share: float = 0.0) -> int:
        """Return the exit code that tells how the crawl went.

        Args:
            max_error_share: share of tried pages that may fail, 0 to 1; 0 means no limit.
        """
        if self.error is not None:
            return self.error.exit_code
        if self.standing is None or self.is_cut_short or self.finish_reason in INTERRUPTED:
            return EXIT_INTERRUPTED
        from linkcrawler.frontier.standing import has_answers

        tally = self.standing.tally
        if not has_answers(tally):
            return EXIT_NOTHING_FETCHED
        bad = tally.get("failed", 0) + tally.get("http_error", 0)
        if max_error_share and bad > max_error_share * self.standing.pages:
            return EXIT_ERROR_SHARE
        return EXIT_FINISHED


def run_crawl(
    arguments: Mapping[str, Any], settings: Mapping[str, Any], progress: Progress
) -> CrawlResult:
    """Crawl in this process until the end, and return what came of it.

    Args:
        arguments: the spider's, see `linkcrawler.options.OPTIONS`, and ``seeds``.
        settings: Scrapy settings, as by ``-s``.
        progress: shows how far it is.

    Raises:
        UsageError: an argument or setting cannot be used.
    """
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from linkcrawler.frontier.session import session_of
    from linkcrawler.settings import TWISTED_REACTOR
    from linkcrawler.spiders.links import LinkSpider

    project = Settings()
    project.setmodule("linkcrawler.settings", priority="project")
    project.set("LOG_ENABLED", value=False, priority="project")
    project.set("STATS_DUMP", value=False, priority="project")
    try:
        project.update(dict(settings), priority="cmdline")
        if project["TWISTED_REACTOR"] != TWISTED_REACTOR:
            raise UsageError("TWISTED_REACTOR: linkcrawler is written for asyncio's; leave it")
        process = AsyncCrawlerProcess(project)
        crawler = process.create_crawler(LinkSpider)
    except (*UNUSABLE, AttributeError, OSError) as error:  # an OSError is that of LOG_FILE
        raise as_usage_error(error) from error
    crawler.raise_usage_errors = True  # type: ignore[attr-defined]
    progress.watch(crawler)
    failures: list[BaseException] = []
    started = process.crawl(crawler, **arguments)
    started.add_done_callback(lambda task: failures.extend(filter(None, [_error_of(task)])))
    try:
        process.start()
    except UNUSABLE as error:  # what the reactor is set up with
        raise as_usage_error(error) from error
    for failure in failures:
        if isinstance(failure, UNUSABLE):
            raise as_usage_error(failure) from failure
        raise failure
    return _result(crawler, session_of(crawler))


def as_usage_error(failure: Exception) -> LinkCrawlerError:
    """Return the one line for what a setting of Scrapy's made fail before the crawl began."""
    if isinstance(failure, LinkCrawlerError):
        return failure
    return UsageError(f"-s: a setting cannot be used: {failure}")


def _error_of(task: Any) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _result(crawler: Crawler, session: Session) -> CrawlResult:
    stats = crawler.stats
    is_cut_short = session.standing is None and session.error is None
    standing = _standing_now(session) if is_cut_short else session.standing
    reason = session.end_reason or str(stats.get_value("finish_reason", "interrupted"))
    if is_cut_short:
        reason = "interrupted"
    return CrawlResult(
        folder=session.folder,
        crawl_id=session.crawl_id,
        finish_reason="interrupted" if reason in INTERRUPTED else reason,
        new_pages=standing.recorded - session.recorded_before if standing else 0,
        seconds=float(stats.get_value("elapsed_time_seconds", 0.0)),
        standing=standing,
        error=session.error,
        is_cut_short=is_cut_short,
        js=session.plan.js,
        browser="" if session.no_browser else session.plan.browser,
    )


def _standing_now(session: Session) -> Standing | None:
    """Return where a crawl stands whose end was cut short; None where that cannot be read."""
    if not session.is_open:
        return None
    with suppress(LinkCrawlerError):
        return session.take_stock()
    return None


def leave_now(code: int) -> None:
    """End the process without waiting for threads: a second interrupt was given."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
