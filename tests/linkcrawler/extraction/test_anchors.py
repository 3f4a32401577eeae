"""The anchor of a link is what a reader sees of it."""

from __future__ import annotations

import pytest


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
        ("&nbsp;", None, False),
        ("<img alt=Logo>&nbsp;", "Logo", True),
        ("\u200b<img alt=Logo>\xad\u3000", "Logo", True),
        ("<img alt='&nbsp;'>", None, True),
        ("a\xa0b", "a\xa0b", False),
        ("one<br>two", "onetwo", False),
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
