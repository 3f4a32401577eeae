"""What every test may count on: no proxy of the environment, no configuration of the person."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _plain_environment():
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SCRAPY_"):
            del os.environ[name]
