"""Who the crawl says it is."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from typing import Final

PRODUCT_TOKEN: Final = "linkcrawler"  # noqa: S105 - no secret
"""What a robots.txt calls this crawler, unless it goes by another user agent."""
_TOKEN: Final = re.compile(r"[A-Za-z_-]+")


def tool_version() -> str:
    """Return the version of linkcrawler that runs."""
    try:
        return version("linkcrawler")
    except PackageNotFoundError:
        return "0+unknown"


def user_agent(contact: str = "") -> str:
    """Return the user agent: product and version, and who answers for the crawl.

    >>> user_agent("https://example.com/bot").partition(" ")[2]
    '(+https://example.com/bot)'
    """
    product = f"{PRODUCT_TOKEN}/{tool_version()}"
    return f"{product} (+{contact})" if contact else product


def product_token(agent: str) -> str:
    """Return what a robots.txt calls a crawler with this user agent (RFC 9309 2.2.1), lower-case.

    >>> product_token("NicheBot/2.1 (+https://example.com/bot)"), product_token("")
    ('nichebot', 'linkcrawler')
    """
    found = _TOKEN.match(agent)
    return found.group().lower() if found else PRODUCT_TOKEN
