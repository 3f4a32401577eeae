"""What becomes of an answer."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from scrapy.http import HtmlResponse, Request, Response

from linkcrawler.extraction.reading import read
from linkcrawler.page import Answer, Place, page_of, page_without_answer

URL = "http://site.example/dir/page"
PLACE = Place(URL, hops=1, depth=2, discovered_from="http://a.example/")


def page_at(response, place=PLACE, max_links=0, verified=False):
    """The page of ``response``, read on the spot."""
    found = Answer.of(response, place, max_links)
    reading = read(found.document) if found.document else None
    return page_of(found, reading, is_verified=verified)


@pytest.fixture
def answer():
    """A function from an answer's parts to its page."""

    def answer(body=b"", status=200, max_links=0, verified=False, url=URL, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = Response(url, status=status, headers=named, body=body, request=Request(url))
        place = Place(url, PLACE.hops, PLACE.depth, PLACE.discovered_from)
        return page_at(response, place, max_links, verified)

    return answer


@pytest.mark.parametrize(
    ("meta", "address"),
    [({}, "192.0.2.7"), ({"proxy": "http://127.0.0.1:3128"}, None), ({"proxy": ""}, "192.0.2.7")],
)
def test_the_address_is_that_of_the_site_and_never_that_of_a_proxy(meta, address):
    response = Response(URL, request=Request(URL, meta=meta), ip_address=IPv4Address("192.0.2.7"))
    assert page_at(response).ip == address
    assert page_at(Response(URL, request=Request(URL))).ip is None


def kinds(page):
    return [(link.kind, link.target) for link in page.links]


@pytest.mark.parametrize(
    ("content_type", "body", "outcome", "reason"),
    [
        ("text/html", b"", "ok", ""),
        ("Text/HTML; charset=utf-8", b"x", "ok", ""),
        ("application/xhtml+xml", b"<html/>", "ok", ""),
        ("", b"<!DOCTYPE HTML>", "ok", ""),
        ("", b"\x89PNG", "not_html", "no_type"),
        ("", b"<title>old</title><a href=x>", "ok", ""),
        ("", b"\xef\xbb\xbf\n <A href=x>", "ok", ""),
        ("", b"<!-- a page --><p>", "ok", ""),
        ("*/*", b"<TABLE border=0>", "ok", ""),
        ("", b"<abbr>", "not_html", "no_type"),
        ("", b"<?xml version='1.0'?><rss><title>", "not_html", "no_type"),
        ("", b"x <p>", "not_html", "no_type"),
        ("text/html charset=utf-8", b"x", "ok", ""),
        ("text/html (of old)", b"x", "ok", ""),
        ("text/html, text/html", b"x", "ok", ""),
        ("text/plain, */*, TEXT/HTML , x;charset=utf-8", b"x", "ok", ""),
        ("text/html, text/plain", b"<html>", "not_html", "text/plain"),
        ("text/htmlx charset=utf-8", b"<html>", "not_html", "text/htmlx"),
        ("html", b"<html>", "ok", ""),
        ("/", b"<html>", "ok", ""),
        ("*/*", b"<html>", "ok", ""),
        ("*/*", b"\x89PNG", "not_html", "*/*"),
        ("Unknown/Unknown", b"<html>", "ok", ""),
        ("image/png", b"<html>", "not_html", "image/png"),
        ("text/plain;x", b"<html>", "not_html", "text/plain"),
        ("x\x1b[31m/\u202ey".encode(), b"", "not_html", "x[31m/y"),
        ("é/x".encode("latin-1"), b"", "not_html", "é/x"),
        ("a" * 500, b"", "not_html", "a" * 128),
    ],
)
def test_only_html_is_read_and_any_other_type_named_harmlessly(
    answer, content_type, body, outcome, reason
):
    page = answer(body, Content_Type=content_type)
    assert (page.outcome, page.reason) == (outcome, reason)
    if "/" in reason:
        assert page.content_type == reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_link_to_where_it_leads(answer, status):
    page = answer(status=status, Location="../x?utm_source=y#z", Content_Type="text/html")
    assert (page.outcome, page.reason, page.status) == ("redirect", "", status)
    assert page.redirect_to == "http://site.example/x"
    assert kinds(page) == [("redirect", "http://site.example/x")]
    assert (page.n_links, page.n_internal) == (1, 1)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"/caf\xe9?q=\xe9", "http://site.example/caf%E9?q=%E9"),
        ("/café?q=é".encode(), "http://site.example/caf%C3%A9?q=%C3%A9"),
        ("//bücher.example/é".encode(), "http://xn--bcher-kva.example/%C3%A9"),
    ],
)
def test_bytes_of_a_location_are_sent_back_as_they_came(answer, location, target):
    assert answer(status=302, Location=location).redirect_to == target


