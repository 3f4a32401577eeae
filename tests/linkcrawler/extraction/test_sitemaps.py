"""What a sitemap lists, and what hostile ones cost."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.extraction.sitemaps import (
    FREE_BYTES,
    MAX_BYTES,
    MAX_RATIO,
    MAX_URLS,
    Sitemap,
    is_sitemap,
    read_sitemap,
    unpacked,
)

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
A, B = "http://a.example/1", "http://a.example/2"


def urlset(*urls, head=HEAD):
    return head + "".join(f"<url>\n <loc>{url}</loc></url>" for url in urls) + "</urlset>"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (urlset(A, B), [A, B]),
        (urlset(A, A), [A]),
        (urlset(f" \n{A}\t "), [A]),
        (urlset("http://a.example/?x=1&amp;y=&#50;&#x33;&lt;&quot;&apos;&gt;"), ["http://a.example/?x=1&y=23<\"'>"]),
        (urlset("http://a.example/&#xD800;&#x110000;&#9999999;"), ["http://a.example/\ufffd\ufffd\ufffd"]),
        (urlset(f"<![CDATA[ {A}?b&c ]]>", B), [f"{A}?b&c", B]),
        ("<urlset><url><loc lang='x'>" + A + "</loc><lastmod>2020</lastmod></url>", [A]),
        # Only elements of the root's prefix: an image is no page
        (urlset(A + "</loc><image:image><image:loc>http://a.example/i.png</image:loc></image:image><loc>" + B), [A, B]),
        ("<s:urlset><s:url><s:loc>" + A + "</s:loc><loc>" + B + "</loc></s:url></s:urlset>", [A]),
        # Comments, CDATA sections and declarations of entities hold nothing
        ("<!-- <urlset><loc>" + B + "</loc> -->" + urlset(A, "<!-- x -->") + f"<![CDATA[<loc>{B}</loc>]]>", [A]),
        ('<!DOCTYPE urlset [<!ENTITY x "<loc>http://b.example/</loc>">]>' + urlset(A), [A]),
        (urlset(A, "&x;/1", head='<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset>'), [A, "&x;/1"]),
        # What is readable of the rest
        (urlset(A, B)[:-30], [A]),
        (HEAD + "<url><loc>" + A + "</loc></url><url><<<>>&&<loc/><loc></loc><loc>" + B + "<", [A, B]),
        (urlset(A) + "<!-- not closed <loc>" + B + "</loc>", [A]),
        (urlset(A, "<![CDATA[http://a.example/cut"), [A]),
        (urlset("x" * 20_000, A), [A]),
        ("<urlset/>", []),
        # One URL a line
        (f"{A}\n\n {B} \r\nno URL\nftp://a.example/\n{A}", [A, B]),
        (f"\ufeff{A}", [A]),
    ],
)  # fmt: skip
def test_the_urls_of_a_sitemap(text, found):
    assert read_sitemap(text.encode()) == Sitemap(is_index=False, urls=tuple(found))


def test_an_index_lists_sitemaps():
    text = f"<sitemapindex><sitemap><loc>{A}</loc></sitemap><sitemap><loc>{B}</loc></sitemap>"
    assert read_sitemap(text.encode()) == Sitemap(is_index=True, urls=(A, B))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\0\xff", b"<html><body>http://a.example/</body></html>", b"<loc>http://a.example/</loc>",
        b"<rss><channel><link>http://a.example/</link></channel></rss>", b"not a URL\n", b"\x1f\x8b\x08",
    ],
)  # fmt: skip
def test_what_is_no_sitemap(body):
    assert read_sitemap(body) is None


def test_charsets_and_compression_are_known_by_the_first_bytes():
    text = urlset(A, B)
    wanted = read_sitemap(text.encode())
    for body in (
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        b"\xfe\xff" + text.encode("utf-16-be"),
        gzip.compress(text.encode()),
    ):
        assert read_sitemap(body) == wanted


def test_a_damaged_archive_gives_what_comes_before():
    urls = [f"http://a.example/{n * 7919}" for n in range(5000)]
    packed = gzip.compress(urlset(*urls).encode())
    found = read_sitemap(packed[: len(packed) // 2]).urls
    assert list(found) == urls[: len(found)]
    assert len(found) > 1000
    broken = packed[: len(packed) // 2] + b"\0" * 1000
    assert set(urls[:1000]) <= set(read_sitemap(broken).urls)


def test_an_archive_grows_within_bounds_only():
    zeros = gzip.compress(bytes(50 * 2**20))
    assert len(unpacked(zeros)) == min(MAX_BYTES, MAX_RATIO * len(zeros))
    small = gzip.compress(bytes(2 * FREE_BYTES))
    assert len(unpacked(small)) == FREE_BYTES
    twice = gzip.compress(small)
    assert unpacked(twice) == small  # one layer is taken off, no more
    assert len(unpacked(bytes(MAX_BYTES + 1))) == MAX_BYTES


def test_as_many_urls_as_the_standard_allows_are_read():
    urls = [f"http://a.example/{n}" for n in range(MAX_URLS + 10)]
    assert len(read_sitemap(urlset(*urls).encode()).urls) == MAX_URLS
    assert len(read_sitemap("\n".join(urls).encode()).urls) == MAX_URLS


BILLION = '<!DOCTYPE x [<!ENTITY a "http://a.example/">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.timing
@pytest.mark.parametrize(
    "piece",
    [
        "<", "<loc>", "<loc ", "<loc><![CDATA[", "<![CDATA[", "<!--", "<!-->", "</loc>", "\n", " ", "&amp;",
        "<loc>&#1;</loc>", "<loc>x", "http://a.example/ ", "http://a.example/\n", "<loc" + " a" * 5000, "<a:",
    ],
)  # fmt: skip
@pytest.mark.parametrize("head", ["", "<urlset>", "<urlset><loc>", "http://a.example/"])
def test_a_hostile_sitemap_is_read_in_time(head, piece):
    import time

    body = (head + piece * (2 * 2**20 // len(piece))).encode()
    started = time.process_time()
    read_sitemap(body)
    assert time.process_time() - started < 2


def test_entities_are_never_resolved():
    found = read_sitemap(f"{BILLION}]><urlset><url><loc>&j;</loc></url></urlset>".encode())
    assert found.urls == ("&j;",)


MARKUP = st.lists(
    st.sampled_from(["<urlset>", "<sitemapindex>", "<loc>", "</loc>", A, "<![CDATA[", "]]>", "<!--",
                     "-->", "&#1;", "\n", "<", ">"]) | st.text(max_size=5),
    max_size=15,
)  # fmt: skip


@given(MARKUP, st.booleans())
def test_no_bytes_make_the_parser_raise(pieces, is_packed):
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    found = read_sitemap(zlib.compress(body, wbits=31) if is_packed else body)
    if found is not None:
        assert len(set(found.urls)) == len(found.urls)
        assert all(url == url.strip() and url for url in found.urls)


@given(st.lists(st.from_regex(r"http://a\.example/[a-z0-9/?=&]{0,12}", fullmatch=True), max_size=6))
def test_what_is_written_is_read(urls):
    from xml.sax.saxutils import escape

    text = urlset(*map(escape, urls))
    assert read_sitemap(text.encode()).urls == tuple(dict.fromkeys(urls))


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        (urlset(A).encode(), True),
        (b"\xef\xbb\xbf\n<!-- a <html> --> <?xml-stylesheet href='x'?><s:sitemapindex xmlns:s='y'>", True),
        (urlset(A).encode("utf-16"), True),
        (gzip.compress(urlset(A).encode()), True),
        (f"{A}\r\n{B}\r\n".encode(), True),
        ((f"{A}\n" * 1000).encode(), True),
        (b"<!doctype html><html><urlset>", False),
        (f"<p>{A}</p>".encode(), False),
        (f"{A}\n<p>".encode(), False),
        (b"<urlsets>", False),
        (b"\x1f\x8b", False),
        (b"", False),
    ],
)  # fmt: skip
def test_a_sitemap_is_told_from_a_page_by_how_it_begins(body, is_one):
    assert is_sitemap(body) is is_one


@pytest.mark.timing
@pytest.mark.parametrize("piece", [b"<!--", b"<!-- -->", b"http://a ", b" ", b"<?", b"<!DOCTYPE>"])
def test_a_hostile_beginning_is_judged_in_no_time(piece):
    begun = time.process_time()
    is_sitemap(piece * 100_000)
    assert time.process_time() - begun < 0.1
