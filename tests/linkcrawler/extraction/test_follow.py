"""Links, pages and headers may ask that a link is not followed or a page not kept."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("html", "rel", "cause"),
    [
        ("<a href=x>", "", ""),
        ("<a href=x rel>", "", ""),
        ("<a href=x rel=' NoOpener\tNOFOLLOW  ugc '>", "noopener nofollow ugc", "rel:nofollow"),
        ("<a href=x rel='sponsored ugc'>", "sponsored ugc", "rel:ugc"),
        ("<a href=x rel=sponsored>", "sponsored", "rel:sponsored"),
        ("<a href=x rel=nofollowed>", "nofollowed", ""),
        ("<a href=x rel='NoOpener,NoFollow'>", "noopener,nofollow", "rel:nofollow"),
        (f"<a href=x rel='{'x' * 512} nofollow'>", "x" * 512, "rel:nofollow"),
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
