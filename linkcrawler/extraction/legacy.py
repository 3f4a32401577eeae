"""Bytes in, text out, and the query of a reference back to bytes, as browsers do in the older charsets.

Python's codecs differ from the Encoding standard in some places: bytes without a character in the Windows
charsets are control characters to browsers, ``①`` stands in pages said to be EUC-JP, and the euro sign in those
said to be GBK. And what stands behind the ``?`` of a reference is sent in the page's own charset: a link
to ``?q=é`` leads to ``?q=%E9`` from a page in ISO-8859-1.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final

MOST_MENDED: Final = 20_000
"""Places of a page that Python's codec does not know and that are looked at: what holds more is no text."""

MOST_QUERY: Final = 2**16
"""Characters of a query that is written in the charset of its page: longer ones are in no URL that is kept."""
_SINGLE: Final = re.compile(r"cp(?:866|874|125\d)|iso8859-\d+|koi8-[ru]|mac-\w+")
"""Codecs that read each byte by itself."""
_OWN: Final[dict[str, dict[int, str]]] = {
    "koi8-u": {0xAE: "ў", 0xBE: "Ў"},
    "cp1255": {0xCA: "\u05ba"},
}
_C1: Final = 0xA0
"""Bytes from 0x80 to this one that stand for nothing stand for themselves, as control characters."""
_JAPANESE: Final = dict(
    zip(
        (0x301C, 0x2016, 0x2212, 0xA2, 0xA3, 0xAC),
        (0xFF5E, 0x2225, 0xFF0D, 0xFFE0, 0xFFE1, 0xFFE2),
        strict=True,
    )
)
_TAIWANESE: Final = dict(
    zip(
        (0x2022, 0xFF64, 0x203E, 0x223C, 0x2641, 0x2609, 0xA5, 0xA2, 0xA3),
        (0x2027, 0xFE51, 0xAF, 0xFF5E, 0x2295, 0x2299, 0xFFE5, 0xFFE0, 0xFFE1),
        strict=True,
    )
)
_CHINESE: Final = dict(
    zip(
        (0xE5E5, *range(0xE78D, 0xE797), 0xE7C7, 0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864),
        (0x3000, 0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A), 0x1E3F, *range(0x9FB4, 0x9FBC)),
        strict=True,
    )
)  # fmt: skip
_AS_READ: Final = {
    "big5hkscs": _TAIWANESE,
    "cp932": dict.fromkeys(range(0xF8F0, 0xF8F4), 0xFFFD),
    "euc_jp": _JAPANESE,
    "gb18030": _CHINESE,
    "iso2022_jp": _JAPANESE,
}
"""Characters that Python's codec reads, and what browsers read there."""
_READERS: Final = {"iso2022_jp": "iso2022_jp_ext"}  # which knows narrow katakana, as browsers do
_WRITERS: Final = {"gb18030": "gbk", "big5hkscs": "cp950"}
"""Codecs for the way back that know no more than browsers write."""
_AROUND: Final = "".join(map(chr, range(0x21)))
"""What stands around a URL and is no part of it."""
_UNSAFE: Final = re.compile(rb"[^\x20-\x22\x24-\x7e]")
"""Bytes of a query that are escaped here; others are where the URL is parsed."""


class _TooManyError(Exception):
    """Raised where a page holds more than `MOST_MENDED` places that are to be mended."""


class _Mender:
    """An error handler of Python's codecs, for those of several bytes a character."""

    left = 0

    def __call__(self, error: UnicodeError) -> tuple[str | bytes, int]:
        if isinstance(error, UnicodeDecodeError):
            self.left -= 1
            if self.left < 0:
                raise _TooManyError
            return _read(error)
        if isinstance(error, UnicodeEncodeError):
            return _written(error.encoding, error.object[error.start]), error.start + 1
        raise error


_mender = _Mender()
_MENDED: Final = "linkcrawler.mended"
codecs.register_error(_MENDED, _mender)


def text_in(body: bytes, codec: str) -> str:
    r"""Return the text of ``body``; bytes that make no sense become U+FFFD.

    >>> text_in(b"\xad\xa1", "euc_jp"), text_in(b"a\x81", "cp1252")
    ('①', 'a\x81')
    """
    if codec.startswith("utf"):
        return body.decode(codec, "replace")
    if _SINGLE.fullmatch(codec):
        return codecs.charmap_decode(body, "replace", _table(codec))[0]
    reader = _READERS.get(codec, codec)
    try:
        _mender.left = MOST_MENDED
        text = body.decode(reader, _MENDED)
    except _TooManyError:
        text = body.decode(reader, "replace")
    other = _AS_READ.get(codec)
    return text if other is None or text.isascii() else text.translate(other)


