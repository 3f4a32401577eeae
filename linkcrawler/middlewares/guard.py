"""No request leaves that the guard's gate refuses, whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.web.client import URI

from linkcrawler.failures import RefusedByGuardError
from linkcrawler.frontier.session import session_of
from linkcrawler.urls.canonical import canonicalize, host_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

    from linkcrawler.policies.gate import Gate


class GuardMiddleware:
    """Asks the gate for every request: the frontier's URLs, robots.txt and its redirects, all others.

    It stands first, so that nothing is asked about a host that may not be reached.
    """

    def __init__(self, gate: Gate, stats: StatsCollector) -> None:
        self.gate = gate
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(session_of(crawler).scope.gate, crawler.stats)

    def process_request(self, request: Request) -> None:
        reason = reject_reason(self.gate, request.url)
        if reason is not None:
            self.stats.inc_value(f"linkcrawler/guard/{reason}")
            raise RefusedByGuardError(request.url, reason)


def reject_reason(gate: Gate, url: str) -> str | None:
    """Return the rule that refuses a URL as it is sent, or None.

    A URL that is not canonical is judged by its canonical spelling, and refused where the downloader
    would read another host in it.
    """
    canonical = canonicalize(url)
    if canonical is None:
        return "address" if url.lower().startswith(("http:", "https:")) else "scheme"
    reason = gate.reject_reason(canonical)
    if reason is None and canonical != url and _sent_to(url) != host_of(canonical).strip("[]"):
        return "address"
    return reason


def _sent_to(url: str) -> str:
    """Return the host that Twisted reads in ``url``; empty where it reads none."""
    try:
        host: bytes = URI.fromBytes(url.encode("ascii")).host  # type: ignore[no-untyped-call]
    except ValueError:
        return ""
    return host.decode("ascii").strip("[]").rstrip(".").lower()
