"""Text of a page in, text that is safe to store and print out."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_ANCHOR: Final = 512
"""Longest anchor, title and rel kept, in code points."""

_SPACE: Final = re.compile(r"[\t\n\f\r\u2028\u2029 ]+")
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"  # C0 and C1 controls but white space
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\ud800-\udfff\ufffe\uffff]"  # lone surrogates and what XML cannot hold
)


def clean_text(text: str, limit: int = MAX_ANCHOR) -> str:
    r"""Return ``text`` with white space collapsed, in form C, at most ``limit`` code points.

    Control and bidirectional characters and lone surrogates are dropped: they could forge a
    terminal's or a report's output.

    >>> clean_text("  two\n lines\u202e \x1b[31m ")
    'two lines [31m'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNSAFE.sub("", text))
    elif not text.isprintable():
        text = _UNSAFE.sub("", text)
    return _SPACE.sub(" ", text).strip(" ")[:limit].rstrip(" ")


def clean_tokens(text: str, limit: int = MAX_ANCHOR) -> str:
    """Return the space-separated tokens of ``text`` in lower case, one space between.

    >>> clean_tokens(" NoFollow  UGC ")
    'nofollow ugc'
    """
    return clean_text(text.lower(), limit) if text else ""


def strip_controls(text: str) -> str:
    r"""Return ``text`` without control and bidirectional characters; line ends and tabs stay.

    >>> strip_controls("a\x1b[31mb\n")
    'a[31mb\n'
    """
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub("", text)
