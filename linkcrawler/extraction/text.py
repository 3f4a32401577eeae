"""Text of a page in, text that is safe to store and print out."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_ANCHOR: Final = 512
"""Longest anchor, title and rel kept, in code points."""
MAX_MARKS: Final = 30
"""Combining marks kept in a row that has to be sorted (UAX #15, "Stream-Safe Text Format")."""

UNSAFE: Final = (
    "\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"  # C0 and C1 controls but white space
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # marks and tags that nobody sees
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # lone surrogates, and what is no character
    + "".join(
        f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(2**16, 17 << 16, 2**16)
    )
)
"""What no stored text holds, as the inside of a character class; white space apart."""

_SPACE: Final = re.compile(r"[\t\n\f\r\u2028\u2029 ]+")
_DROPPED: Final = re.compile(f"[{UNSAFE}]")
_PLAIN: Final = {code: " " if chr(code) in "\t\n\f\r" else None for code in (*range(32), 0x7F)}
"""What becomes of ASCII that is not printable."""
_SEEN: Final = re.compile(r"[^\s\xad\u200b-\u200d\u2060-\u2064]")
"""What a reader sees something of: no white space, and nothing that only joins or parts words."""
_OF_MARKS: Final = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""No marks themselves, but form C, or form KD, makes marks of them."""
_MAY_BE_ROW: Final = re.compile(rf"(?:[^\w\s]|[{_OF_MARKS}]){{{MAX_MARKS + 1}}}")
"""What every row of marks that is too long holds; quicker to look for than marks."""
_SHRINK: Final = 4
"""Code points of which form C makes one, at the most: a letter with three marks."""


def clean_text(text: str, limit: int = MAX_ANCHOR) -> str:
    r"""Return ``text`` with white space collapsed, in form C, at most ``limit`` code points.

    Control and bidirectional characters, lone surrogates, invisible tags and what Unicode calls no
    character are dropped: they could forge a terminal's or a report's output. Takes time in
    proportion to the length, whatever the text.

    >>> clean_text("  two\n lines\u202e \x1b[31m ")
    'two lines [31m'
    """
    if text.isascii():
        if not text.isprintable():
            text = text.translate(_PLAIN)
        if "  " in text:
            text = " ".join(text.split())
        return text.strip(" ")[:limit].rstrip(" ")
    if not text.isprintable():
        text = _SPACE.sub(" ", text)
        if not text.isprintable():
            text = _DROPPED.sub("", text)
    text = _SPACE.sub(" ", text).strip(" ")
    return _composed(text[: _SHRINK * limit])[:limit].rstrip(" ")


def shown_text(text: str) -> str:
    r"""Return ``text`` as `clean_text` does; empty where nothing of it can be seen.

    >>> shown_text(" a\xa0b "), shown_text("\xa0\u200b")
    ('a\xa0b', '')
    """
    clean = clean_text(text)
    return clean if clean.isascii() or _SEEN.search(clean) else ""


def clean_tokens(text: str, limit: int = MAX_ANCHOR) -> str:
    """Return the space-separated tokens of ``text`` in lower case, one space between.

    >>> clean_tokens(" NoFollow  UGC ")
    'nofollow ugc'
    """
    return clean_text(text.lower(), limit) if text else ""


def _composed(text: str) -> str:
    """Return ``text`` in form C, where it is in no order with its rows of marks cut."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", with_short_rows(text))


def with_short_rows(text: str) -> str:
    """Return ``text`` with at most `MAX_MARKS` marks in a row.

    Bringing text into a form of Unicode sorts each row of marks, which takes quadratic time, hours for a
    title of a few megabytes.
    """
    return _rows_of_marks().sub(r"\1", text) if _MAY_BE_ROW.search(text) else text


@lru_cache(maxsize=1)
def _rows_of_marks() -> re.Pattern[str]:
    """Return a pattern for rows of more than `MAX_MARKS` marks, and of what marks come out of."""
    codes = [code for code in range(0x300, 0x20000) if unicodedata.combining(chr(code))]
    marks = "".join(map(chr, codes)) + _OF_MARKS
    return re.compile(f"([{marks}]{{{MAX_MARKS}}})[{marks}]+")
