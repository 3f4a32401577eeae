"""Crawls of sites with every kind of robots.txt."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest
from support import sent
from support.crawling import Web, grid, page, redirect, scrapy
from support.robots_txt import CLOSED, OPEN, RULES, text
from support.rude_web import RudeWeb
from support.small_crawls import NO_LIMITS, crawl, outcomes

from benchmarks.sent_log import gaps, read_sent
from linkcrawler.loopback import Answer
from linkcrawler.policies.robots import MAX_BYTES
from linkcrawler.urls.canonical import host_of

AWAY, FAILED = ("robots", "robots_unreachable"), ("excluded", "host_failed")


def chain(host, hops):
    """robots.txt of ``host``, that many redirects away."""
    ways = [f"http://{host}/robots.txt", *(f"http://{host}/r{n}" for n in range(1, hops + 1))]
    return {here: redirect(there) for here, there in pairwise(ways)} | {ways[-1]: text(RULES)}


LONG = RULES + "#" * MAX_BYTES + "\nDisallow: /"
ROBOTS = {
    # 2xx: the rules, in whatever guise
    "rules": (text(RULES), CLOSED),
    "empty": (text(""), OPEN),
    "none": (Answer(204), OPEN),
    "html": (f"<html><p>not found</p><pre>{RULES.replace('User', ' x: User')}</pre></html>", OPEN),
    "marked": (text(b"\xef\xbb\xbf" + RULES.encode()), CLOSED),
    "wide": (text(RULES.encode("utf-16"), ("Content-Type", "text/plain; charset=utf-16")), CLOSED),
    "carriage": (text(RULES.replace("\n", "\r")), CLOSED),
    "zeros": (text(RULES.replace("w", "\0w")), CLOSED),
    "unknown": (text(RULES, ("Content-Type", "text/plain; charset=klingon")), CLOSED),
    "latin": (text(RULES.encode() + b"Disallow: /\xe9\xff"), CLOSED),
    "long": (text(LONG), CLOSED),
    "packed": (text(gzip.compress(RULES.encode()), ("Content-Encoding", "gzip")), CLOSED),
    # 3xx: five are followed, also elsewhere
    **{f"hops{n}": (chain(f"hops{n}.example", n), CLOSED if n < 6 else OPEN) for n in range(1, 7)},
    "loop": (redirect("/robots.txt"), OPEN),
    "elsewhere": (redirect("http://rules.example/robots.txt"), CLOSED),
    "nowhere": (Answer(302), OPEN),
    "inside": (redirect("http://127.0.0.1/robots.txt"), AWAY),
    "local": (redirect("http://printer/robots.txt"), AWAY),
    "ftp": (redirect("ftp://ftp.example/robots.txt"), AWAY),
    # 4xx: unavailable, whatever the body says; but for 429
    **{f"s{n}": (text("User-agent: *\nDisallow: /", status=n), OPEN) for n in (400, 401, 403, 404, 410, 451)},
    # 429 and 5xx: unreachable, also at the end of a redirect, and in a way that cannot be read
    **{f"s{n}": (text("User-agent: *\nAllow: /", status=n), FAILED) for n in (429, 500, 503, 599)},
    "far": (redirect("http://trouble.example/x"), FAILED),
    "coded": (text(RULES, ("Content-Encoding", "klingon")), FAILED),
    "bomb": (text(gzip.compress(bytes(30 * 2**20)), ("Content-Encoding", "gzip")), FAILED),
}  # fmt: skip
"""What the robots.txt of ``<name>.example`` answers, and what becomes of its page ``/no``."""


def test_each_answer_to_robots_txt_means_what_the_standard_says(tmp_path):
    web = {
        "http://rules.example/robots.txt": text(RULES),
        "http://trouble.example/x": text("", status=503),
    }
    for name, (answer, _) in ROBOTS.items():
        host = f"http://{name}.example"
        web |= answer if isinstance(answer, dict) else {f"{host}/robots.txt": answer}
        web |= {f"{host}/": page("/no"), f"{host}/no": page()}
    seeds = tuple(f"http://{name}.example/" for name in ROBOTS)
    with Web(web) as served:
        ended = crawl(served, tmp_path, "-s", "RETRY_TIMES=0", "--hops", "0", seeds=seeds)
        asked = served.requests
    assert ended.code == 0
    found = outcomes(tmp_path)
    for name, (_, wanted) in ROBOTS.items():
        home, inner = f"http://{name}.example/", f"http://{name}.example/no"
        is_away = wanted in (AWAY, FAILED)
        assert (name, found[home]) == (name, wanted if is_away else OPEN)
        assert (name, found.get(inner)) == (name, None if is_away else wanted)
        assert (home in asked) is not is_away
        assert (inner in asked) is (wanted == OPEN)
        to_host = [url for url in asked if host_of(url) == f"{name}.example"]
        assert to_host[0] == f"{home}robots.txt"
        assert len(to_host) <= 20
        if wanted == FAILED:
            assert len(to_host) == 3
    assert sum(url == "http://hops6.example/r6" for url in asked) == 0
    # What failed waits for another run; nothing of it is settled.
    failed = sum(wanted == FAILED for _, wanted in ROBOTS.values())
    with closing(sqlite3.connect(tmp_path / "frontier.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM url WHERE state = 0").fetchone()[0] == failed
        assert db.execute("SELECT max(attempts) FROM url WHERE state = 0").fetchone()[0] == 0


def test_a_host_whose_robots_txt_failed_is_asked_again_when_it_has_rested(tmp_path):
    robots, several = "http://www.a.example/robots.txt", ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4")
    inner = [f"http://www.a.example/{n}" for n in range(3)]
    web = {"http://a.example/": page(*inner), robots: text("", status=500)}
    with Web(web | dict.fromkeys(inner, page())) as served:
        assert crawl(served, tmp_path, *several).code == 0
        found = outcomes(tmp_path)
        assert [found[url] for url in inner] == [FAILED] * 3
        before = len(served.requests)
        # What several pages wait for is one answer, which counts once.
        assert [url for url in served.requests if "www" in url] == [robots] * 3
        with closing(sqlite3.connect(tmp_path / "frontier.sqlite")) as db:
            db.execute("UPDATE host SET retry_at = retry_at - 3600")
            db.commit()
        served.pages[robots] = text(RULES)
        assert crawl(served, tmp_path, *several).code == 0
        assert served.requests[before] == robots
        assert sorted(served.requests[before + 1 :]) == inner
    assert set(outcomes(tmp_path).values()) == {OPEN}


RUDE = {
    "closed": (b"", ("failed", "connection")),
    # The rule that is missing might forbid it all
    "cut": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + RULES.encode(),
        ("failed", "data_loss"),
    ),
    # What is read of it has come: the rest is not waited for
    "endless": (b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + LONG.encode(), OPEN),
}


def test_what_has_no_end_is_no_verdict_but_where_enough_was_read(tmp_path):
    html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<a href=/no>no</a>"
    web = {f"http://{name}.example/": html for name in RUDE}
    web |= {f"http://{name}.example/robots.txt": answer for name, (answer, _) in RUDE.items()}
    seeds = [f"http://{name}.example/" for name in RUDE]
    with RudeWeb(web) as served:
        crawl(served, tmp_path, "-s", "RETRY_TIMES=0", seeds=seeds)
        asked = served.asked
    assert outcomes(tmp_path) == {
        f"http://{name}.example/": wanted for name, (_, wanted) in RUDE.items()
    } | {"http://endless.example/no": CLOSED}
    assert [url for url in asked if not url.endswith("/robots.txt")] == ["http://endless.example/"]


def test_no_page_is_fetched_before_the_verdict_on_it(tmp_path):
    """The server's log is the witness: what had arrived when a robots.txt was answered."""
    hosts, pages = 50, 50
    web = Web(grid(hosts, pages), latency=0.02)
    for h in range(hosts):
        web.pages[f"http://h{h}.example/robots.txt"] = text("User-agent: *\nDisallow: /*7$\n")
    usual, early, verdicts = web._answer, [], []

    def watched(url):
        if url.endswith("/robots.txt"):
            own = [u for u in served.requests if host_of(u) == host_of(url)]
            early.extend(own[1:])
            verdicts.append(host_of(url))
        return usual(url)

    web._web._handler = watched
    with web as served:
        ended = crawl(served, tmp_path, *NO_LIMITS, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8",
                      seeds=("http://h0.example/",))  # fmt: skip
        fetched = served.fetched()
    assert ended.code == 0
    assert early == []
    assert sorted(verdicts) == sorted(f"h{h}.example" for h in range(hosts))  # each asked for once
    assert not [url for url in fetched if url.endswith("7")]
    found = outcomes(tmp_path)
    assert len(fetched) > 1800
    assert {url for url, outcome in found.items() if outcome == CLOSED} == {
        url for url in found if url.endswith("7")
    }


