"""A crawl ends at its limit of time or at an interrupt, at once, and has its folder for itself."""

from __future__ import annotations

import json
import signal
import socket

import pytest
from support.crawling import DEADLINE, ROOT, Web, end, grid, linkcrawler, page, rows, start
from support.small_crawls import FAST, NO_LIMITS, crawl


def test_the_time_limit_ends_the_crawl_and_the_same_command_goes_on(tmp_path):
    web = {f"http://a.example/{n or ''}": page(f"/{n + 1}") for n in range(30)}
    with Web(web, latency=0.1) as served:
        ended = crawl(served, tmp_path, "--max-time", "1", *NO_LIMITS)
        assert ended.code == 0
        assert "limit of time" in ended.out
        assert 0 < len(served.fetched()) < 30
        crawl(served, tmp_path, *NO_LIMITS)
    assert len(rows(tmp_path, "pages")) == 31


@pytest.mark.timing
def test_the_time_limit_does_not_wait_for_a_server_that_never_answers(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(DEADLINE)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ended = linkcrawler(
            "crawl", "a.example", "--out", tmp_path, "--proxy", address, "--max-time", "1",
            "-s", "LINKCRAWLER_FRONTIER_STOP_SECS=1", *FAST, timeout=30,
        )  # fmt: skip
    assert ended.code == 4
    assert "limit of time" in ended.out
    assert json.loads((tmp_path / "run.json").read_text())["state"] == "finished"


def test_an_interrupt_ends_in_seconds_and_says_how_to_go_on(tmp_path):
    arguments = ("crawl", "http://h0.example/", "--out", tmp_path, *NO_LIMITS, *FAST)
    with Web(grid(5, 12), latency=0.01) as web:
        process = start(*arguments, "--proxy", web.url)
        web.signal_at(process, 20, signal.SIGINT)
        ended = end(process)
        assert ended.code == 130
        assert f"--out {tmp_path}" in ended.out.partition("go on: linkcrawler crawl")[2]
        assert "Traceback" not in ended.err
        fetched = len(set(web.fetched()))
        assert fetched < 60
        assert json.loads((tmp_path / "run.json").read_text())["state"] == "interrupted"
        assert linkcrawler("check", tmp_path).code == 0
        assert linkcrawler(*arguments, "--proxy", web.url).code == 0
    assert len({row["url"] for row in rows(tmp_path, "pages")}) == 65


@pytest.mark.timing
def test_an_interrupt_does_not_wait_for_a_server_that_never_answers(tmp_path):
    import time

    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(DEADLINE)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = start("crawl", "a.example", "--out", tmp_path, "--proxy", address, *FAST)
        peer, _ = silent.accept()
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        ended = end(process)
        took = time.monotonic() - begun
        peer.close()
    assert ended.code == 130
    assert took < 20


def test_an_interrupt_while_the_last_pages_are_sealed_is_told_and_the_next_run_compacts(tmp_path):
    late = ("-s", 'SPIDER_MIDDLEWARES={"support.late_signal.LateSignal": 1}')
    with Web(grid(2, 3)) as web:
        arguments = ("crawl", "http://h0.example/", "--out", tmp_path, "--proxy", web.url, *FAST)
        ended = linkcrawler(*arguments, *late, env={"PYTHONPATH": str(ROOT / "tests")})
        assert "go on: linkcrawler crawl" in ended.out
        assert ended.code == 130, ended
        record = json.loads((tmp_path / "run.json").read_text())
        assert (record["state"], record["finish_reason"]) == ("interrupted", "interrupted")
        assert linkcrawler(*arguments).code == 0
    assert (tmp_path / "pages.parquet").exists()


def test_a_second_process_on_the_folder_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(DEADLINE)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ("crawl", "a.example", "--out", tmp_path, "--proxy", address, *FAST)
        process = start(*arguments)
        peer, _ = silent.accept()
        second = linkcrawler(*arguments)
        process.kill()
        end(process)
        peer.close()
    assert second.code == 7
    assert second.err.splitlines()[-1].startswith("linkcrawler: error:")
    assert "in use by another process" in second.err
