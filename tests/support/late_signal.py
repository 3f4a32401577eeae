"""A component of a crawl under test: lets SIGTERM come once nothing is left to fetch."""

from __future__ import annotations

import os
import signal

from linkcrawler.signals import crawl_ending


class LateSignal:
    """A spider middleware that does nothing to any page."""

    @classmethod
    def from_crawler(cls, crawler):
        component = cls()
        crawler.signals.connect(component.end, crawl_ending)
        return component

    def end(self):
        os.kill(os.getpid(), signal.SIGTERM)
