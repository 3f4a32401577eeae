"""Real crawls in a network where every address answers: none is reached that must not be."""

from __future__ import annotations

import os
from collections import Counter
from html import escape

import pytest
from support.closed_net import PUBLIC, crawl
from support.crawling import rows
from support.spellings import INSIDE, corpus, name_of

from linkcrawler.exceptions import UsageError
from linkcrawler.policies.gate import Gate
from linkcrawler.seeds import read_seeds
from linkcrawler.urls.canonical import canonicalize

OPTIONS = (
    "--delay", "0", "--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0", "--quiet",
    "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16", "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0",
    "-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_TIMEOUT=5",
)  # fmt: skip
STATUSES = (301, 302, 303, 307, 308)
WHOLE = bool(os.environ.get("GUARD_WHOLE"))
"""Whether every spelling is redirected to by every status, rather than by one of the five; and names
that change their mind are looked up a thousand times."""
GUARDED = {"address", "local_name", "credentials", "port"}


def paged(position: str, element: str) -> dict:
    """Pages that hold every spelling in an element of HTML."""
    urls = [escape(url) for url in corpus(position)]
    bodies = (
        "".join(element.format(url) for url in urls[n : n + 100]) for n in range(0, len(urls), 100)
    )
    return {f"http://{position}.example/{n}": [200, {}, body] for n, body in enumerate(bodies)}


def redirects(position: str, status: int) -> dict:
    """A redirect to the spellings that a header can hold, from hosts of 20 pages."""
    targets = [url for url in corpus(position) if "\n" not in url]
    if not WHOLE:
        targets = targets[STATUSES.index(status) :: len(STATUSES)]
    return {
        f"http://{position}{n // 20}.example/{n}": [status, {"Location": target}, ""]
        for n, target in enumerate(targets)
    }


def robots(position: str) -> dict:
    """A host for every spelling, whose robots.txt redirects there."""
    targets = [url for url in corpus(position) if "\n" not in url]
    return {
        f"http://{position}{n}.example/robots.txt": [STATUSES[n % 5], {"Location": target}, ""]
        for n, target in enumerate(targets)
    }


def sitemaps(position: str) -> dict:
    """A site for every five spellings, which its robots.txt names as sitemaps."""
    urls = [url.strip() for url in corpus(position) if "\n" not in url]
    named = [
        "\n".join(f"Sitemap: {url}" for url in urls[n : n + 5]) for n in range(0, len(urls), 5)
    ]
    return {
        f"http://{position}{n}.example/robots.txt": [200, {}, text] for n, text in enumerate(named)
    }


POSITIONS = {
    "link": lambda name: paged(name, '<p><a href="{}">x</a>'),
    "frame": lambda name: paged(name, '<iframe src="{}"></iframe>'),
    "refresh": lambda name: paged(name, '<meta http-equiv="refresh" content="0; url={}">'),
    "canonical": lambda name: paged(name, '<link rel="canonical" href="{}">'),
    **{f"r{status}": lambda name: redirects(name, int(name[1:])) for status in STATUSES},
    "robots": robots,
    "sitemap": sitemaps,
}
"""Where a page or server can write a URL, and a web that writes every spelling there."""


def seeds() -> list[str]:
    """Every spelling that is a URL, as seeds."""
    found = []
    for url in corpus("seed"):
        try:
            read_seeds([url])
        except UsageError:
            continue
        if "\n" not in url:
            found.append(url)
    return found


def test_no_spelling_at_any_position_reaches_inside(tmp_path):
    web = {url: answer for name, make in POSITIONS.items() for url, answer in make(name).items()}
    pages = [url.removesuffix("robots.txt") for url in web]
    for n in range(0, len(pages), 1000):
        links = "".join(f'<p><a href="{url}">x</a>' for url in pages[n : n + 1000])
        web[f"http://start{n}.example/"] = [200, {}, links]
    given = tmp_path / "seeds.txt"
    starts = [url for url in web if url.startswith("http://start")]
    given.write_text("\n".join([*starts, *seeds()]))
    done = crawl(
        web, tmp_path / "net", "crawl", f"@{given}", "--out", tmp_path / "c", "--sitemaps", *OPTIONS
    )
    assert done.code == 0, done.err
    assert done.reached == {}
    assert set(web) <= set(done.requests)
    found = {row["url"]: (row["outcome"], row["reason"]) for row in rows(tmp_path / "c", "pages")}
    marks = ("seed", *POSITIONS)
    judged = Counter(mark for mark in marks for url in corpus(mark) if refused_in(found, url))
    expected = len([url for url in corpus() if Gate().reject_reason(canonical(url)) in GUARDED])
    assert expected > 500
    for position in ("link", "frame", "refresh", "canonical"):
        assert judged[position] == expected, position
    for position in ("seed", "sitemap"):
        assert judged[position] > expected - 40, position
    redirected = [judged[f"r{status}"] for status in STATUSES]
    assert (min(redirected) if WHOLE else sum(redirected)) > expected - 40, redirected
    named = [row for url, row in found.items() if ".names.example/" in url]
    assert len(named) > 6 * 54
    assert all(outcome == "excluded" and why.startswith("address:") for outcome, why in named)
    assert found["http://own.example/link"] == ("excluded", "address:self")


