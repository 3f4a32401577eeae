"""Who has much to fetch does not hold up who has little, and the dead do not hold up the living."""

from __future__ import annotations

import pytest

from benchmarks.fairness import rate_of_live, secs_of_small


@pytest.mark.parametrize("delay", [0.0, 1.0])
def test_small_hosts_beside_a_giant_take_about_their_time_alone(tmp_path, delay):
    alone = secs_of_small(tmp_path, 0, delay, hosts=300)
    beside = secs_of_small(tmp_path, 20_000, delay, hosts=300)
    assert beside <= 1.2 * alone


@pytest.mark.parametrize("delay", [0.0, 1.0])
def test_dead_names_cost_live_hosts_at_most_a_fifth(tmp_path, delay):
    alone = rate_of_live(tmp_path, 0, delay, each=30)
    among = rate_of_live(tmp_path, 10_000 if delay else 2_000, delay, each=30)
    assert among >= 0.8 * alone
