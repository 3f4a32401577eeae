"""Pages that lead to 6,000 URLs of one shape each: processor time of finding and of committing them.

    python -m benchmarks.wide_pages [SHAPE...]

Three pages a shape, each into the same frontier: what is new the first time is known the third. Both are
done in steps, as in a crawl; the reactor is held up for as long as the longest turn takes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from linkcrawler.frontier.discovery import finding
from linkcrawler.frontier.frontier import Frontier
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.results import CommittedPage
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.frontier.steps import TURN_SECS, UnderWay
from linkcrawler.items import Link, Page
from linkcrawler.policies.scope import Scope
from linkcrawler.policies.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkcrawler.frontier.results import Lease
    from linkcrawler.frontier.steps import Steps

T = TypeVar("T")

LINKS: Final = 6000
"""Links kept of a page at the most."""
PAGES: Final = 3
SITE: Final = "site.example"
AT: Final = datetime(2024, 1, 1, tzinfo=UTC)


def _token(page: int, n: int) -> str:
    return f"{(n * 2654435761 + page * 40503) % 2**64:016x}"


def _list(page: int, n: int) -> str:
    return f"/s{page}?a=" + ",".join(str(n * 40 + item) for item in range(40))


SHAPES: Final[dict[str, Callable[[int, int], str]]] = {
    "new domains": lambda page, n: f"http://www.n{n}-{page}.example/",
    "hosts of new domains": lambda page, n: f"http://blog.n{n}-{page}.example/",
    "new pages": lambda page, n: f"/a{page}/page-{n}-x.html",
    "subdomains": lambda page, n: f"http://h{n}-{page}.{SITE}/",
    "the same subdomains": lambda _, n: f"http://h{n}.{SITE}/",
    "tokens": lambda page, n: f"/p{n}?sid={_token(page, n)}",
    "combinations": lambda page, n: f"/s?a={n}&b={n + 1}&c={page}",
    "addresses of combinations": lambda page, n: f"/s{n}-{page}?a=1&b=2",
    "lists of values": _list,
    "dates": lambda page, n: f"/c{page}/{2000 + n // 365}/{1 + n // 28 % 12:02}/{1 + n % 28:02}/",
    "places with dates": lambda page, n: f"/cal{n}-{page}/2020/01/02/",
    "copies": lambda page, n: f"/f{page}/page-{n}-x.html",
    "deep paths": lambda page, n: "/" + "/".join(f"x{at}" for at in range(15)) + f"/{page}/{n}",
}
"""The URL of the n-th link of a page, which may begin with the path."""
OF_ONE_TEXT: Final = frozenset({"copies"})
"""Shapes whose pages all have the same text, and the same links in their own folders."""


class Spent(NamedTuple):
    """Seconds of processor time that one page took."""

    find: float
    commit: float
    turn: float
    """The longest turn of the event loop."""


def commit(path: Path, shape: str) -> list[Spent]:
    """Commit `PAGES` pages of a shape; return what each took."""
    store = SqliteFrontierStore(path, Limits(max_pages_per_domain=0, hosts_per_domain=100))
    store.add_seeds(
        Discovery(f"http://{SITE}/f{n}/", SITE, cost=0, enters=True, is_seed=True)
        for n in range(PAGES)
    )
    frontier = Frontier(store, store.limits, Turns(0.0))
    leases = [lease for _ in range(PAGES) if (lease := _next(frontier)) is not None]
    times = [_commit(frontier, lease, shape, n) for n, lease in enumerate(leases)]
    store.close()
    return times


def _next(frontier: Frontier) -> Lease | None:
    lease = frontier.lease()
    if lease is not None:
        frontier.downloaded(lease)
    return lease


def _commit(frontier: Frontier, lease: Lease, shape: str, number: int) -> Spent:
    made = (SHAPES[shape](number, n) for n in range(LINKS))
    links = tuple(Link(f"http://{SITE}{url}" if url[0] == "/" else url, "a") for url in made)
    text = 1 if shape in OF_ONE_TEXT else number + 1
    page = Page(lease.url, "ok", AT, 200, links=links, text_key=text, words_key=text)
    found, finding_took = _in_turns(finding(page, lease, Scope()))
    done = CommittedPage(lease, page, b"rows", LINKS, found, may_retry=False)
    _, took = _in_turns(frontier.commit_in_steps([done]))
    return Spent(sum(finding_took), sum(took), max(finding_took + took))


def _in_turns(steps: Steps[T]) -> tuple[T, list[float]]:
    """Do work as the event loop does; return its result, and what each turn took."""
    work, turns, more = UnderWay(steps), [], True
    while more:
        began = time.thread_time()
        more = work.step(TURN_SECS)
        turns.append(time.thread_time() - began)
    return work.result(), turns


def main() -> None:
    """Print a row for each shape."""
    head = "| shape | find, ms | commit, ms: first | second | third | longest turn, ms |"
    print(f"{head}\n|---|---|---|---|---|---|")
    for shape in sys.argv[1:] or SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            times = commit(Path(folder) / "frontier.sqlite", shape)
        find = max(page.find for page in times)
        spent = [*(page.commit for page in times), max(page.turn for page in times)]
        cells = " | ".join(f"{1000 * secs:.0f}" for secs in spent)
        print(f"| {shape} | {1000 * find:.0f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
