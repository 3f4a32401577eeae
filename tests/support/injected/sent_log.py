"""Writes down when each request leaves the crawl, in a file that all of its processes append to."""

from __future__ import annotations

import os
import time

from scrapy import signals


class SentLog:
    """An extension for crawls under test: a line for each request, with the time of this machine."""

    def __init__(self):
        self.handle = os.open(
            os.environ["TEST_SENT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644
        )

    @classmethod
    def from_crawler(cls, crawler):
        log = cls()
        crawler.signals.connect(log.sent, signals.request_reached_downloader)
        return log

    def sent(self, request):
        line = f"{time.time():.6f} {request.meta['download_slot']} {request.url}\n"
        os.write(self.handle, line.encode())
