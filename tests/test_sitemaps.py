"""Crawls of sites whose robots.txt names sitemaps: read when asked for, and only so far."""

from __future__ import annotations

import gzip
import signal

from support.crawling import Web, linkcrawler, page, redirect, rows, start
from support.robots_txt import CLOSED, OPEN, RULES, text
from support.small_crawls import FAST, crawl, outcomes

from linkcrawler.loopback import Answer
from linkcrawler.urls.canonical import host_of


def xml(tag, *urls):
    inner = "url" if tag == "urlset" else "sitemap"
    listed = "".join(f"<{inner}><loc>{url}</loc></{inner}>" for url in urls)
    head = f'<?xml version="1.0"?><{tag} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return Answer(200, f"{head}{listed}</{tag}>".encode(), (("Content-Type", "application/xml"),))


A = "http://a.example"
MAPPED = {
    f"{A}/robots.txt": text(
        f"{RULES}Sitemap: {A}/index.xml\nSitemap: /moved.xml\nSitemap: http://cdn.example/a.xml\n"
        "Sitemap: http://10.0.0.1/s.xml\nSitemap: /missing.xml\nSitemap: /soft.xml\nSitemap: /bad.xml"
    ),
    f"{A}/": page("/linked"),
    f"{A}/linked": page(),
    f"{A}/index.xml": xml("sitemapindex", f"{A}/packed.xml.gz", f"{A}/second.xml", "http://else.example/x.xml"),
    f"{A}/packed.xml.gz": Answer(
        200,
        gzip.compress(xml("urlset", f"{A}/1#top", f"{A}/no/2", "http://else.example/3", f"{A}/linked").body),
        (("Content-Type", "application/x-gzip"),),
    ),
    f"{A}/second.xml": xml("sitemapindex", f"{A}/third.xml"),
    f"{A}/third.xml": xml("sitemapindex", f"{A}/text.txt", f"{A}/fourth.xml"),
    f"{A}/text.txt": text(f"{A}/never"),
    f"{A}/moved.xml": redirect(f"{A}/here.txt"),
    f"{A}/here.txt": text(f"{A}/4\nhttp://169.254.169.254/\nhttp://sub.a.example/5\n"),
    "http://cdn.example/a.xml": xml("urlset", f"{A}/6", "http://cdn.example/7", "http://else.example/8"),
    f"{A}/soft.xml": page("/9"),
    f"{A}/bad.xml": Answer(200, b"\0\x1f<urlset<<", (("Content-Type", "text/xml"),)),
}  # fmt: skip
for number in (1, 4, 6, 9):
    MAPPED[f"{A}/{number}"] = page()
MAPPED |= {"http://sub.a.example/5": page(), "http://cdn.example/7": page()}
READ = ("not_html", "sitemap")


def test_sitemaps_that_robots_txt_names_are_read_when_asked_for(tmp_path):
    with Web(MAPPED) as served:
        ended = crawl(served, tmp_path, "--sitemaps")
        asked = served.fetched()
    assert ended.code == 0
    assert outcomes(tmp_path) == {
        f"{A}/": OPEN,
        f"{A}/linked": OPEN,
        f"{A}/index.xml": READ,
        f"{A}/packed.xml.gz": READ,
        f"{A}/second.xml": READ,
        f"{A}/third.xml": READ,  # an index of an index is read, what it lists is not
        f"{A}/moved.xml": ("redirect", ""),
        f"{A}/here.txt": READ,
        "http://cdn.example/a.xml": READ,
        "http://10.0.0.1/s.xml": ("excluded", "address"),
        f"{A}/missing.xml": ("http_error", "404"),
        f"{A}/soft.xml": OPEN,
        f"{A}/bad.xml": ("not_html", "text/xml"),
        f"{A}/1": OPEN,
        f"{A}/no/2": CLOSED,
        f"{A}/4": OPEN,
        "http://sub.a.example/5": OPEN,
        f"{A}/6": OPEN,
        "http://cdn.example/7": OPEN,
        f"{A}/9": OPEN,
    }
    assert not [
        url for url in asked if host_of(url) in ("else.example", "10.0.0.1", "169.254.169.254")
    ]
    # They are read soon; what they list stands behind what pages link to.
    assert asked.index(f"{A}/index.xml") < asked.index(f"{A}/linked") < asked.index(f"{A}/1")
    places = {
        row["url"]: (row["hops"], row["depth"], row["discovered_from"])
        for row in rows(tmp_path, "pages")
    }
    assert places[f"{A}/index.xml"] == (0, 0, f"{A}/")
    assert places[f"{A}/packed.xml.gz"] == (0, 1, f"{A}/index.xml")
    assert places[f"{A}/1"] == (0, 2, f"{A}/packed.xml.gz")
    assert places[f"{A}/4"] == (0, 1, f"{A}/here.txt")
    links = {(row["source"], row["kind"], row["target"]) for row in rows(tmp_path, "links")}
    assert links == {
        (f"{A}/", "a", f"{A}/linked"),
        (f"{A}/moved.xml", "redirect", f"{A}/here.txt"),
        (f"{A}/soft.xml", "a", f"{A}/9"),
    }


