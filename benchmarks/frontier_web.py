"""A number of known URLs in, pages that lead to them out: the web of the frontier's benchmark.

It exists only as counts of URLs by domain, so that the memory measured is the frontier's.
"""

from __future__ import annotations

import random
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier.records import Discovery
from linkcrawler.frontier.results import CommittedPage
from linkcrawler.items import Page

if TYPE_CHECKING:
    from pathlib import Path

    from linkcrawler.frontier.results import Lease

LINKS: Final = 100
"""Where one page leads to."""
MENU: Final = 40
"""Of those, links that stand on every page of a site."""
NEARBY: Final = 35
"""To known pages of the same site."""
AWAY: Final = 10
"""To home pages of other sites."""
NEW_HERE: Final = 12
NEW_AWAY: Final = 3
NEW: Final = NEW_HERE + NEW_AWAY
AT: Final = datetime(2024, 1, 1, tzinfo=UTC)
ROWS: Final = b"r" * 2_500
"""About what 100 links of a page take in the outbox."""


class Web:
    """Domains with a number of URLs each, that grow as pages are made up.

    Args:
        per_domain: URLs of a domain when it is first linked to.
        urls: URLs known of each domain; made by an earlier run.
    """

    def __init__(self, per_domain: int, urls: array[int] | None = None) -> None:
        self.per_domain = per_domain
        self.urls = array("i", [1]) if urls is None else urls
        self._random = random.Random(len(self.urls))

    @classmethod
    def read(cls, path: Path, per_domain: int) -> Web:
        """Return the web that `write` has written."""
        urls = array("i")
        urls.frombytes(path.read_bytes())
        return cls(per_domain, urls)

    def write(self, path: Path) -> None:
        """Keep how far the web has grown."""
        path.write_bytes(self.urls.tobytes())

    @property
    def known(self) -> int:
        """URLs linked to so far."""
        return sum(self.urls)

    def seed(self) -> Discovery:
        """Return where a crawl of it begins."""
        return Discovery(_url(0, 0), _name(0), cost=0, enters=True, is_seed=True)

    def new_page(self, lease: Lease) -> CommittedPage:
        """Return a page that leads to `LINKS` URLs of new domains: the fastest way to grow."""
        found = []
        for _ in range(LINKS // self.per_domain):
            number = len(self.urls)
            self.urls.append(self.per_domain)
            found += [_found(number, page, -1) for page in range(self.per_domain)]
        return _page(lease, found)

    def page(self, lease: Lease) -> CommittedPage:
        """Return a page as they are: a menu, known neighbours, other sites, and 15 new URLs."""
        here, chance, n = int(lease.domain.name[4:10]), self._random, len(self.urls)
        found = [_found(here, page, here) for page in range(min(MENU, self.urls[here]))]
        found += [_found(here, chance.randrange(self.urls[here]), here) for _ in range(NEARBY)]
        # A few sites are linked to from everywhere.
        found += [_found(int(n * chance.random() ** 4), 0, here) for _ in range(AWAY)]
        found += [self._grow(here, here) for _ in range(NEW_HERE)]
        found += [self._grow(chance.randrange(n), here) for _ in range(NEW_AWAY)]
        return _page(lease, found)

    def _grow(self, number: int, here: int) -> Discovery:
        self.urls[number] += 1
        return _found(number, self.urls[number] - 1, here)


def _name(number: int) -> str:
    return f"site{number:06}.example"


def _url(number: int, page: int) -> str:
    path = f"section-{page % 7}/an-article-about-something-{page}.html" if page else ""
    return f"https://www.{_name(number)}/{path}"


def _found(number: int, page: int, here: int) -> Discovery:
    enters = number != here
    return Discovery(_url(number, page), _name(number), hop_cost=int(enters), enters=enters)


def _page(lease: Lease, found: list[Discovery]) -> CommittedPage:
    unique = {one.url: one for one in found}
    page = Page(lease.url, "ok", AT, status=200)
    return CommittedPage(lease, page, ROWS, LINKS, tuple(unique.values()), may_retry=False)
