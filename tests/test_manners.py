"""No site and no address is asked more often than it should be, whatever happens to the crawl."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
from support import sent
from support.crawling import DEADLINE, ENVIRONMENT, ROOT, linkcrawler, page, rows
from support.slow_way import HELD_SECS

from benchmarks.sent_log import gaps, gaps_by, read_sent
from linkcrawler.agent import tool_version
from linkcrawler.loopback import Answer, LoopbackWeb
from linkcrawler.settings import DOWNLOADER_MIDDLEWARES
from linkcrawler.urls.canonical import host_of

EARLY_SECS = 0.005
"""By which a request may leave too early."""
DELAY, ADDRESS_DELAY = 0.5, 0.12
DOMAINS = [f"{letter}.example" for letter in "abcd"]
PAGES = 4


class Site:
    """The same pages on every host, and when each was asked for."""

    def __init__(self, answer=None):
        self.answer = answer or self.pages
        self.asked: list[tuple[float, str, str]] = []
        self.news = threading.Condition()
        self.web = LoopbackWeb(self._answer)

    def __enter__(self):
        self.web.__enter__()
        self.port = int(self.web.url.rpartition(":")[2])
        return self

    def __exit__(self, *error):
        self.web.__exit__(*error)

    def _answer(self, url):
        with self.news:
            self.asked.append((time.time(), host_of(url).partition(":")[0], url))
            self.news.notify_all()
        return self.answer(url)

    @staticmethod
    def pages(url):
        if url.endswith("/robots.txt"):
            return Answer(404)
        return Answer(body=page(*(f"/{n}" for n in range(PAGES))).encode())

    def wait_for(self, requests):
        with self.news:
            assert self.news.wait_for(lambda: len(self.asked) >= requests, DEADLINE)

    def command(self, folder, *more):
        seeds = [f"http://{domain}:{self.port}/0" for domain in DOMAINS]
        return [
            "crawl", *seeds, "--out", str(folder), "--delay", str(DELAY), "--quiet",
            "--allow-address", "127.0.0.1", "-s", f"LINKCRAWLER_GUARD_PORTS={self.port}",
            "-s", f"LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS={ADDRESS_DELAY}",
            "--contact", "https://crawl.example/about", *sent.LOGGED, *map(str, more),
        ]  # fmt: skip


def start(command, env):
    return subprocess.Popen(
        [sys.executable, "-m", "linkcrawler", *command],
        cwd=ROOT, env=ENVIRONMENT | env, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
def test_domains_and_addresses_keep_their_distance_also_after_a_kill(tmp_path, workers):
    """All names are at one address; the crawl is killed with all of its processes, twice."""
    log, folder = tmp_path / "sent", tmp_path / "crawl"
    with Site() as site:
        command = site.command(folder, "--workers", workers)
        env = sent.environment(log)
        for requests in (6, 12):
            process = start(command, env)
            site.wait_for(requests)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        ended = linkcrawler(*command, env=env)
    assert ended.code == 0, ended.err
    assert {row["outcome"] for row in rows(folder, "pages")} == {"ok"}
    assert len(rows(folder, "pages")) == PAGES * len(DOMAINS)
    requests = read_sent(log)
    assert len(requests) >= (PAGES + 1) * len(DOMAINS)
    assert min(gaps_by((domain, at) for at, domain, _ in requests)) >= DELAY - EARLY_SECS
    assert min(gaps(at for at, *_ in requests)) >= ADDRESS_DELAY - EARLY_SECS
    # The server's log says the same; a request may take a moment to reach it.
    assert min(gaps_by((host, at) for at, host, _ in site.asked)) >= DELAY / 2


def test_a_delay_longer_than_a_restart_outlives_the_process(tmp_path):
    log, long = tmp_path / "sent", 3.0
    with Site() as site:
        command = site.command(tmp_path / "crawl", "--max-pages", 2, "--delay", long)
        command[1 : 1 + len(DOMAINS)] = command[1:2]
        env = sent.environment(log)
        process = start(command, env)
        site.wait_for(2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert linkcrawler(*command, env=env).code == 0
    times = [at for at, *_ in read_sent(log)]
    # robots.txt of both runs, the first page (again, if the kill came before its answer was
    # written) and the second page.
    assert len(times) in (4, 5)
    assert min(gaps(times)) >= long - EARLY_SECS


@pytest.mark.timing
def test_delays_count_from_when_a_request_leaves_and_not_from_its_turn(tmp_path):
    behind = json.dumps({**DOWNLOADER_MIDDLEWARES, "support.slow_way.SlowWay": 960})
    with Site() as site:
        command = site.command(tmp_path / "crawl", "--no-robots", "--max-pages", 2, "--delay", 1)
        command[1 : 1 + len(DOMAINS)] = command[1:3]  # at one address
        more = ("-s", f"DOWNLOADER_MIDDLEWARES={behind}",
                "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=1")  # fmt: skip
        env = sent.environment(tmp_path / "sent")
        env["PYTHONPATH"] += f"{os.pathsep}{ROOT / 'tests'}"
        assert linkcrawler(*command, *more, env=env).code == 0
    assert min(gaps(at for at, *_ in site.asked)) > 1 - HELD_SECS / 2


def test_without_a_delay_for_addresses_only_domains_wait(tmp_path):
    log = tmp_path / "sent"
    with Site() as site:
        command = site.command(tmp_path / "crawl", "--no-robots", "--max-pages", len(DOMAINS))
        env = sent.environment(log)
        slow = ("-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0")
        assert linkcrawler(*command, *slow, env=env).code == 0
    assert min(gaps(at for at, *_ in read_sent(log))) < ADDRESS_DELAY


# Answers that ask for less


def crawl_one(tmp_path, answer, *more):
    """Crawl a.example, which answers as ``answer`` says; return the requests' times and its end."""
    log = tmp_path / "sent"
    with Site(answer) as site:
        command = site.command(tmp_path / "crawl", *more)
        command[1 : 1 + len(DOMAINS)] = command[1:2]
        ended = linkcrawler(*command, env=sent.environment(log))
    return read_sent(log), ended


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_wait_is_left_alone_as_long(tmp_path, status):
    busy = [True]

    def answer(url):
        if url.endswith("/0") and busy and busy.pop():
            return Answer(status, b"", (("Retry-After", "2"),))
        return Site.pages(url)

    requests, ended = crawl_one(tmp_path, answer)
    assert ended.code == 0
    times = [at for at, _, url in requests if url.endswith("/0")]
    assert len(times) == 2
    assert times[1] - times[0] >= 2.0 - EARLY_SECS
    between = [url for at, _, url in requests if times[0] < at < times[1]]
    assert between == []
    assert {row["outcome"] for row in rows(tmp_path / "crawl", "pages")} == {"ok"}


