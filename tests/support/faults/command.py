"""``linkcrawler`` with a fault: the real command, at whose n-th step of the disk something happens.

    python -c "…main()" MODE AT WATCHED TELL crawl SEED…

``MODE`` is one of `support.faults.modes.MODES` or ``count``; ``TELL`` is a file that is told of the
fault, or of the number of steps.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from support.crawling import ENVIRONMENT
from support.faults import modes
from support.faults.events import REAL, install
from support.faults.series import ROOT

SCRIPT = (
    "import sys; sys.path[:0] = [{root!r}, {tests!r}]; "
    "from support.faults.command import main; main()"
)
DEADLINE = 120
SECONDS = 5.0
"""In which an error of the disk must end the command."""
UNTOLD = ("close", "unlink")
"""Steps at which SQLite has nothing left to lose, and tells nobody that they failed."""


@dataclass(frozen=True)
class Ended:
    """How the command ended."""

    code: int
    err: str
    event: dict | None
    """The step at which the fault came; None where it ended before."""
    seconds: float
    """From the fault to the end."""
    steps: int
    """Steps of the disk, where they were counted."""


def run(mode: str, at: int, watched: Path, arguments: tuple[str, ...]) -> Ended:
    """Run ``linkcrawler`` with a fault below ``watched``."""
    tell = watched.with_name(f"{watched.name}.told")
    tell.unlink(missing_ok=True)
    script = SCRIPT.format(root=str(ROOT), tests=str(ROOT / "tests"))
    done = subprocess.run(
        [sys.executable, "-c", script, mode, str(at), str(watched), str(tell), *arguments],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    ended = time.monotonic()
    told = [json.loads(line) for line in tell.read_text().splitlines()]
    faults = [line for line in told if "event" in line]
    seconds = ended - faults[0]["time"] if faults else 0.0
    steps = sum(line.get("steps", 0) for line in told)
    return Ended(
        done.returncode, done.stderr, faults[0]["event"] if faults else None, seconds, steps
    )


def complaint(ended: Ended, watched: Path) -> str:
    """Return what is wrong with how a command ended whose disk refused; empty for nothing."""
    told = [line for line in ended.err.splitlines() if "error:" in line]
    at = f"at {ended.event}: "
    if ended.event is None:
        return "the fault did not come"
    if ended.code == 0 and ended.event["by"] == "sqlite" and ended.event["operation"] in UNTOLD:
        return ""
    if ended.code != 6:
        return f"{at}ended with {ended.code}: {ended.err}"
    if ended.seconds >= SECONDS:
        return f"{at}took {ended.seconds:.1f} s to end"
    if "Traceback" in ended.err or len(told) != 1 or str(watched.resolve()) not in told[0]:
        return f"{at}does not name the path in one line: {ended.err}"
    return ""


def main() -> None:
    """Run the command in this process."""
    mode, at, watched, tell = sys.argv[1:5]
    del sys.argv[1:5]
    handle = os.open(tell, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    folder = Path(os.path.realpath(watched))
    if mode == "count":
        watch = modes.Counting(folder)
        said = REAL["write"]
        atexit.register(
            lambda: said(handle, json.dumps({"steps": len(watch.events)}).encode() + b"\n")
        )
    else:
        watch = modes.fault(mode, folder, int(at), handle, folder.with_name("image"))
    install(watch)
    from linkcrawler.cli import main as command

    command()
