"""A host in, whether who answers for it asked to be left alone out (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def is_opted_out(host: str, domains: AbstractSet[str]) -> bool:
    """Return whether ``host`` is one of ``domains`` or below one.

    Args:
        host: a canonical host.
        domains: canonical hosts whose names, and all below, are not to be asked.

    >>> is_opted_out("www.shop.example", {"shop.example"}), is_opted_out("myshop.example", {"shop.example"})
    (True, False)
    """
    rest = host if domains else ""
    while rest:
        if rest in domains:
            return True
        rest = rest.partition(".")[2]
    return False
