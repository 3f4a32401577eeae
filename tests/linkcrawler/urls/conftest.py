"""Other people's tests, as data: where the folder is that holds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def suite():
    """A function that returns the path of a suite's file, or skips the test that asks for it."""

    def find(name: str) -> Path:
        folder = os.environ.get("LINKCRAWLER_SUITES", "")
        if not folder:
            pytest.skip("LINKCRAWLER_SUITES names no folder of foreign test suites")
        path = Path(folder) / name
        if not path.is_file():
            pytest.skip(f"LINKCRAWLER_SUITES holds no {name}")
        return path

    return find
