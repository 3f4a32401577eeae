"""The browser to use: the one that was named, the first on the path, or Playwright's own; its flags."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
)
"""Commands that start a Chromium, the first on the path counts."""
MAC: Final = ("Google Chrome", "Chromium", "Microsoft Edge")
_PLAYWRIGHTS: Final = (
    "chromium-*/chrome-*/chrome",
    "chromium-*/chrome-*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/*/*headless*shell",
)

_FEATURES_OFF: Final = (
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "CertificateTransparencyComponentUpdater",
    "DestroyProfileOnBrowserClose", "DialMediaRouteProvider", "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades", "IsolateOrigins", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying",
    "OptimizationHints", "PaintHolding", "PreconnectToSearch", "Prerender2",
    "SpareRendererForSitePerProcess", "Translate", "site-per-process",
)  # fmt: skip
FLAGS: Final = (
    "--headless",
    "--no-startup-window",
    "--remote-debugging-pipe",
    # Nothing that a person would see or use
    "--hide-scrollbars", "--mute-audio", "--disable-gpu", "--no-first-run", "--disable-extensions",
    "--no-default-browser-check", "--disable-default-apps", "--disable-search-engine-choice-screen",
    "--block-new-web-contents", "--password-store=basic", "--use-mock-keychain", "--disable-breakpad",
    "--disable-crash-reporter", "--disable-hang-monitor", "--no-service-autorun",
    "--disable-dev-shm-usage", "--disable-infobars", "--disable-back-forward-cache",
    # Pages in the background run as those in front
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # A page is one process, with all its frames: what it takes can be bounded
    "--disable-site-isolation-trials",
    # The browser itself asks nobody for anything
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-component-extensions-with-background-pages", "--disable-domain-reliability",
    "--disable-client-side-phishing-detection", "--disable-field-trial-config",
    "--metrics-recording-only", "--no-pings", "--safebrowsing-disable-auto-update",
    "--disable-features=" + ",".join(_FEATURES_OFF),
    "--enable-features=SkipListAccountsWithoutGaiaCookies",
    # The proxy is the only way out: names are not looked up, loopback is no exception, no UDP
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # What the links do not need
    "--blink-settings=imagesEnabled=false",
)  # fmt: skip
"""How every browser is started; the proxy and the profile's folder come to it."""


def browser_flags(proxy_port: int, *, sandbox: bool) -> tuple[str, ...]:
    """Return the flags of a browser whose own traffic goes to ``proxy_port`` of loopback.

    Args:
        proxy_port: where the proxy listens.
        sandbox: whether pages run in the browser's sandbox; it cannot be had by root.
    """
    flags = (*FLAGS, f"--proxy-server=http://127.0.0.1:{proxy_port}")
    return flags if sandbox and os.geteuid() != 0 else (*flags, "--no-sandbox")


def find_browser(named: str = "") -> str:
    """Return the path of the browser to use, or an empty text where there is none.

    Args:
        named: the path or command that a setting names; only this one counts then.

    Raises:
        UsageError: there is no such file that can be run.
    """
    if named:
        path = shutil.which(named)
        if path is None:
            raise UsageError(
                f"LINKCRAWLER_RENDER_BROWSER: expected the path of a Chromium, Chrome or Edge, "
                f"got {named!r}, which cannot be run"
            )
        return path
    return next(_browsers(), "")


def _browsers() -> Iterator[str]:
    """Yield the browsers of this machine, best first."""
    yield from filter(None, map(shutil.which, NAMES))
    if sys.platform == "darwin":
        apps = (f"/Applications/{name}.app/Contents/MacOS/{name}" for name in MAC)
        yield from filter(None, map(shutil.which, apps))
    home = _playwrights_folder()
    for pattern in _PLAYWRIGHTS:
        # The newest first; numbers of one length, as Playwright's are.
        found = map(str, sorted(home.glob(pattern), reverse=True))
        yield from filter(None, map(shutil.which, found))


def _playwrights_folder() -> Path:
    """Return where Playwright keeps its browsers."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named and named != "0":
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
