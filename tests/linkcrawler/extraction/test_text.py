"""Text of a page is stored and printed in a form that can do no harm."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkcrawler.extraction.text import (
    MAX_ANCHOR,
    MAX_MARKS,
    _rows_of_marks,
    clean_text,
    clean_tokens,
)

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
        ("a\ufffe\uffffb\ufdd0\U0001fffe\U0010ffff", "ab"),
        ("a\ufeffb\u206a\ufff9", "ab"),
        ("a\U000e0001\U000e0041\U000e007fb", "ab"),
        ("\u845b\U000e0100", "\u845b\U000e0100"),  # a variant of the ideograph
        ("\u0e01\u200b\u0e02", "\u0e01\u200b\u0e02"),  # where Thai may break
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


def test_a_long_row_of_marks_out_of_order_is_cut_and_sorted():
    clean = clean_text("a" + "\u0301\u0316" * 1000)
    assert len(clean) == MAX_MARKS  # the first mark has become one with its letter
    assert unicodedata.is_normalized("NFC", clean)


def test_rows_of_marks_in_order_are_kept_up_to_the_bound():
    assert clean_text("x" + "\u0316" * 1000) == "x" + "\u0316" * (MAX_ANCHOR - 1)


@pytest.mark.timing
@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0316" * 2_500_000,
        "\u0f73" * 3_000_000,  # decomposes to two marks each
        " \x00" * 5_000_000,
        "\u202e" * 5_000_000,
        "e\u0301 " * 3_000_000,
        "a" * 10_000_000,
    ],
    ids=["marks", "marks of marks", "NULs", "bidi", "decomposed", "plain"],
)
def test_ten_megabytes_take_no_longer_than_reading_them(text):
    begun = time.perf_counter()
    assert len(clean_text(text)) <= MAX_ANCHOR
    assert time.perf_counter() - begun < 5  # sorting all marks in a row would take hours


def test_every_character_that_can_become_a_mark_counts_as_one():
    pattern = _rows_of_marks()
    codes = (code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    marks = [
        char for char in map(chr, codes)
        if unicodedata.combining(unicodedata.normalize("NFD", char)[0])
    ]  # fmt: skip
    assert len(marks) > 800
    assert all(pattern.fullmatch(char * (MAX_MARKS + 1)) for char in marks)
