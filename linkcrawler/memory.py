"""How this process keeps house with memory: large blocks given back, and cycles looked for seldom.

glibc takes the first large blocks from the system one by one, and then, once some were freed, from its
heap, which keeps their room as soon as anything small stands behind it. A crawl handles bodies of
megabytes beside small things that stay, so that its memory would grow by what it no longer holds.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

LARGE_BYTES: Final = 128 * 1024
"""Blocks from this length on go back; glibc's own first value, which then stays."""
_M_MMAP_THRESHOLD: Final = -3
"""As ``malloc.h`` has it."""
MAX_YOUNG: Final = 20_000
"""Objects made and not freed before the collector of cycles looks at them, where it is spared."""
_USUAL: Final = gc.get_threshold()


def give_back_large_blocks() -> None:
    """Let this process give freed blocks of `LARGE_BYTES` back; where it cannot, all stays as it is."""
    with suppress(OSError, AttributeError, TypeError):  # other C libraries, other systems
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


def spare_collector() -> None:
    """Let the collector of cycles run seldom from now on, and pass by what is there."""
    gc.freeze()
    gc.set_threshold(MAX_YOUNG)


def collect_as_usual() -> None:
    """Let the collector of cycles run as often as it did when this process began."""
    gc.set_threshold(*_USUAL)
