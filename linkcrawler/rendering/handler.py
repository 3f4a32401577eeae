"""scrapy-playwright's handler with a browser of ours: it renders a page that was fetched already.

What scrapy-playwright does here: it keeps browser, contexts and pages, and counts. What it cannot do and
is done here: the document is the answer that the crawl has got, so that a page is asked for once, and no
redirect goes unseen; navigations away are noted and not made; what is read of the page is bounded.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy.http import HtmlResponse
from scrapy_playwright.handler import Config, ScrapyPlaywrightDownloadHandler

from linkcrawler.rendering.errors import PageCrashedError, PageLeftError
from linkcrawler.rendering.job import JOB, RENDERED_TYPE, Job
from linkcrawler.rendering.snapshot import take_snapshot

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page, Route
    from playwright.async_api import Request as BrowserRequest
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from linkcrawler.rendering.provider import Provider

NOT_LOADED: Final = frozenset(
    {"image", "media", "font", "texttrack", "manifest", "ping", "cspviolationreport", "prefetch"}
)
"""Playwright's types of resources that no link depends on."""
_NOT_PASSED_ON: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie",
     "strict-transport-security", "refresh", "link", "alt-svc", "clear-site-data", "nel", "report-to"}
)  # fmt: skip
"""Headers of the answer that would be wrong by now, or that let the browser do more than load it."""
MAX_LEFT: Final = 20
"""Navigations of a page that are noted."""


class RenderHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # it has no types
    """One browser, from its start to its end.

    Args:
        crawler: the crawler.
        provider: starts the browser.
    """

    def __init__(self, crawler: Crawler, provider: Provider) -> None:
        super().__init__(crawler)
        self.config = Config(
            cdp_url=None, cdp_kwargs={}, connect_url=None, connect_kwargs={},
            browser_type_name="chromium", launch_options={}, max_pages_per_context=1,
            max_contexts=None, startup_context_kwargs={}, navigation_timeout_ms=None,
            download_timeout_secs=0.0, restart_disconnected_browser=False,
            target_closed_max_retries=0,
        )  # fmt: skip
        self.browser_provider = provider
        self.jobs: dict[str, Job] = {}
        # It warns, with tracebacks, of what is an outcome here.
        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)

    async def _launch(self) -> None:
        """Start the browser now, rather than with the crawl."""
        await self.browser_provider.start()
        await self._maybe_launch_browser()

    async def start(self) -> None:
        """Start the browser.

        Raises:
            playwright.async_api.Error: it does not start.
        """
        await self._launch()

    @property
    def is_connected(self) -> bool:
        """Whether the browser is there, as far as is known."""
        return hasattr(self, "browser") and self.browser.is_connected()

    async def is_alive(self, secs: float) -> bool:
        """Return whether the browser answers within ``secs``."""
        try:
            async with asyncio.timeout(secs):
                session = await self.browser.new_browser_cdp_session()
                await session.send("Browser.getVersion")
                await session.detach()
        except Exception:  # whatever it is, that is no answer
            return False
        return self.is_connected

    async def render(self, request: Request) -> Response:
        """Return the page of ``request`` as its scripts leave it.

        Raises:
            playwright.async_api.Error: the page or the browser is gone.
        """
        name = request.meta["playwright_context"]
        self.jobs[name] = request.meta[JOB]
        try:
            return await self._download_request(request)  # type: ignore[no-any-return]
        finally:
            del self.jobs[name]

    def _make_request_handler(
        self, context_name: str, **_: Any
    ) -> Callable[[Route, BrowserRequest], Awaitable[None]]:
        job = self.jobs[context_name]

        async def handle(route: Route, request: BrowserRequest) -> None:
            with suppress(PlaywrightError):  # the page is gone
                await _answer(route, request, job)

        return handle

    async def _download_request_with_page(
        self, request: Request, page: Page, spider: Spider
    ) -> Response:
        job: Job = request.meta[JOB]
        crash = asyncio.Event()
        page.on("crash", lambda _: crash.set())
        page.on("popup", _close)
        # What waits for a page that has crashed may wait for ever.
        work = asyncio.ensure_future(self._load(request, page, job))
        crashed = asyncio.ensure_future(crash.wait())
        try:
            await asyncio.wait((work, crashed), return_when="FIRST_COMPLETED")
            if crashed.done():
                raise PageCrashedError
            return await work
        finally:
            crashed.cancel()
            work.cancel()
            await asyncio.wait((work, crashed))

    async def _load(self, request: Request, page: Page, job: Job) -> Response:
        """Return the page once it is loaded, and stands still or has had its time."""
        try:
            await page.goto(request.url, wait_until="load", timeout=1000 * job.secs)
            await page.wait_for_load_state("networkidle", timeout=1000 * job.secs)
        except PlaywrightTimeoutError:
            pass  # what is there by now counts
        except PlaywrightError:
            if not job.left_for:
                raise
        if not page.url.startswith(("http:", "https:")):
            raise PageLeftError(page.url)
        snapshot = await take_snapshot(page, job.max_chars, job.snapshot_secs)
        job.is_cut = snapshot.is_cut
        return HtmlResponse(
            request.url,
            headers={"Content-Type": RENDERED_TYPE},
            body=snapshot.html.encode(),
            request=request,
            flags=["playwright"],
        )


async def _answer(route: Route, request: BrowserRequest, job: Job) -> None:
    """Answer a request of the browser: let it through, refuse it, or give what is there already."""
    if request.is_navigation_request() and request.frame.parent_frame is None:
        if job.is_begun:
            if len(job.left_for) < MAX_LEFT:
                job.left_for.append(request.url)
            await route.abort("aborted")  # any other error would put a page in its place
            return
        job.is_begun = True
        answer = job.answer
        await route.fulfill(status=answer.status, headers=_headers(answer), body=answer.body)
    elif request.resource_type in NOT_LOADED or not request.url.startswith(("http:", "https:")):
        await route.abort()
    else:
        await route.continue_()


def _headers(answer: Response) -> dict[str, str]:
    """Return the headers with which the browser is given an answer."""
    found = {}
    for name, values in answer.headers.items():
        key = name.decode("latin-1").lower()
        if key not in _NOT_PASSED_ON:
            joined = b", ".join(values)
            found[key] = joined.decode("latin-1").replace("\n", " ").replace("\r", " ")
    return found


async def _close(page: Page) -> None:
    with suppress(PlaywrightError):
        await page.close()
