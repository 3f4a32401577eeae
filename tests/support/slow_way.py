"""A component of a crawl under test: holds the first page up between its turn and its download."""

from __future__ import annotations

import asyncio

HELD_SECS = 0.3


class SlowWay:
    """A downloader middleware that stands behind the one that waits for turns."""

    def __init__(self):
        self._is_first = True

    async def process_request(self, request):
        is_first, self._is_first = self._is_first, False
        if is_first:
            held = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(HELD_SECS, held.set_result, None)
            await held
