"""A crawl that is asked to stop does so in seconds, whatever holds it up, and can go on."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest
from support.crawling import (
    ENVIRONMENT,
    ROOT,
    Ended,
    end,
    grid,
    link_multiset,
    linkcrawler,
    page,
    page_multiset,
    start,
)
from support.stalling import WAYS, StallingWeb

pytestmark = pytest.mark.timing

MOST_SECS = 30
"""That a stop may take."""
MOST_SECS_AGAIN = 2 + 2
"""That may pass after the second signal: two seconds, and slack for a busy machine."""
OPTIONS = ("--hops", "0", "--max-pages-per-domain", "0", "--quiet")
IDENTITY = re.compile(
    r"([\d,]+) discovered = ([\d,]+) pending \+ ([\d,]+) done \+ ([\d,]+) failed"
    r" \+ ([\d,]+) excluded"
)
SEED = "http://h0.example/"


def pages() -> dict:
    """A small grid whose first page leads to the hosts that stall."""
    found = grid(4, 6)
    stalling = [f"http://{way}.example/" for way in WAYS]
    found["http://h0.example/"] = page("/1", "/2", "http://h1.example/", *stalling)
    for url in stalling:
        found[url] = page("more")
        found[f"{url}more"] = page("http://h2.example/")
    return found


@pytest.fixture
def web():
    with StallingWeb(pages()) as served:
        yield served


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted crawl of the same web, which does not stall."""
    folder = tmp_path_factory.mktemp("whole")
    with StallingWeb(pages()) as served:
        served.stalls = False
        assert linkcrawler(*command(served, folder), "--delay", "0").code == 0
    return folder


def command(web: StallingWeb, folder) -> tuple:
    return ("crawl", SEED, "--out", folder, "--proxy", web.url, *OPTIONS)


def all_stalled(web: StallingWeb) -> bool:
    return len(web.stalled) == len(WAYS)


def stopped(process: subprocess.Popen, *signals: int) -> tuple[Ended, float]:
    """How a crawl ended after ``signals``, and the seconds that it took."""
    begun = time.monotonic()
    for number in signals:
        process.send_signal(number)
    ended = end(process)
    return ended, time.monotonic() - begun


def assert_accounts(out: str) -> None:
    """Hold the summary to its identity."""
    found = IDENTITY.search(out)
    assert found, out
    discovered, *parts = (int(number.replace(",", "")) for number in found.groups())
    assert discovered == sum(parts)
    assert parts[0] > 0


def forget_delays(folder) -> None:
    """Let every domain be asked at once: what is left of a delay survives a stop."""
    with closing(sqlite3.connect(folder / "frontier.sqlite")) as db, db:
        db.execute("UPDATE domain SET next_at = 0")


def assert_goes_on(web: StallingWeb, folder, whole) -> None:
    """Hold the resumed crawl to the uninterrupted one."""
    web.stalls = False
    resumed = linkcrawler(*command(web, folder), "--delay", "0")
    assert resumed.code == 0, resumed.err
    assert link_multiset(folder) == link_multiset(whole)
    assert page_multiset(folder) == page_multiset(whole)
    check = linkcrawler("check", folder)
    assert check.code == 0, check.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stalled_peers_do_not_hold_a_stop_up(web, whole, tmp_path, number):
    process = start(*command(web, tmp_path), "--delay", "0")
    web.wait_for(lambda: all_stalled(web))
    ended, took = stopped(process, number)
    assert ended.code == 130, ended.err
    assert took < MOST_SECS
    assert "Traceback" not in ended.err
    assert_accounts(ended.out)
    assert_goes_on(web, tmp_path, whole)


def test_requests_that_wait_for_a_long_delay_do_not_hold_a_stop_up(web, whole, tmp_path):
    """The seed's robots.txt was fetched; the page itself is to follow five minutes later."""
    process = start(*command(web, tmp_path), "--delay", "300")
    web.wait_for(lambda: web.asked == [f"{SEED}robots.txt"])
    ended, took = stopped(process, signal.SIGTERM)
    assert ended.code == 130, ended.err
    assert took < MOST_SECS
    assert_accounts(ended.out)
    assert web.asked == [f"{SEED}robots.txt"]
    forget_delays(tmp_path)
    assert_goes_on(web, tmp_path, whole)


@pytest.mark.parametrize("numbers", [(signal.SIGINT, signal.SIGTERM), (signal.SIGINT,) * 2])
def test_a_second_signal_ends_the_crawl_at_once(web, whole, tmp_path, numbers):
    process = start(*command(web, tmp_path), "--delay", "0", "-s",
                    "LINKCRAWLER_FRONTIER_STOP_SECS=100")  # fmt: skip
    web.wait_for(lambda: all_stalled(web))
    process.send_signal(numbers[0])
    log = tmp_path / "crawl.log"
    deadline = time.monotonic() + 60
    while "shutting down gracefully" not in log.read_text() and time.monotonic() < deadline:
        pass
    assert process.poll() is None
    ended, took = stopped(process, numbers[1])
    assert ended.code == 130, ended.err
    assert took < MOST_SECS_AGAIN
    assert "Traceback" not in ended.err
    assert_accounts(ended.out)
    assert_goes_on(web, tmp_path, whole)


HANGING_NAMES = """
import socket, sys, threading

def hangs(host, *rest):
    sys.stderr.write("asked\\n")  # at once: threads print at the same time
    threading.Event().wait(100)

socket.getaddrinfo = hangs
from linkcrawler.cli import main
main()
"""


def test_names_that_are_never_resolved_do_not_hold_a_stop_up(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING_NAMES, "crawl", "a.example", "b.example", "--quiet",
         "--out", str(tmp_path)],
        cwd=ROOT, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    asked = Counter(process.stderr.readline().strip() for _ in range(2))
    ended, took = stopped(process, signal.SIGTERM)
    assert asked["asked"] >= 1
    assert ended.code == 130, ended.err
    assert took < MOST_SECS
    assert_accounts(ended.out)
