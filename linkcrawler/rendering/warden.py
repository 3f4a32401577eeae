"""``python -m linkcrawler.rendering.warden LINE FOLDER MIB BROWSER FLAG…``: a browser that does not stay.

Started in the browser's place, it starts the browser and sees it gone, with all that it has started and
the folder of its profile, when the line to the crawl is closed: when the crawl is done with it, and when
the crawl has died, however it died. Should the warden be killed itself, the system ends the browser.
Meanwhile it ends pages that take too much memory.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

TICK_SECS: Final = 0.2
END_SECS: Final = 5.0
"""What ending all processes may take."""
PIPE: Final = (3, 4)
"""Descriptors by which the browser is driven."""
_PDEATHSIG, _SUBREAPER = 1, 36  # of prctl, Linux
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Run the browser until it ends or the line is closed; return its exit code."""
    line_path, folder, most_mib = sys.argv[1:4]
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(line_path)
        _prctl(_SUBREAPER, 1)
        warden = os.getpid()
        browser = subprocess.Popen(  # noqa: S603 - the browser that the crawl has found
            [*sys.argv[4:], f"--user-data-dir={folder}"],
            pass_fds=PIPE,
            # One thread, nothing imported in between: safe.
            preexec_fn=lambda: _die_with(warden),  # noqa: PLW1509
        )
        for fd in PIPE:  # the browser's alone: when it ends, who drives it hears of it
            os.close(fd)
        try:
            watch(browser, line, int(most_mib) * 2**20)
        finally:
            end_all(browser)
            shutil.rmtree(folder, ignore_errors=True)
    return browser.returncode or 0


def watch(browser: subprocess.Popen[bytes], line: socket.socket, most_bytes: int) -> None:
    """Return when ``browser`` has ended or ``line`` is closed.

    Args:
        browser: a running process.
        line: nothing comes by it but its end.
        most_bytes: memory that a process of a page may take; 0 means no limit.
    """
    while browser.poll() is None:
        readable, _, _ = select.select([line], [], [], TICK_SECS)
        if readable and not line.recv(1):
            return
        if most_bytes:
            for pid in descendants(browser.pid):
                if is_page(pid) and resident_bytes(pid) > most_bytes:
                    _kill(pid)


def descendants(pid: int) -> list[int]:
    """Return the processes that ``pid`` has started, and those that they have; Linux only."""
    found: list[int] = []
    todo = [pid]
    while todo:
        try:
            for task in Path(f"/proc/{todo.pop()}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
        except OSError:  # it has ended
            continue
        found = [*found, *todo]
    return list(dict.fromkeys(found))


def is_page(pid: int) -> bool:
    """Return whether ``pid`` is a process in which a page runs."""
    with suppress(OSError):
        return b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def resident_bytes(pid: int) -> int:
    """Return the memory that ``pid`` takes, but for files that it shares; 0 where it has ended."""
    with suppress(OSError, ValueError, IndexError):
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
        return (int(resident) - int(shared)) * _PAGE_BYTES
    return 0


def end_all(browser: subprocess.Popen[bytes]) -> None:
    """End ``browser`` and all that it has started; orphans among them have become our own."""
    deadline = time.monotonic() + END_SECS
    for pid in (*descendants(os.getpid()), browser.pid):
        _kill(pid)
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        left = descendants(os.getpid())
        if not left:
            return
        for pid in left:
            _kill(pid)
        time.sleep(0.01)


def _kill(pid: int) -> None:
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def _die_with(parent: int) -> None:
    """Let the system end this process with its parent."""
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    code = main()
    # What other systems than Linux keep no list of is of this process's own group.
    if sys.platform != "linux":
        with suppress(OSError):
            os.killpg(0, signal.SIGKILL)
    sys.exit(code if code >= 0 else 128 - code)
