"""Crawls of small webs, by the command line, as processes of their own."""

from __future__ import annotations

import json
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest
from support.crawling import (
    DEADLINE,
    Web,
    end,
    grid,
    linkcrawler,
    page,
    redirect,
    rows,
    scrapy,
    start,
)

from linkcrawler.loopback import Answer

FAST = ("--delay", "0", "--quiet")
NO_LIMITS = ("--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0")


def crawl(web: Web, folder, *arguments, seeds=("http://a.example/",)):
    return linkcrawler("crawl", *seeds, "--out", folder, "--proxy", web.url, *FAST, *arguments)


def outcomes(folder) -> dict[str, tuple[str, str]]:
    return {row["url"]: (row["outcome"], row["reason"]) for row in rows(folder, "pages")}


def test_every_kind_of_link_and_outcome_is_recorded(tmp_path):
    web = {
        "http://a.example/": page(
            "/b?utm_source=x#top",
            "http://c.example/",
            "/gone",
            "/file.pdf",
            head='<base href="http://a.example/"><link rel="canonical" href="/">'
            '<link rel="alternate" hreflang="de" href="/de"><meta http-equiv="refresh" '
            'content="9; url=/next"><link rel="stylesheet" href="/style.css">',
        )
        + '<iframe src="/frame"></iframe><map><area href="/area" alt="the area"></map>'
        '<a href="/n" rel="UGC nofollow">n</a><a href="mailto:x@a.example">m</a>'
        "<template><a href='/t'>t</a></template><!-- <a href='/comment'>c</a> -->",
        "http://a.example/b": redirect("/c"),
        "http://a.example/c": page(),
        "http://a.example/de": page(),
        "http://a.example/next": page(),
        "http://a.example/frame": page(),
        "http://a.example/area": page(),
        "http://a.example/file.pdf": Answer(
            200,
            b"%PDF",
            (("Content-Type", "application/pdf"), ("Link", '</doc>; rel="canonical"')),
        ),
        "http://a.example/doc": page(),
        "http://c.example/": page("http://a.example/c"),
    }
    with Web(web) as served:
        ended = crawl(served, tmp_path / "c")
    assert (ended.code, ended.err) == (0, f"warning: {CONTACT}\n"), ended
    found = outcomes(tmp_path / "c")
    assert found == {
        "http://a.example/": ("ok", ""),
        "http://a.example/b": ("redirect", ""),
        "http://a.example/c": ("ok", ""),
        "http://a.example/de": ("ok", ""),
        "http://a.example/next": ("ok", ""),
        "http://a.example/frame": ("ok", ""),
        "http://a.example/area": ("ok", ""),
        "http://a.example/doc": ("ok", ""),
        "http://a.example/gone": ("http_error", "404"),
        "http://a.example/file.pdf": ("not_html", "application/pdf"),
        "http://c.example/": ("ok", ""),
    }
    links = [
        (row["kind"], row["target"].removeprefix("http://a.example"), row["anchor"], row["follow"])
        for row in sorted(rows(tmp_path / "c", "links"), key=lambda row: row["position"])
        if row["source"] == "http://a.example/"
    ]
    assert links == [
        ("canonical", "/", None, True),
        ("alternate", "/de", None, True),
        ("refresh", "/next", None, True),
        ("a", "/b", "to /b?utm_source=x#top", True),
        ("a", "http://c.example/", "to http://c.example/", True),
        ("a", "/gone", "to /gone", True),
        ("a", "/file.pdf", "to /file.pdf", True),
        ("iframe", "/frame", None, True),
        ("area", "/area", "the area", True),
        ("a", "/n", "n", False),
    ]
    others = {(row["source"], row["kind"], row["target"]) for row in rows(tmp_path / "c", "links")}
    assert ("http://a.example/b", "redirect", "http://a.example/c") in others
    assert ("http://a.example/file.pdf", "canonical", "http://a.example/doc") in others
    assert "http://a.example/n" not in served.fetched()


