"""One measurement of the frontier, in a process of its own whose memory is the frontier's alone.

`benchmarks.frontier` starts it; it prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.frontier_web import LINKS, Web
from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.limits import ENDLESS, Limits
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.policies.order import Order
from linkcrawler.policies.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkcrawler.frontier.results import CommittedPage, Lease

GROUP: Final = 16
"""Pages in a transaction, as crawls have it."""
CONCURRENCY: Final = 64
SEALED_EVERY: Final = 50
"""Transactions after which the outbox is emptied, as sealing a part does."""


def memory() -> dict[str, float]:
    """Return ``resident`` and ``peak`` memory of this process, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    lines = dict(line.split(":", 1) for line in status.splitlines())
    kept = {"resident": "VmRSS", "peak": "VmHWM"}
    return {name: int(lines[key].split()[0]) / 1024 for name, key in kept.items()}


class Crawl:
    """A frontier at work, without a network.

    Args:
        path: its file.
        per_domain: URLs of a domain when it is first linked to.
        limits: what bounds the crawl.
        delay: seconds between two requests to a domain.
    """

    def __init__(
        self, path: Path, per_domain: int, limits: Limits = ENDLESS, delay: float = 0.0
    ) -> None:
        self.grown = path.with_suffix(".grown")
        self.web = Web.read(self.grown, per_domain) if self.grown.exists() else Web(per_domain)
        self.store = SqliteFrontierStore(path, limits)
        self.store.add_seeds([self.web.seed()])
        self.turns = Turns(delay)
        self.frontier = Frontier(self.store, limits, self.turns)
        self._groups = 0

    def close(self) -> None:
        """Keep how far the web has grown, and close the store."""
        self.web.write(self.grown)
        self.store.close()

    def lease(self) -> Lease | None:
        """Return the next lease, whose domain's turn is taken."""
        lease = self.frontier.lease()
        if lease is not None:
            self.turns.take(lease.domain.name, time.monotonic())
        return lease

    def commit(self, pages: list[CommittedPage]) -> None:
        """Commit ``pages``, and empty the outbox now and then."""
        self.frontier.commit(pages)
        self._groups += 1
        if self._groups % SEALED_EVERY == 0:
            last = self.store.outbox(LINKS * GROUP * SEALED_EVERY)[-1].id
            self.store.replace_parts([], [], sealed_to=last)

    def fetch(self, pages: int, page: Callable[[Lease], CommittedPage]) -> tuple[int, float]:
        """Fetch pages in groups; return how many, and the seconds that the frontier took."""
        spent, fetched = 0.0, 0
        while fetched < pages:
            began = time.perf_counter()
            leases = [lease for _ in range(GROUP) if (lease := self.lease()) is not None]
            spent += time.perf_counter() - began
            made = [page(lease) for lease in leases]
            began = time.perf_counter()
            for lease in leases:
                self.frontier.downloaded(lease)
            self.commit(made)
            spent += time.perf_counter() - began
            fetched += len(leases)
        return fetched, spent


def grow(path: Path, known: int, per_domain: int, pages: int) -> dict[str, float]:
    """Grow the frontier to ``known`` URLs, then measure ``pages`` pages as they are."""
    crawl = Crawl(path, per_domain)
    began, before = time.perf_counter(), crawl.web.known
    while crawl.web.known < known:
        missing = max(1, min(GROUP * 500, (known - crawl.web.known) // LINKS))
        crawl.fetch(missing, crawl.web.new_page)
    filled, fill_secs = crawl.web.known - before, time.perf_counter() - began
    found = {"fill_secs": fill_secs, "fill_rate": filled / fill_secs}
    if pages:
        before = crawl.store.counts().discovered
        fetched, secs = crawl.fetch(pages, crawl.web.page)
        found |= {
            "pages_rate": fetched / secs,
            "new_rate": (crawl.store.counts().discovered - before) / secs,
        }
    counters = crawl.store.counters()
    crawl.close()
    size = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    total = sum(counters[name] for name in ("pending", "done"))
    return found | memory() | {"known": total, "domains": counters["domains"], "bytes": size}


def resume(path: Path, budget: int) -> dict[str, float]:
    """Open the frontier again, its file not in the system's cache, and lease one URL.

    Args:
        path: the file.
        budget: pages of a domain at the most; another one than before has all domains placed anew.
    """
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    limits = replace(ENDLESS, max_pages_per_domain=budget)
    began = time.perf_counter()
    store = SqliteFrontierStore(path, limits)
    frontier = Frontier(store, limits, Turns(0.0))
    if frontier.lease() is None:
        raise RuntimeError("nothing to hand out")
    secs = time.perf_counter() - began
    store.close()
    return {"secs": secs} | memory()


def hand_out(
    path: Path, per_domain: int, delay: float, max_pages: int, leases: int, order: str
) -> dict[str, float]:
    """Measure ``leases`` times handing out, with `CONCURRENCY` in flight and groups of `GROUP`."""
    limits = replace(
        ENDLESS, max_pages=max_pages, max_pages_per_domain=50 if max_pages else 0,
        concurrency=CONCURRENCY, order=Order(order),
    )  # fmt: skip
    crawl = Crawl(path, per_domain, limits, delay)
    flying: deque[Lease] = deque()
    times: list[float] = []
    busy: list[float] = []
    commits: list[float] = []
    while len(times) < leases:
        began, began_busy = time.perf_counter(), time.thread_time()
        lease = crawl.frontier.lease()
        busy.append(time.thread_time() - began_busy)
        times.append(time.perf_counter() - began)
        if lease is not None:
            crawl.turns.take(lease.domain.name, time.monotonic())
            flying.append(lease)
        if lease is None or len(flying) == CONCURRENCY:
            done = [flying.popleft() for _ in range(min(GROUP, len(flying)))]
            pages = [crawl.web.page(lease) for lease in done]
            began = time.perf_counter()
            for lease in done:
                crawl.frontier.downloaded(lease)
            crawl.commit(pages)
            commits.append(time.perf_counter() - began)
    crawl.store.close()
    commits.sort()
    found = percentiles(times) | memory() | {"busy_p99": percentiles(busy)["p99"]}
    cycle = (sum(times) + sum(commits)) / len(times)
    return found | {"cycle": cycle * 1e3, "group_p99": commits[len(commits) * 99 // 100] * 1e3}


def percentiles(times: list[float]) -> dict[str, float]:
    """Return ``p50``, ``p99`` and ``max`` of seconds, in milliseconds."""
    ordered = sorted(times)
    n = len(ordered)
    return {
        "p50": ordered[n // 2] * 1e3,
        "p99": ordered[n * 99 // 100] * 1e3,
        "max": ordered[-1] * 1e3,
    }


MEASURES: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "grow": grow,
    "resume": resume,
    "hand_out": hand_out,
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[2])
    print(json.dumps(MEASURES[sys.argv[1]](Path(arguments.pop("path")), **arguments)))
