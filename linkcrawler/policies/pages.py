"""Which of a domain's pages comes first (pure): how it was found, what its URL says, who links to it.

Two orders of the pages of one domain, which take turns (`Order.takes_best_linked`):

*Lead*, an integer, lowest first: the home page; pages that other domains link to, and seeds; pages found on
a page that led to domains not linked to before, for those resemble it (on a web of 325,557 pages, 76 %
of the pages found on one with links to other sites had some, 4 % of the others); then the rest. Inside
a group, shallow first.

*Standing*, an integer, highest first: the logarithm of what links bring a page. A page spreads what it
has, and a little of its own, evenly over its links, as in OPIC (Abiteboul, Preda and Cobena, WWW 2003);
only whole doublings are kept, so that a link that stands on every page costs few writes.
"""

from __future__ import annotations

import math
import re
from typing import Final
from urllib.parse import urlsplit

HOME: Final = 0
ENTRY: Final = 1
"""A seed, or a page that another domain links to."""
OUTWARD: Final = 2
"""Likely to link to other domains."""
INNER: Final = 3
ARCHIVE: Final = 4
"""Made by a program from other pages: lists, indexes, versions for print."""

DEPTH_BITS: Final = 16
MOST_DEPTH: Final = 2**DEPTH_BITS - 1
OWN: Final = 0.1
"""What each page spreads beside what links have brought it; a seed begins with 1."""
LEAST_STANDING: Final = -60
MOST_STANDING: Final = 60

_WORD: Final = re.compile(r"[a-z]+")
_OUTWARD: Final = frozenset(
    {
        "links", "link", "resources", "resource", "blogroll", "friends",
        "partners", "partner", "sponsors", "directory", "webring", "sites",
        "related", "acknowledgements", "acknowledgments", "references", "bibliography", "ecosystem",
        "community", "projects", "users", "powered", "liens", "enlaces",
        "recursos", "partenaires", "freunde", "ressourcen", "verweise",
    }
)  # fmt: skip
"""Words of URLs and anchors of pages that list others."""
_ARCHIVE: Final = frozenset(
    {
        "tag", "tags", "category", "categories", "archive", "archives",
        "search", "login", "register", "signup", "cart", "print",
        "feed", "genindex", "modindex", "modules", "sources", "changelog",
        "changes", "diff", "history", "revision", "raw",
    }
)  # fmt: skip


def hint_of(url: str, anchor: str = "") -> int:
    """Return what a URL and the text of a link to it say: `HOME`, `OUTWARD`, `INNER` or `ARCHIVE`.

    Args:
        url: a canonical URL.
        anchor: the link's text.

    >>> hint_of("https://a.com/"), hint_of("https://a.com/links.html")
    (0, 2)
    >>> hint_of("https://a.com/tag/x/"), hint_of("https://a.com/p/7", "Our friends")
    (4, 2)
    """
    parts = urlsplit(url)
    if parts.path in ("", "/") and not parts.query:
        return HOME
    words = set(_WORD.findall(parts.path.lower()))
    if words & _ARCHIVE:
        return ARCHIVE
    if words & _OUTWARD or _OUTWARD & set(_WORD.findall(anchor.lower())):
        return OUTWARD
    return INNER


def lead(*, enters: bool, is_led_out: bool, hint: int, depth: int) -> int:
    """Return a page's place among those of its domain, lowest first.

    Args:
        enters: it is a seed, or another domain links to it.
        is_led_out: the page it was found on led to domains that its domain had not linked to.
        hint: of `hint_of`; `INNER` where nothing is known.
        depth: links followed inside the site.

    >>> lead(enters=True, is_led_out=False, hint=INNER, depth=0) < lead(
    ...     enters=False, is_led_out=True, hint=INNER, depth=1)
    True
    """
    group = min(hint, ENTRY) if enters else OUTWARD if is_led_out else hint
    if hint == ARCHIVE and not enters:
        group = ARCHIVE
    return (group << DEPTH_BITS) + min(depth, MOST_DEPTH)


def standing_of(cash: float) -> int:
    """Return the standing of a page to which links have brought ``cash``.

    >>> standing_of(1.0), standing_of(0.3), standing_of(5.0)
    (0, -2, 2)
    """
    found = math.frexp(cash)[1] - 1 if cash > 0 else LEAST_STANDING
    return min(max(found, LEAST_STANDING), MOST_STANDING)


def cash_of(standing: int) -> float:
    """Return what a page of this standing has, halfway to the next one."""
    return 1.5 * 2.0**standing


def share_of(standing: int, links: int) -> float:
    """Return what a page that is fetched brings to each page it links to.

    Args:
        standing: its own.
        links: pages that it links to.
    """
    return (cash_of(standing) + OWN) / max(1, links)
