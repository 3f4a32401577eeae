"""An XHTML page in, the markup that its tree would be written out as out.

What a server calls ``application/xhtml+xml``, a browser reads as XML: names are what they are in upper and
lower case, any element may close itself, CDATA is text, and where the page is not well-formed it ends.
Nothing outside of the page is read, and expat bounds what its own entities may grow to.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final
from xml.parsers import expat

from linkcrawler.extraction.markup import RAW, UNTOLD
from linkcrawler.extraction.walked import MUTE, VOID, escaped, quoted

XHTML: Final = "application/xhtml+xml"
_SPACES: Final = {
    "http://www.w3.org/1999/xhtml": "html",
    "http://www.w3.org/2000/svg": "svg",
    "http://www.w3.org/1998/Math/MathML": "math",
}
_LANGUAGE: Final = "http://www.w3.org/XML/1998/namespace lang"
_KNOWN_TYPES: Final = re.compile(r"-//(?:W3C//DTD (?:XHTML|MathML) |WAPFORUM//DTD XHTML Mobile )")
"""Document types whose entities a browser has built in."""
_RENAMED: Final = UNTOLD.union(RAW, {"template"})
_NAME: Final = re.compile(r"[a-z][a-z0-9._-]*")


class _EndOfPage(Exception):
    """Raised where a browser reads no further."""


def markup_of(text: str) -> str:
    """Return an XHTML page in the form that `linkcrawler.extraction.markup.pieces_of` reads.

    A page that is not well-formed ends where that shows.

    >>> markup_of('<html xmlns="http://www.w3.org/1999/xhtml"><a href="x"/>y</b>')
    '<html><a href="x"></a>y</html>'
    """
    return _Writer().write(text)


class _Writer:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[tuple[str, int]] = []
        """Names under which open elements were written, and where."""
        self._knows_entities = False
        parser = expat.ParserCreate("utf-8", " ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._entity
        self._parser = parser

    def write(self, text: str) -> str:
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except (expat.ExpatError, _EndOfPage):
            while self._open:
                self._end("")
        return "".join(self._parts)

    def _doctype(self, name: str, system: str | None, public: str | None, own: int) -> None:
        self._knows_entities = bool(public and _KNOWN_TYPES.match(public))

    def _start(self, qualified: str, given: dict[str, str]) -> None:
        self._hold_markup()
        name = _name_of(qualified)
        if _LANGUAGE in given:
            given = {"lang": given[_LANGUAGE]} | given
        said = "".join(
            f' {key}="{quoted(value)}"' for key, value in given.items() if " " not in key
        )
        self._open.append((name, len(self._parts)))
        self._parts.append(f"<{name}{said}>")
        if name == "iframe":  # a frame's content is put behind it
            self._parts.append("</iframe>")

    def _hold_markup(self) -> None:
        """Give a script another name that turns out to hold elements."""
        if self._open and self._open[-1][0] in MUTE:
            name, at = self._open[-1]
            self._open[-1] = (f"x-{name}", at)
            self._parts[at] = f"<x-{self._parts[at][1:]}"

    def _end(self, _: str) -> None:
        name, _at = self._open.pop()
        if name not in VOID and name != "iframe":
            self._parts.append(f"</{name}>")

    def _text(self, text: str) -> None:
        is_mute = bool(self._open) and self._open[-1][0] in MUTE
        self._parts.append(re.sub("[<>]", " ", text) if is_mute else escaped(text))

    def _entity(self, name: str, is_parameter: bool) -> None:
        if is_parameter:
            return
        text = html5.get(f"{name};") if self._knows_entities else None
        if text is None:
            raise _EndOfPage
        self._text(text)


def _name_of(qualified: str) -> str:
    """Return a name under which an element is read as what it is."""
    space, _, name = qualified.rpartition(" ")
    kind = _SPACES.get(space)
    if not _NAME.fullmatch(name):
        return name if (kind, name) == ("svg", "foreignObject") else "x-other"
    if kind == "html":
        return f"x-{name}" if name in UNTOLD or name in ("svg", "math") else name
    if kind is None or name in _RENAMED:
        return f"x-{name}"
    return name