def test_what_does_not_fit_into_memory_is_asked_for_again_and_never_done_without(tmp_path):
    hosts = 12  # with rules of 0.3 MiB each, where 1 MiB is allowed
    web = grid(hosts, 4)
    many = "".join(f"Disallow: /no/{n}\n" for n in range(2500))
    for h in range(hosts):
        web[f"http://h{h}.example/robots.txt"] = text(f"User-agent: *\n{many}Disallow: /3")
    with Web(web) as served:
        crawl(served, tmp_path, *NO_LIMITS, "-s", "LINKCRAWLER_ROBOTS_CACHE_MB=1", "--concurrency", 4,
              seeds=[f"http://h{h}.example/" for h in range(hosts)])  # fmt: skip
        asked, fetched = served.requests, served.fetched()
    assert len(asked) - len(fetched) > hosts
    assert not [url for url in fetched if url.endswith("/3")]
    assert sum(outcome == CLOSED for outcome in outcomes(tmp_path).values()) == hosts


# Crawl-delay


def times_of(web):
    """When each request came."""
    import time

    times, usual = [], web._answer
    web._web._handler = lambda url: (times.append((time.monotonic(), url)), usual(url))[1]
    return times


@pytest.mark.timing
@pytest.mark.parametrize(("written", "most", "least"), [("0.6", "60", 0.6), ("50", "0.5", 0.5)])
def test_a_crawl_delay_holds_from_the_first_page_on_and_is_clamped(tmp_path, written, most, least):
    web = Web({"http://a.example/": page("/1", "/2"), "http://a.example/1": page(), "http://a.example/2": page(),
               "http://a.example/robots.txt": text(f"User-agent: *\nCrawl-delay: {written}")})  # fmt: skip
    log = tmp_path / "sent"
    with web as served:
        ended = scrapy("crawl", "links", "-a", "seeds=http://a.example/", "-a", f"out={tmp_path / 'c'}",
                       "-a", f"proxy={served.url}", "-a", "delay=0.05", *sent.LOGGED,
                       "-s", f"LINKCRAWLER_ROBOTS_CRAWL_DELAY_MAX_SECS={most}",
                       env=sent.environment(log))  # fmt: skip
    found = gaps(at for at, *_ in read_sent(log))
    assert len(found) == 3
    assert least - 0.005 < min(found)
    assert max(found) < least + 5
    assert ("'linkcrawler/robots/delay_clamped': 1" in ended.err) is (written == "50")


@pytest.mark.timing
def test_retry_after_of_robots_txt_is_heeded(tmp_path):
    answers = [text("", ("Retry-After", "3"), status=503)]
    web = Web({"http://a.example/": page()})
    times = times_of(web)
    usual = web._web._handler
    web._web._handler = lambda url: (usual(url), answers.pop() if answers else usual(url))[1]
    with web as served:
        assert crawl(served, tmp_path).code == 0
    first, second = [at for at, url in dict.fromkeys(times) if url.endswith("robots.txt")][:2]
    assert second - first >= 2.9
