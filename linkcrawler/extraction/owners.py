"""A page's scripts in, the ids out by which whoever runs it is known to others.

Pages of one owner carry the same analytics, tag-manager and ads ids, whatever their domains.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_IDS: Final = 16
"""Ids kept of a page."""
MAX_SCRIPTS: Final = 256 * 1024
"""Characters of scripts that are searched."""
_HINTS: Final = ("UA-", "G-", "GTM-", "GT-", "AW-", "DC-", "pub-", "fbq(", "ym(", "hjid", "clarity")
"""What a text with an id holds: looked for first, as that is quicker."""
_ID: Final = re.compile(
    r"(?<![\w-])(?:"
    r"(UA-\d{4,10}-\d{1,4}|G-(?=[A-Z]*\d)[A-Z0-9]{8,12}|GTM-[A-Z0-9]{4,9}|GT-[A-Z0-9]{6,12}"
    r"|AW-\d{8,12}|DC-\d{5,12}|(?:ca-)?pub-\d{10,20})(?![\w])"
    r"|(fbq|ym)\(\s*(?:['\"]init['\"]\s*,\s*)?['\"]?(\d{5,20})"
    r"|(hjid)['\"]?\s*[:=]\s*(\d{4,12})"
    r"|(clarity)['\"]\s*,\s*['\"]script['\"]\s*,\s*['\"]([a-z0-9]{6,16}))"
)


def owner_ids(scripts: Iterable[str]) -> str | None:
    """Return the distinct ids in sources and contents of scripts, one space between; None for none.

    Google's are as they are written, Meta's, Yandex's, Hotjar's and Clarity's with a name before.

    >>> owner_ids(["gtag('config', 'G-AB12CD34EF')", "x='UA-12345-6'; fbq('init', '1234567890')"])
    'G-AB12CD34EF UA-12345-6 fbq:1234567890'
    """
    text = "\n".join(scripts)[:MAX_SCRIPTS]
    if not any(hint in text for hint in _HINTS):
        return None
    found: dict[str, None] = {}
    for match in _ID.finditer(text):
        whole, *named = match.groups(default="")
        label = ":".join(part for part in named if part)
        found[f"ca-{whole}" if whole.startswith("pub-") else whole or label] = None
        if len(found) == MAX_IDS:
            break
    return " ".join(found) or None