def canonical(url: str) -> str:
    return canonicalize(url, "http://public.example/") or ""


def refused_in(found: dict, url: str) -> bool:
    outcome, reason = found.get(canonical(url), ("", ""))
    return outcome == "excluded" and reason in GUARDED


def inside(places) -> set[str]:
    """Of ``address port`` those whose address is not public; ports are the gate's alone."""
    return {place for place in places if place.partition(" ")[0] not in PUBLIC}


NOWHERE = ("fe80", "ff02")
"""What no system connects to without the name of an interface."""
LINKS = "".join(
    f'<p><a href="{escape(url)}">x</a>'
    for url in corpus()
    if not any(part in url for part in NOWHERE)
)


@pytest.mark.parametrize(
    ("alone", "off"), [("resolver", "gate,connection"), ("connection", "gate,resolver")]
)
def test_each_layer_holds_alone(tmp_path, alone, off):
    web = {"http://start.example/": [200, {}, LINKS]}
    done = crawl(
        web, tmp_path, "crawl", "start.example", "--out", tmp_path / "c", *OPTIONS, off=off
    )
    assert done.code == 0, done.err
    assert inside(done.spoken_to) == set()
    found = {row["url"]: (row["outcome"], row["reason"]) for row in rows(tmp_path / "c", "pages")}
    assert found["http://10.0.0.1/"] == ("excluded", "address:private")
    assert found["https://10.0.0.1/"] == ("excluded", "address:private")
    assert found["http://own.example/"] == ("excluded", "address:self")
    if alone == "resolver":
        assert inside(done.reached) == set()
    else:  # connections are made, TLS among them, and closed before a byte
        assert {
            "10.0.0.1 80",
            "10.0.0.1 443",
            "169.254.169.254 80",
            "::1 80",
            "151.101.1.1 80",
        } <= (set(done.reached))


def test_without_the_guard_the_listeners_are_reached(tmp_path):
    urls = [f"http://{address}/" for address in INSIDE] + [f"http://{name_of(INSIDE[2])}:22/"]
    links = "".join(f'<p><a href="{url}">x</a>' for url in urls)
    web = {"http://start.example/": [200, {}, links]}
    done = crawl(web, tmp_path, "crawl", "start.example", "--out", tmp_path / "c", *OPTIONS,
                 off="gate,resolver,connection")  # fmt: skip
    expected = {f"{address} 80" for address in INSIDE if address != "0.0.0.0"} | {"10.0.0.1 22"}
    assert set(done.spoken_to) == set(done.reached) == expected


def test_a_name_that_changes_its_mind_between_look_ups_reaches_nothing_inside(tmp_path):
    kinds = ("flip", "late", "mixed", "first", "aaaa", "mapped")
    hosts = [f"{kind}-{n}.example" for n in range(75 if WHOLE else 35) for kind in kinds]
    close = {"Connection": "close"}
    web = {f"http://{host}/{n}": [200, close, ""] for host in hosts for n in range(3)}
    web["http://start.example/"] = [200, {}, "".join(f'<a href="{url}">x</a>' for url in web)]
    done = crawl(web, tmp_path, "crawl", "start.example", "--out", tmp_path / "c", *OPTIONS,
                 "-s", "DNSCACHE_ENABLED=False", "-s", "LINKCRAWLER_DNS_NEGATIVE_SECS=0")  # fmt: skip
    assert done.code == 0, done.err
    assert done.reached == {}
    asked = Counter(name.partition("-")[0] for name in done.lookups)
    assert sum(asked.values()) >= (1000 if WHOLE else 400), asked
    assert min(asked[kind] for kind in kinds) >= 60, asked
    found = Counter((row["outcome"], row["reason"]) for row in rows(tmp_path / "c", "pages"))
    assert found["ok", ""] > 50
    assert found["excluded", "address:private"] > 50
