"""Memory that is freed goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HOLD = """
import sys
from pathlib import Path
from linkcrawler.memory import give_back_large_blocks

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20

if sys.argv[1] == "given":
    give_back_large_blocks()
bytearray(8 * 2**20)  # glibc takes all that is shorter from its heap from here on
before = resident()
large, small = [], []
for _ in range(64):
    large.append(bytearray(b"x") * 2**20)
    small += [bytearray(700) for _ in range(10)]
del large
print(resident() - before)
"""


def left(how: str) -> float:
    """Return the MiB that stay after 64 MiB were freed."""
    done = subprocess.run(
        [sys.executable, "-c", HOLD, how], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed so")
def test_large_blocks_go_back_to_the_system_when_they_are_freed():
    assert left("given") < 8
    assert left("kept") > 32  # else this test would show nothing
