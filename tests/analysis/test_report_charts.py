"""The charts of the report: every domain is drawn once, inside the plot, in a file that stays small."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.report import charts


def test_histogram_counts_each_domain_once() -> None:
    chart = charts.histogram(np.array([0.0, 4.9, 5.0, 99.9, 100.0]))
    counts = {bar.low: bar.count for bar in chart.bars if bar.count}
    assert counts == {0: 2, 5: 1, 95: 2}
    assert chart.median == 5.0
    assert not chart.is_log


def test_histogram_of_uneven_counts_keeps_single_domains_visible() -> None:
    chart = charts.histogram(np.array([1.0] * 5000 + [97.0]))
    assert chart.is_log
    assert chart.bars[-1].height > 10
    assert max(bar.height for bar in chart.bars) < charts.PLOT_HEIGHT
    assert [tick.label for tick in chart.y_ticks] == ["1", "10", "100", "1,000"]


def test_scatter_stays_small_and_counts_each_domain_once() -> None:
    rng = np.random.default_rng(3)
    count = 200_000
    chart = charts.scatter(
        rng.uniform(0, 100, count), rng.integers(0, 5000, count), rng.random(count) < 0.3, []
    )
    dots = chart.crawled + chart.uncrawled
    assert sum(dot.count for dot in dots) == count
    assert len(dots) < 20_000
    assert all(charts.LEFT <= dot.x <= charts.WIDTH - charts.RIGHT for dot in dots)
    assert all(charts.TOP <= dot.y <= charts.TOP + charts.PLOT_HEIGHT for dot in dots)


def test_scatter_grows_to_the_right_and_upwards() -> None:
    chart = charts.scatter(
        np.array([90.0, 50.0, 10.0]), np.array([100, 10, 0]), np.array([True] * 3), []
    )
    by_x = sorted(chart.crawled, key=lambda dot: dot.x)
    assert [dot.y for dot in by_x] == sorted((dot.y for dot in by_x), reverse=True)
    ticks = {tick.label: tick.at for tick in chart.x_ticks}
    assert by_x[0].x == pytest.approx(ticks["0"], abs=0.1)
    assert by_x[2].x == pytest.approx(ticks["100"], abs=0.1)


def test_labels_of_the_scatter_do_not_touch() -> None:
    names = [f"domain-{number}.example" for number in range(8)]
    chart = charts.scatter(
        np.linspace(100, 90, 8), np.arange(80, 0, -10), np.array([True] * 8), names
    )
    assert len(chart.labels) >= 2
    boxes = [
        (label.x - charts.LETTER * len(label.text) * (label.anchor == "end"), label)
        for label in chart.labels
    ]
    for position, (left, label) in enumerate(boxes):
        for other_left, other in boxes[:position]:
            apart = abs(label.y - other.y) >= charts.LINE - 0.2
            beside = (
                left + charts.LETTER * len(label.text) < other_left
                or other_left + charts.LETTER * len(other.text) < left
            )
            assert apart or beside
