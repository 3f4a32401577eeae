"""A Page of whatever component in, one that the frontier and the dataset can take out (pure).

Pipelines of others may replace a page: leave links out, add some, write what no reader of ours would. The
frontier counts the links of a page and goes where they lead, the dataset writes them; so that both speak of
the same ones, a page is brought into shape once, before either sees it.
"""

from __future__ import annotations

from dataclasses import replace
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from linkcrawler.items import LINK_KINDS, OUTCOMES
from linkcrawler.packing import PackedLinks
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain
from pipelines.rows import SAME, fitted
from pipelines.schema import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkcrawler.items import Link, Page


def _asked_of(column: pa.Field) -> tuple[Any, int]:
    """Return the types of a column's values, and how many bits a number may have; 0 for any."""
    if pa.types.is_string(column.type):
        return ((str, NoneType) if column.nullable else str), 0
    if pa.types.is_boolean(column.type):
        return bool, 0
    # What is counted in 16 bits is cut there, as servers and traps may send any number.
    bits = column.type.bit_width
    return int, bits if bits > 16 else 0


_ASKED: Final = {name: _asked_of(PAGES.field(name)) for name in SAME}
"""Of each field of a page."""


def shaped(page: Page) -> Page:
    """Return ``page`` with canonical links, those to no web address left out, and counts that fit them.

    Where others have left links out, ``links_truncated`` says that not all of the page's are there. Links
    that are packed are those of our own readers, and are as they should be.

    Raises:
        TypeError: a field holds what its column cannot. It must not wait in the outbox, where it would be
            in the way of all that come after it.
        ValueError: its outcome, or a link's kind, is none.
    """
    for name, (types, bits) in _ASKED.items():
        value = getattr(page, name)
        if not isinstance(value, types) or (bits and value.bit_length() >= bits):
            raise TypeError(f"{name} of a page cannot be {value!r}")
    if page.outcome not in OUTCOMES:
        raise ValueError(f"{page.outcome!r} is no outcome of a page")
    if isinstance(page.links, PackedLinks):
        return page
    links = tuple(_canonical(page.links))
    n_links = max(page.n_links - (len(page.links) - len(links)), len(links))
    internal = _count_internal(links, page.url)
    most = n_links - (len(links) - internal)
    return replace(
        page,
        links=links,
        n_links=n_links,
        n_internal=min(max(page.n_internal, internal), most),
        links_truncated=page.links_truncated or len(links) < n_links,
    )


def _canonical(links: Sequence[Link]) -> Iterator[Link]:
    """Yield the links to web addresses, each canonical."""
    for link in links:
        if link.kind not in LINK_KINDS:
            raise ValueError(f"{link.kind!r} is no kind of a link")
        target = fitted(link.target, "target")
        if target is not None:
            yield link if target == link.target else replace(link, target=target)


def _count_internal(links: Sequence[Link], url: str) -> int:
    here = registered_domain(host_of(url))
    return sum(registered_domain(host_of(link.target)) == here for link in links)
