"""Small parsers: relations, Link headers, robots directives, meta refresh."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.extraction.relations import (
    follow_cause,
    header_links,
    refresh_target,
    relation_kind,
    robots_directives,
)


@pytest.mark.parametrize(
    ("content", "target"),
    [
        # The parser of WHATWG HTML, "shared declarative refresh steps"
        ("0; url=x", "x"),
        ("0;URL=x", "x"),
        ("0; url = x", "x"),
        ("0, url=x", "x"),
        ("0 url=x", "x"),
        ("0\nurl=x", "x"),
        ("  5  ;  url=x", "x"),
        ("0.5; url=x", "x"),
        (".5; url=x", "x"),
        ("1.2.3; url=x", "x"),
        ("0; x", "x"),
        ("0;x", "x"),
        ("0,x", "x"),
        ("0 x", "x"),
        ("0; url='x'", "x"),
        ('0; url="x"', "x"),
        ("0; url='x", "x"),
        ("0; url='x'y", "x"),
        ("0; url='a\"b'", 'a"b'),
        ("0; 'x'", "x"),
        ("0; url=a'b", "a'b"),
        ("0; urlx", "urlx"),
        ("0; ur=x", "ur=x"),
        ("0; url x", "url x"),
        ("0;;url=x", ";url=x"),
        ("0; url=http://e.com/?a;b=c", "http://e.com/?a;b=c"),
        ("0; url= x y ", "x y"),
        # only a reload of the page itself
        ("0", None),
        ("5.", None),
        ("0;", None),
        ("0; ", None),
        ("0; url=", None),
        ("0; url= ", None),
        ("0; url=''", None),
        # no refresh at all
        ("", None),
        ("url=x", None),
        ("; url=x", None),
        ("-1; url=x", None),
        ("x; url=x", None),
        ("0url=x", None),
        ("0x; url=x", None),
        ("\u0663; url=x", None),
        ("\u00a00; url=x", None),
    ],
)
def test_a_meta_refresh_is_read_by_the_standard(content, target):
    assert refresh_target(content) == target


@given(st.text(st.sampled_from("0.;, url='\"x\n"), max_size=30))
def test_a_refresh_target_has_no_space_around_it_and_is_never_empty(content):
    found = refresh_target(content)
    assert found is None or (found and found == found.strip("\t\n\f\r "))


def of_header(*values):
    return [(link.target, link.rel, link.hreflang, link.type) for link in header_links(values)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<a>; rel=next", [("a", "next")]),
        ('<a>; rel="next"', [("a", "next")]),
        ("< a >;rel=NEXT", [("a", "next")]),
        ('<a>; REL="next  Prev"', [("a", "next prev")]),
        ("<a>; rel = next", [("a", "next")]),
        ("<a>; rel=next; rel=prev", [("a", "next")]),
        ("<a,b;c>; rel=next", [("a,b;c", "next")]),
        ("<a>; rel=next, <b>; rel=prev", [("a", "next"), ("b", "prev")]),
        ("<a>; rel=next,<b>;rel=prev,", [("a", "next"), ("b", "prev")]),
        (", ,<a>; rel=next", [("a", "next")]),
        ('<a>; title="x, <y>; rel=prev"; rel=next', [("a", "next")]),
        ('<a>; title="say \\"x\\", <y>"; rel=next', [("a", "next")]),
        ("<a>;; rel=next", [("a", "next")]),
        ("<a>; rel=next;", [("a", "next")]),
        ("<a>; crossorigin; rel=next", [("a", "next")]),
        ("<a>; title*=UTF-8''x; rel=next", [("a", "next")]),
        ("<a>", [("a", "")]),
        ("<>; rel=next", [("", "next")]),
        ("<a> rel=next", [("a", "")]),
        ("a; rel=next", []),
        ("<a; rel=next", []),
        ("", []),
        ("<a; rel=next, <b>; rel=prev", [("b", "prev")]),
    ],
)
def test_a_link_header_is_read_and_what_is_malformed_passed_over(value, found):
    assert [(target, rel) for target, rel, *_ in of_header(value)] == found


def test_several_link_headers_and_their_parameters_are_read_in_order():
    assert of_header('<a>; rel=alternate; hreflang="de"', "<b>; rel=alternate; type=text/x") == [
        ("a", "alternate", "de", ""),
        ("b", "alternate", "", "text/x"),
    ]


@given(st.text(st.sampled_from("<>;,=\"\\ \trelax'"), max_size=40))
def test_no_link_header_makes_the_parser_raise(value):
    for link in header_links([value]):
        assert link.target == link.target.strip()
        assert link.rel == " ".join(link.rel.split())


@pytest.mark.timing
@pytest.mark.parametrize("piece", ["<", "<a>;", "<a>; =", '<a>; x="', '\\"', "; ", "<a>; x="])
def test_a_hostile_link_header_is_read_in_time(piece):
    import time

    value = "<a>" + piece * (60_000 // len(piece))
    started = time.process_time()
    list(header_links([value]))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["noindex"], {"noindex"}),
        (["NoIndex , NOFOLLOW"], {"noindex", "nofollow"}),
        (["none"], {"noindex", "nofollow"}),
        (["noindex", "nofollow"], {"noindex", "nofollow"}),
        (["linkcrawler: nofollow"], {"nofollow"}),
        (["LINKCRAWLER:nofollow, noindex"], {"nofollow", "noindex"}),
        (["googlebot: nofollow, noindex"], set()),
        (["noindex, googlebot: nofollow"], {"noindex"}),
        (["googlebot: nofollow, linkcrawler: noindex"], {"noindex"}),
        (["googlebot: none", "noindex"], {"noindex"}),
        (["otherbot_1-x: noindex"], set()),
        (["max-snippet:20, noindex"], {"noindex"}),
        (["max-image-preview: large, nofollow"], {"nofollow"}),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"], {"noindex"}),
        (["unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT, noindex"], {"noindex"}),
        (["unavailable_after: 2030-06-25T15:00:00+00:00, nofollow"], {"nofollow"}),
        (["unavailable_after: Friday, 25-Jun-30 15:00:00 UTC, none"], {"noindex", "nofollow"}),
        (
            ["googlebot: unavailable_after: 25 Jun 2030 15:00:00 PST, nofollow", "noindex"],
            {"noindex"},
        ),
        (["otherbot: noindex, nofollow, linkcrawler: nofollow, googlebot: noindex"], {"nofollow"}),
        (["otherbot: nofollow", "googlebot: noindex, *: nofollow"], {"nofollow"}),
        (["robots: noindex"], {"noindex"}),
        (["linkcrawlerx: nofollow", "xlinkcrawler: noindex"], set()),
        (["nofollow-me, noindexed, index, follow, all"], set()),
        (["max-snippet: -1, max-video-preview:0, notranslate, NOFOLLOW"], {"nofollow"}),
        (["noindex nofollow"], {"noindex", "nofollow"}),
        (["noindex; nofollow"], {"noindex", "nofollow"}),
        (["max-image-preview: none"], set()),
        (["max-image-preview:none, max-snippet : none"], set()),
        (["linkcrawler: max-image-preview: none"], set()),
        (["googlebot: nofollow, linkcrawler: max-snippet: 5 noindex"], {"noindex"}),
        (["max-snippet:20 noindex, unavailable_after: none"], {"noindex"}),
        (["all"], set()),
        ([""], set()),
        ([], set()),
    ],
)
def test_robots_directives_apply_to_all_or_to_whom_they_name(values, found):
    wanted = {"noindex", "nofollow"}
    assert robots_directives(values, "linkcrawler") & wanted == found


@pytest.mark.parametrize(
    ("rel", "page_cause", "cause"),
    [
        ("", "", ""),
        ("nofollow", "meta", "rel:nofollow"),
        ("sponsored ugc nofollow", "", "rel:nofollow"),
        ("sponsored ugc", "header", "rel:ugc"),
        ("sponsored", "", "rel:sponsored"),
        ("noopener", "header", "header"),
        ("nofollow-me", "", ""),
        ("ugc,sponsored", "", "rel:ugc"),
        ("noopener, NoFollow", "", "rel:nofollow"),
    ],
)
def test_the_first_cause_that_applies_is_named(rel, page_cause, cause):
    assert follow_cause(rel, page_cause) == cause


@pytest.mark.parametrize(
    ("rel", "hreflang", "media_type", "kind"),
    [
        ("canonical", "", "", "canonical"),
        ("canonical alternate", "de", "", "canonical"),
        ("alternate", "", "", "alternate"),
        ("alternate", "x-default", "", "alternate"),
        ("alternate", "", "application/rss+xml", "link"),
        ("alternate", "", "text/html", "alternate"),
        ("alternate", "de", "application/atom+xml", "alternate"),
        ("alternate stylesheet", "", "", None),
        ("next", "", "", "link"),
        ("prev author", "", "", "link"),
        ("dns-prefetch", "", "", None),
        ("", "", "", None),
    ],
)
def test_a_relation_is_a_link_to_a_page_or_a_resource(rel, hreflang, media_type, kind):
    assert relation_kind(rel, hreflang, media_type) == kind
