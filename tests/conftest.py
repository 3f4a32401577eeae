"""What every test may count on: no proxy of the environment, no configuration of the person."""

from __future__ import annotations

import os

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
