"""Make sure that the browser tests have a Chromium: find one, else install one; say what happened.

Run as a script. It ends with 0 even where none could be had: the tests then skip, or fail where
``LINKCRAWLER_REQUIRE_BROWSER=1`` is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

APT = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"),
)
PLAYWRIGHT = ((sys.executable, "-m", "playwright", "install", "chromium"),)
SECONDS = 900


def main() -> str:
    """Return one line: which browser the tests will use, or why they have none."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from support.browser import find_browser

    if path := find_browser():
        return f"browser for the tests: {path}"
    failures = []
    for way, commands in _ways():
        failure = _run_all(commands)
        if not failure and (path := find_browser()):
            return f"browser for the tests: {path} (installed with {way})"
        failures.append(f"{way}: {failure or 'installed nothing that starts'}")
    return f"no browser for the tests ({'; '.join(failures)}); the browser tests skip"


def _ways() -> list[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Return the ways to install a Chromium here, best first."""
    ways: list[tuple[str, tuple[tuple[str, ...], ...]]] = [("playwright", PLAYWRIGHT)]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways.insert(0, ("apt-get", APT))
    return ways


def _run_all(commands: tuple[tuple[str, ...], ...]) -> str:
    """Run ``commands`` quietly; return what went wrong in a few words, or nothing."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, env=quiet, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)[:200]
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines()
            return (lines or [f"exit code {done.returncode}"])[-1][:200]
    return ""


if __name__ == "__main__":
    print(main())
