"""What stands between tags in, text beside a link out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from linkcrawler.extraction.markup import ITEMS, text_of_lines
from linkcrawler.extraction.text import clean_text

MAX_CONTEXT: Final = 160
"""Code points of text kept on either side of a link."""
MAX_NEAR: Final = 16
"""Pieces of the line, anchors and the texts between them, that are looked at on either side of a link."""
MAX_KNOWN: Final = 200
"""Characters of markup whose text is remembered."""
_WIDE: Final = 6 * MAX_CONTEXT
"""Characters of markup that are looked at: tags and white space go."""
_ITEM: Final = re.compile(rf"</?(?:{'|'.join(ITEMS)})(?=[ >])[^>]*>")
_BROKEN_AT_START: Final = re.compile(r"\A(?:[^<>]*>|[^<>&;]{0,6};)")
_BROKEN_AT_END: Final = re.compile(r"(?:<[^<>]*|&[^<>&;]{0,6})\Z")
"""What a cut may leave of a tag or a reference."""


def lines_in(markup: str) -> tuple[str, str] | None:
    """Return the beginning of ``markup`` up to the first item in it, and its end behind the last.

    >>> lines_in("a</li><li>b</li><li>c"), lines_in("a <em>b</em>")
    (('a', 'c'), None)
    """
    return _known_lines(markup) if len(markup) <= MAX_KNOWN else _lines(markup)


def _lines(markup: str) -> tuple[str, str] | None:
    parts = _ITEM.split(markup)
    return (parts[0], parts[-1]) if len(parts) > 1 else None


def text_before(markup: str) -> str | None:
    """Return the end of the text in front of a link.

    >>> text_before("see <em>also</em> "), text_before(" ")
    ('see also', None)
    """
    if len(markup) <= MAX_KNOWN:
        return _known_before(markup)
    is_cut = len(markup) > _WIDE
    return _before(_BROKEN_AT_START.sub("", markup[-_WIDE:]) if is_cut else markup)


def text_after(markup: str) -> str | None:
    """Return the beginning of the text behind a link.

    >>> text_after(", or &lt;that&gt;")
    ', or <that>'
    """
    if len(markup) <= MAX_KNOWN:
        return _known_after(markup)
    is_cut = len(markup) > _WIDE
    return _after(_BROKEN_AT_END.sub("", markup[:_WIDE]) if is_cut else markup)


def _before(markup: str) -> str | None:
    text = clean_text(text_of_lines(markup), _WIDE)[-MAX_CONTEXT:].lstrip(" ")
    return None if not text or text.isspace() else text


def _after(markup: str) -> str | None:
    text = clean_text(text_of_lines(markup), MAX_CONTEXT)
    return None if not text or text.isspace() else text


_known_lines = lru_cache(maxsize=4096)(_lines)
_known_before = lru_cache(maxsize=4096)(_before)
_known_after = lru_cache(maxsize=4096)(_after)
