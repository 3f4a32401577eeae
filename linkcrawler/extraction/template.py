"""The outer parts of a page in, a fingerprint of the template it was made from out.

Pages made from one template share their outer parts, whatever they say: the names, ids and classes of
the elements down to a small depth, each kind counted once. Digits in ids and classes are left out, and
of classes only the first counts: the others speak of the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.blocks import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_DEPTH: Final = 4
"""Parts of a page within each other that are looked at."""
_DIGITS: Final = re.compile(r"\d+")


def label_of(name: str, given: Mapping[str, str]) -> str:
    """Return what a part's tag adds to the template.

    >>> label_of("div", {"id": "post-17", "class": "entry tag-a"})
    'div#post-.entry'
    """
    first = (given.get("class", "").split() or [""])[0]
    return _DIGITS.sub("", f"{name}#{given.get('id', '')}.{first}")


def template_key(labels: Iterable[str]) -> int:
    """Return the fingerprint of a page with these parts: an int64; 0 where there are none.

    >>> template_key([]), template_key(["0div#.a", "0div#.a"]) == template_key(["0div#.a"])
    (0, True)
    """
    text = "\n".join(dict.fromkeys(labels))
    return key_of(text.encode(errors="replace")) if text else 0
