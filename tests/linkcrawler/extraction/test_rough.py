"""A page read from its tags alone: what the tree gives, where the markup is in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.extraction.elements import MAX_LINK_CHARS, PageHeaders
from linkcrawler.extraction.html import read_page
from linkcrawler.extraction.rough import read_roughly

URL = "http://site.example/dir/page?q=1"
HEADERS = PageHeaders(('</next>; rel="next"',), ("noindex",), ("0;url=/r",))
HREFS = st.sampled_from(
    ["x", "/y?a&amp;b", "//b.example/", "?q", "", "mailto:a@b.example", "https://WWW.site.example/z#f",
     "http://[bad", "j&Tab;k"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["t", "a  b", "&lt;c&gt;", "<b>d</b>", "<!-- no -->", "", "é&nbsp;", "&copy 1"]
)
RELS = st.sampled_from(["", " rel=nofollow", " rel='UGC sponsored'", " REL=next rel=x"])
ANCHORS = st.builds("<a href='{}'{}>{}</a>".format, HREFS, RELS, TEXTS)
PIECES = st.one_of(
    ANCHORS,
    st.builds("<p>{}</p>".format, TEXTS),
    st.builds("<a href={}><img alt='{}'></a>".format, st.just("i"), st.just("pic")),
    st.builds("<map><area href='{}' alt=m></map>".format, HREFS),
    st.builds("<iframe src='{}' title=f><a href=no></iframe>".format, HREFS),
    st.builds("<template>{}</template>".format, ANCHORS),
    st.builds("<noscript><iframe src=/n></iframe>{}</noscript>".format, ANCHORS),
    st.builds("<script>'{}'</script>".format, ANCHORS),
    st.builds("<!-- {} -->".format, ANCHORS),
    st.builds("<textarea>{}</textarea>".format, ANCHORS),
    st.just("<svg><title>no</title><a href=/svg>s</a></svg>"),
)
HEADS = st.lists(
    st.sampled_from(
        ["<title> A &amp;\n B </title>", "<base href='/base/'>", "<base href=second/>",
         "<meta name=robots content='nofollow'>", "<meta name=googlebot content=none>",
         "<link rel=canonical href=/c>", "<link rel=stylesheet href=/s>",
         "<meta http-equiv=Refresh content='0;url=r'>", "<style><a href=no></style>"]
    ),
    max_size=5,
)  # fmt: skip


@given(HEADS, st.lists(PIECES, max_size=8), st.sampled_from([0, 1, 3]))
def test_markup_in_order_gives_what_the_tree_gives(head, body, limit):
    html = f"<!doctype html><html lang=De><head>{''.join(head)}</head><body>{''.join(body)}</body>"
    tree = read_page(html, URL, HEADERS, "linkcrawler", limit)
    tree.text_key = tree.words_key = tree.simhash = tree.template = 0  # of a tree only
    for link in tree.links:
        link.placement, link.block, link.block_links = "unknown", 0, 0
        link.heading = link.text_before = link.text_after = None
    assert read_roughly(html, URL, HEADERS, "linkcrawler", limit) == tree


@pytest.mark.parametrize("read", [read_page, read_roughly])
def test_links_beyond_the_limit_are_counted_and_not_kept(read):
    html = "<base href=/dir/>" + "".join(
        f"<a href={n}>x</a><A HREF='?{n}'></A><a href=//b.example/{n}><a href='mailto:x'>"
        for n in range(100)
    )  # fmt: skip
    html += "<a href=x>t</a>" * 500 + "<link rel=canonical href=/c>"
    facts = read(html, URL, PageHeaders(), "linkcrawler", 10)
    assert (facts.n_links, facts.n_internal, len(facts.links)) == (801, 701, 10)
    assert facts.canonical == "http://site.example/c"


@pytest.mark.parametrize("read", [read_page, read_roughly])
def test_a_long_base_does_not_make_the_page_s_links_long_without_end(read):
    html = f"<base href='/{'y' * 8000}/'>" + "".join(f"<a href=?{n}>x</a>" for n in range(2000))
    facts = read(html, URL, PageHeaders(), "linkcrawler")
    assert facts.n_links == 2000
    assert MAX_LINK_CHARS < sum(len(link.target) for link in facts.links) < MAX_LINK_CHARS + 8192


def test_a_page_that_takes_too_long_is_read_as_far_as_it_goes():
    facts = read_roughly("<a href=x>x</a>" * 10_000, URL, PageHeaders(), "linkcrawler", secs=0.0)
    assert facts.is_cut
    assert facts.n_links < 10_000


@given(st.text("<>a!-/'\"= href&;\n", max_size=120))
def test_any_text_is_read(text):
    read_roughly(text, URL, PageHeaders(), "linkcrawler")
