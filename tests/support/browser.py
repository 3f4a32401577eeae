"""A real Chromium for tests: where it is, and one page at a time driven in a thread of its own.

The thread keeps Playwright's event loop away from the loops and reactors of other tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ConsoleMessage, Error, Page, Request

T = TypeVar("T")

NAMES = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_GET_ONE = (
    "no Chromium found: run `python tests/support/setup_browser.py`, install chromium, "
    "or set LINKCRAWLER_BROWSER to the path of one"
)
_ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
)


@dataclass(slots=True)
class Seen:
    """What a page did while a test looked at it."""

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    """Messages of type error or warning."""
    errors: list[str] = field(default_factory=list)


def find_browser() -> str | None:
    """Return the path of a Chromium that starts, or None.

    ``LINKCRAWLER_BROWSER`` decides where it is set; else the first on PATH, else Playwright's own.
    """
    named = os.environ.get("LINKCRAWLER_BROWSER")
    if named:
        return named if _starts(named) else None
    for name in NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    path = _playwrights_own()
    return path if path and _starts(path) else None


def browser_or_skip() -> str:
    """Return the path of a Chromium; skip the test where there is none.

    With ``LINKCRAWLER_REQUIRE_BROWSER=1`` the test fails instead.
    """
    path = find_browser()
    if path is not None:
        return path
    if os.environ.get("LINKCRAWLER_REQUIRE_BROWSER") == "1":
        pytest.fail(HOW_TO_GET_ONE)
    pytest.skip(HOW_TO_GET_ONE)


def visit(
    path: str,
    url: str,
    look: Callable[[Page], T],
    **context: object,
) -> tuple[T, Seen]:
    """Open ``url`` in a fresh profile; return what ``look`` returns, and what the page did.

    Args:
        path: a Chromium, see `find_browser`.
        url: where to go.
        look: called with the loaded page, in the browser's thread.
        context: options of Playwright's ``new_context``, such as ``color_scheme``.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(_visit, path, url, look, context).result()


def _visit(
    path: str, url: str, look: Callable[[Page], T], context: dict[str, object]
) -> tuple[T, Seen]:
    from playwright.sync_api import sync_playwright

    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
            seen = _watch(page)
            page.goto(url, wait_until="load")
            return look(page), seen
        finally:
            browser.close()


def _watch(page: Page) -> Seen:
    """Return a record that fills as ``page`` requests, logs and fails."""
    seen = Seen()

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            seen.console.append(message.text)

    def on_request(request: Request) -> None:
        seen.requests.append(request.url)

    def on_error(error: Error) -> None:
        seen.errors.append(str(error))

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", on_error)
    return seen


@lru_cache(maxsize=8)
def _starts(path: str) -> bool:
    """Return whether ``path`` is a browser that runs here, no stub, no library missing."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _playwrights_own() -> str | None:
    """Return where Playwright would keep its Chromium; None where Playwright is not installed."""
    command = [sys.executable, "-c", _ASK_PLAYWRIGHT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or None
