"""Names of rules in, which hold out: how links as found become votes between nodes.

Each rule takes away a way to look more linked to than one is, or less; each can be switched off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTENERS: Final = frozenset(
    {
        "adf.ly", "amzn.to", "b.link", "bit.do", "bit.ly", "bitly.com", "bl.ink", "buff.ly",
        "cutt.ly", "db.tt", "dlvr.it", "fb.me", "flip.it", "goo.gl", "ht.ly", "ift.tt", "is.gd",
        "j.mp", "lnkd.in", "lnk.to", "msft.it", "ow.ly", "po.st", "rb.gy", "rebrand.ly", "shorturl.at",
        "smarturl.it", "spoti.fi", "t.co", "t.ly", "t2m.io", "tiny.cc", "tinyurl.com", "tr.im",
        "trib.al", "u.to", "v.gd", "wp.me", "youtu.be",
    }
)  # fmt: skip
"""Domains whose URLs stand for URLs elsewhere; a public list does not exist, this one is our own."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules hold; all of them by default.

    Args:
        redirects: a link to a URL that redirects counts for where it ends, and the redirect itself
            is no vote; so does a refresh on a page without any other link.
        canonicals: a link to a page that names another URL of its own domain as canonical counts for
            that one. A canonical on another domain moves nothing: it could be claimed by anyone.
        www: a host is the same with and without ``www.``, a page also with http and https.
        platforms: tenants of one platform (``ann.github.io``, ``bob.github.io``) are nodes of their
            own, but their votes for one target, also for one of them, are together one vote: accounts
            there are free.
        shorteners: a link to a URL shortener counts for where it leads, or not at all.
        sitewide: however many links and pages, one source gives one target one vote. Without it an
            edge counts as often as there are pages that link.
    """

    redirects: bool = True
    canonicals: bool = True
    www: bool = True
    platforms: bool = True
    shorteners: bool = True
    sitewide: bool = True

    def without(self, names: Iterable[str]) -> Rules:
        """Return these rules with those of ``names`` switched off.

        Raises:
            UsageError: there is no such rule.

        >>> Rules().without(["www"]).www
        False
        """
        off = list(names)
        for name in off:
            if name not in RULES:
                raise UsageError(f"there is no rule {name!r}; take one of {', '.join(RULES)}")
        return replace(self, **dict.fromkeys(off, False))

    def on(self) -> list[str]:
        """Return the names of the rules that hold."""
        return [name for name, holds in asdict(self).items() if holds]


RULES: Final = tuple(field.name for field in fields(Rules))
