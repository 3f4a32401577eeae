"""The bytes of a page in, its text and the charset it was read in out.

The order is a browser's: byte order mark, the header's charset, the page's own declaration in its
first bytes (WHATWG HTML, "prescan a byte stream"), else a guess: UTF-8 where the bytes are valid
UTF-8, windows-1252 where not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.labels import codec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PRESCAN_BYTES: Final = 2048
"""The standard asks for 1,024; declarations behind long comments stand a little later."""

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_COMMENT: Final = re.compile(rb"<!(?=--).*?(?:-->|\Z)", re.DOTALL)  # <!--> is a whole one
_META: Final = re.compile(rb"<meta[\s/]([^>]*)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    rb"([^\s=/\"']+)\s*(?:=\s*(?:\"([^\"]*)\"?|'([^']*)'?|([^\s\"']+)))?"
)
_XML: Final = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]+)[\"']")
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
    declared = _from_header(content_type) or _from_page(body[:PRESCAN_BYTES])
    if declared:
        return Decoded(body.decode(declared, "replace"), declared, guessed=False)
    try:
        return Decoded(body.decode("utf-8"), "utf-8", guessed=True)
    except UnicodeDecodeError:
        return Decoded(body.decode("cp1252", "replace"), "cp1252", guessed=True)


def _from_header(content_type: str) -> str | None:
    found = _PARAMETER.search(content_type)
    return codec_of(found.group(1)) if found else None


def _from_page(head: bytes) -> str | None:
    """Return the charset that the page declares; UTF-16 there means UTF-8, as the bytes show."""
    name = next(filter(None, map(codec_of, _declared(head))), None)
    return "utf-8" if name and name.startswith("utf-16") else name


def _declared(head: bytes) -> Iterator[str]:
    """Yield the labels that meta elements declare, then that of an XML declaration."""
    for tag in _META.findall(_COMMENT.sub(b"", head)):
        given: dict[bytes, str] = {}
        for name, *values in _ATTRIBUTE.findall(tag):
            given.setdefault(name.lower(), b"".join(values).decode("ascii", "replace"))
        if b"charset" in given:
            yield given[b"charset"]
        elif given.get(b"http-equiv", "").lower() == "content-type":
            yield from _PARAMETER.findall(given.get(b"content", ""))[:1]
    found = _XML.search(head)
    if found:
        yield found.group(1).decode("ascii", "replace")
