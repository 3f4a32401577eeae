"""The older charsets are read, and queries written in them, as browsers do where Python's codecs do otherwise."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.browser import browser_or_skip

from benchmarks.browser_links import Browser
from linkcrawler.extraction.labels import _LABELS_OF
from linkcrawler.extraction.legacy import text_in, with_query_in

PAIRS = ("gb18030", "euc_jp", "iso2022_jp", "cp932", "cp949")
"""Codecs of several bytes a character that read every pair as browsers do; Big5 lacks some of Hong Kong's."""
DECODED = """
([label, data]) => new TextDecoder(label, {ignoreBOM: true})
    .decode(Uint8Array.from(atob(data), byte => byte.charCodeAt(0)))
"""


@pytest.mark.parametrize(
    ("codec", "data", "text"),
    [
        ("cp1252", b"a\x81\x9d", "a\x81\x9d"),
        ("cp1253", b"\x9f\xaa", "\x9f\ufffd"),
        ("koi8-u", b"\xae\xbe", "ўЎ"),
        ("gb18030", b"\x80 \xa2\xe3 \xff", "€ € \ufffd"),
        ("gb18030", b"\xff1", "\ufffd1"),
        ("euc_jp", b"\xad\xa1\xad\xea\xa1\xc1", "①㈱\uff5e"),
        ("euc_jp", b"\xad<\xff\xff", "\ufffd<\ufffd\ufffd"),
        ("iso2022_jp", b"\x1b$B-!\x1b(Ba\x1b(I1\x1b(B", "①aｱ"),
        ("cp932", b"\xa0\xfd", "\ufffd\ufffd"),
        ("cp949", b"\x81\xff", "\ufffd"),
        ("big5hkscs", b"\xa3\xe1\xa1\x45", "€\u2027"),
    ],
)
def test_bytes_are_read_as_in_a_browser(codec, data, text):
    assert text_in(data, codec) == text


@pytest.mark.parametrize(
    ("codec", "written", "sent"),
    [
        ("cp1252", "?q=é&e=€", "?q=%E9&e=%80"),
        ("cp1252", "/é?q=é#é", "/é?q=%E9#é"),
        ("cp1252", "/é#?é", "/é#?é"),
        ("cp1252", "?q=語\x81", "?q=%26%2335486%3B%81"),
        ("cp1252", "?a\né\t", "?a%E9"),
        ("cp1252", " ?é\x01 ", "?%E9"),
        ("cp1252", "?é\x01 #", "?%E9%01 #"),
        ("cp1251", "http://o.example/п?п", "http://o.example/п?%EF"),
        ("cp932", "?ソ", "?%83\\"),
        ("euc_jp", "?①\uff5e😀", "?%AD%A1%A1%C1%26%23128512%3B"),
        ("euc_jp", "?纊黑", "?%F9%A1%FC%EE"),
        ("iso2022_jp", "?日&a", "?%1B$BF|%1B(B&a"),
        ("gb18030", "?中€😀", "?%D6%D0%80%26%23128512%3B"),
        ("big5hkscs", "?漢", "?%BA~"),
        ("cp949", "?한", "?%C7%D1"),
        ("cp1252", "?a=1", "?a=1"),
    ],
)
def test_a_query_is_sent_in_the_charset_of_its_page(codec, written, sent):
    assert with_query_in(written, codec) == sent


@given(st.binary(max_size=60), st.text(max_size=20), st.sampled_from(sorted(_LABELS_OF)))
def test_whatever_the_bytes_and_the_reference_nothing_raises(data, written, codec):
    text_in(data, codec).encode()
    if not codec.startswith("utf"):
        with_query_in(f"?{written}", codec)


@pytest.mark.timing
@pytest.mark.parametrize("codec", ["cp1252", "gb18030", "euc_jp", "iso2022_jp", "big5hkscs"])
def test_a_body_of_nothing_but_errors_takes_little_time(codec):
    begun = time.process_time()
    assert text_in(b"\xff" * 5_000_000, codec)
    assert time.process_time() - begun < 2


@pytest.fixture(scope="module")
def decoded():
    """What a browser reads in bytes."""
    opened = Browser(browser_or_skip(), lambda _: (b"", "text/html"))
    opened.page.goto("http://pages.example/")
    yield lambda label, data: opened.page.evaluate(DECODED, [label, b64encode(data).decode()])
    opened.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    "codec", [c for c in _LABELS_OF if not c.startswith("utf") and c not in (*PAIRS, "big5hkscs")]
)
def test_every_byte_is_read_as_in_a_browser(decoded, codec):
    data = bytes(range(256))
    assert text_in(data, codec) == decoded(_LABELS_OF[codec].split()[0], data)


@pytest.mark.browser
@pytest.mark.parametrize("codec", PAIRS)
def test_every_pair_of_bytes_is_read_as_in_a_browser(decoded, codec):
    seconds = range(0x21, 0x7F) if codec == "iso2022_jp" else range(0x20, 0x100)
    pair = b"\x1b$B%c%c\x1b(B" if codec == "iso2022_jp" else b"%c%c"
    for first in range(seconds[0], seconds[-1] + 1):
        data = b"\n\n".join(pair % (first, second) for second in seconds)
        assert text_in(data, codec) == decoded(_LABELS_OF[codec].split()[0], data)
