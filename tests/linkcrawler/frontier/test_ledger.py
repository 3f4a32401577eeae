"""The ledger keeps requests apart across processes, deaths and clocks that jump."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.exceptions import StorageError
from linkcrawler.frontier import ledger as module
from linkcrawler.frontier.ledger import LEDGER_NAME, MOST_AHEAD_SECS, PROBES, SIZE, FileLedger


class Clock:
    def __init__(self, now=1.7e9):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(tmp_path, clock):
    ledger = FileLedger(tmp_path, clock)
    yield ledger
    ledger.close()


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.lists(st.sampled_from("abc"), unique=True, min_size=1),
                  st.integers(0, 8)),
        max_size=40,
    )
)  # fmt: skip
def test_no_key_is_asked_twice_within_its_gap_whoever_asks(tmp_path_factory, steps):
    folder, clock = tmp_path_factory.mktemp("ledger"), Clock()
    ledgers = [FileLedger(folder, clock) for _ in range(2)]
    asked: dict[str, float] = {}
    for who, keys, later in steps:
        wait = ledgers[who].take([(key, 2.0) for key in keys])
        known = [asked[key] + 2.0 - clock.now for key in keys if key in asked]
        assert wait == pytest.approx(max([0.0, *known]), abs=1e-5)
        if wait == 0.0:
            asked |= dict.fromkeys(keys, clock.now)
        clock.now += later / 4
    for ledger in ledgers:
        ledger.close()


@pytest.mark.parametrize("gap", [MOST_AHEAD_SECS, 2 * MOST_AHEAD_SECS, 86_400.0])
def test_a_delay_of_hours_is_kept_and_no_clock_set_back_makes_it_longer(tmp_path, clock, gap):
    first, second = FileLedger(tmp_path, clock), FileLedger(tmp_path, clock)
    assert first.take([("a", gap)]) == 0.0
    assert second.take([("a", gap)]) == pytest.approx(gap)
    clock.now += gap - 1
    assert second.take([("a", gap)]) == pytest.approx(1.0)
    clock.now += 1
    assert second.take([("a", gap)]) == 0.0
    clock.now -= 2 * gap
    assert second.take([("a", gap)]) == 0.0
    first.close()
    second.close()


def test_it_is_still_known_after_the_process_is_gone(tmp_path, clock):
    first = FileLedger(tmp_path, clock)
    first.take([("a.example", 30.0)])
    first.close()
    clock.now += 10.0
    again = FileLedger(tmp_path, clock)
    assert again.take([("a.example", 30.0)]) == pytest.approx(20.0)
    again.close()


def test_a_clock_that_was_set_back_stops_nobody(ledger, clock):
    ledger.take([("a.example", 30.0)])
    clock.now -= 2 * MOST_AHEAD_SECS
    assert ledger.take([("a.example", 30.0)]) == 0.0


def test_keys_that_fall_together_wait_longer_and_never_less(ledger, monkeypatch):
    monkeypatch.setattr(module, "_number", lambda key: 5 + module.SLOTS * int(key))
    for number in range(PROBES):
        assert ledger.take([(str(number), 10.0 + number)]) == 0.0
    assert ledger.take([(str(PROBES), 10.0)]) == 10.0  # shares the first's slot
    assert ledger.take([("1", 10.0)]) == 11.0


def test_what_leaves_late_is_counted_from_then_and_never_shortens_a_wait(ledger, clock):
    ledger.take([("a.example", 2.0), ("192.0.2.1", 9.0)])
    clock.now += 0.5
    ledger.count([("a.example", 2.0), ("192.0.2.1", 1.0)])
    assert ledger.take([("a.example", 2.0)]) == pytest.approx(2.0)
    assert ledger.take([("192.0.2.1", 1.0)]) == pytest.approx(8.5)


def test_the_file_has_one_size_whatever_it_holds(ledger, tmp_path):
    for number in range(3_000):
        ledger.take([(f"d{number}.example", 1.0)])
    assert (tmp_path / LEDGER_NAME).stat().st_size == SIZE
    assert sorted(path.name for path in tmp_path.iterdir()) == [LEDGER_NAME]


@pytest.mark.parametrize("content", [b"", b"\x00" * (SIZE - 1), b"\xff" * SIZE])
def test_a_file_that_is_no_ledger_costs_no_more_than_a_delay(tmp_path, clock, content):
    (tmp_path / LEDGER_NAME).write_bytes(content)
    ledger = FileLedger(tmp_path, clock)
    assert ledger.take([("a.example", 1.0)]) == 0.0
    assert ledger.take([("a.example", 1.0)]) == pytest.approx(1.0)
    ledger.close()


def test_a_disk_that_refuses_is_named(tmp_path):
    (tmp_path / LEDGER_NAME).mkdir()
    with pytest.raises(StorageError, match=LEDGER_NAME):
        FileLedger(tmp_path)


TAKE = """
import sys, time
from pathlib import Path
from linkcrawler.frontier.ledger import FileLedger
ledger = FileLedger(Path(sys.argv[1]))
for _ in range(200):
    while (wait := ledger.take([("a.example", 0.005), (sys.argv[2], 0.001)])) > 0:
        time.sleep(wait)
    print(repr(time.time()))
"""


def test_processes_at_once_never_get_the_same_turn(tmp_path):
    FileLedger(tmp_path).close()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, str(tmp_path), str(n)], stdout=subprocess.PIPE
        )
        for n in range(3)
    ]
    times = sorted(
        float(line) for child in children for line in child.communicate(timeout=60)[0].splitlines()
    )
    assert len(times) == 600
    # What is printed was measured a little after the ledger looked at its clock.
    assert times[-1] - times[0] >= 599 * 0.005 - 0.1
