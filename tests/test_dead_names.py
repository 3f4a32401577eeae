"""The storm of dead names, in small: what the benchmark counts."""

from __future__ import annotations

import re

from benchmarks import dead_names


def test_a_small_storm_costs_each_dead_name_one_look_up_and_no_live_page(tmp_path, capsys):
    code = dead_names.main(
        ["--names", "30", "--hosts", "5", "--pages", "6", "--wait", "0.01", "--delay", "0",
         "--most-lost", "1", "--work", str(tmp_path)]
    )  # fmt: skip
    said = capsys.readouterr().out
    assert code == 0, said
    assert re.search(r"^beside 30 dead names: 30 pages in ", said, re.MULTILINE), said
    assert "dead names looked up: 30, 30 look-ups, at most 1 of one within an hour" in said


def test_the_most_look_ups_within_any_hour_are_counted():
    assert dead_names.most_in_an_hour([0.0, 1800.0, 3600.0, 5400.0]) == 2
    assert dead_names.most_in_an_hour([0.0, 1800.0, 3599.0]) == 3
    assert dead_names.most_in_an_hour([]) == 0
