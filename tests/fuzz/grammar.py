"""Inputs by grammar: markup, URLs, headers and robots files that are nearly right, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st
from support.hostile_text import ESCAPES, ODD, TEXT

from linkcrawler.extraction.placement import PLACEMENTS
from linkcrawler.items import LINK_KINDS, OUTCOMES, Link, Page
from linkcrawler.urls.canonical import canonicalize

ENCODINGS = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "shift_jis",
    "koi8-r",
    "utf-7",
    "utf-8-sig",
)

# URLs

_SCHEME = st.sampled_from(
    ["http:", "https:", "HTTP:", "http", "javascript:", "data:", "file:", "ws:", "mailto:", "", "//",
     "\thttp:", "ht\ntp:", "http:\\\\", "a+b.c-d:", "blob:", "1http:", ":"]
)  # fmt: skip
_HOST = st.sampled_from(
    ["a.example", "WWW.A.EXAMPLE.", "a..example", "bücher.example", "xn--bcher-kva.example", "xn--a",
     "127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[v1.x]", "[",
     "a_b.example", "%61.example", "a%00b", "faß.example", "ﬃ.example", "\uff11\uff12\uff17.0.0.1", "a\u00adb.example",
     "co.uk", "github.io", "x.github.io", "localhost", "x" * 300, ".", "..", "-", "例え.テスト", "a.b.c.d.e"]
) | TEXT  # fmt: skip
_REST = st.lists(
    st.sampled_from(
        ["/", "//", ".", "..", "%2e", "%2E%2e/", "a", "é", "%", "%zz", "%00", "%25", "?", "&", "=", "#", ";",
         "\\", " ", "\t", "\n", "\x00", "\x1b", "\u202e", "utm_source=1", "fbclid", "+", "[", "]", "@", ":",
         "'", '"', "<", ">", "`", "{", "|", "}", "^", "\ud800", "😀", "a/" * 30, "b=c&" * 40, "x" * 9000]
    ),
    max_size=8,
).map("".join)  # fmt: skip
_PORT = st.sampled_from(["", "", "", ":80", ":443", ":0", ":65536", ":8080", ":x", ":"])
_USER = st.sampled_from(["", "", "", "u@", "u:p@", "@", "a@b@", "%40:@"])
URL = st.one_of(
    st.tuples(
        _SCHEME, st.sampled_from(["//", "/", "", "\\\\", "///"]), _USER, _HOST, _PORT, _REST
    ).map("".join),
    st.tuples(st.just("http://"), _HOST, _REST).map("".join),
    _REST,
    TEXT,
)
"""URLs absolute and relative, as pages write them."""

# Markup

_TAG = st.sampled_from(
    ["a", "area", "base", "link", "meta", "iframe", "frame", "frameset", "html", "head", "body", "title",
     "svg", "math", "template", "noscript", "script", "style", "textarea", "xmp", "plaintext", "select",
     "option", "table", "tr", "td", "caption", "form", "b", "i", "p", "div", "li", "nav", "footer", "img",
     "picture", "object", "button", "input", "foreignObject", "desc", "mi", "annotation-xml", "h1", "x-y",
     "A", "isindex", "image", "br", "ruby", "rt", "\x00a", "é"]
)  # fmt: skip
_NAME = st.sampled_from(
    ["href", "src", "rel", "content", "http-equiv", "name", "charset", "alt", "title", "lang", "hreflang",
     "type", "srcdoc", "HREF", "xlink:href", "xmlns", "x", "=", "\x00", "é"]
)  # fmt: skip
_VALUE = st.one_of(
    URL,
    TEXT,
    st.sampled_from(
        ["nofollow", "ugc sponsored", "canonical", "alternate", "next", "stylesheet", "refresh", "robots",
         "0;url=/x", "1; URL='y", "linkcrawler", "noindex,nofollow", "none", "utf-8", "utf-16", "koi8-r",
         "text/html; charset=big5", "de", "application/rss+xml", "image", "Content-Type"]
    ),
)  # fmt: skip
_ATTRIBUTE = st.builds(
    "{}{}{}{}{}".format, st.sampled_from([" ", "\n", "/", ""]), _NAME,
    st.sampled_from(["=", " = ", ""]), st.sampled_from(['"', "'", "", "`"]),
    st.tuples(_VALUE, st.sampled_from(['"', "'", "", "`"])).map("".join),
)  # fmt: skip
_OPEN = st.builds(
    "<{}{}{}".format, _TAG, st.lists(_ATTRIBUTE, max_size=4).map("".join),
    st.sampled_from([">", ">", ">", "/>", "", " "]),
)  # fmt: skip
_BIT = st.one_of(
    _OPEN,
    _OPEN,
    st.builds("</{}>".format, _TAG),
    TEXT,
    st.sampled_from(
        ["<!doctype html>", "<!DOCTYPE x SYSTEM 'y'>", "<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>",
         "<?xml version='1.0' encoding='x'?>", "</", "<", ">", "&", "&#0;", "&#x110000;", "&notin;", "&amp",
         "&#x1b;", "&#8238;", "<b><i>" * 40, "<p>" * 80, "<a href=x>" * 60, "<table><tr><td>" * 20,
         "<svg><foreignObject>" * 10, "<select><option>" * 20, "<template>" * 30, "\x00", "\x0c"]
    ),
)  # fmt: skip
MARKUP = st.lists(_BIT, max_size=14).map("".join)
"""Markup of any kind, mostly broken."""
BODY = st.builds(
    lambda text, encoding, junk: text.encode(encoding, "replace" if "utf" in encoding else "ignore") + junk
    if not any("\ud800" <= char <= "\udfff" for char in text)
    else text.encode("utf-8", "surrogatepass") + junk,
    MARKUP, st.sampled_from(ENCODINGS), st.binary(max_size=6),
)  # fmt: skip

# Headers

_WORD = st.sampled_from(
    ["<", ">", "</a>", "<http://b.example/>", ";", ",", "=", '"', "\\", "'", "rel", "rel=next", "rel=\"a b\"",
     "canonical", "hreflang=de", "type=text/html", "noindex", "nofollow", "none", "googlebot:", "linkcrawler:",
     "unavailable_after:", "max-snippet:-1", "25 Jun 2010 15:00:00 PST", "0", "-1", "120", "1e9", "9" * 400,
     "Wed, 21 Oct 2015 07:28:00 GMT", "Sun Nov  6 08:49:37 1994", "text/html", "charset=", "utf-8", "0;url=", " ",
     "\t", "\x00", "\x7f", "\xff", "é", "²", "Mon, 99 Foo 9999 99:99:99 +9999", "nan", "inf", "0x10"]
) | st.sampled_from(ESCAPES)  # fmt: skip
HEADER = st.lists(_WORD, max_size=9).map("".join) | TEXT
_FIELD = st.tuples(
    st.sampled_from(
        [b"Content-Type", b"Link", b"X-Robots-Tag", b"Location", b"Retry-After", b"Set-Cookie",
         b"Content-Language", b"Content-Encoding", b"Refresh", b"Date", b"X-\xff"]
    ),
    st.one_of(
        HEADER.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=20),
        st.sampled_from([b"text/html", b"text/html; charset=utf-16", b"application/xhtml+xml", b"text/x"]),
    ),
)  # fmt: skip
STATUS = st.sampled_from(
    [200, 200, 200, 204, 206, 301, 302, 304, 308, 404, 429, 503, 999, -1, 10**30]
)
ANSWER = st.tuples(STATUS, st.lists(_FIELD, max_size=5), BODY)
"""Status, headers and body."""

# robots.txt

_LINE = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(
        ["User-agent", "user agent", "Disallow", "Allow", "allow", "dissallow", "Crawl-delay", "Sitemap",
         "Host", "", "\ufeffUser-agent", "#", "\x00"]
    ),
    st.sampled_from([":", ": ", " : ", " ", "", "::"]),
    st.sampled_from(
        ["*", "linkcrawler", "Linkcrawler/1.0", "googlebot", "/", "/*", "/a*b$", "*" * 60, "/a/" * 50, "$",
         "/%", "/%zz", "/é", "0.5", "1e400", "-1", "nan", "99999999999", "http://a.example/s.xml", "a" * 3000]
    ) | URL,
    st.sampled_from(["", " # c", "\x00"]),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\u2028", ""]),
)  # fmt: skip
ROBOTS = st.tuples(
    st.lists(_LINE, max_size=14)
    .map("".join)
    .map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(max_size=60),
    st.sampled_from(["linkcrawler", "a", "googlebot", "*", ""]),
    URL,
)
"""A robots.txt, a product token, a URL."""

# Sitemaps, seeds, pages

SITEMAP = st.lists(
    st.sampled_from(
        ["<urlset>", "</urlset>", "<sitemapindex", ">", "<url>", "<loc>", "</loc>", "<x:loc a='b'>", "<!--",
         "-->", "<![CDATA[", "]]>", "&amp;", "&#x41;", "&#1114112;", "&lol;", "<!ENTITY lol 'x'>", "\n", " ",
         "\x1f\x8b\x08\x00", "\ufeff", "<?xml version='1.0'?>", "http://a.example/"]
    ) | URL,
    max_size=14,
).map(lambda bits: "".join(bits).encode("utf-8", "surrogatepass")) | st.binary(max_size=60)  # fmt: skip
SEEDS = st.lists(
    URL
    | st.sampled_from(
        ["url", "domain", ",", ";", "\t", '"', "#", "@", "\n", "\r\n", "a.example", "x" * 140_000]
    ),
    max_size=8,
).map(lambda bits: "".join(bits).replace("@/", "@ ").encode("utf-8", "surrogatepass"))
_CANONICAL = st.text("ab/?é%[ ]#", max_size=9).map(
    lambda path: canonicalize(f"http://a.example/{path}")
)
_ANY_LINK = st.builds(
    Link, URL, st.sampled_from(LINK_KINDS) | TEXT, st.none() | TEXT, st.booleans(), TEXT, TEXT,
    st.sampled_from(PLACEMENTS) | TEXT, st.none() | TEXT, st.none() | TEXT, st.none() | TEXT,
    st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**31 - 1),
)  # fmt: skip
PAGES = st.lists(
    st.builds(
        Page, url=_CANONICAL, outcome=st.sampled_from(OUTCOMES),
        fetched_at=st.datetimes(datetime(1, 1, 2), datetime(9999, 1, 1), timezones=st.just(UTC)),
        reason=TEXT, status=st.integers(-(10**9), 10**9), redirect_to=st.none() | URL,
        hops=st.integers(0, 10**6), depth=st.integers(0, 10**6), discovered_from=st.none() | URL,
        content_type=TEXT, charset=TEXT, lang=st.none() | TEXT, title=st.none() | TEXT,
        canonical=st.none() | URL, ip=st.none() | TEXT, tls=TEXT, owner_ids=st.none() | TEXT,
        simhash=st.integers(-(2**63), 2**63 - 1), template=st.integers(-(2**63), 2**63 - 1),
        links=st.lists(_ANY_LINK, max_size=5).map(tuple),
    ),
    max_size=3,
)  # fmt: skip
"""Pages of any component of a crawl, with any text in any field."""
ANY_TEXT = TEXT | st.text(st.sampled_from(ODD + "=+-@a ,;\"'"), max_size=40)
