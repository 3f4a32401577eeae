"""What keeps a page from being rendered."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from linkcrawler.exceptions import LinkCrawlerError


class PageCrashedError(Exception):
    """Raised for a page whose process has ended."""


class PageLeftError(Exception):
    """Raised for a page in whose place the browser has another that was never fetched."""


class RenderFailedError(IgnoreRequest):
    """Raised for a page that could not be rendered.

    Args:
        reason: ``timeout``, ``crash``, ``browser`` (it has gone) or ``page``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoBrowserError(LinkCrawlerError):
    """Raised where the browser does not start."""
