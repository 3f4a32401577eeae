"""Starts a browser that goes when the crawl does: through a warden, with a folder and a line of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import async_playwright

from linkcrawler.rendering.browsers import browser_flags
from linkcrawler.rendering.gateway import Gateway

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable

    from playwright.async_api import Browser, BrowserContext

START_SECS: Final = 30.0
"""What a browser may take to start."""
LONGEST_TEMPORARY: Final = 70
CLOSE_SECS: Final = 5.0
"""What it may take to end in good order."""


class Provider:
    """A browser's life, in the shape that scrapy-playwright asks for.

    Args:
        path: the browser's program.
        sandbox: whether it runs pages in its sandbox.
        memory_mib: memory that a page may take; 0 means no limit.
        count: called with ``refused/browser`` for what the browser asks for on its own account.
    """

    def __init__(
        self, path: str, memory_mib: int, count: Callable[[str], None], *, sandbox: bool
    ) -> None:
        self.path = path
        self.sandbox = sandbox
        self.memory_mib = memory_mib
        self.own_traffic = Gateway(None, count)
        """What the browser itself asks for, which it is not given."""
        self._folder = ""
        self._line: asyncio.AbstractServer | None = None
        self._wardens: list[StreamWriter] = []
        self._playwright: Any | None = None
        self._api: Any = None

    async def start(self) -> None:
        """Start what drives the browser."""
        # The name of a socket is at most some hundred bytes long.
        where = None if len(tempfile.gettempdir()) < LONGEST_TEMPORARY else "/tmp"  # noqa: S108
        self._folder = tempfile.mkdtemp(prefix="linkcrawler-browser-", dir=where)
        self._line = await asyncio.start_unix_server(self._greet, Path(self._folder) / "line")
        await self.own_traffic.open()
        self._playwright = async_playwright()
        self._api = await self._playwright.start()

    async def launch_browser(self) -> Browser:
        """Return the running browser.

        Raises:
            playwright.async_api.Error: it does not start.
        """
        browser: Browser = await self._api.chromium.launch(
            executable_path=sys.executable,
            args=[
                "-P", "-m", "linkcrawler.rendering.warden",
                f"{self._folder}/line", self._folder, str(self.memory_mib),
                self.path, *browser_flags(self.own_traffic.port, sandbox=self.sandbox),
            ],
            ignore_default_args=True,
            # Signals are the crawl's own concern.
            handle_sigint=False, handle_sigterm=False, handle_sighup=False,
            timeout=1000 * START_SECS,
            env=self._environment(),
        )  # fmt: skip
        return browser

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> BrowserContext:
        """Refuse: pages share nothing.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("pages share no context")

    async def close(self) -> None:
        """End the browser and what drives it, see both gone, and remove their folder."""
        self.kill()
        driver = self._playwright
        if driver is not None:
            process = _process_of(driver)
            try:
                async with asyncio.timeout(CLOSE_SECS):
                    await driver.__aexit__()
            except Exception:  # whatever it is, it must be gone
                if process is not None:
                    with suppress(ProcessLookupError):
                        process.kill()
        await self.own_traffic.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """Let the warden end the browser, without waiting."""
        if self._line is not None:
            self._line.close()
        for warden in self._wardens:
            warden.transport.abort()
        self._wardens.clear()

    def _greet(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._wardens.append(writer)

    def _environment(self) -> dict[str, str | float | bool]:
        """Return the browser's environment: it writes into its own folder only."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().endswith("_proxy") and not name.startswith("DBUS_")
        }
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109
        own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"), self._folder)
        return {**kept, **own, "PYTHONPATH": path}


def _process_of(driver: Any) -> Any:
    """Return the process that drives the browser, as far as Playwright shows it."""
    connection = getattr(driver, "_connection", None)
    return getattr(getattr(connection, "_transport", None), "_proc", None)
