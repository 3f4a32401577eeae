"""An XHTML page in, the markup that its tree would be written out as out.

What a server calls ``application/xhtml+xml``, a browser reads as XML: names are what they are in upper and
lower case, any element may close itself, CDATA is text, and where the page is not well-formed it ends.
Nothing outside of the page is read, and expat bounds what its own entities may grow to. Prefixes of names are
resolved here: one that nothing declares ends the page for expat, and not for a browser.
"""

from __future__ import annotations

import re
from functools import lru_cache
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
_BUILT_IN: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
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
        self._open: list[tuple[str, int, tuple[str, ...]]] = []
        """Names under which open elements were written, where, and the prefixes that they declare."""
        self._spaces: dict[str, list[str]] = {"xml": [""], "xmlns": [""], "": [""]}
        """What each prefix means, and has meant around that."""
        parser = expat.ParserCreate("utf-8")
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE)
        parser.ExternalEntityRefHandler = self._external
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

    def _external(
        self, context: str | None, base: str | None, system: str | None, public: str | None
    ) -> int:
        """Read the entities of a known document type, and nothing else that the page names."""
        if context is None and public and _KNOWN_TYPES.match(public):
            self._parser.ExternalEntityParserCreate(None).Parse(_entities(), True)
        return 1

    def _start(self, qualified: str, given: dict[str, str]) -> None:
        self._hold_markup()
        meant = {
            key[6:]: value
            for key, value in given.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        for prefix, space in meant.items():
            self._spaces.setdefault(prefix, []).append(space)
        if not all(self._spaces.get(key.partition(":")[0]) for key in given if ":" in key):
            raise _EndOfPage  # of prefixes of elements a browser is more lenient
        name = self._name_of(qualified)
        self._open.append((name, len(self._parts), tuple(meant)))
        if "xml:lang" in given:
            given = {"lang": given["xml:lang"]} | given
        said = "".join(
            f' {key}="{quoted(value)}"'
            for key, value in given.items()
            if ":" not in key and key != "xmlns"
        )
        self._parts.append(f"<{name}{said}>")
        if name == "iframe":  # a frame's content is put behind it
            self._parts.append("</iframe>")

    def _name_of(self, qualified: str) -> str:
        """Return the name under which an element is written."""
        prefix, _, name = qualified.rpartition(":")
        meant = self._spaces.get(prefix)
        return _name_of(meant[-1] if meant else "", name)

    def _hold_markup(self) -> None:
        """Give a script another name that turns out to hold elements."""
        if self._open and self._open[-1][0] in MUTE:
            name, at, declared = self._open[-1]
            self._open[-1] = (f"x-{name}", at, declared)
            self._parts[at] = f"<x-{self._parts[at][1:]}"

    def _end(self, _: str) -> None:
        name, _at, declared = self._open.pop()
        for prefix in declared:
            self._spaces[prefix].pop()
        if name not in VOID and name != "iframe":
            self._parts.append(f"</{name}>")

    def _text(self, text: str) -> None:
        is_mute = bool(self._open) and self._open[-1][0] in MUTE
        self._parts.append(re.sub("[<>]", " ", text) if is_mute else escaped(text))

    def _entity(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            raise _EndOfPage


@lru_cache(maxsize=1)
def _entities() -> str:
    """Return the declarations of all that HTML names: in XML, attributes take no others."""
    return "".join(
        f'<!ENTITY {name[:-1]} "{"".join(f"&#38;#{ord(char)};" for char in text)}">'
        for name, text in html5.items()
        if name.endswith(";") and name not in _BUILT_IN
    )


def _name_of(space: str, name: str) -> str:
    """Return a name under which an element of a namespace is read as what it is."""
    kind = _SPACES.get(space)
    if not _NAME.fullmatch(name):
        return name if (kind, name) == ("svg", "foreignObject") else "x-other"
    if kind == "html":
        return f"x-{name}" if name in UNTOLD or name in ("svg", "math") else name
    if kind is None or name in _RENAMED:
        return f"x-{name}"
    return name
