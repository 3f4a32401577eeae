r"""A serialised tree in, its pieces out: texts and the tags between them, in one pass of C code.

A tree that an HTML parser has built and written out again is markup of a strict kind: each element is
closed, each attribute stands in double quotes, and ``<`` and ``>`` are themselves nowhere but in tags,
comments and the content of scripts and their like. So one regular expression takes it to pieces
faster than its nodes can be asked one by one. Where the standard's serialisation does not tell two
trees apart, `AmbiguousError` is raised (`linkcrawler.extraction.walked` writes those).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

RAW: Final = frozenset({"script", "style", "iframe"})
"""Elements whose content is no markup, and is taken as one with them."""
UNTOLD: Final = frozenset({"xmp", "noembed", "noframes", "plaintext"})
"""Likewise, but seldom seen: their content cannot be told from markup without a look at the tree."""
FOREIGN: Final = frozenset({"svg", "math"})
"""Elements inside of which those names mean other elements, whose content is markup."""

_ENDS_OF_FOREIGN: Final = frozenset({"/svg", "/math"})
_PIECE: Final = re.compile(
    r"<(?:((script|style|iframe)(?=[ >])[^>]*+>[^<]*+(?:<(?!/\2[\t\n\f\r />])[^<]*+)*+</\2)"
    r"|!--[^-]*+(?:-(?!->)[^-]*+)*+--"
    r"|(/?+[^ >]++)([^>]*+))>"
)
_ATTRIBUTE: Final = re.compile(r" (=?[^ =]*)=\"([^\"]*)\"")
_OPEN_SCRIPT: Final = re.compile("<script", re.IGNORECASE)


class AmbiguousError(ValueError):
    """Raised for a serialisation that more than one tree may have."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A page, taken to pieces: ``texts[i]`` stands before the tag ``names[i]``."""

    texts: list[str]
    """Texts between tags, character references resolved; one more than there are tags."""
    names: list[str | None]
    """Names of tags, a slash before those that close; None for comments and `RAW` elements."""
    insides: list[str | None]
    """What stands in each tag behind the name, see `attributes_of`."""
    raws: list[str | None]
    """`RAW` elements as they stand, without the outer brackets; None for all else."""


def pieces_of(html: str) -> Pieces:
    """Return the pieces of a serialised tree, without those of templates.

    Raises:
        AmbiguousError: it may be another tree's, too.
    """
    parts = _PIECE.split(html)
    raws, names, insides = parts[1::5], parts[3::5], parts[4::5]
    texts = [plain(text) if "&" in text else text for text in parts[::5]]
    for raw in raws:
        if raw is not None and "<!--" in raw and _OPEN_SCRIPT.search(raw, 1):
            raise AmbiguousError(raw[:60])
    pieces = Pieces(texts, names, insides, raws)
    if "template" in names:
        _blank_templates(pieces)
    return pieces


def plain(text: str) -> str:
    """Return ``text`` with the references resolved that a serialisation holds.

    >>> plain("a&amp;lt; &lt;&quot;")
    'a&lt; <"'
    """
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


def content_of(raw: str) -> str:
    """Return the content of a `RAW` element.

    >>> content_of('script src="a">x = 1</script')
    'x = 1'
    """
    return raw[raw.index(">") + 1 : raw.rindex("<")]


def _blank_templates(pieces: Pieces) -> None:
    """Take out what stands in templates, which is no part of the page."""
    depth = foreign = 0
    for at, name in enumerate(pieces.names):
        raw = pieces.raws[at]
        if name in UNTOLD or (foreign and raw is not None and "<" in content_of(raw)):
            raise AmbiguousError(name or raw)
        foreign += (name in FOREIGN) - (name in _ENDS_OF_FOREIGN)
        if foreign and name == "template":  # an element like others there
            raise AmbiguousError(name)
        depth += name == "template"
        if depth:
            depth -= name == "/template"
            pieces.names[at] = pieces.insides[at] = pieces.raws[at] = None
            if depth:
                pieces.texts[at + 1] = ""
