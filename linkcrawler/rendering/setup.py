"""A crawler's settings in, the pool of its browsers out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import signals

from linkcrawler.connections import Peers
from linkcrawler.frontier.session import session_of
from linkcrawler.option_values import switch
from linkcrawler.rendering.gateway import Rules
from linkcrawler.rendering.handler import RenderHandler
from linkcrawler.rendering.pool import RenderPool
from linkcrawler.rendering.provider import Provider
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


def make_pool(crawler: Crawler) -> RenderPool:
    """Return the pool of ``crawler``, which ends with it."""
    settings, plan = crawler.settings, session_of(crawler).plan

    def count(what: str) -> None:
        crawler.stats.inc_value(f"linkcrawler/render/{what}")

    def start() -> RenderHandler:
        provider = Provider(
            plan.browser,
            settings.getint("LINKCRAWLER_RENDER_MEMORY_MB"),
            count,
            sandbox=switch("LINKCRAWLER_RENDER_SANDBOX", settings["LINKCRAWLER_RENDER_SANDBOX"]),
        )
        return RenderHandler(crawler, provider)

    proxy_host = host_of(plan.proxy).strip("[]").lower() if plan.proxy else ""
    gate = session_of(crawler).scope.gate
    rules = Rules(
        gate=gate,
        peers=Peers(gate.allowed, proxy_host),
        proxy=plan.proxy,
        max_bytes=settings.getint("LINKCRAWLER_RENDER_TRAFFIC_MB") * 2**20,
        count=count,
    )
    pool = RenderPool(
        start,
        rules,
        _context(settings),
        settings.getint("LINKCRAWLER_RENDER_PAGES"),
        settings.getint("LINKCRAWLER_RENDER_RECYCLE_PAGES"),
    )
    crawler.signals.connect(pool.close, signals.engine_stopped)
    return pool


def _context(settings: BaseSettings) -> dict[str, Any]:
    """Return what holds for every page."""
    return {
        "user_agent": settings["USER_AGENT"],
        "ignore_https_errors": not settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"),
        "accept_downloads": False,
        "service_workers": "block",
        "permissions": [],
    }
