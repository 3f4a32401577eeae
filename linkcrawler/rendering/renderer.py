"""A page that was fetched and read in, the same page as its scripts leave it out, where that is worth it.

What policy asks for goes through Scrapy's downloader as a request of its own: the guard, robots.txt and
politeness look at it as at any other. What fails costs the page its rendered links and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Final

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from linkcrawler.exceptions import LinkCrawlerError
from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.frontier.session import session_of
from linkcrawler.handler import StoppedError, cuttable
from linkcrawler.page import UNREADABLE
from linkcrawler.policies.rendering import RenderPolicy, StaticPage, has_content_links, scripts_of
from linkcrawler.rendering.errors import NoBrowserError, RenderFailedError
from linkcrawler.rendering.job import JOB, RENDERED_TYPE, Job
from linkcrawler.rendering.merge import merged
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from linkcrawler.extraction.reading import Reading
    from linkcrawler.page import Answer
    from linkcrawler.readers import PageReader

logger = logging.getLogger(__name__)

MOST_CHARS: Final = 64 * 2**20
SNAPSHOT_SECS: Final = 4.0
"""What writing a page down may take in the browser."""
REFUSED: Final = "refused"
"""Why a page was not rendered that may not be asked for any more: robots.txt or its address say so."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a page is, after all."""

    reading: Reading | None
    is_rendered: bool = False
    reason: str = ""
    """Why it was rendered, or ``failed:<why>``."""


class Renderer:
    """Renders pages for the spider.

    Args:
        crawler: the crawler.
        reader: reads what a page holds in the end.
    """

    def __init__(self, crawler: Crawler, reader: PageReader) -> None:
        self.crawler = crawler
        self.reader = reader
        self.session = session_of(crawler)
        self.policy = RenderPolicy(self.session.plan.js if self.session.plan.browser else "off")
        self._news = asyncio.Condition()
        """Told when a render has ended."""
        self.secs = crawler.settings.getfloat("LINKCRAWLER_RENDER_SECS")
        self.max_chars = crawler.settings.getint("DOWNLOAD_MAXSIZE") or MOST_CHARS

    async def render(self, answer: Answer, reading: Reading | None) -> Rendering:
        """Return the page of ``answer``, rendered where that is worth it.

        Raises:
            StoppedError: the crawl's end cut it off.
            NoBrowserError: a browser was asked for, and does not start.
        """
        if reading is None or self.policy.mode == "off":
            return Rendering(reading)
        page = self._static(answer, reading)
        await cuttable(self.session, self._decided(page), answer.place.url)
        reason = self.policy.reason(page)
        if not reason:
            return Rendering(reading)
        self.policy.begin(page)
        try:
            return await self._improved(answer, reading, page, reason)
        except BaseException:
            self.policy.give_up(page)
            raise
        finally:
            async with self._news:
                self._news.notify_all()

    async def _decided(self, page: StaticPage) -> None:
        """Wait until what renders under way will show makes no difference for ``page``."""
        async with self._news:
            await self._news.wait_for(lambda: not self.policy.is_open(page))

    async def _improved(
        self, answer: Answer, reading: Reading, page: StaticPage, reason: str
    ) -> Rendering:
        """Return the page rendered, or as it is where that comes to nothing.

        Raises:
            StoppedError: the crawl's end cut it off.
            NoBrowserError: a browser was asked for, and does not start.
        """
        try:
            found = await self._rendered(answer, reading)
        except StoppedError:
            raise
        except NoBrowserError as error:
            self._do_without(error)
            return Rendering(reading)
        except IgnoreRequest as error:  # ours, or of who looks at requests: the page stays as it is
            self.policy.learn(page, 0)
            why = error.reason if isinstance(error, RenderFailedError) else REFUSED
            self._count(f"failed/{why}")
            logger.info("Not rendered (%(why)s): %(url)s", {"why": why, "url": answer.place.url})
            return Rendering(reading, reason=f"failed:{why}")
        added = found.facts.n_links - reading.facts.n_links
        self.policy.learn(page, added)
        self._count("pages")
        self._count(f"reason/{reason}")
        self._count("links", added)
        return Rendering(found, is_rendered=True, reason=reason)

    def _static(self, answer: Answer, reading: Reading) -> StaticPage:
        """Return what a page is before its scripts run, as far as policy wants to know."""
        url = answer.place.url
        scripts = scripts_of(answer.response.body) if self.policy.mode == "auto" else ""
        return StaticPage(
            registered_domain(host_of(url)),
            has_content=bool(scripts) and has_content_links(_places_of(reading), url),
            scripts=scripts,
        )

    async def _rendered(self, answer: Answer, reading: Reading) -> Reading:
        """Return ``reading`` with what the page's scripts have added.

        Raises:
            StoppedError: the crawl's end cut it off.
            RenderFailedError: it could not be rendered.
            NoBrowserError: no browser can be started.
        """
        # Importing what drives the browser would hold the event loop up for a quarter of a second.
        await asyncio.to_thread(import_module, "linkcrawler.rendering.setup")
        job = Job(answer.response, self.secs, SNAPSHOT_SECS, self.max_chars)
        meta = {"playwright": True, JOB: job, "verbatim_url": True}
        request = Request(answer.place.url, meta=meta, dont_filter=True)
        response = await self._asked_for(request)
        document = replace(
            answer.document_of(response.body),
            content_type=RENDERED_TYPE,
            headers=PageHeaders(x_robots_tag=answer.headers.x_robots_tag),
            query_charset=reading.charset,
        )
        after = await cuttable(self.session, self.reader.read(document), document.url)
        if after is None:
            raise RenderFailedError(UNREADABLE)
        if job.is_cut:
            after.facts.is_cut = True
        return merged(reading, after, job.left_for)

    async def _asked_for(self, request: Request) -> Response:
        """Return the answer to the request for a rendered page.

        Raises:
            IgnoreRequest: whoever looks at requests lets none to it out, or has failed over it: its site's
                robots.txt, asked for again, may have given no answer.
            NoBrowserError: no browser can be started.
        """
        try:
            response: Response = await self.crawler.engine.download_async(request)
        except (IgnoreRequest, LinkCrawlerError):
            raise
        except Exception as error:
            raise RenderFailedError(REFUSED) from error
        return response

    def _do_without(self, error: NoBrowserError) -> None:
        """Go on without a browser.

        Raises:
            NoBrowserError: one was asked for.
        """
        if self.policy.mode == "on":
            raise error
        if self.policy.mode == "auto":
            logger.warning("Pages are not rendered: %s", error)
        self.policy = RenderPolicy("off")
        self.session.no_browser = str(error)

    def _count(self, what: str, number: int = 1) -> None:
        self.crawler.stats.inc_value(f"linkcrawler/render/{what}", number)


def _places_of(reading: Reading) -> Iterable[tuple[str, str, str]]:
    """Return kind, target and placement of the links of a page; packed ones become no `Link` for it."""
    if reading.packed is not None:
        columns = reading.packed.columns
        return zip(columns["kind"], columns["target"], columns["placement"], strict=True)
    return ((link.kind, link.target, link.placement) for link in reading.links)
