"""Raw scores in, numbers for people out: authority from 0 to 100, positions from 1 to n."""

from __future__ import annotations

from itertools import islice
from operator import le
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIGITS: Final = 12
"""Significant digits that a score keeps: more than its solver answers for, less than rounding
disturbs. Domains of equal standing then tie, instead of being ordered by the order of a sum."""

EXACT: Final = 22
"""Highest power of ten that a double holds exactly."""


def settle(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``scores`` rounded to `DIGITS` significant digits.

    >>> settle(np.array([0.1 + 0.2, 1 / 3])).tolist()
    [0.3, 0.333333333333]
    """
    settled = np.array(scores, dtype=np.float64)
    some = np.isfinite(settled) & (settled != 0)
    values = settled[some]
    digits = np.minimum(DIGITS - 1 - np.floor(np.log10(np.abs(values))), 300)
    # A whole number over a power of ten that is exact: the nearest double to the decimal number.
    exact, rest = np.clip(digits, 0, EXACT), digits - np.clip(digits, 0, EXACT)
    whole = np.rint(values * 10.0**exact * 10.0**rest)
    settled[some] = whole / 10.0**exact / 10.0**rest
    return settled


def authority(ranks: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Return the authority of each domain: float64 from 0 to 100, 100 for the highest PageRank.

    ``100 log(p / p_0) / log(p_max / p_0)``, where ``p_0`` is the rank of a domain that nothing
    links to: such a domain gets 0. Where all ranks are equal (one domain, no followed link, a ring)
    nothing sets the domains apart, and each gets 0. Relative to one crawl: the authorities of two
    crawls are not comparable.

    Args:
        ranks: PageRank with uniform teleport, of shape ``(n,)``, sums to 1.
        floor: ``p_0``, see `analysis.measures.pagerank.unlinked_rank`.

    >>> authority(np.array([0.05, 0.15, 0.8]), 0.05).round(1).tolist()
    [0.0, 39.6, 100.0]
    """
    if ranks.size == 0 or ranks.max() == ranks.min():
        return np.zeros(ranks.size)
    scaled = 100 * np.log(ranks / floor) / np.log(ranks.max() / floor)
    # Ranks hold about 12 digits: what is beyond them is no authority.
    return np.asarray(np.clip(np.round(scaled, 9), 0, 100) + 0.0)  # never -0.0


def positions(scores: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.int64]:
    """Return the position of each name: int64 from 1 (highest score) to n; ties go by name.

    >>> positions(np.array([1.0, 3.0, 3.0]), ["a", "c", "b"]).tolist()
    [3, 2, 1]
    """
    if all(map(le, names, islice(names, 1, None))):  # as those of a graph are
        by_name = np.arange(len(names))
    else:
        by_name = np.argsort(np.array(names, dtype=object), kind="stable")
    order = by_name[np.argsort(-scores[by_name], kind="stable")]
    places = np.empty(len(names), dtype=np.int64)
    places[order] = np.arange(1, len(names) + 1)
    return places


def authority_of(values: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """Return the authority of each domain by any measure: float64 from 0 to 100.

    ``100 log(1 + x / unit) / log(1 + x_max / unit)``: 0 for a value of 0, 100 for the highest. 0
    everywhere where all values are equal.

    Args:
        values: at least 0, of shape ``(n,)``.
        unit: how far apart values are that make a difference, above 0.

    >>> authority_of(np.array([0.0, 1.0, 3.0]), 1.0).tolist()
    [0.0, 50.0, 100.0]
    """
    if values.size == 0 or values.max() == values.min():
        return np.zeros(values.size)
    scaled = 100 * np.log1p(values / unit) / np.log1p(values.max() / unit)
    return np.asarray(np.clip(np.round(scaled, 9), 0, 100) + 0.0)
