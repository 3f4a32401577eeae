"""Tags among text, as the standard's tokenizer finds them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.extraction.tokens import attributes, tags, visible_text


def found(text: str) -> list[tuple]:
    return [(tag.name, tag.is_end) for tag in tags(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a><B/></A>", [("a", False), ("b", False), ("a", True)]),
        ("<a href='>'>", [("a", False)]),
        ("<a title=it's href=x>", [("a", False)]),
        ("1 < 2 <3 <a>", [("a", False)]),
        ("<!--<a>--><b>", [("b", False)]),
        ("<!--><b>", [("b", False)]),
        ("<!---><b>", [("b", False)]),
        ("<!--<a>--!><b>", [("b", False)]),
        ("<!--<a>-- ><b>", []),
        ("<!doctype html><b>", [("b", False)]),
        ("<?xml <a?><b>", [("b", False)]),
        ("</ <a><b>", [("b", False)]),
        ("<a <b>", [("a", False)]),
        ("<a", []),
        ("<a href='x", []),
        ("<b><a href='x><i>", [("b", False)]),
        ("<style><a></style><b>", [("style", False), ("style", True), ("b", False)]),
        ("<title><a></titles></title><b>", [("title", False), ("title", True), ("b", False)]),
        ("<iframe><a></iframe>", [("iframe", False), ("iframe", True)]),
        ("<plaintext><a>", [("plaintext", False)]),
        ("<script><!--<script></script><a>--></script><b>",
         [("script", False), ("script", True), ("b", False)]),
        ("<script><!--</script><a>", [("script", False), ("script", True), ("a", False)]),
    ],
)  # fmt: skip
def test_tags_are_found_where_a_browser_finds_them(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<a HREF=x href=y>", {"href": "x"}),
        ("<a href = ' x '>", {"href": " x "}),
        ('<a href="a\'b"title=c>', {"href": "a'b", "title": "c"}),
        ("<a href=a/b/>", {"href": "a/b/"}),
        ("<a/href/x=1>", {"href": None, "x": "1"}),
        ("<a =x>", {"=x": None}),
        ("<a x=>", {"x": None}),
        ("<a x='&amp;&lt;&#65;&#x42;&#0;&#xD800;'>", {"x": "&<AB\ufffd\ufffd"}),
        ("<a x='?a&copy=1&copy;&notit;&nosuch;'>", {"x": "?a&copy=1©&notit;&nosuch;"}),
    ],
)
def test_attributes_are_read_as_a_browser_reads_them(tag, expected):
    read = attributes(tag, next(tags(tag)))
    read.pop("=", None)
    assert read == expected


@given(st.text("<>a!-/'\"= scrpt&;\n", max_size=80))
def test_any_text_has_an_end_and_positions_within_it(text):
    last = 0
    for tag in tags(text):
        assert last <= tag.start < tag.inside <= tag.content <= tag.end <= len(text)
        last = tag.end
        attributes(text, tag)
    assert len(visible_text(text, 0, len(text))) <= len(text)


@pytest.mark.timing
@pytest.mark.parametrize(
    "part",
    ["<", "<a", "<a ", "<a '", "<a x='", '<a x="', "<!--", "<!", "</", "<script>", "<!--<script>",
     "<title>", "<a x=", "<a x =", " =", "<a></a>", "&", "<a '\"", "</a x='"],
)  # fmt: skip
def test_time_is_in_proportion_to_the_length(part):
    begun = time.process_time()
    text = part * (300_000 // len(part))
    for tag in tags(text):
        attributes(text, tag)
    visible_text(text, 0, len(text))
    assert time.process_time() - begun < 5


def test_the_clock_ends_it_early():
    assert sum(1 for _ in tags("<a>" * 10_000, deadline=time.monotonic())) < 300
