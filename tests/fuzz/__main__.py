"""``python -m fuzz --minutes 10``: every target in turn until the time is over, on several processors.

Ends with 1 on a finding (an error, or an input that takes more than a second of processor time), and
prints the input. Each process writes the input at hand into a file first, so that one that hangs in C
code or crashes the interpreter is known, too.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import IO, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.targets import TARGETS, Target

MAX_SECS = 1.0
"""Processor time that any one input may take."""
HANG_SECS = 60.0
"""Time after which a process is taken to hang: longer than any pause of the machine."""
EXAMPLES = {"files": 30, "rows": 100}
"""Inputs of one target in a turn, where they are not `MANY`."""
MANY = 200
MUTATIONS = 3000
SHOWN = 2000
"""Characters of an input that are printed, and of an error at either end."""


class TooSlowError(Exception):
    """Raised for an input that takes too long."""


class Tally:
    """What one process has tried."""

    def __init__(self, at_hand: IO[bytes]) -> None:
        self.inputs: dict[str, int] = defaultdict(int)
        self.secs: dict[str, float] = defaultdict(float)
        self.slowest: dict[str, float] = defaultdict(float)
        self._at_hand = at_hand

    def told(self) -> dict[str, Any]:
        """Return the figures by target."""
        return {"inputs": self.inputs, "secs": self.secs, "slowest": self.slowest}

    def run(self, target: Target, one: Any) -> None:
        """Check one input."""
        self._at_hand.seek(0)
        pickle.dump((target.name, one), self._at_hand)
        self._at_hand.flush()
        signal.setitimer(
            signal.ITIMER_REAL, HANG_SECS
        )  # its signal ends the process, wherever it is
        begun = time.thread_time()
        try:
            target.check(one)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.thread_time() - begun
        self.inputs[target.name] += 1
        self.secs[target.name] += took
        self.slowest[target.name] = max(self.slowest[target.name], took)
        if took > MAX_SECS:
            raise TooSlowError(f"{took:.1f} s")


def fuzz(number: int, until: float, folder: Path) -> int:
    """Try targets in turn until the time is over; print what was tried, or found, as JSON."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    random.seed(number)
    with (folder / f"{number}.pickle").open("wb") as at_hand:
        tally = Tally(at_hand)
        try:
            while time.time() < until:
                for target in TARGETS:
                    _take_turn(target, tally, until)
        except Exception as error:  # whatever it is, it is a finding
            last = pickle.loads((folder / f"{number}.pickle").read_bytes())
            notes = [*getattr(error, "__notes__", ()), *traceback.format_exception(error)]
            print(json.dumps(tally.told() | {"finding": "".join(notes), "at_hand": ascii(last)}))
            return 1
    print(json.dumps(tally.told()))
    return 0


def _take_turn(target: Target, tally: Tally, until: float) -> None:
    turn = random.randrange(2**48)
    if target.strategy is None:
        for one in islice(target.mutations(turn), MUTATIONS):
            if time.time() > until:
                return
            tally.run(target, one)
        return

    @seed(turn)
    @settings(
        max_examples=EXAMPLES.get(target.name, MANY), deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(target.strategy)
    def check(one: Any) -> None:
        if time.time() < until:
            tally.run(target, one)

    check()


def main() -> int:
    """Start the processes, wait for them, tell what they found; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, default=None, help="number to begin with, for a repeat")
    options = parser.parse_args()
    first = options.seed if options.seed is not None else random.randrange(10**9)
    until = time.time() + 60 * options.minutes
    print(
        f"fuzzing for {options.minutes:g} minutes in {options.jobs} processes, seed {first}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        jobs = {
            number: subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(number), str(until), folder],
                stdout=subprocess.PIPE, text=True,
            )
            for number in range(first, first + options.jobs)
        }  # fmt: skip
        outputs = {number: job.communicate()[0] for number, job in jobs.items()}
        bad = [
            _told(Path(folder) / f"{number}.pickle", job.returncode, outputs[number])
            for number, job in jobs.items()
            if job.returncode
        ]
    _print_table([json.loads(out.splitlines()[-1]) for out in outputs.values() if out.strip()])
    for finding in bad:
        print(f"\nFOUND {finding}")
    return 1 if bad else 0


_CHILD = (
    "import sys; from pathlib import Path; from fuzz.__main__ import fuzz; "
    "sys.exit(fuzz(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])))"
)


def _told(at_hand: Path, code: int, output: str) -> str:
    if code > 0 and output.strip():
        found = json.loads(output.splitlines()[-1])
        said = found["finding"]
        if len(said) > 2 * SHOWN:
            said = f"{said[:SHOWN]}\n…\n{said[-SHOWN:]}"
        return f"{said}\nthe input at hand: {found['at_hand'][:SHOWN]}"
    why = {-signal.SIGALRM: f"a hang of over {HANG_SECS:g} s"}.get(
        code, f"a crash (exit code {code})"
    )
    last = ascii(pickle.loads(at_hand.read_bytes())) if at_hand.exists() else "none yet"
    return f"{why}\nthe input at hand: {last[:SHOWN]}"


def _print_table(tallies: list[dict[str, dict[str, float]]]) -> None:
    total = 0
    print(f"{'target':<18} {'inputs':>10} {'mean ms':>8} {'slowest ms':>11}")
    for target in TARGETS:
        inputs, secs = (
            sum(tally.get(name, {}).get(target.name, 0) for tally in tallies)
            for name in ("inputs", "secs")
        )
        slowest = max(
            (tally.get("slowest", {}).get(target.name, 0) for tally in tallies), default=0
        )
        total += int(inputs)
        mean = 1000 * secs / inputs if inputs else 0
        print(f"{target.name:<18} {inputs:>10,} {mean:>8.2f} {1000 * slowest:>11.1f}")
    print(f"{'all':<18} {total:>10,}")


if __name__ == "__main__":
    sys.exit(main())
