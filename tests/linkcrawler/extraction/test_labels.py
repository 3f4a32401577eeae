"""What a page's charset is called, in a header or in the page, means what it means in a browser."""

from __future__ import annotations

import codecs
import time

import pytest

from linkcrawler.extraction.charset import decode
from linkcrawler.extraction.labels import _CODECS, codec_of

UNKNOWN = (
    "utf-7", "unicode-1-1-utf-7", "csunicode11utf7", "utf-32", "utf-32le", "ucs-4", "cesu-8", "scsu",
    "replacement", "iso-2022-kr", "csiso2022kr", "hz-gb-2312", "iso-2022-cn", "iso-2022-cn-ext",
    "x-user-defined", "cp037", "ebcdic-cp-us", "idna", "punycode", "rot13", "hex", "zlib", "base64",
    "unicode_escape", "undefined", "mbcs", "utf_8", "windows_1251", "utf\u20118", "\x00utf-8", "", " ",
)  # fmt: skip
"""What browsers do not know, or read as nothing but U+FFFD."""
SEVEN_BIT = b"<title>+ADw-script+AD4-</title><a href=/x>y</a>"


def test_every_label_of_the_standard_has_a_codec_that_python_has():
    assert len(_CODECS) == 221  # of 228: five mean U+FFFD alone, replacement itself, x-user-defined
    assert all(codecs.lookup(name) for name in _CODECS.values())


@pytest.mark.parametrize("label", sorted(_CODECS))
def test_a_label_is_honoured_in_the_header_and_in_the_page(label):
    codec = codec_of(label)
    text = "plain é" if codec.startswith("utf") or codec == "cp1252" else "plain"
    # Bytes that can be read as ASCII are no UTF-16.
    for_page = "utf-8" if codec.startswith("utf-16") else codec
    found = decode(text.encode(codec), f"text/html; charset={label.upper()}")
    assert found == (text, codec, False)
    page = f"<meta charset='{label}'>{text}"
    assert decode(page.encode(for_page)) == (page, for_page, False)


@pytest.mark.parametrize("label", UNKNOWN)
def test_no_other_label_is_honoured(label):
    assert codec_of(label) is None
    page = f"<meta charset='{label}'>".encode("ascii", "replace") + SEVEN_BIT
    for found in (decode(SEVEN_BIT, f"text/html; charset={label}"), decode(page)):
        assert found.text.endswith(SEVEN_BIT.decode())  # utf-7 would make a script of it
        assert (found.charset, found.guessed) == ("utf-8", True)


@pytest.mark.parametrize(
    ("header", "body", "charset", "text"),
    [
        # A wrong declaration is believed, as in browsers; what makes no sense is U+FFFD.
        ("utf-8", "é".encode("cp1252"), "utf-8", "\ufffd"),
        ("windows-1252", "é".encode(), "cp1252", "\xc3\xa9"),
        ("utf-16le", b"abc", "utf-16-le", "\u6261\ufffd"),
        ("nonsense", "é".encode(), "utf-8", "é"),
        # UTF-16 that nothing names is not guessed.
        ("", "<p>a".encode("utf-16-le"), "utf-8", "<\x00p\x00>\x00a\x00"),
        ("", "\xe9".encode("utf-16-le"), "cp1252", "\xe9\x00"),
    ],
)
def test_what_is_declared_wrongly_or_not_at_all_is_read_all_the_same(header, body, charset, text):
    content_type = f"text/html; charset={header}" if header else "text/html"
    found = decode(body, content_type)
    assert (found.text, found.charset) == (text, charset)
    assert found.guessed is (header in ("", "nonsense"))


@pytest.mark.timing
def test_a_header_of_spaces_takes_no_time():
    begun = time.perf_counter()
    decode(b"x", "text/html; charset=" + " " * 60_000 + '"')
    assert time.perf_counter() - begun < 1  # trying every division of them would take a minute
