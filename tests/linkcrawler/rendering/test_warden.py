"""A warden with a stand-in for a browser, which starts processes that want to stay."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and prctl")
pytestmark = [linux, pytest.mark.timing]
SECS = 20

STAND_IN = """#!{python}
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = sys.argv[-1].partition("=")[2]
os.makedirs(folder, exist_ok=True)
def note(name):
    with open(folder + "/" + name, "w") as file:
        file.write(str(os.getpid()))
    os.rename(folder + "/" + name, "{notes}/" + name)
if os.fork() == 0:            # a child, and one that leaves the session and its parent
    if os.fork() == 0:
        os.setsid()
        note("orphan")
        time.sleep(600)
    os._exit(0)
if os.fork() == 0:
    sys.argv[0] = "x"
    note("child")
    {page}
    time.sleep(600)
note("browser")
time.sleep(600)
"""


class Held:
    """A warden at work."""

    def __init__(self, page: str = "", mib: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(dir="/tmp"))
        self.notes = Path(tempfile.mkdtemp(dir="/tmp"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / "line"))
        self.listener.listen()
        program = self.folder / "browser"
        program.write_text(STAND_IN.format(python=sys.executable, notes=self.notes, page=page))
        program.chmod(0o755)
        self.warden = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3</dev/null 4>/dev/null', "sh", sys.executable, "-m",
             "linkcrawler.rendering.warden", self.folder / "line", self.folder, str(mib), program],
            start_new_session=True,
        )  # fmt: skip
        self.listener.settimeout(SECS)
        self.line, _ = self.listener.accept()
        self.pids = [self.pid(name) for name in ("browser", "child", "orphan")]

    def pid(self, name: str) -> int:
        path = self.notes / name
        until(path.exists)
        return int(path.read_text())

    def alive(self) -> list[int]:
        return [pid for pid in self.pids if is_alive(pid)]

    def close(self) -> None:
        self.line.close()
        self.listener.close()
        with suppress(subprocess.TimeoutExpired):
            self.warden.wait(SECS)
        for pid in self.pids:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.notes, ignore_errors=True)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def until(condition) -> None:
    deadline = time.monotonic() + SECS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def held():
    found = Held()
    yield found
    found.close()


def test_when_the_line_is_closed_browser_orphans_and_folder_are_gone(held):
    assert len(held.alive()) == 3
    held.line.close()
    held.warden.wait(SECS)
    assert held.alive() == []
    assert not held.folder.exists()


def test_when_the_browser_ends_what_it_left_is_gone(held):
    os.kill(held.pids[0], signal.SIGKILL)
    held.warden.wait(SECS)
    assert held.alive() == []
    assert not held.folder.exists()


def test_when_the_warden_is_killed_the_system_ends_the_browser(held):
    held.warden.kill()
    held.warden.wait(SECS)
    until(lambda: held.pids[0] not in held.alive())


def test_a_page_that_takes_too_much_memory_is_ended_and_nothing_else():
    page = (
        "sys.stdout.flush(); import ctypes; "
        'os.execv(sys.executable, [sys.executable, "-c", '
        '"x = bytearray(300 * 2**20)\\nfor n in range(0, len(x), 4096): x[n] = 1\\n'
        'import time; time.sleep(600)", "--type=renderer"])'
    )
    found = Held(page, mib=200)
    try:
        until(lambda: found.pids[1] not in found.alive())
        assert found.alive() == [found.pids[0], found.pids[2]]
    finally:
        found.close()
