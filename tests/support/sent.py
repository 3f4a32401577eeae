"""A crawl whose requests are written down as they leave, by all of its processes."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.sent_log import SENT_LOG, VARIABLE
from linkcrawler.settings import EXTENSIONS

INJECTED = Path(__file__).parent / "injected"
LOGGED = ("-s", "EXTENSIONS=" + json.dumps({**EXTENSIONS, SENT_LOG: 5}))
"""Arguments of a crawl that writes them down."""


def environment(log: Path, addresses: str = "127.0.0.1") -> dict[str, str]:
    """What such a crawl needs in its environment; names below ``.example`` are at ``addresses``."""
    return {"PYTHONPATH": str(INJECTED), VARIABLE: str(log), "TEST_ADDRESSES": addresses}
