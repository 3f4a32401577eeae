"""Pages in, what stands in them out, without holding the crawl up: large ones are read elsewhere.

Small pages are read on the spot. All others go to one of three processes (`linkcrawler.extraction.child`):
ordinary pages to one, pages that may take long to another, so that neither waits for what a hostile
page does. A page that is not read in time, the wait for its turn included, or that its reader dies of,
is read from its tags alone by the third; where that has no turn left for it in time, its beginning is on the
spot. So a page is read, or known not to be, soon after its deadline, whatever waits before it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.prescan import Way, way_of
from linkcrawler.extraction.reading import read
from linkcrawler.lanes import BUSY, DEADLINE, QUICK_SECS, Lane, NotReadError
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from linkcrawler.extraction.reading import Document, Reading

logger = logging.getLogger(__name__)

ROUGH_SECS: Final = 8.0
"""What reading a page from its tags may take; it stops by itself before."""
STOP_SECS: Final = 4.0
"""When it does; the rest of the page is then not read."""
LATE_SECS: Final = 2.0
"""Time after its deadline that a page has for being read from its tags, at the most."""
LAST_BYTES: Final = 16 * 1024
"""Beginning of a page for which nobody has time, that is read on the spot."""
LAST_SECS: Final = 0.05
MAX_STRIKES: Final = 2
"""Pages of a domain that were not read in time before its pages are read from their tags at once."""
MAX_DOMAINS: Final = 10_000
"""Domains whose strikes are remembered."""
NICENESS: Final = 5
"""Of the processes that read pages which may take long: the crawl itself comes first."""
MAX_WAITING: Final = 32
"""Ordinary pages being read or waiting for it beyond which the crawl asks for no more."""


class Strikes:
    """How often something went wrong with whom; the last `MAX_DOMAINS` are remembered."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def add(self, name: str) -> None:
        """Count one for ``name``."""
        self._counts[name] = self._counts.pop(name, 0) + 1
        if len(self._counts) > MAX_DOMAINS:
            self._counts.popitem(last=False)

    def is_out(self, name: str) -> bool:
        """Return whether ``name`` has had its chances."""
        return self._counts.get(name, 0) >= MAX_STRIKES


class PageReader:
    """Reads pages, each where it does no harm.

    Args:
        crawler: in whose stats it is counted how pages were read.
        secs: what building the tree of a page may take, the wait for its turn included; with 0 none
            is built but of small pages.
    """

    def __init__(self, crawler: Crawler, secs: float) -> None:
        self.crawler = crawler
        self.secs = secs
        # Each starts its process when it is first needed; most crawls never need the third.
        self._quick, self._slow, self._rough = Lane(), Lane(NICENESS), Lane(NICENESS)
        self._late, self._hopeless = Strikes(), Strikes()
        self._last = asyncio.Lock()

    def is_behind(self) -> bool:
        """Return whether so many ordinary pages wait that the crawl is to fetch no more for now.

        Else they would wait for longer than reading them may take, and lose their evidence.
        """
        return self._quick.n_waiting > MAX_WAITING

    async def read(self, document: Document, due: float = math.inf) -> Reading | None:
        """Return what stands in ``document``, or None where it cannot be read at all.

        Args:
            document: the page.
            due: its deadline, of the loop's clock; at the most `LATE_SECS` later it is read.

        Raises:
            LinkCrawlerError: no process can be started.
        """
        domain = registered_domain(host_of(document.url))
        way = self._way(document, domain)
        how = way.value
        self.crawler.stats.inc_value(f"linkcrawler/read/{how}")
        if way is Way.HERE:
            return read(document)
        now = asyncio.get_running_loop().time()
        due = max(due, now + QUICK_SECS - LATE_SECS)  # so long everybody has
        if way is not Way.ROUGH:
            end = min(now + self.secs, due + LATE_SECS / 2)
            reading = await self._read_whole(document, domain, way, end)
            if reading is not None:
                return reading
        return await self._read_roughly(document, due + LATE_SECS)

    async def _read_roughly(self, document: Document, end: float) -> Reading | None:
        """Return what the page's tags say, or those of its beginning where its turn does not come."""
        reading, why = await self._try(self._rough, document, ROUGH_SECS, end, rough_secs=STOP_SECS)
        if reading is not None or why not in (BUSY, DEADLINE):
            return reading
        self.crawler.stats.inc_value("linkcrawler/read/last")
        async with self._last:  # one in a turn of the event loop
            await asyncio.sleep(0)
            beginning = replace(document, body=document.body[:LAST_BYTES])
            reading = read(beginning, rough_secs=LAST_SECS)
        reading.facts.is_cut = reading.facts.is_cut or len(document.body) > LAST_BYTES
        return reading

    async def _read_whole(
        self, document: Document, domain: str, way: Way, end: float
    ) -> Reading | None:
        """Return what was read in the page's tree until its time was over, or None."""
        if way is Way.QUICK:
            secs = min(QUICK_SECS, self.secs)
            reading, why = await self._try(self._quick, document, secs, end)
            if reading is not None:
                return reading
            if why != BUSY:  # the domain's other pages may be as ordinary as they look
                self._late.add(domain)
            if why != DEADLINE:  # memory is the same for both, and so is the time
                return None
        reading, why = await self._try(self._slow, document, self.secs, end)
        if reading is None and why != BUSY:
            self._hopeless.add(domain)
        return reading

    def _way(self, document: Document, domain: str) -> Way:
        way = way_of(document.body)
        if way is not Way.HERE and (not self.secs or self._hopeless.is_out(domain)):
            return Way.ROUGH
        return Way.SLOW if way is Way.QUICK and self._late.is_out(domain) else way

    async def _try(
        self, lane: Lane, document: Document, secs: float, end: float, rough_secs: float = 0.0
    ) -> tuple[Reading | None, str]:
        """Return what was read, or None and why there is nothing."""
        try:
            return await lane.read(document, secs, rough_secs=rough_secs, end=end), ""
        except NotReadError as error:
            reason = error.reason
            self.crawler.stats.inc_value(f"linkcrawler/read/failed/{reason}")
            logger.info(
                "Not read %(how)s (%(reason)s): %(url)s",
                {
                    "how": "from its tags" if rough_secs else "whole",
                    "reason": reason,
                    "url": document.url,
                },
            )
            return None, reason

    def close(self) -> None:
        """End the processes."""
        for lane in (self._quick, self._slow, self._rough):
            lane.close()
