"""All traffic goes through the proxy that was named, and through no other."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from linkcrawler.frontier.session import session_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class ProxyMiddleware:
    """Sets the proxy of each request; the environment's is ignored, with one warning.

    Args:
        proxy: ``http://host:port``, or empty for none.
    """

    def __init__(self, proxy: str) -> None:
        self.proxy = proxy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        named = [name for name in ("http_proxy", "https_proxy", "all_proxy") if _environment(name)]
        proxy = session_of(crawler).plan.proxy
        if named and not proxy:
            logger.warning(
                "The environment names a proxy (%(names)s), which is ignored: "
                "name it with --proxy to use it",
                {"names": ", ".join(named)},
            )
        return cls(proxy)

    def process_request(self, request: Request) -> None:
        if self.proxy:
            request.meta["proxy"] = self.proxy
        else:
            request.meta.pop("proxy", None)


def _environment(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.upper()) or ""