CONTACT = (
    "No contact is set: say who answers for this crawl with "
    "--contact <URL or mail address> (LINKCRAWLER_CONTACT)"
)


def test_the_limit_of_pages_is_met_exactly_and_counts_across_resumes(tmp_path):
    with Web(grid(6, 10)) as web:
        seeds = ("http://h0.example/",)
        first = crawl(web, tmp_path, "--max-pages", "7", "--hops", "0", seeds=seeds)
        assert len(web.fetched()) == 7
        assert "Stopped at the limit of pages" in first.out
        again = crawl(web, tmp_path, "--max-pages", "7", "--hops", "0", seeds=seeds)
        assert (again.code, len(web.fetched())) == (0, 7)
        crawl(web, tmp_path, "--max-pages", "19", "--hops", "0", seeds=seeds)
        assert len(web.fetched()) == 19
    assert len(rows(tmp_path, "pages")) == 19


def test_the_limit_of_pages_per_domain_counts_across_resumes(tmp_path):
    with Web(grid(3, 10)) as web:
        seeds = ("http://h0.example/",)
        for limit in (2, 2, 4):
            crawl(web, tmp_path, "--max-pages-per-domain", limit, "--hops", "0", seeds=seeds)
        per_domain = [row["domain"] for row in rows(tmp_path, "pages")]
    assert {name: per_domain.count(name) for name in set(per_domain)} == {
        f"h{n}.example": 4 for n in range(3)
    }


def test_hops_are_the_fewest_over_all_links_and_a_shorter_way_lets_a_url_back_in(tmp_path):
    web = {
        # far.example is three hops away by the first way and one by the second, found later.
        "http://a.example/": page("http://b.example/", "/late"),
        "http://b.example/": page("http://c.example/"),
        "http://c.example/": page("http://far.example/"),
        "http://a.example/late": page("/later"),
        "http://a.example/later": page("/last"),
        "http://a.example/last": page("http://far.example/other"),
        "http://far.example/": page("http://beyond.example/"),
        "http://far.example/other": page(),
        "http://beyond.example/": page("http://outside.example/"),
    }
    with Web(web) as served:
        assert crawl(served, tmp_path, "--hops", "2").code == 0
    hops = {row["url"]: (row["hops"], row["outcome"]) for row in rows(tmp_path, "pages")}
    assert hops["http://far.example/"] == (1, "ok")
    assert hops["http://beyond.example/"] == (2, "ok")
    assert hops["http://outside.example/"] == (3, "excluded")
    assert {row["source_domain"]: row["hops"] for row in rows(tmp_path, "links")} == {
        "a.example": 0,
        "b.example": 1,
        "c.example": 2,
        "far.example": 1,
        "beyond.example": 2,
    }


