"""Bytes become text as in a browser."""

from __future__ import annotations

import codecs
import encodings
import pkgutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcrawler.extraction.charset import PRESCAN_BYTES, decode
from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import read_page

RUSSIAN = "Привет"


def test_a_byte_order_mark_is_believed_before_anything_else():
    page = "<meta charset=koi8-r>é"
    header = "text/html; charset=windows-1251"
    assert decode(codecs.BOM_UTF8 + page.encode(), header) == (page, "utf-8", False)
    assert decode(codecs.BOM_UTF16_LE + page.encode("utf-16-le"), header)[:1] == (page,)
    assert decode(codecs.BOM_UTF16_BE + page.encode("utf-16-be"), header)[:1] == (page,)


def test_the_header_is_believed_before_the_page():
    page = f"<meta charset=koi8-r>{RUSSIAN}".encode("cp1251")
    assert decode(page, "text/html; charset=windows-1251").text.endswith(RUSSIAN)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=koi8-r",
        "text/html;charset=KOI8-R",
        'text/html; charset="koi8-r"',
        "text/html; charset = 'koi8-r' ; x=y",
        "text/html; x=y; charset=koi8-r, text/plain",
    ],
)
def test_a_header_s_charset_is_read_however_it_is_written(content_type):
    assert decode(RUSSIAN.encode("koi8-r"), content_type) == (RUSSIAN, "koi8-r", False)


@pytest.mark.parametrize(
    "declaration",
    [
        b"<meta charset=koi8-r>",
        b"<META CHARSET = 'KOI8-R' />",
        b'<meta charset="koi8-r">',
        b"<meta/charset=koi8-r>",
        b"<meta name=x charset=koi8-r>",
        b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>",
        b'<meta content="text/html;charset=koi8-r" http-equiv="content-type">',
        b"<meta charset=nonsense><meta charset=koi8-r>",
        b"<!-- <meta charset=big5> --><meta charset=koi8-r>",
        b"<!--><meta charset=koi8-r>",
        b"<meta name=x content='a > b'><meta content='a > b; charset=koi8-r' http-equiv=content-type>",
        b"<title><meta charset=big5></title><meta charset=koi8-r>",
        b"<script>'<meta charset=big5>'</script><meta charset=koi8-r>",
        b"<head><script>" + b"x" * 100_000 + b"</script><link><meta name=x><meta charset=koi8-r>",
        b"<body><p>x</p><meta charset=koi8-r>",
        b"<?xml version='1.0' encoding='koi8-r'?>",
        b'<?xml version="1.0" encoding="koi8-r"?><html>',
        b"<?xml version='1.0' encoding='big5'?><meta charset=koi8-r>",
    ],
)
def test_a_page_s_own_declaration_is_believed(declaration):
    found = decode(declaration + RUSSIAN.encode("koi8-r"))
    assert found.text.endswith(RUSSIAN)
    assert (found.charset, found.guessed) == ("koi8-r", False)


@pytest.mark.parametrize(
    "text",
    [
        b"<!-- <meta charset=koi8-r> -->",
        b"<!-- <meta charset=koi8-r>",
        b"<meta name=description content='about charset=koi8-r'>",
        b"<meta data-charset=koi8-r>",
        b"<metadata charset=koi8-r>",
        b"<meta charset=nonsense>",
        b"<meta charset=''>",
        b"<meta charset>",
        b"<meta",
        b"charset=koi8-r",
        b"<script charset=koi8-r>",
        b"<p>" + b" " * PRESCAN_BYTES + b"<meta charset=koi8-r>",
        b"<title><meta charset=koi8-r></title>",
        b"<script>'<meta charset=koi8-r>'</script>",
    ],
)
def test_what_declares_nothing_leaves_a_guess(text):
    assert decode(text + "é".encode()) == (text.decode() + "é", "utf-8", True)
    assert decode(text + b"\xe9") == (text.decode() + "é", "cp1252", True)


@pytest.mark.parametrize("label", ["utf-16", "UTF-16LE", "utf-16be", "unicode"])
def test_a_page_that_can_be_read_to_say_utf_16_is_in_utf_8(label):
    page = f"<meta charset={label}>é"
    assert decode(page.encode()).text == page


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_an_xml_declaration_in_utf_16_names_it_by_its_bytes(codec):
    page = f"<?xml version='1.0' encoding='utf-16'?>{RUSSIAN}"
    assert decode(page.encode(codec)) == (page, codec, False)


def test_utf_16_in_the_header_is_little_endian():
    assert decode(RUSSIAN.encode("utf-16-le"), "text/html; charset=utf-16").text == RUSSIAN
    assert decode(RUSSIAN.encode("utf-16-be"), "text/html; charset=utf-16be").text == RUSSIAN


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("iso-8859-1", b"\x93\xe9\x80", "\u201cé€"),
        ("latin1", b"\x80", "€"),
        ("us-ascii", b"\x80", "€"),
        ("iso-8859-9", b"\x80\xf0", "€ğ"),
        ("gb2312", "漢€".encode("gb18030"), "漢€"),
        ("x-gbk", "漢".encode("gbk"), "漢"),
        ("shift_jis", "①".encode("cp932"), "①"),
        ("euc-kr", "똠".encode("cp949"), "똠"),
        ("big5", "漢".encode("big5"), "漢"),
        ("iso-8859-8-i", b"\xf9", "ש"),
        ("x-euc-jp", "漢".encode("euc_jp"), "漢"),
        ("macintosh", b"\x8e", "é"),
        ("windows-1251", b"\xcf", "П"),
        ("ibm866", b"\x8f", "П"),
    ],
)
def test_labels_mean_what_they_mean_in_browsers(label, data, text):
    found = decode(data, f"text/html; charset={label}")
    assert (found.text, found.guessed) == (text, False)


@pytest.mark.parametrize(
    "label",
    [
        *sorted(module.name for module in pkgutil.iter_modules(encodings.__path__)),
        *("utf-7", "utf-32", "no-such", "\x00", "é", "x" * 10_000, "../../x", "replacement"),
    ],
)
def test_no_charset_that_python_knows_makes_decoding_raise(label):
    body = b"<p>\\ud800\\N{x} +2AA- \xff\xe9 xn--a \x1b$)C</p>"
    for found in (
        decode(body, f"text/html; charset={label}"),
        decode(f"<meta charset='{label}'>".encode() + body),
    ):
        assert not any("\ud800" <= char <= "\udfff" for char in found.text)
        read_page(found.text, "http://site.example/", PageHeaders(), "linkcrawler")


@given(st.binary(max_size=300), st.text(max_size=40))
@settings(max_examples=300)
def test_whatever_the_bytes_the_text_can_be_read_as_a_page(body, content_type):
    found = decode(body, content_type)
    found.text.encode("utf-8")
    codecs.lookup(found.charset)
    read_page(found.text, "http://site.example/", PageHeaders(), "linkcrawler")


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_utf_8_is_recognised_without_being_named(text):
    body = text.encode()
    if not body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE)) and "<" not in text:
        assert decode(body) == (text, "utf-8", True)


def test_utf_8_that_is_cut_off_within_a_character_is_recognised_all_the_same():
    assert decode("é語".encode()[:-1]) == ("é\ufffd", "utf-8", True)
    assert decode("café".encode("latin-1")) == ("café", "cp1252", True)
    assert decode("é".encode() + b"\xe9 ").charset == "cp1252"


def test_an_empty_body_is_an_empty_text():
    assert decode(b"") == ("", "utf-8", True)
