"""The links of a page are those that a browser would follow from it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import read_page
from linkcrawler.items import LINK_KINDS
from linkcrawler.urls.canonical import MAX_URL

A = "http://site.example/dir/"


# Elements


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<a href=x>t</a>", "a"),
        ("<A HREF='x'>t</A>", "a"),
        ("<svg><a href=x><text>t</text></a></svg>", "a"),
        ("<map name=m><area href=x></map>", "area"),
        ("<iframe src=x></iframe>", "iframe"),
        ("<frameset><frame src=x></frameset>", "frame"),
        ("<meta http-equiv=Refresh content='0; url=x'>", "refresh"),
        ("<link rel=canonical href=x>", "canonical"),
        ("<link rel=alternate hreflang=de href=x>", "alternate"),
        ("<link rel=alternate media=handheld href=x>", "alternate"),
        ("<link rel=alternate type='application/rss+xml' href=x>", "link"),
        ("<link rel=alternate type='application/atom+xml' href=x>", "link"),
        ("<link rel='NEXT' href=x>", "link"),
        ("<link rel=license href=x>", "link"),
    ],
)
def test_each_kind_of_link_is_found(links, html, kind):
    assert links(html) == [(kind, A + "x")]


@pytest.mark.parametrize(
    "html",
    [
        "<a>t</a>",
        "<a name=x>t</a>",
        "<area alt=x>",
        "<iframe></iframe>",
        "<iframe src=''></iframe>",
        "<frameset><frame src=''></frameset>",
        "<iframe src='javascript:1'></iframe>",
        "<iframe src='about:blank'></iframe>",
        "<a href='javascript:void(0)'>t</a>",
        "<a href='mailto:a@b.example'>t</a>",
        "<a href='data:text/html,x'>t</a>",
        "<a href='http://'>t</a>",
        "<link rel=stylesheet href=x>",
        "<link rel='alternate stylesheet' href=x>",
        "<link rel=preload href=x>",
        "<link rel=icon href=x>",
        "<link href=x>",
        "<link rel href=x>",
        "<link rel=canonical>",
        "<link rel=canonical href=''>",
        "<img src=x><script src=x></script><form action=x></form><q cite=x></q>",
        "<!-- <a href=x>t</a> -->",
        "<!--><!-- <a href=x>t</a>",
        "<template><a href=x>t</a><iframe src=x></iframe></template>",
        "<template><template><a href=x>t</a></template></template>",
        "<script>document.write('<a href=x>t</a>')</script>",
        "<style><a href=x></style><textarea><a href=x></textarea><title><a href=x></title>",
        "<xmp><a href=x></xmp><iframe><a href=x></a></iframe>",
        "<meta http-equiv=refresh content=5>",
        "<meta http-equiv=refresh content='0; url='>",
        "<noscript><meta http-equiv=refresh content='0; url=x'></noscript>",
        "<body><noscript><p><meta http-equiv=refresh content='0; url=x'></p></noscript>",
        "<template><meta http-equiv=refresh content='0; url=x'></template>",
        "<plaintext><a href=x>t</a>",
        "",
        "   ",
        "\x00",
        "\ufeff",
        "plain text",
        "<",
        "<a",
        "<a href=x",
    ],
)
def test_what_a_browser_does_not_follow_is_no_link(links, html):
    assert links(html) == []


def test_a_link_in_noscript_is_kept(links):
    assert links("<noscript><a href=x>t</a></noscript>") == [("a", A + "x")]


def test_a_frameset_page_has_its_frames_and_nothing_of_noframes(links):
    html = (
        "<frameset><frame src=a><frameset><frame src=b></frameset><noframes><a href=c></noframes>"
    )
    assert links(html) == [("frame", A + "a"), ("frame", A + "b")]


def test_every_occurrence_counts_in_the_order_of_the_document(links):
    html = (
        "<link rel=canonical href=c><a href=1>t</a><iframe src=2></iframe><a href=1>u</a>"
        "<map><area href=3></map><a href=1></a>"
    )
    header = ["<h>; rel=next"]
    assert links(html, link=header) == [
        ("canonical", A + "c"),
        ("a", A + "1"),
        ("iframe", A + "2"),
        ("a", A + "1"),
        ("area", A + "3"),
        ("a", A + "1"),
        ("link", A + "h"),
    ]


@pytest.mark.parametrize(
    ("html", "targets"),
    [
        ("<a href=1>one<a href=2>two</a></a>", ["1", "2"]),
        ("<table><a href=1>x</a><tr><td><a href=2>y</table>", ["1", "2"]),
        ("<p><a href=1>x<div>y<a href=2>z</div></p>", ["1", "1", "2"]),
        ("<b><a href=1>x</b>y</a>", ["1", "1"]),
        ("</a></p><a href=1></html><a href=2>", ["1", "2"]),
        ("<a href=1 href=2>", ["1"]),
        ("<a/href=1>", ["1"]),
        ('<a title=">" href=1>', ["1"]),
        ("<a href='1", []),
    ],
)
def test_malformed_markup_gives_the_links_of_the_repaired_tree(links, html, targets):
    # What is misnested repeats an open anchor, by the standard's adoption agency.
    assert [target for _, target in links(html)] == [A + target for target in targets]


# Addresses


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("", "http://site.example/dir/page?q=1"),
        ("#top", "http://site.example/dir/page?q=1"),
        ("?x", "http://site.example/dir/page?x"),
        ("&#x2f;x", "http://site.example/x"),
        ("?a=1&amp;b=2", "http://site.example/dir/page?a=1&b=2"),
        ("?a=1&copy=2", "http://site.example/dir/page?a=1&copy=2"),
        ("?a&lt", "http://site.example/dir/page?a%3C"),
        ("  x\n ", A + "x"),
        ("a\nb\tc", A + "abc"),
        ("a b", A + "a%20b"),
        ("\\x", "http://site.example/x"),
        ("//other.example/x", "http://other.example/x"),
        ("HTTPS://Other.Example:443", "https://other.example/"),
        ("?utm_source=x", "http://site.example/dir/page"),
        ("é", A + "%C3%A9"),
        ("&#0;x", A + "%EF%BF%BDx"),
        ("&#xd800;", A + "%EF%BF%BD"),
    ],
)
def test_an_href_resolves_as_in_a_browser(only, href, target):
    assert only(f'<a href="{href}">t</a>').target == target


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("<base href='http://other.example/b/'>", "http://other.example/b/x"),
        ("<base href='/b/'>", "http://site.example/b/x"),
        ("<base href='b/'>", A + "b/x"),
        ("<base href='  /b/\n'>", "http://site.example/b/x"),
        ("<base target=_top><base href='/b/'>", "http://site.example/b/x"),
        ("<base href='/b/'><base href='/c/'>", "http://site.example/b/x"),
        ("<base href='javascript:1'><base href='/c/'>", A + "x"),
        ("<base href='data:text/html,'>", A + "x"),
        ("<base href='http://'>", A + "x"),
        ("<base href=''>", A + "x"),
        ("<base href>", A + "x"),
        ("<svg><base href='/b/'></base></svg>", A + "x"),
        ("<template><base href='/b/'></template>", A + "x"),
        ("<!-- <base href='/b/'> -->", A + "x"),
        (f"<base href='/{'b' * MAX_URL}/../c/'>", "http://site.example/c/x"),
        ("<base href='http://other.example./?utm_source=x'>", "http://other.example/x"),
    ],
)
def test_the_first_base_with_an_href_counts(only, base, target):
    assert only(f"{base}<a href=x>t</a>").target == target


@pytest.mark.parametrize("base", ["ftp://other.example/", "mailto:a@b.example"])
def test_a_base_off_the_web_leaves_relative_links_without_an_address(links, base):
    assert links(f"<base href='{base}'><a href=x>t</a><a href='http://c.example'>u</a>") == [
        ("a", "http://c.example/")
    ]


def test_a_base_counts_for_links_before_it_and_not_for_headers(links):
    html = "<a href=x>t</a><base href='http://other.example/'>"
    assert links(html, link=["<y>; rel=next"]) == [
        ("a", "http://other.example/x"),
        ("link", A + "y"),
    ]


def test_a_link_longer_than_is_kept_is_passed_over(links):
    assert links(f"<a href='{'x' * MAX_URL}'>t</a><a href=y>u</a>") == [("a", A + "y")]


# Anchors


@pytest.mark.parametrize(
    ("inside", "anchor", "is_image"),
    [
        ("plain", "plain", False),
        (" two\n\t  words ", "two words", False),
        ("<b>bo</b>ld", "bold", False),
        ("a<script>x()</script><style>y</style>b", "ab", False),
        ("a<!-- x -->b<template>c</template>", "ab", False),
        ("A&amp;B &eacute;", "A&B é", False),
        ("e\u0301", "é", False),
        ("a\u202eb\u2066c\x1b[31m", "abc[31m", False),
        ("a \u202e b", "a b", False),
        ("<img alt='An image'>", "An image", True),
        ("<img alt=' An\n image '>", "An image", True),
        ("<img><img alt=b>", "b", True),
        ("<img alt=a><img alt=b>", "a b", True),
        ("<img>", None, True),
        ("<img alt>", None, True),
        ("<picture><source><img alt=p></picture>", "p", True),
        ("<svg><path/></svg>", None, True),
        ("<input type=IMAGE alt=i>", "i", True),
        ("text <img alt=i>", "text", False),
        ("", None, False),
        (" \n ", None, False),
        ("<span></span>", None, False),
    ],
)
def test_the_anchor_is_the_visible_text_else_what_stands_for_the_image(
    only, inside, anchor, is_image
):
    link = only(f"<a href=x>{inside}</a>")
    assert (link.anchor, link.is_image) == (anchor, is_image)


def test_an_anchor_is_cut_at_512_code_points(only):
    assert only(f"<a href=x>{'ü' * 600}</a>").anchor == "ü" * 512
    assert only(f"<a href=x>{'u' * 511} {'v' * 9}</a>").anchor == "u" * 511
    assert only(f"<a href=x><img alt='{'w' * 600}'></a>").anchor == "w" * 512


def test_an_area_is_an_image_with_its_alt_text(only):
    link = only("<map><area href=x alt=' North  pole '></map>")
    assert (link.anchor, link.is_image) == ("North pole", True)


def test_a_frame_is_called_by_its_title(only):
    assert only("<iframe src=x title='The map'></iframe>").anchor == "The map"


# Follow


@pytest.mark.parametrize(
    ("html", "rel", "cause"),
    [
        ("<a href=x>", "", ""),
        ("<a href=x rel>", "", ""),
        ("<a href=x rel=' NoOpener\tNOFOLLOW  ugc '>", "noopener nofollow ugc", "rel:nofollow"),
        ("<a href=x rel='sponsored ugc'>", "sponsored ugc", "rel:ugc"),
        ("<a href=x rel=sponsored>", "sponsored", "rel:sponsored"),
        ("<a href=x rel=nofollowed>", "nofollowed", ""),
        ("<area href=x rel=nofollow>", "nofollow", "rel:nofollow"),
        ("<link rel='next nofollow' href=x>", "next nofollow", "rel:nofollow"),
    ],
)
def test_rel_is_kept_in_lower_case_and_order_and_says_whether_to_follow(only, html, rel, cause):
    link = only(html)
    assert (link.rel, link.follow_cause, link.follow) == (rel, cause, not cause)


@pytest.mark.parametrize(
    ("meta", "header", "cause"),
    [
        ("", [], ""),
        ("<meta name=robots content=nofollow>", [], "meta"),
        ("<META NAME=Robots CONTENT='NOINDEX, NoFollow'>", [], "meta"),
        ("<meta name=robots content=none>", [], "meta"),
        ("<meta name=linkcrawler content=nofollow>", [], "meta"),
        ("<meta name=googlebot content=nofollow>", [], ""),
        ("<meta name=robots content=noindex>", [], ""),
        ("<meta property=robots content=nofollow>", [], ""),
        ("<!-- <meta name=robots content=nofollow> -->", [], ""),
        ("", ["nofollow"], "header"),
        ("", ["noindex", "LinkCrawler: nofollow"], "header"),
        ("", ["googlebot: nofollow"], ""),
        ("", ["googlebot: noindex, nofollow"], ""),
        ("<meta name=robots content=nofollow>", ["nofollow"], "meta"),
    ],
)
def test_the_page_may_ask_not_to_be_followed(read, meta, header, cause):
    facts = read(f"{meta}<a href=x>t</a>", robots=header)
    assert facts.links[0].follow_cause == cause
    assert facts.nofollow == bool(cause)


def test_the_link_s_own_rel_is_named_before_the_page_s_reason(only):
    html = "<meta name=robots content=nofollow><a href=x rel=sponsored>t</a>"
    assert only(html, robots=["nofollow"]).follow_cause == "rel:sponsored"


def test_nofollow_on_the_page_does_not_concern_where_the_page_itself_is(read):
    html = (
        "<meta name=robots content=nofollow><link rel=canonical href=c>"
        "<meta http-equiv=refresh content='0;url=r'><iframe src=i></iframe>"
        "<link rel=alternate hreflang=de href=d>"
    )
    facts = read(html, link=["<h>; rel=canonical", "<n>; rel=next"])
    assert {(link.kind, link.follow_cause) for link in facts.links} == {
        ("canonical", ""),
        ("refresh", ""),
        ("iframe", "meta"),
        ("alternate", "meta"),
        ("link", "meta"),
    }


@pytest.mark.parametrize(
    ("html", "header", "noindex"),
    [
        ("<meta name=robots content='noindex'>", [], True),
        ("<meta name=robots content='all'>", [], False),
        ("", ["none"], True),
        ("", ["otherbot: noindex"], False),
        ("", ["unavailable_after: 25 Jun 2010 15:00:00 PST", "noindex"], True),
    ],
)
def test_noindex_is_told(read, html, header, noindex):
    assert read(html, robots=header).noindex is noindex


# Facts


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title> A\n <b>title</b> </title>", "A <b>title</b>"),
        ("<svg><title>Icon</title></svg><title>Page</title>", "Page"),
        ("<svg><title>Icon</title></svg>", None),
        ("<title></title>", None),
        ("<title>a</title><title>b</title>", "a"),
        ("<title>&lt;x&gt;\u202e\x07</title>", "<x>"),
        ("<template><title>t</title></template>", None),
        (f"<title>{'t' * 600}</title>", "t" * 512),
        ("", None),
    ],
)
def test_the_title_is_the_document_s(read, html, title):
    assert read(html).title == title


@pytest.mark.parametrize(
    ("html", "lang"),
    [
        ("<html lang=DE-at>", "de-at"),
        ("<html lang=''>", None),
        ("<p lang=fr>", None),
        ("", None),
        (f"<html lang={'x' * 99}>", "x" * 35),
    ],
)
def test_the_language_is_the_root_s(read, html, lang):
    assert read(html).lang == lang


def test_the_first_canonical_counts_and_one_of_the_page_before_the_header_s(read):
    html = "<link rel=canonical href=a><link rel='CANONICAL next' href=b>"
    header = ["<c>; rel=canonical"]
    assert read(html, link=header).canonical == A + "a"
    assert read("", link=header).canonical == A + "c"
    assert read("").canonical is None


# Whatever comes

MARKUP = st.lists(
    st.sampled_from(
        ["<a href=x>", "<a href='", "</a>", "<b>", "</p>", "<table>", "<svg>", "<template>", "<!--",
         "-->", "<base href=/b/>", "<img alt='i\u202e'>", "<link rel=canonical href=c>", "<title>",
         "<meta http-equiv=refresh content='0;url=r'>", "<iframe src=f>", "<select>", "<math>",
         "<meta name=robots content=none>", "text", "\x1b[31m", "\u202e", "e\u0301", "&#xd800;",
         "&#x1b;", "&#x202e;", "\x85", "\u2028", "\ufffe", "<html lang='\x07d'>", "<script>",
         "<a rel='No\x00Follow \u2066x' href=?", "\U0001f600", "<area href=y alt='\u200f'>", "\x00"]
    ),
    max_size=30,
).map("".join)  # fmt: skip
FORBIDDEN_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_safe(text):
    return (
        not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
        and not FORBIDDEN_BIDI & set(text)
        and unicodedata.is_normalized("NFC", text)
        and text == text.strip(" ")
        and "  " not in text
        and 0 < len(text) <= 512
    )


@given(MARKUP | st.text(max_size=80))
@settings(max_examples=300)
def test_whatever_the_page_holds_its_text_is_safe_and_bounded(text):
    headers = PageHeaders((f"<x>; rel=next; {text[:40]}",), (text[:40],))
    facts = read_page(text, "http://site.example/dir/page", headers, "linkcrawler")
    for found in (facts.title, facts.lang):
        assert found is None or is_safe(found)
    for link in facts.links:
        assert link.kind in LINK_KINDS
        assert link.target.startswith(("http://", "https://"))
        assert link.target.isascii()
        assert link.anchor is None or is_safe(link.anchor)
        assert not link.rel or is_safe(link.rel)