def test_refused_urls_come_back_when_the_same_crawl_is_given_wider_limits(tmp_path):
    web = {
        "http://a.example/": page("http://b.example/", "/x/1"),
        "http://b.example/": page("http://c.example/"),
        "http://c.example/": page(),
        "http://a.example/x/1": page(),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--scope", "seeds", "--exclude", "/x/")
        assert outcomes(tmp_path) == {
            "http://a.example/": ("ok", ""),
            "http://a.example/x/1": ("excluded", "exclude"),
            "http://b.example/": ("excluded", "hops"),
        }
        crawl(served, tmp_path, "--hops", "1")
        assert outcomes(tmp_path)["http://a.example/x/1"] == ("ok", "")
        assert outcomes(tmp_path)["http://c.example/"] == ("excluded", "hops")
        crawl(served, tmp_path)
        assert served.fetched() == [*dict.fromkeys(served.fetched())]
    assert {outcome for outcome, _ in outcomes(tmp_path).values()} == {"ok"}
    assert linkcrawler("check", tmp_path).code == 0


def test_depth_is_counted_inside_a_site(tmp_path):
    web = {
        "http://a.example/": page("/1"),
        "http://a.example/1": page("/2", "http://b.example/deep"),
        "http://a.example/2": page("/3"),
        "http://a.example/3": page(),
        "http://b.example/deep": page("/1"),
        "http://b.example/1": page("/2"),
        "http://b.example/2": page(),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--depth", "1")
    found = {row["url"]: (row["depth"], row["outcome"]) for row in rows(tmp_path, "pages")}
    assert found == {
        "http://a.example/": (0, "ok"),
        "http://a.example/1": (1, "ok"),
        "http://a.example/2": (2, "excluded"),
        "http://b.example/deep": (0, "ok"),
        "http://b.example/1": (1, "ok"),
        "http://b.example/2": (2, "excluded"),
    }


def test_what_a_seed_redirects_to_is_a_seed_of_its_own(tmp_path):
    web = {
        "http://a.example/": redirect("http://moved.example/"),
        "http://moved.example/": page("http://moved.example/1", "http://out.example/"),
        "http://moved.example/1": redirect("http://out.example/there"),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--scope", "seeds")
        assert sorted(served.fetched()) == [
            "http://a.example/",
            "http://moved.example/",
            "http://moved.example/1",
        ]


def test_include_patterns_bound_the_crawl(tmp_path):
    with Web({"http://a.example/in/": page("/in/1", "/out")}) as served:
        crawl(served, tmp_path, "--include", "/in/", seeds=("http://a.example/in/",))
    assert outcomes(tmp_path)["http://a.example/out"] == ("excluded", "include")


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


def test_the_same_spider_runs_under_plain_scrapy_with_feeds_and_settings(tmp_path):
    with Web(grid(3, 4)) as web:
        ended = scrapy(
            "crawl", "links", "-a", "seeds=h0.example", "-a", f"out={tmp_path / 'c'}", "-a",
            f"proxy={web.url}", "-a", "delay=0", "-a", "_job=7", "-s", "CLOSESPIDER_ITEMCOUNT=4",
            "-o", tmp_path / "items.jsonl",
        )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert len(items) >= 4
    assert items[0]["links"][0]["target"] == "http://h0.example/1"
    manifest = json.loads((tmp_path / "c/run.json").read_text())
    assert (manifest["state"], manifest["finish_reason"]) == ("finished", "closespider_itemcount")
    assert (tmp_path / "c/crawl.log").read_text().count("Spider closed") == 1


def test_depth_limit_means_what_it_means_in_scrapy(tmp_path):
    web = {f"http://h{n}.example/": page(f"http://h{n + 1}.example/") for n in range(6)}
    with Web(web) as served:
        crawl(served, tmp_path, "-s", "DEPTH_LIMIT=2", "--hops", "0", seeds=("h0.example",))
        assert len(served.fetched()) == 3
    assert outcomes(tmp_path)["http://h3.example/"] == ("excluded", "depth_limit")


def test_failures_are_tried_again_and_then_recorded(tmp_path):
    web = {"http://a.example/": page("/broken"), "http://a.example/broken": Answer(500, b"")}
    with Web(web) as served:
        ended = crawl(served, tmp_path, "-s", "RETRY_TIMES=1", "--max-error-share", "0.4")
        assert served.fetched().count("http://a.example/broken") == 2
    assert ended.code == 3
    assert outcomes(tmp_path)["http://a.example/broken"] == ("http_error", "500")


def test_the_summary_is_json_for_programs(tmp_path):
    with Web(grid(2, 3)) as web:
        ended = crawl(web, tmp_path, "--format", "json", seeds=("h0.example",))
    found = json.loads(ended.out)
    assert found["exit_code"] == 0
    assert found["discovered"] == (
        found["pending"] + found["done"] + found["failed"] + found["excluded"]
    )
    assert found["pages"] == len(rows(tmp_path, "pages")) == 8
    assert found["links"] == len(rows(tmp_path, "links"))
