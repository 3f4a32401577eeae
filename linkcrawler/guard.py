"""Whether all layers of the guard are in place, asked before anything is sent and at each download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.utils.misc import load_object

from linkcrawler import resolver
from linkcrawler.exceptions import UsageError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


def must_be_guarded(crawler: Crawler) -> None:
    """Refuse a crawl that a missing layer would let reach private addresses.

    Raises:
        UsageError: one is missing; the message says which, and what to do.
    """
    from linkcrawler.handler import CrawlDownloadHandler
    from linkcrawler.middlewares.guard import GuardMiddleware

    must_be_resolved()
    handlers = crawler.settings.getwithbase("DOWNLOAD_HANDLERS")
    for scheme in ("http", "https"):
        if not _is_kind(handlers.get(scheme), CrawlDownloadHandler):
            raise UsageError(
                f"the guard against private addresses is not installed: DOWNLOAD_HANDLERS names "
                f"another handler for {scheme}; leave it, or derive yours from "
                "linkcrawler.handler.CrawlDownloadHandler"
            )
    manager = getattr(getattr(crawler.engine, "downloader", None), "middleware", None)
    if not any(isinstance(part, GuardMiddleware) for part in getattr(manager, "middlewares", ())):
        raise UsageError(
            "the guard against private addresses is not installed: DOWNLOADER_MIDDLEWARES must keep "
            "linkcrawler.middlewares.guard.GuardMiddleware, and DOWNLOADER be Scrapy's own"
        )


def must_be_scheduled(settings: BaseSettings) -> None:
    """Refuse a scheduler that neither asks for the guard nor hands out what the frontier holds.

    Raises:
        UsageError: it is none of linkcrawler's.
    """
    from linkcrawler.frontier.scheduler import FrontierScheduler

    if not _is_kind(settings["SCHEDULER"], FrontierScheduler):
        raise UsageError(
            f"SCHEDULER: the frontier hands out the URLs, {settings['SCHEDULER']!r} cannot; leave it, "
            "or derive yours from linkcrawler.frontier.scheduler.FrontierScheduler"
        )


def must_be_resolved() -> None:
    """Refuse a reactor that looks names up past the guard.

    Raises:
        UsageError: it does.
    """
    if not resolver.is_installed():
        raise UsageError(
            "the guard against private addresses is not installed: run the crawl through `scrapy "
            "crawl`, `linkcrawler crawl` or AsyncCrawlerProcess, with TWISTED_DNS_RESOLVER = "
            "'linkcrawler.resolver.GuardedResolver' in its settings (a spider's own come too late)"
        )


def _is_kind(named: object, kind: type) -> bool:
    """Return whether a setting names a class of ``kind``."""
    try:
        found = load_object(named) if isinstance(named, str) else named
    except (ImportError, NameError, ValueError):
        return False
    # By its ancestors: to Scrapy's schedulers whatever has their methods is a subclass.
    return isinstance(found, type) and kind in found.__mro__