def with_query_in(written: str, codec: str) -> str:
    """Return a reference with what is not ASCII in its query as a page in ``codec`` sends it.

    A character that the charset lacks is sent as its number.

    >>> with_query_in("/é?q=é&n=語#é", "cp1252")
    '/é?q=%E9&n=%26%2335486%3B#é'
    """
    if written.isascii():
        return written
    address, mark, fragment = written.strip(_AROUND).partition("#")
    path, asked, query = address.partition("?")
    if query.isascii() or len(query) > MOST_QUERY:
        return written
    # Line ends and tabs are no part of a URL.
    query = query.replace("\n", "").replace("\r", "").replace("\t", "")
    if _SINGLE.fullmatch(codec):
        numbered = "".join(_kept(char, codec) for char in query)
        data = codecs.charmap_encode(numbered, "strict", _map(codec))[0]
    elif codec == "euc_jp":
        data = b"".join(map(_in_euc_jp, query))
    else:
        data = query.encode(_WRITERS.get(codec, codec), _MENDED)
    sent = _UNSAFE.sub(lambda byte: b"%%%02X" % ord(byte[0]), data).decode("ascii")
    return f"{path}{asked}{sent}{mark}{fragment}"


@lru_cache(maxsize=64)
def _table(codec: str) -> str:
    """Return the characters of the 256 bytes."""
    own = _OWN.get(codec, {})
    found = []
    for code in range(256):
        char = own.get(code) or bytes((code,)).decode(codec, "replace")
        found.append(chr(code) if char == "\ufffd" and code < _C1 else char)
    return "".join(found)


@lru_cache(maxsize=64)
def _map(codec: str) -> dict[int, int]:
    """Return the bytes of the characters that a codec knows."""
    return {ord(char): code for code, char in enumerate(_table(codec)) if char != "\ufffd"}


def _kept(char: str, codec: str) -> str:
    return char if ord(char) in _map(codec) else _number(char)


def _number(char: str) -> str:
    return f"%26%23{ord(char)}%3B"


def _read(error: UnicodeDecodeError) -> tuple[str, int]:
    """Return the character of bytes that Python's codec does not know, and where they end."""
    data, at, codec = error.object, error.start, error.encoding
    pair = data[at : at + 2]
    if codec == "iso2022_jp_ext":
        # Of seven bits each: two of them are known to be of a pair, as ASCII makes no errors.
        is_pair = error.end - at == len(pair) == 2 and min(pair) > 0x20
        return (_japanese(bytes(byte | 0x80 for byte in pair)) if is_pair else "\ufffd"), error.end
    if codec == "gb18030" and pair[0] == 0x80:
        return "€", at + 1
    if len(pair) < 2 or pair[1] < 0x80 or pair[0] in (0x80, 0xFF):
        return "\ufffd", at + 1
    if codec == "euc_jp":
        return (
            (_japanese(pair), at + 2)
            if pair[0] in (0x8E, 0x8F) or pair[0] > 0xA0
            else ("\ufffd", at + 1)
        )
    return (_taiwanese(pair) if codec == "big5hkscs" else "\ufffd"), at + 2


def _japanese(pair: bytes) -> str:
    """Return the character of two bytes of EUC-JP that stands in Windows' Shift_JIS alone."""
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    if not (0 <= row < 94 and 0 <= cell < 94):
        return "\ufffd"
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 0x3F)
    return bytes((lead, trail)).decode("cp932", "replace")[:1]


def _taiwanese(pair: bytes) -> str:
    char = pair.decode("cp950", "replace")[:1]
    return "\ufffd" if "\ue000" <= char <= "\uf8ff" else char


def _written(codec: str, char: str) -> str | bytes:
    """Return how a query holds a character that Python's codec lacks."""
    if codec == "gbk" and char == "€":
        return b"\x80"
    return _number(char)


def _in_euc_jp(char: str) -> bytes:
    data = char.encode("euc_jp", "ignore")
    if data and len(data) < 3:  # those of three bytes are read, and never written
        return data
    pair = char.encode("cp932", "ignore")
    if len(pair) < 2:
        return _number(char).encode()
    lead, trail = pair
    row = 2 * (lead - (0x81 if lead < 0xA0 else 0xC1)) + (trail > 0x9E)
    cell = trail - 0x9F if trail > 0x9E else trail - 0x40 - (trail > 0x7F)
    is_one = row < 94
    return bytes((row + 0xA1, cell + 0xA1)) if is_one else _number(char).encode()
