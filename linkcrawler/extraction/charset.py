"""The bytes of a page in, its text and the charset it was read in out.

The order is a browser's: byte order mark, the header's charset, the page's own declaration in its
head or its first bytes (WHATWG HTML, "prescan a byte stream"), else a guess: UTF-8 where the bytes are valid
UTF-8, windows-1252 where not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.labels import codec_of
from linkcrawler.extraction.legacy import text_in
from linkcrawler.extraction.tokens import attributes, tags

if TYPE_CHECKING:
    from collections.abc import Iterator

PRESCAN_BYTES: Final = 1024
"""Beginning of a page in which it may name its charset anywhere..."""
HEAD_BYTES: Final = 2**18
"""... and in which it may in its head, which scripts make long."""

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_XML_IN_16_BITS: Final = (
    ("<?x".encode("utf-16-le"), "utf-16-le"),
    ("<?x".encode("utf-16-be"), "utf-16-be"),
)
_XML: Final = re.compile(r"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]+)[\"']")
_IN_HEAD: Final = frozenset(
    {"base", "link", "meta", "noscript", "object", "script", "style", "title"}
)
# The second run of spaces only behind a quote: two in a row would be tried in every division.
_PARAMETER: Final = re.compile(r"charset\s*=\s*(?:[\"']\s*)?([^\s\"';,]+)", re.IGNORECASE)


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
    declared = _from_header(content_type) or _from_page(body)
    if declared:
        return Decoded(text_in(body, declared), declared, guessed=False)
    charset = "utf-8" if _is_utf_8(body) else "cp1252"
    return Decoded(text_in(body, charset), charset, guessed=True)


def decode_xml(body: bytes, content_type: str = "") -> Decoded:
    r"""Return the text of an XML page, which ends where its bytes are no UTF-8, if they are said to be.

    What its ``meta`` elements say of it does not count.

    >>> decode_xml(b"<p>a</p>b\xe9<i/>")
    Decoded(text='<p>a</p>', charset='utf-8', guessed=True)
    """
    found = _XML.search(body[:PRESCAN_BYTES].decode("latin-1"))
    named = _from_mark(body) or _from_header(content_type) or _in_16_bits(body)
    declared = codec_of(found.group(1)) if found and not named else None
    charset = named or ("utf-8" if declared and declared.startswith("utf") else declared) or "utf-8"
    is_guessed = not (named or declared)
    if charset != "utf-8":
        return Decoded(text_in(body, charset).removeprefix("\ufeff"), charset, is_guessed)
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return Decoded(body.decode("utf-8"), charset, is_guessed)
    except UnicodeDecodeError as error:
        whole = body[: body.rfind(b">", 0, error.start) + 1]
        return Decoded(whole.decode("utf-8"), charset, is_guessed)


def _is_utf_8(body: bytes) -> bool:
    """Return whether ``body`` is UTF-8; its last character may be cut off, where there are others."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        is_cut = error.end == len(body) and error.reason == "unexpected end of data"
        return is_cut and not body[: error.start].isascii()
    return True


def _from_mark(body: bytes) -> str | None:
    return next((name for mark, name in _BOMS if body.startswith(mark)), None)


def _in_16_bits(body: bytes) -> str | None:
    return next((name for start, name in _XML_IN_16_BITS if body.startswith(start)), None)


def _from_header(content_type: str) -> str | None:
    found = _PARAMETER.search(content_type)
    return codec_of(found.group(1)) if found else None


def _from_page(body: bytes) -> str | None:
    """Return the charset that the page declares; UTF-16 there means UTF-8, as the bytes show."""
    if (name := _in_16_bits(body)) is not None:
        return name
    head = body[:HEAD_BYTES].decode("latin-1")
    found = next(filter(None, map(codec_of, _declared(head))), None)
    return "utf-8" if found and found.startswith("utf-16") else found


def _declared(head: str) -> Iterator[str]:
    """Yield the labels that meta elements declare, then that of an XML declaration."""
    is_head = True
    for tag in tags(head):
        if not is_head and tag.start >= PRESCAN_BYTES:
            break
        if tag.name == "meta" and not tag.is_end:
            yield from _said_by_meta(attributes(head, tag))
        elif tag.name not in _IN_HEAD and (tag.is_end or tag.name not in ("html", "head")):
            is_head = False
    found = _XML.search(head)
    if found:
        yield found.group(1)


def _said_by_meta(given: dict[str, str | None]) -> Iterator[str]:
    if "charset" in given:
        yield given["charset"] or ""
    elif (given.get("http-equiv") or "").lower() == "content-type":
        yield from _PARAMETER.findall(given.get("content") or "")[:1]
