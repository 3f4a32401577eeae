"""What every test may count on: no proxy of the environment, no configuration of the person."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No wall clock, no chance: a property is tried on the same examples each time, however slowly.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def _plain_environment():
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SCRAPY_"):
            del os.environ[name]


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
