r"""Text from anywhere in, text that a terminal or a log shows and never obeys out.

Pages, headers, host names, errors, file names and arguments may hold escape sequences that move the
cursor, colour or hide what was printed, set the window's title or write to the clipboard. Such
characters are spelled out (``\x1b``), so that they are seen and do nothing.
"""

from __future__ import annotations

import logging
import re
import shlex
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from linkcrawler.extraction.text import UNSAFE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_OBEYED: Final = re.compile(f"[{UNSAFE}\r\f\u2028\u2029]")
_FURTHER: Final = "\n    "
"""What the further lines of a log record begin with: none can pass for a record of its own."""


def spelled(text: str) -> str:
    r"""Return ``text`` with control, bidirectional and invisible characters spelled out.

    Line ends (``\n``) and tabs stay. Text in JSON stays JSON: DEL, the one such character that JSON
    may hold as it is, is spelled as JSON does.

    >>> print(spelled("a\x1b[2J\r\u202eb"))
    a\x1b[2J\r\u202eb
    """
    return text if text.isascii() and text.isprintable() else _OBEYED.sub(_escape, text)


def one_line(text: object, limit: int | None = None) -> str:
    r"""Return ``text`` as one line in which every character is seen; cut after ``limit`` of them.

    For names, paths and words inside a line: characters that take no room are spelled out, too.

    >>> print(one_line("a\nb\u200bc"), one_line("abc", 2))
    a\nb\u200bc ab
    """
    written = str(text)[:limit]
    if not written.isprintable():
        written = "".join(c if c.isprintable() else _spelled_out(c) for c in written)
    return written[:limit]


def counted(number: int, what: str) -> str:
    """Return a number with what it counts, a word whose plural ends in s.

    >>> counted(1, "page"), counted(2000, "page")
    ('1 page', '2,000 pages')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def quoted(word: object) -> str:
    r"""Return ``word`` as a shell reads it back; bash and zsh also what has to be spelled out.

    A path never looks like an option.

    >>> print(quoted("a b"), quoted("\x1b[2J"), quoted(Path("-a")))
    'a b' $'\x1b[2J' ./-a
    """
    text = str(word)
    if isinstance(word, Path) and text.startswith("-"):
        text = f"./{text}"
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_in_shell, text)) + "'"


def _in_shell(char: str) -> str:
    if 0xDC80 <= ord(char) < 0xDD00:  # a byte of an argument that is no UTF-8
        return f"\\x{ord(char) - 0xDC00:02x}"
    if char in "'\\":
        return f"\\{char}"
    if char.isprintable():
        return char
    if ord(char) < 0x80:
        return f"\\x{ord(char):02x}"
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _escape(found: re.Match[str]) -> str:
    return "\\u007f" if found[0] == "\x7f" else _spelled_out(found[0])


def _spelled_out(char: str) -> str:
    return char.encode("unicode_escape").decode()


class PlainStream:
    """A text stream through which everything passes `spelled`.

    Args:
        beneath: the stream that it is written to.
    """

    def __init__(self, beneath: TextIO) -> None:
        self.beneath = beneath

    def write(self, text: str) -> int:
        """Write ``text``, spelled out; return its length."""
        if not isinstance(text, str):  # how others find out what kind of stream it is
            raise TypeError(f"expected text, got {type(text).__name__}")
        self.beneath.write(spelled(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of ``lines``."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)


def beneath(stream: TextIO) -> TextIO:
    """Return the stream itself, for what moves the cursor or colours text that is spelled out."""
    return stream.beneath if isinstance(stream, PlainStream) else stream


def plain_streams() -> None:
    """Let all that this process prints pass `spelled`, what Python itself reports included."""
    sys.stdout, sys.stderr = _plain(sys.stdout), _plain(sys.stderr)
    sys.excepthook = _report


def _plain(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, PlainStream) else cast("TextIO", PlainStream(stream))


def _report(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:  # fmt: skip
    """Print an error that nobody caught: Python's own report has colours on a terminal."""
    sys.stderr.write("".join(traceback.format_exception(kind, error, trace)))


class PlainFormatter(logging.Formatter):
    """Formats a record as ``inner`` does, once its texts are spelled out.

    Further lines of a record are indented.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        plain = logging.makeLogRecord(record.__dict__)
        plain.msg, plain.args = _indented(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            plain.exc_text = self.inner.formatException(record.exc_info)
        plain.exc_text = _indented(plain.exc_text) if plain.exc_text else None
        plain.stack_info = _indented(plain.stack_info) if plain.stack_info else None
        return self.inner.format(plain)


def _indented(text: str) -> str:
    return spelled(text).replace("\n", _FURTHER)


def make_plain(handler: logging.Handler | None) -> None:
    """Let what ``handler`` writes be formatted by a `PlainFormatter`."""
    if handler is not None and not isinstance(handler.formatter, PlainFormatter):
        handler.setFormatter(PlainFormatter(handler.formatter or logging.Formatter()))
