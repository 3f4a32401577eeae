"""Two numbers that tell a page that says something new from one more copy."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import MAX_TEXT, read_page

URL = "http://a.example/old/a-page-of-words"


def keys(body, url=URL):
    facts = read_page(f"<html><body>{body}</body></html>", url, PageHeaders(), "linkcrawler")
    return facts.text_key, facts.words_key


TEXT = "<p>Sorry, nothing was found here.</p>"


@pytest.mark.parametrize(
    "same",
    [
        "<p>sorry,  nothing\nwas <b>found</b> here.</p>",
        f"{TEXT}<a href='/x'>another link</a>",
        f"{TEXT}<script>var a = 1;</script><style>p {{}}</style><noscript>none</noscript>",
        f"{TEXT}<!-- a comment --><img src='1.png' alt='x'>",
        f"{TEXT}<p>{URL}</p>",
        f"{TEXT}<p>/old/a-page-of-words</p>",
        f"{TEXT}<p>a-page-of-words</p>",
    ],
)
def test_what_does_not_count_changes_nothing(same):
    assert keys(same)[1] == keys(TEXT)[1]


@pytest.mark.parametrize("other", ["<p>Sorry, nothing was found there.</p>", f"{TEXT}<p>more</p>"])
def test_another_text_is_another(other):
    assert keys(other)[0] != keys(TEXT)[0]
    assert keys(other)[1] != keys(TEXT)[1]


def test_a_number_counts_for_the_one_and_not_for_the_other():
    first, second = keys(f"{TEXT} page 7 at 12:03"), keys(f"{TEXT} page 8 at 12:04")
    assert first[0] != second[0]
    assert first[1] == second[1]


def test_a_token_counts_for_neither():
    first, second = (keys(f"{TEXT} {word}") for word in ("8f14e45fceea167a5", "d41d8cd98f00b204e"))
    assert first == second


def test_copies_under_other_addresses_are_the_same():
    texts = [
        keys(f"{TEXT} on {url}", url)
        for url in ("http://x1k9.a.example/", "http://b7q2.a.example/news/", "http://a.example/a/b")
    ]
    assert len(set(texts)) == 1


@pytest.mark.parametrize("body", ["", "<a href='/x'>only links</a>", "<p>ab</p>", "<p>12 345</p>"])
def test_a_page_that_says_too_little_is_not_compared(body):
    assert keys(body)[1] == 0


def test_a_page_without_a_body_is_not_compared():
    facts = read_page("<frameset><frame src='a'></frameset>", URL, PageHeaders(), "linkcrawler")
    assert (facts.text_key, facts.words_key, facts.simhash) == (0, 0, 0)


@given(st.text(max_size=300))
def test_any_page_has_fingerprints_that_a_file_can_hold(text):
    for key in keys(text):
        assert -(2**63) <= key < 2**63


@pytest.mark.timing
def test_a_long_page_takes_no_longer_than_a_short_one():
    page = f"<p>{'word 5 ' * 500_000}</p>"
    began = time.process_time()
    keys(page)
    assert time.process_time() - began < 1.0


def test_text_far_down_does_not_count():
    body = "word " * MAX_TEXT
    assert keys(body) == keys(f"{body} other")
