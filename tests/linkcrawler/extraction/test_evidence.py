"""Where a link stands: its heading, the text beside it, its block; and what a page is."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from support.hostile_text import fault

from linkcrawler.extraction import language
from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import Told, facts_of, read_page
from linkcrawler.extraction.markup import AmbiguousError, pieces_of
from linkcrawler.extraction.owners import owner_ids
from linkcrawler.extraction.simhash import distance, simhash
from linkcrawler.extraction.walked import walked

A = "<a href=x>t</a>"
URL = "http://site.example/dir/page?q=1"


# Headings


@pytest.mark.parametrize(
    ("html", "headings"),
    [
        (f"{A}<h1>One</h1>{A}<h3> T<b>w</b>o\n </h3><p>{A}</p>", [None, "One", "Two"]),
        (f"<h1>One</h1><h2>Two {A}</h2>{A}", ["One", "Two t"]),
        (f"<h2>One<a href=#o>\u00b6</a></h2>{A}", [None, "One"]),
        (f"<h2><div>{'long ' * 9}<script>no</script></div></h2>{A}", [("long " * 9).strip()]),
        (f"<h1>One</h1><nav>{A}<h2>Menu</h2>{A}</nav>{A}", [None, "Menu", "One"]),
        (f"<h1>One</h1><main>{A}<h2>Two</h2></main>{A}", ["One", "One"]),
        (f"<h1>One</h1><h2></h2>{A}", [None]),
        (f"<h1>One</h1><h2>&nbsp;</h2>{A}", [None]),
        (f"<h1>One<br>and<br/>two</h1>{A}", ["One and two"]),
        (f"<h1>{'x' * 600}</h1>{A}", ["x" * 512]),
        (f"<h2><div>Deep</div></h2>{A}", ["Deep"]),
    ],
)
def test_the_heading_is_the_nearest_above_in_the_same_part(read, html, headings):
    assert [link.heading for link in read(html).links] == headings


# Text beside


@pytest.mark.parametrize(
    ("html", "before", "after"),
    [
        (f"<p>see {A}, please</p>", "see", ", please"),
        (f"<p>see <em>also</em>\n {A}<b>bo</b>ld</p>", "see also", "bold"),
        (f"<p>far</p><p>{A}</p><p>far</p>", None, None),
        (f"<ul><li>far<li>near {A} by<li>far</ul>", "near", "by"),
        (f"<table><tr><td>far<td>near {A}<td>far</table>", "near", None),
        (f"far<hr>near {A}<hr>far", "near", None),
        (f"line<br>break {A}<br>more", "line break", "more"),
        (f"<p>Street 5<br>\n10115 Berlin<br class=x>{A}<p>", "Street 5 10115 Berlin", None),
        (f"<p>&lt;b&gt; &amp;amp; {A} &lt;</p>", "<b> &amp;", "<"),
        (f"<p>a\u202e\x07b {A} e\u0301</p>", "ab", "é"),
        (f"<p>{'x' * 200} {A} {'y' * 200}</p>", "x" * 160, "y" * 160),
        (f"<p>{'<i>x</i>' * 900}{A}{'<i>y</i>' * 900}</p>", "x" * 160, "y" * 160),
        (f"<p>{'&amp;' * 900}{A}{'&amp;' * 900}</p>", "&" * 160, "&" * 160),
        (f"<p>one<!-- no --><script>no</script>{A}<style>no</style>two</p>", "one", "two"),
        ("<div>one <a href=x><div>t</div></a> two", "one", "two"),
        ("<p>one <map><area href=x></map> two", "one", "two"),
        ("<p>one <iframe src=x></iframe> two", "one", "two"),
    ],
)
def test_the_text_beside_is_that_of_the_line(only, html, before, after):
    link = only(html)
    assert (link.text_before, link.text_after) == (before, after)


def test_other_links_are_text_as_well(read):
    html = "<p>one <a href=1>two</a> three <a href=2>four</a> five <a href=3><b>six</b></a> seven"
    assert [(link.text_before, link.text_after) for link in read(html).links] == [
        ("one", "three four five six seven"),
        ("one two three", "five six seven"),
        ("one two three four five", "seven"),
    ]


# Blocks

MENU = "<ul><li><a href='{0}a'>Home</a><li><a href='{0}b'>News ({1})</a><li><a href='{0}c'>Shop</a></ul>"
FOOTER = "<footer><div>Made with <a href='https://x.example'>love</a> and <a href='{}c'>care</a></div></footer>"


def blocks(read, html, url=URL):
    return [(link.block, link.block_links) for link in read(html, url=url).links]


def test_a_menu_has_one_block_on_every_page(read):
    here = blocks(read, MENU.format("", 1) + FOOTER.format(""))
    there = blocks(
        read, "<p>Other page</p>" + MENU.format("../../", 22) + FOOTER.format("../../"),
        "http://site.example/a/b/c/d",
    )  # fmt: skip
    assert here == there
    assert [n for _, n in here] == [3, 3, 3, 2, 2]
    assert len({key for key, _ in here}) == 2


def test_a_highlighted_entry_and_what_unfolds_below_it_leave_the_menu_as_it_is(read):
    (home, _, shop) = blocks(read, MENU.format("", 1))
    html = (
        "<ul><li><a href=a>Home</a><li class=on><b>News (1)</b><ul><li><a href=d>Today</a></ul>"
        "<li><a href=c class=on>Shop</a></ul>"
    )
    (first, inner, last) = blocks(read, html)
    assert first[0] == last[0] == home[0] == shop[0]
    assert inner[0] != first[0]
    assert (first[1], inner[1]) == (2, 1)


def test_elements_of_one_link_are_items_of_what_they_stand_in(read):
    html = "<div><div><a href=a>One</a></div><div><span><a href=b>Two</a></span></div></div>"
    assert [n for _, n in blocks(read, html)] == [2, 2]
    assert blocks(read, html) == blocks(read, html.replace("span", "p"))


def test_a_paragraph_with_text_is_a_block(read):
    text = "words enough to be more than an item of the list"
    html = f"<div><p>{text} <a href=a>One</a></p><p>other {text} <a href=b>Two</a></p></div>"
    (one, n), (two, m) = blocks(read, html)
    assert (n, m) == (1, 1)
    assert one != two


def test_blocks_without_letters_are_told_by_their_targets(read):
    icons = "<p><a href=https://a.example><svg></svg></a> | <a href=https://b.example><img></a></p>"
    (one, _), (two, n) = blocks(read, icons)
    assert (one, n) == (two, 2)
    assert one != blocks(read, icons.replace("b.example", "c.example"))[0][0]


# What a page is


def test_pages_of_one_template_share_its_fingerprint(read):
    page = "<body><div class='page p-{0}' id=d{0}><main><h1>{0}</h1><p>{1}</p></main></div>"
    one, two = (read(page.format(n, text)).template for n, text in ((1, "a"), (2, "<b>b</b>")))
    assert one == two != 0
    assert read(page.replace("main", "aside").format(1, "a")).template != one
    assert read("text").template == 0


def test_texts_that_differ_little_have_near_simhashes(read):
    words = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)]
    page = "<p>{}</p><a href=x>menu entry of many words that count nothing</a>"
    one = read(page.format(" ".join(words))).simhash
    near = read(page.format(" ".join([*words[:-3], "some", "other", "words"]))).simhash
    far = read(page.format(" ".join(word[::-1] for word in words))).simhash
    assert distance(one, near) <= 6
    assert distance(one, far) > 16
    assert one == read(page.replace("menu", "list").format(" ".join(reversed(words)))).simhash


def test_line_ends_and_indents_between_tags_change_no_fingerprint_of_a_page(read):
    words = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)]
    tags = ["<li>", "<p>", "<td>", "<div>", "<h2>"]
    parts = [f"{tags[n % 5]}{word} <b>{word[::-1]}</b>" for n, word in enumerate(words)]
    one, other = (
        read("".join(parts)),
        read("\n".join(f"{n * ' '}{part}" for n, part in enumerate(parts))),
    )
    assert one.simhash == other.simhash
    assert (one.text_key, one.words_key) == (other.text_key, other.words_key)


@given(st.lists(st.text(max_size=8), max_size=60))
def test_a_simhash_fits_into_its_column(words):
    assert -(2**63) <= simhash(words) < 2**63


@pytest.mark.parametrize(
    ("script", "ids"),
    [
        ("gtag('config', 'G-AB12CD34EF');gtag('config','UA-12345678-1')", "G-AB12CD34EF UA-12345678-1"),
        ("'GTM-ABC123' AW-123456789 GTM-ABC123", "GTM-ABC123 AW-123456789"),
        ("adsbygoogle.js?client=ca-pub-1234567890123456", "ca-pub-1234567890123456"),
        ("{google_ad_client: 'pub-1234567890123456'}", "ca-pub-1234567890123456"),
        ("fbq('init', '123456789012345'); ym(12345678, 'init')", "fbq:123456789012345 ym:12345678"),
        ("h._hjSettings={hjid:1234567,hjsv:6}", "hjid:1234567"),
        ('(window, document, "clarity", "script", "abcdef1234")', "clarity:abcdef1234"),
        ("XUA-12345-1 UA-1 BIG-ABCDEFGHIJ G-SOMETHING GTM-", None),
        ("", None),
    ],
)  # fmt: skip
def test_ids_of_owners_are_found(read, script, ids):
    assert owner_ids([script]) == ids
    assert read(f"<script>{script}</script>").owner_ids == ids


def test_ids_stand_in_scripts_and_their_addresses_alone(read):
    assert read("<script src='/gtm.js?id=GTM-ABC123'></script>").owner_ids == "GTM-ABC123"
    assert read("<p>GTM-ABC123</p><!-- GTM-ABC123 -->").owner_ids is None


def test_a_language_is_guessed_where_none_is_declared_and_a_detector_is_there(read, monkeypatch):
    text = "<p>" + "Wir haben heute leider keine Antwort auf diese Frage. " * 20 + "</p>"
    asked = []
    monkeypatch.setattr(language, "_classify", lambda text: (asked.append(text) or "de", -1.0))
    assert read(text).lang == "de"
    assert read(f"<html lang=fr>{text}").lang == "fr"
    assert read("<p>Kurz.</p>").lang is None
    assert [len(text) for text in asked] == [language.MAX_TEXT]
    monkeypatch.setattr(language, "_classify", None)
    assert read(text).lang is None


def test_the_detector_tells_languages_apart():
    pytest.importorskip("py3langid")
    assert language.guessed_language("Wir haben leider keine Antwort auf diese Frage. " * 3) == "de"
    assert (
        language.guessed_language("We have, alas, no answer to any of these questions. " * 3)
        == "en"
    )


# The two ways of reading, whatever the page holds

MARKUP = st.lists(
    st.sampled_from(
        ["<a href=x>", "<a href='y' rel=nofollow>", "</a>", "<b>", "</b>", "<p>", "</p>", "<div class=menu>", "</div>",
         "<ul>", "<li>", "</li>", "</ul>", "<table>", "<tr>", "<td>", "</table>", "<h2>", "</h2>", "<nav>", "</nav>",
         "<footer>", "<main>", "text ", "more words here ", "&lt;a href=z&gt;", "&amp;lt;", "&nbsp;", "<br>", "<img alt=i>",
         "<svg>", "</svg>", "<svg><style>", "<math><mi>", "<template>", "</template>", "<svg><template>", "<script>",
         "</script>", "<!--", "-->", "<!-- c -->", "<?p q?>", "<![CDATA[r]]>", "<script><!-- <script>", "<style>", "</style>", "<xmp>", "<noembed>", "<noframes>",
         "<plaintext>", "<iframe src=f>", "</iframe>", "<iframe src=g></iframe>", "<noscript>", "</noscript>", "<select>",
         "<option>", "<title>t", "</title>", "<base href=/b/>", "<span x<y>", "<a\"b href=q>", "<p a'\"=1 =b>", "<hr>",
         "<frameset><frame src=h>", "<area href=r alt=m>", "<meta http-equiv=refresh content='0;url=s'>", "<textarea>",
         "<a title='x href=' class='y'>", "<code>", "</code>", "<svg><a xlink:href=n>", "<svg><title>u</title>",
         "\x00", "\u202e", "\x1b", "é", "<link rel=next href=k>", "<caption>", "<object>", "<button>"]
    ),
    max_size=24,
).map("".join)  # fmt: skip


def read_by_nodes(html):
    return facts_of(
        pieces_of(walked(LexborHTMLParser(html))), Told(URL, PageHeaders(), "linkcrawler")
    )


@given(MARKUP)
@example("<a href=x><!----><span x<y>-->")
@example("<a href=x><svg><a xlink:href=n>t<!--")
@example("--><!---->more words here")
@example("one two<!-- c -->three<?p q?>four five")
@example("<a href=x><table><td>one <a href=y>two</a> three")
@settings(max_examples=500)
def test_the_quick_way_gives_what_a_walk_over_the_tree_gives(html):
    assert read_page(html, URL, PageHeaders(), "linkcrawler") == read_by_nodes(html)


@pytest.mark.parametrize(
    "html",
    ["<xmp><a href=x></xmp>", "<script><!--<script></script>", "<svg><style><g></style><a href=x>",
     "<noembed><a href=x></noembed>", "<iframe><a href=x></iframe>", "<plaintext><a href=x>",
     "<svg><template><a href=x>t</a></template></svg>", "<template><xmp></template></xmp></template>",
     "<script><!--<script></script x>--><a href=x></script>",
     "<svg><style><![CDATA[</style></a><a href=x>t</a>]]></style></svg><a href=y>u</a>",
     "<math><script>&lt;/script>&lt;a href=x>t&lt;/a></script><a href=y>u</a>"],
)  # fmt: skip
def test_what_has_another_tree_as_well_is_read_by_nodes(html):
    with pytest.raises(AmbiguousError):
        facts_of(pieces_of(LexborHTMLParser(html).html), Told(URL, PageHeaders(), "linkcrawler"))
    assert read_page(html, URL, PageHeaders(), "linkcrawler") == read_by_nodes(html)


@pytest.mark.parametrize("end", ["a", "div", "h2", "nav"])
def test_an_end_in_the_text_of_a_style_closes_nothing(end):
    html = f"<svg><style><![CDATA[</style></{end}><style>]]></style></svg><a href=y>u</a>"
    assert read_page(html, URL, PageHeaders(), "linkcrawler") == read_by_nodes(html)


@given(MARKUP)
@settings(max_examples=200)
def test_evidence_is_safe_bounded_and_adds_up(html):
    facts = read_page(html, URL, PageHeaders(), "linkcrawler")
    counts = Counter(link.block for link in facts.links if link.block)
    text = " ".join(LexborHTMLParser(html).text(deep=True).split())
    for link in facts.links:
        for column in ("placement", "heading", "text_before", "text_after", "anchor"):
            value = getattr(link, column)
            assert value is None or fault("links", column, value) is None
        assert link.block_links == counts[link.block]
        assert -(2**63) <= link.block < 2**63
        if "&" not in html and link.text_before and text.isascii() and text.isprintable():
            joined = f"{link.text_before} {link.anchor or ''} {link.text_after or ''}"
            assert "".join(joined.split()) in "".join(text.split()) or link.is_image
