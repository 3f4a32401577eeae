r"""A serialised tree in, its pieces out: texts and the tags between them, in one pass of C code.

A tree that an HTML parser has built and written out again is markup of a strict kind: each element is
closed, each attribute stands in double quotes, and ``<`` and ``>`` are themselves nowhere but in tags,
comments and the content of scripts and their like. So one regular expression takes it to pieces
faster than its nodes can be asked one by one. Where the standard's serialisation does not tell two
trees apart, `AmbiguousError` is raised (`linkcrawler.extraction.walked` writes those in another way).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

RAW: Final = ("script", "style", "iframe")
"""Elements whose content is no markup, and is taken as one with them. So is an anchor that holds nothing
but text and `INLINE` elements."""
UNTOLD: Final[frozenset[str | None]] = frozenset({"xmp", "noembed", "noframes", "plaintext"})
"""Likewise, but seldom seen: their content cannot be told from markup without a look at the tree."""
FOREIGN: Final = frozenset({"svg", "math"})
"""Elements inside of which those names mean other elements, whose content is markup."""
_HTML_INSIDE: Final = {
    "svg": frozenset({"foreignObject", "desc", "title"}),
    "math": frozenset({"mi", "mo", "mn", "ms", "mtext", "annotation-xml"}),
}
"""Elements of an SVG and of a formula in which elements are HTML's again."""
TURNING: Final = FOREIGN.union(*_HTML_INSIDE.values())
_HTML_ENCODINGS: Final = frozenset({"text/html", "application/xhtml+xml"})
"""What ``annotation-xml`` has to be encoded in for that."""
INLINE: Final = ("span", "code", "em", "strong", "br", "img")
"""Elements that are left in the text: there are more of them than of all others together."""
ITEMS: Final = ("li", "dd", "dt", "tr", "tbody", "thead")
"""Likewise, but each stands on a line of its own."""

_ENDS_OF_FOREIGN: Final = frozenset({"/svg", "/math"})
_WHOLE: Final = "|".join(
    rf"{name}(?=[ >])[^>]*+>[^<]*+(?:<(?!/{name}[\t\n\f\r />])[^<]*+)*+</{name}" for name in RAW
)
_INLINE: Final = "|".join(INLINE)
_ANCHOR: Final = rf"a(?=[ >])[^>]*+>[^<]*+(?:</?(?:{_INLINE})(?=[ >])[^<>]*+>[^<]*+)*+</a(?=>)"
# A tag with a bracket in the name of an attribute is not left in the text, where it would be two.
_LEFT: Final = rf"/?(?:{_INLINE}|{'|'.join(ITEMS)})(?=[ >])[^<>]*+>"
_PIECE: Final = re.compile(
    rf"<(?!{_LEFT})"
    rf"(?:({_ANCHOR}|{_WHOLE})|!--[^-]*+(?:-(?!->)[^-]*+)*+--|(/?+[^ >]++)([^>]*+))>"
)
_NOT_TOLD: Final[frozenset[str | None]] = UNTOLD.union(RAW, (f"/{name}" for name in RAW))
"""Those that close one are left where it seemed to end before: inside of an SVG its text may hold an end."""
_BREAK: Final = re.compile(r"<br(?=[ >])[^>]*+>")
_TAG: Final = re.compile(r"<[^>]*+>")
_ATTRIBUTE: Final = re.compile(r" (=?[^ =]*)=\"([^\"]*)\"")
_OPEN_SCRIPT: Final = re.compile("<script", re.IGNORECASE)


class AmbiguousError(ValueError):
    """Raised for a serialisation that more than one tree may have."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A page, taken to pieces: ``texts[i]`` stands before the tag ``names[i]``."""

    texts: list[str]
    """What stands between tags, with tags of `INLINE` elements and `ITEMS`, and references, as they
    are, see `text_of`; one more than there are tags."""
    names: list[str | None]
    """Names of tags, a slash before those that close; None for comments and whole elements."""
    insides: list[str | None]
    """What stands in each tag behind the name, see `attributes_of`."""
    wholes: list[str | None]
    """Whole elements (`RAW`, and anchors) as they stand, without the outer brackets."""


def pieces_of(html: str, *, is_xml: bool = False) -> Pieces:
    """Return the pieces of a serialised tree, without those of templates.

    Args:
        html: the tree.
        is_xml: it is that of an XML page, in which a text area may hold elements.

    Raises:
        AmbiguousError: it may be another tree's, too.
    """
    parts = _PIECE.split(html)
    pieces = Pieces(parts[::4], parts[2::4], parts[3::4], parts[1::4])
    if not _NOT_TOLD.isdisjoint(pieces.names):
        raise AmbiguousError("an element whose content is no markup")
    for whole in filter(None, pieces.wholes):
        if "<!--" in whole and _OPEN_SCRIPT.search(whole, 1):
            raise AmbiguousError(whole[:60])
    if "template" in pieces.names:
        _blank_templates(pieces)
    if "textarea" in pieces.names and not is_xml:
        _blank_text_areas(pieces)
    return pieces


