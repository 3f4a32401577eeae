"""Text of a page is stored and printed in a form that can do no harm."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkcrawler.extraction.text import MAX_ANCHOR, clean_text, clean_tokens, strip_controls

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY = st.text(st.characters(), max_size=80) | st.text(
    st.sampled_from("ab \t\n\x00\x1b\x7f\x85\u202e\u2066\u2028e\u0301\ud800\ufffeİ\u1100\u1161"),
    max_size=40,
)


def is_harmless(text, *, spaces=""):
    return not any(
        (unicodedata.category(char) in ("Cc", "Cs") and char not in spaces) or char in BIDI
        for char in text
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ("  a \t\r\n\f b  ", "a b"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\x00b\x1b[31mc\x7f\x9b", "ab[31mc"),
        ("a \x00 b", "a b"),
        (" \u202e ", ""),
        (f"x{BIDI}y", "xy"),
        ("\ud800x\udfff", "x"),
        ("e\u0301", "é"),
        ("e\u202e\u0301", "é"),
        ("\u212b", "Å"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("a\ufffe\uffffb", "ab"),
    ],
)
def test_white_space_is_collapsed_and_what_could_do_harm_dropped(text, clean):
    assert clean_text(text) == clean


@given(ANY)
@example("a \u202e b")
def test_clean_text_is_harmless_composed_collapsed_and_bounded(text):
    clean = clean_text(text, 20)
    assert is_harmless(clean)
    assert unicodedata.is_normalized("NFC", clean)
    assert len(clean) <= 20
    assert clean == clean.strip(" ")
    assert "  " not in clean
    clean.encode()


@given(ANY)
def test_cleaning_twice_changes_nothing_more(text):
    assert clean_text(clean_text(text)) == clean_text(text)


@given(ANY)
@example("İ" * MAX_ANCHOR)
def test_clean_tokens_are_lower_case_and_bounded(text):
    clean = clean_tokens(text)
    assert len(clean) <= MAX_ANCHOR
    assert is_harmless(clean)
    assert clean == clean.lower()


@given(ANY)
def test_stripping_controls_keeps_lines_and_nothing_that_does_harm(text):
    plain = strip_controls(text)
    assert is_harmless(plain, spaces="\t\n\r\x0c")
    assert strip_controls(plain) == plain
    assert [c for c in plain if c.isalnum()] == [c for c in text if c.isalnum()]
