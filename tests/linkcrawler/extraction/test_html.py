"""The links of a page are those that a browser would follow from it; its facts are the document's."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import read_page
from linkcrawler.items import LINK_KINDS

A = "http://site.example/dir/"


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<a href=x>t</a>", "a"),
        ("<A HREF='x'>t</A>", "a"),
        ("<svg><a href=x><text>t</text></a></svg>", "a"),
        ("<map name=m><area href=x></map>", "area"),
        ("<iframe src=x></iframe>", "iframe"),
        ("<svg><foreignObject><iframe src=x></iframe></foreignObject></svg>", "iframe"),
        ("<svg><title>t</title></svg><iframe src=x></iframe>", "iframe"),
        ("<math><mtext><link rel=next href=x></mtext></math>", "link"),
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
        "<svg><iframe src=x></iframe></svg>",
        "<math><frame src=x></math>",
        "<svg><link rel=canonical href=x></svg>",
        "<svg><desc><svg><link rel=next href=x></svg></desc></svg>",
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