def test_sitemaps_are_left_alone_when_not_asked_for(tmp_path):
    with Web(MAPPED) as served:
        crawl(served, tmp_path)
        assert served.requests == [f"{A}/robots.txt", f"{A}/", f"{A}/linked"]
    ended = linkcrawler("crawl", f"{A}/", "--out", tmp_path / "x", "--sitemaps", "--no-robots")
    assert (ended.code, ended.out) == (2, "")
    assert "sitemaps: robots.txt names them, and it is not asked for" in ended.err


def test_a_domain_gives_no_more_urls_by_sitemaps_than_it_may(tmp_path):
    web = {
        f"{A}/robots.txt": text("Sitemap: /1.xml\nSitemap: /2.xml\nSitemap: /3.xml"),
        f"{A}/": page(),
        **{f"{A}/{n}.xml": xml("urlset", *(f"{A}/{n}/{m}" for m in range(8))) for n in (1, 2, 3)},
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--sitemaps", "-s", "LINKCRAWLER_SITEMAP_URLS=10")
        listed = [url for url in served.requests if url.count("/") == 4]
    assert len(listed) == len(set(listed)) == 10


def test_sitemaps_of_a_site_whose_pages_are_forbidden_are_found_all_the_same(tmp_path):
    web = {
        f"{A}/robots.txt": text("User-agent: *\nDisallow: /$\nSitemap: /s.xml"),
        f"{A}/s.xml": xml("urlset", f"{A}/1"),
        f"{A}/1": page(),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--sitemaps")
    assert outcomes(tmp_path) == {f"{A}/": CLOSED, f"{A}/s.xml": READ, f"{A}/1": OPEN}


def test_a_sitemap_that_its_server_calls_a_page_is_read_and_a_page_stays_one(tmp_path):
    listing = xml("urlset", f"{A}/1").body
    web = {
        f"{A}/robots.txt": text(
            "Sitemap: /s.xml\nSitemap: /s.txt\nSitemap: /s.xml.gz\nSitemap: /s.html"
        ),
        f"{A}/": page(),
        f"{A}/s.xml": Answer(200, listing),
        f"{A}/s.xml.gz": Answer(200, gzip.compress(listing.replace(b"/1", b"/3"))),
        f"{A}/s.txt": Answer(200, f"{A}/2\n{A}/2\n".encode()),
        f"{A}/s.html": page("/4"),
        **{f"{A}/{n}": page() for n in range(1, 5)},
    }
    with Web(web) as served:
        assert crawl(served, tmp_path, "--sitemaps").code == 0
    assert outcomes(tmp_path) == {
        **dict.fromkeys([f"{A}/", f"{A}/s.html", *(f"{A}/{n}" for n in range(1, 5))], OPEN),
        **dict.fromkeys([f"{A}/s.xml", f"{A}/s.txt", f"{A}/s.xml.gz"], READ),
    }


def test_a_killed_crawl_reads_the_same_sitemaps(tmp_path):
    with Web(MAPPED) as whole:
        crawl(whole, tmp_path / "whole", "--sitemaps")
    with Web(MAPPED) as served:
        folder = tmp_path / "killed"
        process = start(
            "crawl", f"{A}/", "--out", folder, "--proxy", served.url, *FAST, "--sitemaps"
        )
        served.signal_at(process, 7, signal.SIGKILL)
        process.communicate(timeout=60)
        assert crawl(served, folder, "--sitemaps").code == 0
    assert outcomes(folder) == outcomes(tmp_path / "whole")
