"""`linkcrawler status` tells how a crawl stands in words and in JSON, once or until its end."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest
from support.begun import held, running
from support.crawling import DEADLINE, ENVIRONMENT, ROOT, Web, end, grid, linkcrawler, start

from linkcrawler.status import read_status
from linkcrawler.status_words import as_line, as_lines


def test_the_words_say_all_of_it_and_no_host_can_forge_them(busy, folder):
    said = as_lines(running(folder))
    assert "\x1b" not in said
    waiting = "1 wait for their time (the first for 7 s)"
    for line in (
        "  pages     4 of 100: 2 ok, 1 http_error, 1 failed",
        "  links     2",
        "  domains   7 seen, 4 fetched from",
        "  URLs      9 discovered = 4 pending + 3 done + 1 failed + 1 excluded",
        f"  queue     domains: 2 can be asked now, {waiting}, 2 leased by workers",
        "  errors    1 failed/dns, 1 http_error/404, 1 retry/timeout",
        "  hosts     2 in trouble, 1 given up: d\\x1b[31m (5 failures, again in 30 min), c (2 failures)",
        "  worker 1  pid 4321, seen 2 s ago, 3 in flight, 2 domains, 59 pages reserved",
    ):
        assert line in said.splitlines()
    assert "1 parts of 1.2 kB" in said
    assert len(as_line(running(folder)).splitlines()) == 1


def test_the_command_tells_in_words_and_in_json(busy, folder):
    in_words = linkcrawler("status", folder)
    assert (in_words.code, in_words.err) == (0, "")
    assert in_words.out.startswith("killed  c1  ")
    assert "nothing is lost: the same crawl command goes on" in in_words.out
    in_json = linkcrawler("status", folder, "--format", "json")
    said = json.loads(in_json.out)
    assert said.keys() == read_status(folder).as_dict().keys()
    assert said["urls"]["discovered"] == 9
    assert said["hosts"]["worst"][1]["host"] == "c"


def test_a_wrong_folder_ends_the_command_with_one_line_and_5(tmp_path):
    ended = linkcrawler("status", tmp_path)
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith(f"linkcrawler: error: {tmp_path} is no crawl")
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["--format", "json"]])
def test_watching_what_does_not_run_tells_it_once(busy, folder, arguments):
    ended = linkcrawler("status", folder, "--watch", *arguments)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1
    assert "killed" in ended.out


def test_a_crawl_is_watched_to_its_end_and_never_disturbed(tmp_path):
    folder = tmp_path / "crawl"
    with Web(grid(4, 6)) as web:
        crawl = start(
            "crawl", "http://h0.example/", "--out", folder, "--proxy", web.url, "--delay", "0.05",
            "--quiet", "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=1",
        )  # fmt: skip
        while not (folder / "run.json").exists():
            assert crawl.poll() is None
        crawl.send_signal(signal.SIGSTOP)  # so that it is not over before it is watched
        watch = start("status", folder, "--watch", "--format", "json", "--interval", "0.1")
        first = [watch.stdout.readline() for _ in range(3)]
        crawl.send_signal(signal.SIGCONT)
        watched = end(watch)
        ended = end(crawl)
    assert (ended.code, watched.code) == (0, 0), ended.err + watched.err
    said = [json.loads(line) for line in [*first, *watched.out.splitlines()]]
    assert {line["state"] for line in said[:-1]} == {"running"}
    assert said[-1]["state"] == "finished"
    assert len(said) > 3
    pages = [line["pages"] for line in said]
    assert pages == sorted(pages)
    assert all(line["urls"]["adds_up"] for line in said)
    assert {worker["pid"] for line in said for worker in line["workers"]} == {crawl.pid}


def test_ctrl_c_ends_the_watch_with_0(busy, folder):
    with held(folder):
        watch = start("status", folder, "--watch", "--interval", "0.1")
        assert watch.stdout.readline().startswith("running  4 of 100 pages")
        assert watch.stdout.readline().startswith("running  4 of 100 pages")
        watch.send_signal(signal.SIGINT)
        ended = end(watch)
    assert (ended.code, ended.err) == (0, "")


def test_on_a_terminal_the_watch_redraws_itself_until_the_end(busy, folder):
    ours, theirs = pty.openpty()
    with held(folder):
        watch = subprocess.Popen(
            [sys.executable, "-m", "linkcrawler", "status", folder, "--watch", "--interval", "0.1"],
            cwd=ROOT, env=ENVIRONMENT | {"TERM": "xterm"}, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        said = b""
        while said.count(b"running") < 3:
            said += os.read(ours, 4096)
    while True:  # the lock is free: the crawl counts as killed
        try:
            said += os.read(ours, 4096)
        except OSError:  # the terminal's other side is closed
            break
    os.close(ours)
    assert watch.wait(DEADLINE) == 0
    assert b"\x1b[1A" in said  # back to the line above
    assert b"killed  c1" in said
