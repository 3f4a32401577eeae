"""A headless Chromium with scripts off, whose every request is answered by a function of ours."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.support.browser import FLAGS, HOW_TO_GET_ONE, find_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Route

    from linkcrawler.loopback import Handler

_AS_ASKED: Final = ("--hide-scrollbars", "--disable-features=HttpsUpgrades,HttpsFirstModeV2")
_NOWHERE: Final = {"server": "http://127.0.0.1:9", "bypass": "<-loopback>"}
"""What would not be answered by us goes to a port where nobody listens."""


@contextmanager
def chromium(
    handler: Handler, *, documents_only: bool = False, width: int = 1280, height: int = 900
) -> Iterator[BrowserContext]:
    """Yield a browser profile without scripts that gets status, headers and bodies of ``handler``.

    Requests are answered inside the browser, before its list of hosts that are only ever asked by
    https can change them. With ``documents_only`` images, styles and fonts fail at once. Ends the
    program with a hint where no Chromium is found.
    """
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        print(HOW_TO_GET_ONE, file=sys.stderr)
        sys.exit(2)

    def answer(route: Route) -> None:
        if documents_only and route.request.resource_type != "document":
            route.abort()
            return
        answer = handler(route.request.url.partition("#")[0])
        route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)

    flags = [*FLAGS, *_AS_ASKED, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags, proxy=_NOWHERE)  # type: ignore[arg-type]
        try:
            profile = browser.new_context(
                java_script_enabled=False, viewport={"width": width, "height": height}
            )
            profile.route("**/*", answer)
            yield profile
        finally:
            browser.close()
