"""Text that strangers may send, and the rules that every stored text keeps."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import strategies as st

from pipelines.schema import MAX_LENGTHS, URL_COLUMNS

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
ODD = (
    CONTROLS + BIDI
    + "\u2028\u2029\ufeff\ufffe\uffff\ufdd0\u206a\ufff9\U000e0001\U000e0041\U000e007f\U0010ffff"
    + "\ud800\udbff\udc00\udfff"  # lone surrogates
    + "\u0378\U0003ffff\ue000"  # unassigned, no character, private
    + "e\u0301\u0316\u0345\u0f73\u1100\u1161\u11a8\u212b\u0958\u200d\u200bİßﬃ<>&\"'"
)  # fmt: skip
ESCAPES = (
    "\x1b[2J", "\x1b[31m", "\x1b]0;owned\x07", "\x1b]8;;http://evil.example/\x1b\\", "\x9b2J",
    "\x1b]52;c;ZXZpbA==\x07", "\r\x1b[K", "\x1bc", "\x08\x08\x08", "\x0e", "\u202egpj.exe",
    "\u2066", "\x7f", "\x85", "\u2028",
)  # fmt: skip
"""What moves a cursor, colours, names a window, writes to the clipboard, or reorders."""
OBEYED = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\U000e0000-\U000e007f{BIDI}\ud800-\udfff]"
)
"""All control characters but line end and tab; what reorders or hides."""
TEXT = st.one_of(
    st.text(st.sampled_from(ODD), max_size=30),
    st.text(st.characters(), max_size=30),
    st.sampled_from(ESCAPES),
    st.builds(lambda char, n: char * n, st.sampled_from(ODD), st.sampled_from([513, 4000])),
)
"""Any text at all, also what is no valid Unicode."""


def fault(table: str, column: str, text: str) -> str | None:
    """Return which rule of a text column ``text`` breaks, or None."""
    if len(text) > MAX_LENGTHS[column]:
        return f"longer than {MAX_LENGTHS[column]}"
    if table in ("links", "pages") and (column in URL_COLUMNS or "host" in column):
        return None if text.isascii() and text.isprintable() and " " not in text else "no ASCII"
    if not unicodedata.is_normalized("NFC", text):
        return "not in form C"
    for char in text:
        code = ord(char)
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in BIDI:
            return f"holds {char!a}"
        if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xE0000 <= code <= 0xE007F:
            return f"holds {char!a}"
    return None


def faults(table: str, rows: list[dict]) -> list[str]:
    """Return every text of ``rows`` that breaks a rule, with the rule."""
    return [
        f"{table}.{name} = {value!a}: {why}"
        for row in rows
        for name, value in row.items()
        if isinstance(value, str) and (why := fault(table, name, value))
    ]