def text_of(markup: str) -> str:
    """Return the text of what stands between tags.

    >>> text_of('a<span class="b">&lt;&amp;lt;</span> c')
    'a<&lt; c'
    """
    return plain(_TAG.sub("", markup) if "<" in markup else markup)


def text_of_lines(markup: str) -> str:
    """Return the text of what stands between tags, where the end of a line parts words.

    >>> text_of_lines("a<br>b<em>c</em>")
    'a bc'
    """
    return text_of(_BREAK.sub(" ", markup) if "<br" in markup else markup)


def words_in(markup: str) -> str:
    """Return the text of what stands between tags, where each tag parts words.

    >>> words_in("<li>a</li><li>b&amp;c</li>").split()
    ['a', 'b&c']
    """
    return plain(_TAG.sub(" ", markup) if "<" in markup else markup)


def tags_of(markup: str) -> list[str]:
    """Return the tags in what stands between tags, without their brackets."""
    return [tag[1:-1] for tag in _TAG.findall(markup)]


def plain(text: str) -> str:
    """Return ``text`` with the references resolved that a serialisation holds.

    >>> plain("a&amp;lt; &lt;&quot;")
    'a&lt; <"'
    """
    if "&" not in text:
        return text
    text = text.replace("&nbsp;", "\xa0").replace("&lt;", "<").replace("&gt;", ">")
    return text.replace("&quot;", '"').replace("&amp;", "&")


def attributes_of(inside: str) -> dict[str, str]:
    """Return the attributes of a tag by name.

    >>> attributes_of(' href="?a&amp;b" title="x href=" class="y"')
    {'href': '?a&b', 'title': 'x href=', 'class': 'y'}
    """
    given = dict(_ATTRIBUTE.findall(inside))
    if "&" in inside:
        return {name: plain(value) for name, value in given.items()}
    return given


def content_of(whole: str) -> str:
    """Return the content of an element that was taken as a whole.

    >>> content_of('script src="a">x = 1</script')
    'x = 1'
    """
    return whole[whole.index(">") + 1 : whole.rindex("<")]


def holds_markup(whole: str) -> bool:
    """Return whether inside of an SVG a `RAW` element would hold others: there it is one like all."""
    return whole.startswith(RAW) and "<" in content_of(whole)


def turn(spaces: list[str], tag: str, inside: str) -> None:
    """Write down whose elements follow a tag: an SVG's, a formula's, or HTML's (an empty text)."""
    if tag in TURNING:
        space = spaces[-1]
        if tag in FOREIGN and not space:
            space = tag
        elif tag in _HTML_INSIDE.get(space, ()):
            encoding = attributes_of(inside).get("encoding", "").lower()
            space = "" if tag != "annotation-xml" or encoding in _HTML_ENCODINGS else space
        spaces.append(space)
    elif tag.startswith("/") and tag[1:] in TURNING:
        spaces.pop()


def markup_between(pieces: Pieces, start: int, end: int) -> str:
    """Return what stands between two tags, but for scripts and their like."""
    parts = []
    for at in range(start + 1, end):
        name, whole = pieces.names[at], pieces.wholes[at]
        parts.append(pieces.texts[at])
        if name is not None:
            parts.append(f"<{name}{pieces.insides[at]}>")
        elif whole and not whole.startswith(RAW):
            parts.append(f"<{whole}>")
    return "".join((*parts, pieces.texts[end]))


def _blank_templates(pieces: Pieces) -> None:
    """Take out what stands in templates, which is no part of the page."""
    depth = foreign = 0
    for at, name in enumerate(pieces.names):
        whole = pieces.wholes[at]
        if foreign and whole and holds_markup(whole):
            raise AmbiguousError(whole[:60])
        foreign += (name in FOREIGN) - (name in _ENDS_OF_FOREIGN)
        if foreign and name == "template":  # an element like others there
            raise AmbiguousError(name)
        depth += name == "template"
        if depth:
            depth -= name == "/template"
            pieces.names[at] = pieces.insides[at] = pieces.wholes[at] = None
            if depth:
                pieces.texts[at + 1] = ""


def _blank_text_areas(pieces: Pieces) -> None:
    """Take out the tags in text areas, which hold nothing but text.

    The parser opens in one again what was left open before it, an anchor for one, where browsers do not.
    """
    spaces, is_inside = [""], False
    for at, name in enumerate(pieces.names):
        if name in ("textarea", "/textarea") and not spaces[-1]:
            is_inside = name == "textarea"
        elif is_inside:
            whole = pieces.wholes[at]
            if whole is not None:
                pieces.texts[at + 1] = content_of(whole) + pieces.texts[at + 1]
            pieces.names[at] = pieces.insides[at] = pieces.wholes[at] = None
        elif name is not None:
            turn(spaces, name, pieces.insides[at] or "")
