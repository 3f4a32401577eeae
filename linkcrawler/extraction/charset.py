"""The bytes of a page in, its text and the charset it was read in out.

The order is a browser's: byte order mark, the header's charset, the page's own declaration in its
first bytes (WHATWG HTML, "prescan a byte stream"), else a guess: UTF-8 where the bytes are valid
UTF-8, windows-1252 where not.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from w3lib.encoding import resolve_encoding

PRESCAN_BYTES: Final = 2048
"""The standard asks for 1,024; declarations behind long comments stand a little later."""

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META: Final = re.compile(rb"<meta[\s/][^>]*?charset\s*=\s*[\"']?\s*([^\s\"'/>;]+)", re.IGNORECASE)
_XML: Final = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]+)[\"']")
_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)


class Decoded(NamedTuple):
    """Text of a page and how it was read."""

    text: str
    charset: str
    """Python's name of the codec."""
    guessed: bool
    """True where nothing named the charset."""


def decode(body: bytes, content_type: str = "") -> Decoded:
    r"""Return the text of ``body``; bytes that make no sense become U+FFFD.

    >>> decode(b"\xe9t\xe9", "text/html; charset=iso-8859-1")
    Decoded(text='été', charset='cp1252', guessed=False)
    >>> decode("été".encode())
    Decoded(text='été', charset='utf-8', guessed=True)
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(name, "replace"), name, guessed=False)
    declared = _from_header(content_type) or _from_page(body[:PRESCAN_BYTES])
    if declared:
        return Decoded(body.decode(declared, "replace"), declared, guessed=False)
    try:
        return Decoded(body.decode("utf-8"), "utf-8", guessed=True)
    except UnicodeDecodeError:
        return Decoded(body.decode("cp1252", "replace"), "cp1252", guessed=True)


def _from_header(content_type: str) -> str | None:
    found = _HEADER.search(content_type)
    return _codec(found.group(1)) if found else None


def _from_page(head: bytes) -> str | None:
    """Return the charset that the page declares; UTF-16 there means UTF-8, as the bytes show."""
    found = _META.search(_COMMENT.sub(b"", head)) or _XML.search(head)
    name = _codec(found.group(1).decode("ascii", "replace")) if found else None
    return "utf-8" if name and name.startswith("utf-16") else name


def _codec(label: str) -> str | None:
    """Return Python's codec for a label as browsers read it, or None for an unknown one."""
    name: str | None = resolve_encoding(label)
    if name is None:
        return None
    try:
        if not codecs.lookup(name)._is_text_encoding:
            return None
    except LookupError:
        return None
    return name
