"""What a crawl asks for, and how: robots.txt first, addresses that are public, a name, a delay."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest
from support.crawling import Web, linkcrawler, page, redirect
from support.small_crawls import FAST, crawl, outcomes

from linkcrawler.loopback import Answer


def test_robots_txt_is_obeyed_before_any_page(tmp_path):
    web = {
        "http://a.example/robots.txt": "User-agent: linkcrawler\nDisallow: /secret\n",
        "http://a.example/": page("/secret/1", "/open", "http://b.example/", "http://c.example/"),
        "http://a.example/open": page(),
        "http://b.example/robots.txt": Answer(503, b"busy"),
        "http://b.example/": page(),
        "http://c.example/robots.txt": redirect("http://d.example/rules"),
        "http://d.example/rules": "User-agent: *\nDisallow: /\n",
        "http://c.example/": page(),
    }
    with Web(web) as served:
        crawl(served, tmp_path)
        assert "http://a.example/secret/1" not in served.requests
        assert "http://b.example/" not in served.requests
        assert served.requests.index("http://a.example/robots.txt") == 0
    found = outcomes(tmp_path)
    assert found["http://a.example/secret/1"] == ("robots", "disallowed")
    assert found["http://b.example/"] == ("excluded", "host_failed")
    assert found["http://c.example/"] == ("robots", "disallowed")
    with Web(web) as served:
        crawl(served, tmp_path / "without", "--no-robots")
        assert not [url for url in served.requests if url.endswith("robots.txt")]


def test_a_robots_txt_that_fails_once_is_asked_again(tmp_path):
    answers = [Answer(503, b"busy"), Answer(404, b"")]
    web = Web({"http://a.example/": page("/1"), "http://a.example/1": page()})
    usual = web._answer
    web._web._handler = lambda url: (
        answers.pop(0) if url.endswith("robots.txt") and answers else usual(url)
    )
    with web as served:
        assert crawl(served, tmp_path).code == 0
    assert set(outcomes(tmp_path).values()) == {("ok", "")}
    assert len(outcomes(tmp_path)) == 2


def test_requests_say_who_they_are_and_carry_no_cookie_or_referrer(tmp_path):
    heads = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            heads.append(dict(self.headers))
            body = b'<a href="/2">2</a>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Set-Cookie", "a=b")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        seed = f"http://127.0.0.1:{server.server_port}/"
        contact = ("-s", "LINKCRAWLER_CONTACT=https://example.com/bot")
        refused = linkcrawler("crawl", seed, "--out", tmp_path / "refused", *FAST, *contact)
        assert (refused.code, heads) == (4, [])
        assert outcomes(tmp_path / "refused") == {seed: ("excluded", "address")}
        allowed = linkcrawler(
            "crawl", seed, "--out", tmp_path / "c", "--allow-address", "127.0.0.1", *FAST, *contact
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert allowed.code == 0
    assert len(heads) == 3  # robots.txt and two pages
    for head in heads:
        assert head["User-Agent"].startswith("linkcrawler/")
        assert head["User-Agent"].endswith("(+https://example.com/bot)")
        assert not {"Cookie", "Referer"} & set(head)


def test_a_name_of_this_machine_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = linkcrawler("crawl", f"http://localhost:{port}/", "--out", tmp_path, *FAST)
        listener.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert ended.code == 4
    assert outcomes(tmp_path)[f"http://localhost:{port}/"] == ("excluded", "local_name")


@pytest.mark.timing
def test_requests_to_a_domain_are_the_delay_apart(tmp_path):
    import time

    times: list[float] = []

    def watched(url):
        times.append(time.monotonic())

    web = Web({f"http://a.example/{n or ''}": page(f"/{n + 1}") for n in range(4)})
    answer = web._answer
    web._web._handler = lambda url: (watched(url), answer(url))[1]
    with web as served:
        linkcrawler("crawl", "a.example", "--out", tmp_path, "--proxy", served.url, "--delay",
                    "0.3", "--quiet")  # fmt: skip
    gaps = [b - a for a, b in pairwise(times)]
    assert len(gaps) == 5  # robots.txt, four pages, and one that is not there
    # A request may take a moment to reach the server; tests/test_manners.py looks where they leave.
    assert min(gaps) > 0.15
