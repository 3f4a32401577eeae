"""Pages to be rendered in, rendered pages out: few at a time, each within its bounds, browsers renewed.

A page that fails takes nothing else with it. Where the browser itself is gone, all pages that were in it
are tried again, one at a time, so that the one that brings it down does so alone.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.rendering.errors import NoBrowserError, PageCrashedError, RenderFailedError
from linkcrawler.rendering.gateway import Gateway
from linkcrawler.rendering.job import JOB, Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request
    from scrapy.http import Response

    from linkcrawler.rendering.gateway import Rules
    from linkcrawler.rendering.handler import RenderHandler

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 3
"""How often a page is tried whose browser has gone."""
CRASHES: Final = 2
"""How often a page may crash."""
STARTS: Final = 2
GRACE_SECS: Final = 4.0
"""What a page gets beyond the time for loading, to be opened and read."""
CLOSE_SECS: Final = 3.0
"""A browser that does not close a page in this time hangs."""


class _Life:
    """A running browser."""

    def __init__(self, handler: RenderHandler) -> None:
        self.handler = handler
        self.pages = 0
        self.in_flight = 0
        self.is_over = False
        """Nothing more is rendered in it: it has gone, hangs, or was enough."""
        self.is_killed = False
        self.is_closing = False

    @property
    def is_gone(self) -> bool:
        """Whether it is known not to be there."""
        return not self.handler.is_connected

    def kill(self) -> None:
        """End it at once."""
        self.is_over = self.is_killed = True
        self.handler.browser_provider.kill()

    async def close(self) -> None:
        """End it, and see it gone."""
        self.is_over = True
        with suppress(Exception):  # it may have gone in any way
            async with asyncio.timeout(3 * CLOSE_SECS):
                await self.handler.close()


class RenderPool:
    """The browsers of a crawl, one after the other.

    Args:
        start: returns a handler whose browser is yet to be started.
        rules: what pages may reach.
        settings: of contexts, as Playwright's ``new_context`` takes them.
        pages: pages rendered at the same time.
        recycle: pages after which a browser is renewed; 0 means never.
    """

    def __init__(
        self,
        start: Callable[[], RenderHandler],
        rules: Rules,
        settings: dict[str, Any],
        pages: int,
        recycle: int,
    ) -> None:
        self.start = start
        self.rules = rules
        self.settings = settings
        self.recycle = recycle
        self.is_closed = False
        self._slots = asyncio.Semaphore(pages)
        self._starting = asyncio.Lock()
        self._suspects = asyncio.Lock()
        self._waiting = 0
        """Pages that wait to be tried again, or are."""
        self._calm = asyncio.Event()
        self._calm.set()
        self._life: _Life | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._names = count()

    async def render(self, request: Request) -> Response:
        """Return the page of ``request``, see `RenderHandler.render`.

        Raises:
            RenderFailedError: it could not be rendered.
            NoBrowserError: no browser can be started.
        """
        crashes, reason = 0, ""
        async with self._slots:
            for attempt in range(ATTEMPTS):
                found = await (self._try_alone(request) if attempt else self._try(request))
                if not isinstance(found, str):
                    return found
                reason = found
                crashes += reason == "crash"
                if reason not in ("browser", "crash") or crashes == CRASHES:
                    break
        raise RenderFailedError(reason)

    async def _try_alone(self, request: Request) -> Response | str:
        """Return the page, or why there is none; pages that were not tried before wait meanwhile."""
        self.rules.count("retries")
        self._waiting += 1
        self._calm.clear()
        try:
            async with self._suspects:
                return await self._try(request, is_suspect=True)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._calm.set()

    async def _try(self, request: Request, *, is_suspect: bool = False) -> Response | str:
        """Return the page, or why there is none."""
        if not is_suspect:
            await self._calm.wait()
        life = await self._living()
        life.pages += 1
        life.in_flight += 1
        job: Job = request.meta[JOB]
        job.begin()
        gateway = Gateway(self.rules)
        try:
            await gateway.open()
            request.meta.update(self._context(gateway.port))
            async with asyncio.timeout(job.secs + job.snapshot_secs + GRACE_SECS):
                return await life.handler.render(request)
        except PageCrashedError:
            return "crash"
        except Exception as error:  # a time-out, or Playwright's, of what has gone in any way
            logger.debug("Not rendered: %(url)s: %(error)s", {"url": request.url, "error": error})
            if life.is_killed or not await life.handler.is_alive(CLOSE_SECS):
                life.kill()
                return "browser"
            return "timeout" if isinstance(error, TimeoutError) else "page"
        finally:
            await self._close_context(life, request)
            await gateway.close()
            life.in_flight -= 1
            self._retire(life)

    def _context(self, port: int) -> dict[str, Any]:
        """Return the meta of a page whose only way out is ``port``."""
        proxy = {"server": f"http://127.0.0.1:{port}", "bypass": "<-loopback>"}
        return {
            "playwright_context": f"page-{next(self._names)}",
            "playwright_context_kwargs": {**self.settings, "proxy": proxy},
        }

    async def _close_context(self, life: _Life, request: Request) -> None:
        """Close a page with all that it has opened; a browser that does not do so is ended."""
        found = life.handler.context_wrappers.get(request.meta.get("playwright_context", ""))
        if found is None or life.is_killed:
            return
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await found.context.close()
        except Exception:  # it hangs, or has gone
            life.kill()

    async def _living(self) -> _Life:
        """Return a browser that may take a page, started where there is none.

        Raises:
            NoBrowserError: none can be started.
        """
        async with self._starting:
            life = self._life
            if life is not None and not life.is_over and not life.is_gone:
                return life
            if life is not None:
                life.is_over = True
                self._retire(life)
            self._life = await self._started()
            return self._life

    async def _started(self) -> _Life:
        said = ""
        for _ in range(STARTS):
            if self.is_closed:
                break
            life = _Life(self.start())
            try:
                await life.handler.start()
            except Exception as error:  # whatever keeps a browser from starting
                said = str(error)
                await life.close()
                continue
            except BaseException:
                life.kill()
                raise
            self.rules.count("browsers")
            return life
        raise NoBrowserError(_why(said))

    def _retire(self, life: _Life) -> None:
        """Let a browser go that has rendered enough, or is gone, once nothing is in it."""
        if life.is_gone or 0 < self.recycle <= life.pages:
            life.is_over = True
        if life.is_over and not life.in_flight and not life.is_closing:
            life.is_closing = True
            task = asyncio.ensure_future(life.close())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            if self._life is life:
                self._life = None

    async def close(self) -> None:
        """End all browsers, and see them gone."""
        self.is_closed = True
        if self._life is not None:
            await self._life.close()
        if self._ending:
            await asyncio.wait(self._ending)


def _why(said: str) -> str:
    """Return one line on a browser that does not start."""
    lines = [line.strip() for line in said.splitlines() if "rror" in line or "sandbox" in line]
    told = " ".join(lines[-1:])[:200] or said.strip()[:200]
    return (
        f"the browser does not start ({told or 'no reason given'}): try another one "
        "(LINKCRAWLER_RENDER_BROWSER), or --js off; in a container that allows no sandbox, "
        "-s LINKCRAWLER_RENDER_SANDBOX=no"
    )
