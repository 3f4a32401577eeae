"""A running crawl in, the moment to kill it out: at start-up, while sealing or compacting, anywhere.

What a crawl is at is told by the files that it has open or has written, so that Linux is needed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    import subprocess
    from collections.abc import Callable

START_UP, SEALING, COMPACTION, ANYWHERE = "start-up", "sealing", "compaction", "anywhere"
AIMS: Final = (START_UP, SEALING, COMPACTION, ANYWHERE)
POLL_SECS: Final = 0.001
MOST_SECS: Final = 600.0
EARLY_SHARE: Final = 0.3
"""Of the kills at start-up: these come before the crawl has opened its frontier."""
FURTHER_SECS: Final = {START_UP: 0.06, SEALING: 0.03, COMPACTION: 0.15}
"""A kill comes up to this long after what it is aimed at was seen, to meet each of its steps."""


def is_sealing(folder: Path) -> bool:
    """Return whether a raw part is on its way."""
    return any(
        name.startswith(".part-")
        for table in ("links", "pages")
        for name in names(folder / "raw" / table)
    )


def is_compacting(folder: Path) -> bool:
    """Return whether a merged table is on its way."""
    return any(
        name.startswith((".sort-", ".links.parquet", ".pages.parquet")) for name in names(folder)
    )


def names(folder: Path) -> list[str]:
    """Return what lies in ``folder``; nothing where it is not there."""
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def has_opened_frontier(process: int, folder: Path) -> bool:
    """Return whether a process has the frontier's file open: start-up is at the disk."""
    handles = Path(f"/proc/{process}/fd")
    for handle in names(handles):
        with suppress(OSError):  # closed meanwhile
            if str((handles / handle).readlink()).startswith(f"{folder}/frontier.sqlite"):
                return True
    return False


def wait(process: subprocess.Popen[bytes], seen: Callable[[], bool], most: float) -> bool:
    """Wait until ``seen``; return whether it was before the process ended or ``most`` seconds."""
    until = time.monotonic() + most
    while process.poll() is None and time.monotonic() < until:
        if seen():
            return True
        time.sleep(POLL_SECS)
    return False


def take_aim(
    aim: str, process: subprocess.Popen[bytes], folder: Path, draw: random.Random, longest: float
) -> bool:
    """Wait for the moment to kill ``process``; return whether what is aimed at was seen.

    Args:
        aim: one of `AIMS`.
        process: the crawl.
        folder: what it crawls into.
        draw: where chance comes from.
        longest: seconds; a kill anywhere comes within them.
    """

    def has_opened() -> bool:
        return has_opened_frontier(process.pid, folder.resolve())

    if aim == START_UP and draw.random() < EARLY_SHARE:
        wait(process, lambda: False, draw.uniform(0.0, 0.5))
        return process.poll() is None
    seen = wait(process, has_opened, MOST_SECS)
    further = draw.uniform(0.0, longest if aim == ANYWHERE else FURTHER_SECS[aim])
    if aim in (SEALING, COMPACTION):
        test = is_sealing if aim == SEALING else is_compacting
        # Leftovers of the last kill are no sign of this run, which removes them when it starts.
        wait(process, lambda: not test(folder), MOST_SECS)
        seen = wait(process, lambda: test(folder), MOST_SECS)
    wait(process, lambda: False, further)
    return seen and process.poll() is None
