"""A host in, what a person has decided about it out (pure).

Three words, as researchers who map a topic have them: ``IN`` belongs to it, ``OUT`` does not,
``UNDECIDED`` is still to be looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

IN: Final = "IN"
OUT: Final = "OUT"
UNDECIDED: Final = "UNDECIDED"
DECISIONS: Final = (IN, OUT, UNDECIDED)


def decision_on(host: str, decisions: Mapping[str, str]) -> str:
    """Return the decision on ``host``: its own, else that on the nearest name above it.

    Args:
        host: a canonical host.
        decisions: one of `DECISIONS` for each canonical host decided on.

    >>> decided = {"blogs.example": "OUT", "good.blogs.example": "IN"}
    >>> [decision_on(host, decided) for host in ("a.blogs.example", "www.good.blogs.example", "b.org")]
    ['OUT', 'IN', 'UNDECIDED']
    """
    rest = host if decisions else ""
    while rest:
        found = decisions.get(rest)
        if found is not None:
            return found
        rest = rest.partition(".")[2]
    return UNDECIDED
