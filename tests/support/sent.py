"""A crawl whose requests are written down as they leave, by all of its processes."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from linkcrawler.settings import EXTENSIONS

INJECTED = Path(__file__).parent / "injected"
LOGGED = ("-s", "EXTENSIONS=" + json.dumps({**EXTENSIONS, "sent_log.SentLog": 5}))
"""Arguments of a crawl that writes them down."""


def environment(log: Path, *addresses: str) -> dict[str, str]:
    """What such a crawl needs in its environment; names below ``.example`` are at ``addresses``."""
    return {
        "PYTHONPATH": str(INJECTED),
        "TEST_SENT": str(log),
        "TEST_ADDRESSES": ",".join(addresses),
    }


def read(log: Path) -> list[tuple[float, str, str]]:
    """Time, domain and URL of each request, in order of time."""
    lines = (line.split(" ", 2) for line in log.read_text().splitlines())
    return sorted((float(at), domain, url) for at, domain, url in lines)


def least_gap(times) -> float:
    """Shortest time between two of ``times``."""
    return min(
        (later - earlier for earlier, later in pairwise(sorted(times))), default=float("inf")
    )


def gaps(requests) -> dict[str, float]:
    """The shortest time between two requests to each domain, of ``(time, domain, …)``."""
    times = defaultdict(list)
    for at, domain, *_ in requests:
        times[domain].append(at)
    return {domain: least_gap(found) for domain, found in times.items()}
