import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measures.scale import authority, positions, settle


def test_authority_is_logarithmic_between_an_unlinked_domain_and_the_best():
    # 0.15 is halfway from 0.0375 to 0.6 on a log scale.
    scores = authority(np.array([0.6, 0.15, 0.15, 0.0375]), 0.0375)
    assert scores == pytest.approx([100, 50, 50, 0])


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_authority_is_zero_where_nothing_sets_domains_apart(size):
    ranks = np.full(size, 1 / max(size, 1))
    assert authority(ranks, 0.15 / max(size, 1)).tolist() == [0.0] * size


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=30))
def test_authority_is_finite_ordered_and_within_0_and_100(weights):
    floor = 0.15 / len(weights)
    ranks = floor + 0.85 * np.array(weights) / sum(weights)
    scores = authority(ranks, floor)
    assert np.all(np.isfinite(scores))
    assert scores.min() >= 0
    assert scores.max() <= 100
    assert np.all(np.diff(scores[np.argsort(ranks)]) >= 0)


def test_positions_count_from_the_highest_and_break_ties_by_name():
    assert positions(np.array([0.2, 0.5, 0.2, 0.1]), ["d", "c", "b", "a"]).tolist() == [3, 1, 2, 4]


def test_positions_of_nothing_are_empty():
    assert positions(np.array([]), []).tolist() == []


def test_scores_that_differ_by_rounding_alone_become_equal():
    assert settle(np.array([0.1 + 0.2, 0.3])).tolist() == [0.3, 0.3]
    assert settle(np.array([0.0, 1e-9])).tolist() == [0.0, 1e-9]
    assert settle(np.array([])).dtype == np.float64


@given(st.lists(st.floats(1e-10, 1e10), max_size=20))
def test_settled_scores_are_the_doubles_nearest_to_their_twelve_digits(values):
    expected = [float(f"{value:.11e}") for value in values]
    assert settle(np.array(values)).tolist() == pytest.approx(expected, rel=2e-12, abs=0)
    assert settle(np.array(expected)).tolist() == expected


def test_scores_that_are_tiny_zero_or_unknown_stay_so():
    found = settle(np.array([0.0, 1.23e-200, 5e-324, np.nan, -0.1]))
    assert found[[0, 4]].tolist() == [0.0, -0.1]
    assert found[1] == pytest.approx(1.23e-200)
    assert np.isnan(found[3])