@pytest.mark.parametrize("location", [None, "", "mailto:x@y.example", "http://"])
def test_a_redirect_to_nowhere_says_so(answer, location):
    page = answer(status=302, **({"Location": location} if location is not None else {}))
    assert (page.outcome, page.reason, page.redirect_to) == ("redirect", "no_target", None)


@pytest.mark.parametrize("status", [199, 300, 304, 404, 410, 500, 999])
def test_any_other_status_is_an_error_and_its_page_is_not_read(answer, status):
    page = answer(b"<a href=x>", status=status, Content_Type="text/html", Link="<y>; rel=next")
    assert (page.outcome, page.reason, page.links) == ("http_error", str(status), ())


@pytest.mark.parametrize("status", [0, 99, 1000, 70_000])
def test_a_status_that_is_none_is_named_so(answer, status):
    page = answer(status=status, Content_Type="text/html")
    assert (page.outcome, page.reason) == ("http_error", "bad_status")


def test_headers_of_a_file_that_is_no_page_count(answer):
    page = answer(
        b"%PDF",
        Content_Type="application/pdf",
        Link="<http://c.example/>; rel=canonical, <d>; rel=next",
        X_Robots_Tag="noindex, nofollow",
    )
    assert kinds(page) == [("canonical", "http://c.example/"), ("link", URL[:-4] + "d")]
    assert [link.follow_cause for link in page.links] == ["", "header"]
    assert (page.noindex, page.nofollow, page.n_internal) == (True, True, 1)


def test_a_page_keeps_its_first_links_and_the_true_counts(answer):
    body = b"<a href=1><a href=http://b.example/><a href=2><a href=3>"
    page = answer(body, max_links=2, Content_Type="text/html")
    assert [link.target for link in page.links] == [URL[:-4] + "1", "http://b.example/"]
    assert (page.n_links, page.n_internal, page.links_truncated) == (4, 3, True)
    whole = answer(body, max_links=4, Content_Type="text/html")
    assert (len(whole.links), whole.links_truncated) == (4, False)


def test_a_page_is_read_in_its_charset_and_stands_in_its_place(answer):
    page = answer("<title>é</title>".encode("latin-1"), Content_Type="text/html")
    assert (page.title, page.charset, page.charset_guessed) == ("é", "cp1252", True)
    assert (page.url, page.hops, page.depth, page.discovered_from) == (
        URL, 1, 2, "http://a.example/",
    )  # fmt: skip
    assert page.bytes == 16


def test_the_spider_s_answers_of_html_are_read_like_any_other():
    headers = {"Content-Type": "text/html"}
    body = b"<a href=x>t</a>"
    response = HtmlResponse(URL, body=body, headers=headers, request=Request(URL))
    page = page_at(response)
    assert kinds(page) == [("a", URL[:-4] + "x")]


@pytest.mark.parametrize(
    ("url", "verified", "tls"),
    [
        (URL, True, "none"),
        ("https://site.example/", True, "verified"),
        ("https://site.example/", False, "unverified"),
    ],
)
def test_it_is_told_whether_a_certificate_was_checked(answer, url, verified, tls):
    assert answer(url=url, verified=verified, Content_Type="text/html").tls == tls


def test_a_url_without_an_answer_has_its_reason_and_nothing_else():
    page = page_without_answer(PLACE, "failed", "dns")
    assert (page.url, page.outcome, page.reason, page.status) == (URL, "failed", "dns", 0)
    assert (page.links, page.bytes, page.content_type) == ((), 0, "")


def test_a_refresh_header_is_a_refresh_before_what_the_page_links_to(answer):
    body = b"<base href='/b/'><a href=x>t</a><meta http-equiv=refresh content='0;url=y'>"
    page = answer(body, content_type="text/html", refresh="0; URL=next?a=1")
    assert kinds(page) == [
        ("refresh", "http://site.example/dir/next?a=1"),
        ("a", "http://site.example/b/x"),
        ("refresh", "http://site.example/b/y"),
    ]


@pytest.mark.parametrize(
    ("status", "headers", "found"),
    [
        (200, {"content_type": "image/png"}, [("refresh", "http://site.example/r")]),
        (200, {"content_type": "image/png", "refresh": "5"}, []),
        (200, {"content_type": "image/png", "refresh": "0;url=mailto:a@b.example"}, []),
        (302, {"location": "/l"}, [("redirect", "http://site.example/l")]),
        (302, {}, [("refresh", "http://site.example/r")]),
        (404, {}, []),
    ],
)
def test_a_refresh_header_counts_where_a_browser_stays_and_the_answer_is_no_error(
    answer, status, headers, found
):
    assert kinds(answer(status=status, **{"refresh": "0;url=/r"} | headers)) == found
