"""A coded body in, what it decodes to out, in pieces and within bounds (pure).

A body may be coded more than once (RFC 9110, 8.4), and a few kilobytes may decode to gigabytes: codings
are counted before, the result while it grows.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_CODINGS: Final = 2
"""Codings of one body. One is usual; a proxy may add another."""
MAX_RATIO: Final = 200
"""Bytes out for one byte in, of what is longer than `FREE_BYTES`; pages reach 100 at the most."""
FREE_BYTES: Final = 2**20
PIECE: Final = 64 * 1024
"""Bytes taken or given at a time."""


class CodingError(Exception):
    """Raised for a body that is not decoded.

    Args:
        reason: ``bad_encoding``, ``too_many_codings``, ``too_big`` or ``bomb``.
        message: what is wrong, in words.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class _Decoder(Protocol):
    """One body being decoded."""

    @property
    def is_over(self) -> bool:
        """Whether the coded data has come to its end."""

    def pieces(self, data: bytes) -> Iterable[bytes]:
        """Yield what the next ``data`` decodes to, at most `PIECE` bytes at a time."""


class _Zlib:
    """gzip and deflate."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._inner = zlib.decompressobj(wbits)

    @property
    def is_over(self) -> bool:
        return self._inner.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data and not self._inner.eof:
            yield self._inner.decompress(data, PIECE)
            data = self._inner.unconsumed_tail


class _Gzip(_Zlib):
    """gzip: several members may follow each other; what follows and is none is passed over."""

    def __init__(self) -> None:
        super().__init__(16 + zlib.MAX_WBITS)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return
                self._inner = zlib.decompressobj(self._wbits)
            yield from super().pieces(data)
            data = self._inner.unused_data


class _Deflate(_Zlib):
    """deflate: with zlib's head, as the standard says, or without, as some servers send it."""

    def __init__(self) -> None:
        super().__init__(zlib.MAX_WBITS)
        self._is_begun = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if not self._is_begun and data:
            self._is_begun = True
            try:
                zlib.decompressobj().decompress(data, 1)
            except zlib.error:
                self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
        yield from super().pieces(data)


def _brotli() -> Callable[[], _Decoder] | None:
    try:
        import brotli
    except ImportError:
        return None

    class Brotli:
        def __init__(self) -> None:
            self._inner: Any = brotli.Decompressor()

        @property
        def is_over(self) -> bool:
            return bool(self._inner.is_finished())

        def pieces(self, data: bytes) -> Iterator[bytes]:
            # It may hold back more than it says, so it is asked until nothing comes.
            while not self._inner.is_finished():
                part = self._inner.process(data, output_buffer_limit=PIECE)
                yield part
                data = b""
                if not part and self._inner.can_accept_more_data():
                    return

    return Brotli


def _zstd() -> Callable[[], _Decoder] | None:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        return None

    class Zstd:
        def __init__(self) -> None:
            # A larger window than browsers allow (RFC 9659) would only take memory.
            options = {int(zstd.DecompressionParameter.window_log_max): 23}
            self._inner: Any = zstd.ZstdDecompressor(options=options)

        @property
        def is_over(self) -> bool:
            return bool(self._inner.eof)

        def pieces(self, data: bytes) -> Iterator[bytes]:
            if self._inner.eof:
                return
            yield self._inner.decompress(data, PIECE)
            while not (self._inner.eof or self._inner.needs_input):
                yield self._inner.decompress(b"", PIECE)

    return Zstd


_FOUND: Final = {"gzip": _Gzip, "deflate": _Deflate, "br": _brotli(), "zstd": _zstd()}
DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {
    name: decoder for name, decoder in _FOUND.items() if decoder is not None
}
"""Codings that can be decoded here, by name."""
_ALIASES: Final = {"x-gzip": "gzip"}
_NO_CODINGS: Final = frozenset(
    {
        "", "identity", "none", "7bit", "8bit", "binary", "text", "text/html", "ascii", "us-ascii", "utf-8",
        "utf8", "iso-8859-1", "iso-8859-15", "latin1", "windows-1251", "windows-1252",
    }
)  # fmt: skip
"""Names without a coding behind them: what servers write there that mean a charset, or nothing."""


def codings_of(values: Iterable[str]) -> list[str]:
    """Return the codings that ``Content-Encoding`` headers name, in the order they were applied.

    Names that stand for no coding are passed over, as by browsers.

    >>> codings_of(["X-Gzip, identity", "br"])
    ['gzip', 'br']
    """
    names = (name.strip().lower() for value in values for name in value.split(","))
    return [_ALIASES.get(name, name) for name in names if name not in _NO_CODINGS]


def decoded(body: bytes, codings: list[str], limit: int) -> Iterator[bytes]:
    """Yield what ``body`` decodes to, in parts; empty ones where there is work in between.

    A body that is cut short gives what there is of it, as in browsers.

    Args:
        body: the body as it came.
        codings: as of `codings_of`.
        limit: bytes that it may decode to at any stage; 0 means no limit.

    Raises:
        CodingError: it cannot be decoded, or to more than it may.

    >>> b"".join(decoded(zlib.compress(b"page"), ["deflate"], 100))
    b'page'
    """
    if len(codings) > MAX_CODINGS:
        raise CodingError("too_many_codings", f"{len(codings)} codings, {MAX_CODINGS} at the most")
    unknown = [name for name in codings if name not in DECODERS]
    if unknown:
        raise CodingError("bad_encoding", f"unknown coding {unknown[0][:40]!r}")
    most = min(limit or sys.maxsize, max(FREE_BYTES, MAX_RATIO * len(body)))
    for name in reversed(codings[1:]):
        parts = []
        for part in _bounded(_stage(body, DECODERS[name]()), most, limit):
            parts.append(part)
            yield b""
        body = b"".join(parts)
    if codings:
        yield from _bounded(_stage(body, DECODERS[codings[0]]()), most, limit)
    else:
        yield body


def _bounded(parts: Iterable[bytes], most: int, limit: int) -> Iterator[bytes]:
    """Yield ``parts`` up to ``most`` bytes.

    Raises:
        CodingError: there are more.
    """
    length = 0
    for part in parts:
        length += len(part)
        if length > most:
            raise _too_much(most, limit)
        yield part


def _too_much(most: int, limit: int) -> CodingError:
    if most == limit:
        return CodingError("too_big", f"decodes to more than {limit} bytes")
    return CodingError("bomb", f"decodes to more than {MAX_RATIO} times its length")


def _stage(body: bytes, decoder: _Decoder) -> Iterator[bytes]:
    """Yield what one coding of ``body`` decodes to."""
    is_empty = True
    try:
        for at in range(0, len(body), PIECE):
            for part in decoder.pieces(body[at : at + PIECE]):
                is_empty = is_empty and not part
                yield part
    except Exception as error:  # each library has its own
        raise CodingError("bad_encoding", f"not decodable: {error}") from None
    if body and is_empty and not decoder.is_over:
        raise CodingError("bad_encoding", "ends before it has begun")
