"""Pages that exist only in a browser: rendered behind the guard, within bounds, by a browser that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from linkcrawler.rendering.pool import RenderPool

_pools: WeakKeyDictionary[Crawler, RenderPool] = WeakKeyDictionary()


def render_pool_of(crawler: Crawler) -> RenderPool:
    """Return the pool of ``crawler``; what drives browsers is imported when it is first asked for."""
    found = _pools.get(crawler)
    if found is None:
        from linkcrawler.rendering.setup import make_pool

        found = _pools[crawler] = make_pool(crawler)
    return found
