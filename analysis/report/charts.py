"""Arrays of the ranking in, the geometry of two SVG charts out; the template draws them.

Lengths are units of the view box, `WIDTH` by `HEIGHT`, with y growing downwards. Coordinates are
rounded to a tenth, so that the same arrays give the same text on every machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

WIDTH: Final = 520
HEIGHT: Final = 330
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 30, 44
PLOT_WIDTH: Final = WIDTH - LEFT - RIGHT
PLOT_HEIGHT: Final = HEIGHT - TOP - BOTTOM

BIN_WIDTH: Final = 5
"""Points of authority in a bar."""
LINEAR_UP_TO: Final = 60
"""Above this count in one bar the scale is logarithmic, or the other bars would vanish."""
CELL: Final = 4.0
"""Domains that fall in one square of this side are drawn as one dot, at their mean."""
ZERO: Final = -0.45
"""Where the logarithmic axis shows a count of 0, in decades; 1 stands at 0."""
NAME_LENGTH: Final = 26
LETTER: Final = 6.0
"""Generous width of a letter in a label."""
LINE: Final = 14.0

_AUTHORITY_TICKS: Final = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, at `at`, labelled `label`."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: domains with an authority from `low` to `high`."""

    x: float
    y: float
    width: float
    height: float
    low: int
    high: int
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Domains by authority."""

    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    is_log: bool
    median: float


@dataclass(frozen=True, slots=True)
class Dot:
    """`count` domains that are drawn as one."""

    x: float
    y: float
    radius: float
    count: int


@dataclass(frozen=True, slots=True)
class Label:
    """A domain's name beside its dot; `anchor` is an SVG text-anchor."""

    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """Authority against referring domains; crawled domains and others apart."""

    crawled: tuple[Dot, ...]
    uncrawled: tuple[Dot, ...]
    labels: tuple[Label, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def histogram(authority: npt.NDArray[np.float64]) -> Histogram | None:
    """Return the bars of ``authority`` (float64[n], 0 to 100); None for no domain."""
    if not len(authority):
        return None
    edges = np.arange(0, 100 + BIN_WIDTH, BIN_WIDTH)
    counts = [int(count) for count in np.histogram(np.clip(authority, 0, 100), bins=edges)[0]]
    peak = max(counts)
    is_log = peak > LINEAR_UP_TO
    width = PLOT_WIDTH / len(counts)
    bars: list[Bar] = []
    for (low, high), count in zip(pairwise(int(edge) for edge in edges), counts, strict=True):
        height = PLOT_HEIGHT * _bar_share(count, peak, is_log)
        x, y = LEFT + width * len(bars), TOP + PLOT_HEIGHT - height
        bars.append(
            Bar(_round(x + 1), _round(y), _round(width - 2), _round(height), low, high, count)
        )
    return Histogram(
        bars=tuple(bars),
        x_ticks=tuple(Tick(_round(LEFT + PLOT_WIDTH * v / 100), str(v)) for v in _AUTHORITY_TICKS),
        y_ticks=_count_ticks(peak, is_log),
        is_log=is_log,
        median=float(np.median(authority)),
    )


def _bar_share(count: int, peak: int, is_log: bool) -> float:
    """Return the share of the plot's height for a bar; the logarithmic axis begins at one half."""
    if not count:
        return 0.0
    return (
        math.log(2 * count) / math.log(2 * _ceiling(peak, is_log))
        if is_log
        else (count / _ceiling(peak, is_log))
    )


def _ceiling(peak: int, is_log: bool) -> float:
    """Return the count at the top of the axis, a little above the highest bar."""
    return peak * 1.3 if is_log else peak * 1.06


def _count_ticks(peak: int, is_log: bool) -> tuple[Tick, ...]:
    if is_log:
        values = [10**power for power in range(len(str(peak)))]
    else:
        step = _round_step(peak / 4)
        values = list(range(0, peak + 1, step))
    floor = TOP + PLOT_HEIGHT
    return tuple(
        Tick(_round(floor - PLOT_HEIGHT * _bar_share(value, peak, is_log)), f"{value:,}")
        for value in values
    )


def _round_step(rough: float) -> int:
    """Return the first of 1, 2, 5, 10, 20, … that is at least ``rough``."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= rough:
                return digit * power
        power *= 10


def scatter(
    authority: npt.NDArray[np.float64],
    ref_domains: npt.NDArray[np.int64],
    is_crawled: npt.NDArray[np.bool_],
    names: Sequence[str],
) -> Scatter | None:
    """Return the dots of all domains and the labels of the first; None for no domain.

    Args:
        authority: float64[n], 0 to 100, best first.
        ref_domains: int64[n].
        is_crawled: bool[n].
        names: the domains to label, those of the first entries.
    """
    if not len(authority):
        return None
    decades = max(1.0, math.log10(max(1, int(ref_domains.max()))) * 1.04)
    logs = np.where(ref_domains > 0, np.log10(np.maximum(ref_domains, 1)), ZERO)
    x = LEFT + PLOT_WIDTH * (logs - ZERO + 0.1) / (decades - ZERO + 0.1)
    y = TOP + PLOT_HEIGHT * (1 - np.clip(authority, 0, 100) / 100)
    ticks = [(ZERO, "0"), *((power, f"{10**power:,}") for power in range(int(decades) + 1))]
    return Scatter(
        crawled=_dots(x[is_crawled], y[is_crawled]),
        uncrawled=_dots(x[~is_crawled], y[~is_crawled]),
        labels=_labels(x[: len(names)], y[: len(names)], names),
        x_ticks=tuple(
            Tick(_round(LEFT + PLOT_WIDTH * (at - ZERO + 0.1) / (decades - ZERO + 0.1)), label)
            for at, label in ticks
        ),
        y_ticks=tuple(
            Tick(_round(TOP + PLOT_HEIGHT * (1 - v / 100)), str(v)) for v in _AUTHORITY_TICKS
        ),
    )


def _dots(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> tuple[Dot, ...]:
    """Return one dot a cell that holds a domain: the file stays small for any number of domains."""
    cells = np.floor(x / CELL).astype(np.int64) * HEIGHT + np.floor(y / CELL).astype(np.int64)
    _, cell, counts = np.unique(cells, return_inverse=True, return_counts=True)
    means = (np.bincount(cell, weights=axis, minlength=len(counts)) / counts for axis in (x, y))
    return tuple(
        Dot(_round(at_x), _round(at_y), _round(2.6 + 1.1 * math.log10(count)), int(count))
        for at_x, at_y, count in zip(*means, counts, strict=True)
    )


def _labels(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], names: Sequence[str]
) -> tuple[Label, ...]:
    """Return the labels that find room, the best domains first."""
    placed: list[tuple[float, float, Label]] = []
    for at_x, at_y, name in zip(x, y, names, strict=True):
        text = name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"
        width = LETTER * len(text) + 8
        for anchor, start in (("end", at_x - width), ("start", at_x)):
            fits = start > LEFT and start + width < WIDTH
            if fits and all(_apart(start, width, at_y, other) for other in placed):
                shift = -7 if anchor == "end" else 7
                label = Label(_round(at_x + shift), _round(at_y + 4), anchor, text)
                placed.append((start, width, label))
                break
    return tuple(label for _, _, label in placed)


def _apart(start: float, width: float, y: float, other: tuple[float, float, Label]) -> bool:
    """Return whether a label would not touch one that is placed."""
    other_start, other_width, label = other
    beside = start + width < other_start or other_start + other_width < start
    return beside or abs(y + 4 - label.y) >= LINE


def _round(value: float) -> float:
    return round(float(value), 1)
