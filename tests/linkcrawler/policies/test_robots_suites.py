"""robots.txt by other people's tests: Google's cases, and real files read as another parser reads them."""

from __future__ import annotations

import json
import random
import re
import time

import pyarrow.parquet as pq
import pytest
from protego import Protego

from linkcrawler.policies.robots import MAX_BYTES, RobotsRules
from linkcrawler.urls.canonical import canonicalize

GOOGLE_EXCEPTIONS = {
    # Google compares what is written without decoding it; RFC 9309 2.2.2 has percent-encoded
    # unreserved octets decoded first.
    ("/foo/bar/%62%61%7A", "http://foo.bar/foo/bar/baz"),
    # It is given a URL with letters outside ASCII, which no crawler sends: RFC 9309 2.2.2 has them
    # percent-encoded first.
    ("/foo/bar/ツ", "http://foo.bar/foo/bar/ツ"),
    ("/foo/bar/%E3%83%84", "http://foo.bar/foo/bar/ツ"),
}
"""The allow pattern and the URL of the cases that end otherwise here, each with its reason."""


def test_googles_cases_end_as_they_say_but_for_documented_exceptions(suite):
    cases = json.loads(suite("google_robots.json").read_text("utf-8"))
    wrong = set()
    for case in cases:
        rules = RobotsRules(case["robots_txt"].encode(), case["user_agent"])
        url = case["url"] or "http://foo.bar/"  # an empty one stands for any
        if (rules.reject_reason(url) is None) != case["allowed"]:
            pattern = re.search(r"Allow: (\S+)", case["robots_txt"])
            wrong.add((pattern and pattern[1], case["url"]))
    assert wrong == GOOGLE_EXCEPTIONS
    assert len(cases) == 142


AGENT = "zzqx"
"""A product token that no real file names, nor begins to: Protego takes a name for all whose
beginning it is, where RFC 9309 2.2.1 compares names whole."""
PROTEGO_DIFFERS = {
    # Octets are counted of what is compared (2.2.2); Protego encodes `?` first and counts three.
    "inform.kz": "*?* is three octets, *.js four",
    "www.thomsonreuters.com": "/*?* is four octets, /*js* five",
    "www.deu.edu.tr": "/*?* is four octets, /inc* five",
    "www.mylife.com": "/*?* is four octets, /*-*/ five",
    # A Crawl-delay does not end the names of a group (2.2.4); Google reads these as we do.
    "bitbucket.org": "names a robot below a Crawl-delay for all",
    "www.congress.gov": "names a robot below a Crawl-delay for all",
    "www.khaleejtimes.com": "names a robot below a Crawl-delay for all",
    "www.monstersandcritics.com": "names a robot below a Crawl-delay for all",
    # A mark of direction behind a path, which nobody sees, is part of it there.
    "www.domo.com": "U+200E behind a path",
    # They hold octets that are no UTF-8: compared as they are here, as U+FFFD there.
    "www.opentext.com": "not UTF-8",
    "www.wsop.com": "not UTF-8",
}


@pytest.fixture(scope="module")
def real_files(suite):
    """Real robots.txt files: host and bytes."""
    rows = pq.read_table(suite("robots_txt.parquet")).to_pylist()
    return [(row["host"], row["robots_txt"]) for row in rows]


def urls_for(text, draw):
    """URLs that may be allowed or not: made from some of the patterns."""
    patterns = re.findall(r"(?im)^\s*(?:dis)?allow\s*:\s*(\S+)", text)
    yield "http://x.example/"
    for pattern in draw.sample(patterns, min(8, len(patterns))):
        path = "/" + pattern.rstrip("$").replace("*", draw.choice(["", "x", "/y/z"])).lstrip("/")
        for end in ("", "x", "/index.html", "?a=1"):
            url = canonicalize(f"http://x.example{path}{end}")
            if url and "/robots.txt" not in url:  # with a query it is another URL here
                yield url


def test_real_files_are_read_as_another_parser_reads_them(real_files):
    differing, asked = set(), 0
    # All of them, 286,486 URLs, were compared once: Protego takes long for them.
    for host, body in real_files[::4] + [row for row in real_files if row[0] in PROTEGO_DIFFERS]:
        # Two differences are put away first: what is read of a long file, and paths without a slash,
        # which Protego ignores and we obey where they disallow.
        text = body[:MAX_BYTES].decode("utf-8-sig", "replace")
        text = re.sub(r"(?im)^(\s*disallow\s*:[ \t]*)([^/*\s#])", r"\1/\2", text)
        ours, theirs = RobotsRules(body, AGENT), Protego.parse(text)
        for url in set(urls_for(text, random.Random(host))):
            asked += 1
            if (ours.reject_reason(url) is None) != theirs.can_fetch(url, AGENT):
                differing.add(host)
    assert differing <= set(PROTEGO_DIFFERS)
    assert len(real_files) == 4231
    assert asked > 20_000


@pytest.mark.timing
def test_real_files_are_read_in_time(real_files):
    slowest, began = 0.0, time.process_time()
    for _, body in real_files:
        started = time.process_time()
        rules = RobotsRules(body, "linkcrawler")
        rules.reject_reason("http://x.example/some/page.html?a=1")
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 1  # 0.1 s was measured, for the longest: 500 KiB
    assert time.process_time() - began < 15
