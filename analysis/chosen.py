"""Lines that name sites in, the nodes of a graph that they mean out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from analysis.entities import Entities
from analysis.levels import Level
from linkcrawler.entries import text_in
from linkcrawler.exceptions import UsageError
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import icann_domain, registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from analysis.policy import Policy


def read_lines(path: Path) -> tuple[str, ...]:
    """Return the lines of a file of sites, without blank ones and what stands behind a ``#``.

    Raises:
        UsageError: it cannot be read, or names nothing.
    """
    text = text_in(path, "cannot read")
    lines = (re.split(r"\s#", line, maxsplit=1)[0].strip() for line in text.splitlines())
    found = tuple(line for line in lines if line and not line.startswith("#"))
    if not found:
        raise UsageError(f"{path} names no site; write a domain or URL on each line")
    return found


def chosen(names: Sequence[str], lines: Iterable[str], policy: Policy) -> NDArray[np.bool_]:
    """Return which of ``names`` the lines mean: bool of shape ``(len(names),)``.

    A line is the name of a node, or a host or URL that belongs to one. Lines that mean no node are
    passed over.

    Args:
        names: nodes of a graph.
        lines: from a file, or the seeds of a crawl.
        policy: whose level says what a node is.
    """
    wanted = {name for line in lines for name in (line, node_of(line, policy))}
    return np.fromiter((name in wanted for name in names), dtype=np.bool_, count=len(names))


def node_of(line: str, policy: Policy) -> str:
    """Return the node that a host or URL belongs to; the line itself where it is neither.

    >>> from analysis.policy import Policy
    >>> node_of("https://www.bbc.co.uk/news", Policy()), node_of("bbc.co.uk", Policy())
    ('bbc.co.uk', 'bbc.co.uk')
    """
    url = canonicalize(line if "://" in line else f"http://{line}")
    if url is None:
        return line
    host = host_of(url)
    if policy.level is Level.page:
        bare = url.partition("://")[2].removeprefix("www.")
        return bare if policy.rules.www else url
    if policy.level is Level.host:
        return host.removeprefix("www.") if policy.rules.www else host
    if policy.level is Level.icann:
        return icann_domain(host)
    if policy.level is Level.entity:
        return (policy.entities or Entities()).of(url)
    return registered_domain(host)


def chosen_or_refused(
    names: Sequence[str], lines: Sequence[str], policy: Policy, option: str
) -> NDArray[np.bool_]:
    """Return `chosen`; refuse lines of which not one means a node.

    Raises:
        UsageError: none of them is in the graph.
    """
    found = chosen(names, lines, policy)
    if lines and not found.any():
        raise UsageError(
            f"none of the {len(lines)} sites of {option} is in this crawl ({lines[0]!r}, …); "
            "name sites that it links to or fetched"
        )
    return found
