"""Words of all scripts, and which of them are forms of one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.words import LONGEST_WORD, Wanted, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mail-Server 2.0", ["mail", "server", "2", "0"]),
        ("ÉCLAIR naïve", ["eclair", "naive"]),
        ("Почтовый сервер", ["почтовыи", "сервер"]),
        ("邮件服务器", ["邮件", "件服", "服务", "务器"]),
        ("日本語mail", ["日本", "本語", "mail"]),
        ("메일서버를", ["메일", "일서", "서버", "버를"]),
        ("خادم البريد", ["خادم", "بريد"]),
        ("字", ["字"]),
        ("_ — …", []),
    ],
)
def test_words_of_each_script(text, words):
    assert words_of(text) == words


@pytest.mark.timing
@pytest.mark.parametrize("row", ["\u0301\u0323", "\u0f73", "\uff9e\u0334", "e\u0301\u0323" * 40])
def test_rows_of_marks_take_no_time(row):
    """Sorting 60,000 of them took three seconds to twenty."""
    began = time.process_time()
    assert len(words_of("a " + row * (60_000 // len(row)) + " b")) < 60_000
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("wanted", "word", "is_one"),
    [
        ("server", "servers", True), ("map", "maps", True), ("mail", "email", True),
        ("server", "mailserver", True), ("почтовыи", "почтового", True), ("geographic", "geography", True),
        ("map", "imap", False), ("mail", "main", False), ("astronomy", "astrology", False),
        ("spam", "span", False), ("邮件", "邮局", False),
    ],
)  # fmt: skip
def test_forms_of_a_word_are_told_from_other_words(wanted, word, is_one):
    assert bool(Wanted((wanted,)).matches(word)) is is_one


def test_the_word_itself_counts_whole_and_a_compound_for_all_that_it_holds():
    wanted = Wanted(("mail", "server"))
    assert wanted.matches("server") == ((1, 1.0),)
    assert {number for number, _ in wanted.matches("mailserver")} == {0, 1}


@given(st.text(max_size=200))
def test_words_are_short_and_the_same_in_any_case(text):
    found = words_of(text)
    assert all(0 < len(word) <= LONGEST_WORD for word in found)
    if text.isascii():
        assert words_of(text.upper()) == found