def test_a_server_that_asks_for_hours_does_not_keep_the_crawl_waiting(tmp_path):
    def answer(url):
        if url.endswith("/1"):
            return Answer(503, b"", (("Retry-After", "Fri, 31 Dec 2199 23:59:59 GMT"),))
        return Site.pages(url)

    requests, ended = crawl_one(tmp_path, answer)
    assert ended.code == 0
    assert [url[-2:] for _, _, url in requests if url.endswith("/1")] == ["/1"]
    reasons = {row["url"][-2:]: row["reason"] for row in rows(tmp_path / "crawl", "pages")}
    assert reasons["/1"] == "host_failed"


def test_a_server_that_always_refuses_is_asked_few_times_and_ever_more_slowly(tmp_path):
    requests, ended = crawl_one(tmp_path, lambda url: Answer(429), "--delay", "0.01")
    assert ended.code == 4
    times = [at for at, *_ in requests]
    assert len(times) <= 20


# Who asks


def test_the_user_agent_says_what_it_is_in_which_version_and_who_answers(tmp_path):
    heads = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    heads.append(connection.recv(65536).decode("latin-1"))
                    connection.sendall(b"HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    ended = linkcrawler(
        "crawl", f"http://127.0.0.1:{port}/", "--out", tmp_path / "c", "--delay", "0", "--quiet",
        "--allow-address", "127.0.0.1", "--contact", "https://crawl.example/about",
    )  # fmt: skip
    listener.close()
    assert "contact" not in ended.err
    agents = {line for head in heads for line in head.splitlines() if line.startswith("User-Agent")}
    assert agents == {f"User-Agent: linkcrawler/{tool_version()} (+https://crawl.example/about)"}
    sent_names = {
        line.partition(":")[0] for head in heads for line in head.splitlines()[1:] if line
    }
    assert not sent_names & {"Cookie", "Referer", "From"}


def test_a_crawler_by_another_name_obeys_what_is_said_to_that_name(tmp_path):
    def answer(url):
        if url.endswith("/robots.txt"):
            rules = b"User-agent: linkcrawler\nDisallow: /\n\nUser-agent: NicheBot\nDisallow: /2\n"
            return Answer(body=rules, headers=(("Content-Type", "text/plain"),))
        return Site.pages(url)

    _, ended = crawl_one(tmp_path, answer, "-s", "USER_AGENT=NicheBot/2.1", "--delay", "0")
    assert ended.code == 0
    found = {row["url"][-2:]: row["outcome"] for row in rows(tmp_path / "crawl", "pages")}
    assert found == {"/0": "ok", "/1": "ok", "/2": "robots", "/3": "ok"}


@pytest.mark.parametrize("contact", ["me", "a b@c.example", "x\r\nCookie: 1", "ftp://a.example"])
def test_a_contact_that_nobody_can_be_reached_at_is_refused(tmp_path, contact):
    ended = linkcrawler("crawl", "a.example", "--out", tmp_path / "c", "--contact", contact)
    assert ended.code == 2
    assert "contact: expected the URL or mail address" in ended.err


def test_domains_that_opted_out_are_never_asked_nor_their_robots(tmp_path):
    names = tmp_path / "left-alone.txt"
    names.write_text("# by mail\nb.example\n")
    log = tmp_path / "sent"

    def answer(url):
        if url.endswith("/robots.txt"):
            return Answer(404)
        links = [
            f"http://{name}:{site.port}/0" for name in ("b.example", "www.b.example", "d.example")
        ]
        return Answer(body=page(*links).encode())

    with Site(answer) as site:
        command = site.command(tmp_path / "crawl", "--opt-out", f"@{names}", "--delay", "0")
        ended = linkcrawler(*command, env=sent.environment(log))
        assert ended.code == 0
        assert {domain for _, domain, _ in read_sent(log)} == {
            "a.example",
            "c.example",
            "d.example",
        }
        refused = {
            row["url"] for row in rows(tmp_path / "crawl", "pages") if row["reason"] == "opt_out"
        }
        assert {host_of(url).partition(":")[0] for url in refused} == {"b.example", "www.b.example"}
        # A list that no longer names it lets it in again.
        again = site.command(tmp_path / "crawl", "--delay", "0")
        assert linkcrawler(*again, env=sent.environment(log)).code == 0
        assert "b.example" in {domain for _, domain, _ in read_sent(log)}
