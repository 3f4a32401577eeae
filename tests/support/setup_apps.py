"""Build the client-rendered sites of the tests with the frameworks of their lock file; say what happened.

Run as a script. It ends with 0 even where they could not be built: the tests then skip, or fail where
``LINKCRAWLER_REQUIRE_BROWSER=1`` is set. Nothing that is built is in the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

APPS = Path(__file__).resolve().parents[1] / "apps"
NAMES = ("react", "vue", "svelte", "lit")
STEPS = (("npm", "ci", "--ignore-scripts", "--silent"), ("npm", "run", "--silent", "build"))
SECONDS = 600
HOW_TO_GET_THEM = (
    "the sites are not built: install Node, then run `python tests/support/setup_apps.py`"
)


def main() -> str:
    """Return one line: that the sites are there, or why not."""
    if is_built():
        return "client-rendered sites for the tests: built before"
    if shutil.which("npm") is None:
        return "client-rendered sites for the tests: not built, there is no npm; their tests skip"
    for step in STEPS:
        try:
            done = subprocess.run(
                step, cwd=APPS, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"client-rendered sites for the tests: not built ({error}); their tests skip"
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or [str(done.returncode)]
            return f"client-rendered sites for the tests: not built ({said[-1]}); their tests skip"
    return f"client-rendered sites for the tests: {', '.join(NAMES)}"


def is_built() -> bool:
    """Return whether every site is newer than what it is made of."""
    made = [path.stat().st_mtime for name in NAMES if (path := bundle(name)).is_file()]
    sources = [*APPS.glob("src/*"), APPS / "build.mjs", APPS / "package-lock.json"]
    return len(made) == len(NAMES) and min(made) >= max(path.stat().st_mtime for path in sources)


def bundle(name: str) -> Path:
    """Return where the script of the site ``name`` is."""
    return APPS / "dist" / f"{name}.js"


def apps_or_skip() -> dict[str, bytes]:
    """Return the script of each site; skip the test where they are not built.

    With ``LINKCRAWLER_REQUIRE_BROWSER=1`` the test fails instead.
    """
    if is_built():
        return {name: bundle(name).read_bytes() for name in NAMES}
    if os.environ.get("LINKCRAWLER_REQUIRE_BROWSER") == "1":
        pytest.fail(HOW_TO_GET_THEM)
    pytest.skip(HOW_TO_GET_THEM)


if __name__ == "__main__":
    print(main())
