"""XHTML pages whose markup is hostile or broken; that links are a browser's is in test_browser.py."""

from __future__ import annotations

import time

import hypothesis.strategies as st
import pytest
from hypothesis import given

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import read_xhtml
from linkcrawler.extraction.markup import pieces_of
from linkcrawler.extraction.reading import Document, read
from linkcrawler.extraction.xhtml import XHTML, markup_of

URL = "http://a.example/"
SPACE = 'xmlns="http://www.w3.org/1999/xhtml"'
BITS = st.sampled_from(
    ["<a href='x'>", "<a href='y'/>", "</a>", "<script>", "</script>", "<template>", "</template>",
     "<b:c xmlns:b='urn:b' b:href='1'>", "</b:c>", "<iframe src='f'/>", "<xmp>", "</xmp>", "&amp;", "&nbsp;",
     "<![CDATA[<a>]]>", "<!-- -->", "text", "\ud800", "\x00", "<img alt='q'/>", "<A>", "</A>", "<ü/>", "<p xmlnsx='y'>", "</p>",
     "<q:a href='z'>", "</q:a>", "<iframe o:x='1'/>", "<i xmlns='' xmlns:o='urn:o'>", "</i>", "<p xmlns:=''/>", "<a:b:c/>"]
)  # fmt: skip


@given(st.lists(BITS, max_size=12).map("".join))
def test_any_markup_ends_in_a_page(inside):
    whole = f"<html {SPACE}><body>{inside}</body></html>"
    pieces_of(markup_of(whole))
    read_xhtml(whole, URL, PageHeaders(), "linkcrawler")


def test_a_media_type_in_upper_case_with_parameters_is_xml():
    body = f'<html {SPACE}><a href="x"/>text</html>'.encode()
    document = Document(
        body, XHTML.upper() + " ; charset=utf-8", URL, PageHeaders(), "linkcrawler", 0
    )
    assert [(link.target, link.anchor) for link in read(document).links] == [(f"{URL}x", None)]


def test_an_anchor_of_another_language_is_no_link():
    page = f"<html {SPACE}><b xmlns='urn:b'><a href='x'/></b><a href='y'>1</a></html>"
    facts = read_xhtml(page, URL, PageHeaders(), "linkcrawler")
    assert [link.target for link in facts.links] == [f"{URL}y"]


def test_entities_that_grow_without_end_end_the_page():
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol" * 100}">' for n in range(10)
    )
    page = f'<!DOCTYPE html [{laughs}]><html {SPACE}><a href="x">1</a>&l9;<a href="y">2</a></html>'
    facts = read_xhtml(page, URL, PageHeaders(), "linkcrawler")
    assert [link.target for link in facts.links] == [f"{URL}x"]


@pytest.mark.parametrize("public", ["", 'PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "file://{}"'])
def test_an_entity_of_a_file_is_never_read(tmp_path, public):
    secret = tmp_path / "secret"
    secret.write_text("told")
    page = (
        f'<!DOCTYPE html {public.format(secret)} [<!ENTITY own SYSTEM "file://{secret}">]>'
        f'<html {SPACE}><a href="x">a&own;b</a></html>'
    )
    assert "told" not in markup_of(page)


@pytest.mark.timing
def test_prefixes_declared_at_each_of_many_levels_take_little_time():
    levels = "".join(f"<p xmlns:n{n}='x'>" for n in range(20_000))
    begun = time.process_time()
    markup_of(f"<html {SPACE}>{levels}<a href='x'/>")
    assert time.process_time() - begun < 2
