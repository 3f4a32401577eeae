r"""A page's text in, its tags out: the tokenizer of WHATWG HTML without the tree that follows.

It takes time in proportion to the page and no memory to speak of, whatever the page holds: each
character is looked at a small, fixed number of times (no pattern here goes back). What depends on the
tree, such as CDATA sections in SVG, is not known to it.
"""

from __future__ import annotations

import math
import re
import time
from html.entities import html5
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_WS: Final = r"\t\n\f\r "
_NAME: Final = rf"[^{_WS}/>][^{_WS}/>=]*+"
_MARKUP: Final = re.compile(rf"<(?:(/?)([a-zA-Z][^{_WS}/>]*+)|(!--)|[!?/])")
_VALUE: Final = rf"[{_WS}]*+=[{_WS}]*+(?:\"([^\"]*+)\"|'([^']*+)'|(?=>)|([^{_WS}>\"'][^{_WS}>]*+))"
_TAG_END: Final = re.compile(
    rf"(?:[{_WS}/]*+{_NAME}(?:{_VALUE}|(?![{_WS}]*+=)))*+[{_WS}/]*+>".replace("([^", "(?:[^")
)
_ATTRIBUTE: Final = re.compile(rf"({_NAME})(?:{_VALUE})?+")
_COMMENT_END: Final = re.compile(r"--!?>")
_SCRIPT_STEP: Final = re.compile(
    rf"(?P<open><!--)|(?P<close>-->)|<(?P<end>/?)script[{_WS}/>]", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"&(?:#([0-9]++|[xX][0-9a-fA-F]++);?|([a-zA-Z][a-zA-Z0-9]*+;?))")
_MAX_DIGITS: Final = 10
LOOK_EVERY: Final = 256
"""Tags between two looks at the clock."""
MAX_PAGE: Final = 2**31
"""A position behind the end of every page."""
RAW: Final = frozenset({"script", "style", "textarea", "title", "xmp", "noembed", "noframes"})
"""Elements whose content holds no tags; ``iframe`` is another."""
_RAW_END: Final = {
    name: re.compile(rf"</{name}(?=[{_WS}/>])", re.IGNORECASE) for name in (*RAW, "iframe")
}


class Tag(NamedTuple):
    """A tag of a page; positions are those in its text."""

    name: str
    """Lower-case."""
    is_end: bool
    start: int
    inside: int
    """Where its attributes begin."""
    end: int
    """Behind it; for an element whose content holds no tags, where that content ends."""
    content: int
    """Behind the start tag itself."""


def tags(
    text: str,
    wanted: frozenset[str] | None = None,
    at: int = 0,
    stop: int = MAX_PAGE,
    deadline: float = math.inf,
) -> Iterator[Tag]:
    r"""Yield the tags of ``text`` between two positions, of those ``wanted`` where that is given.

    Ends early when the monotonic clock has come to ``deadline``.

    Comments, and what looks like tags in scripts, styles and titles, are none.

    >>> [tag.name for tag in tags("<p><!-- <b> --><A href='>'>x</a ><script>'<i>'</script>")]
    ['p', 'a', 'a', 'script', 'script']
    """
    n = 0
    while (found := _MARKUP.search(text, at, stop)) is not None:
        if not (n := n + 1) % LOOK_EVERY and time.monotonic() > deadline:
            return
        slash, name, comment = found.groups()
        if name is None:
            at = _after_comment(text, found.end(), is_full=comment is not None)
            continue
        tail = _TAG_END.match(text, found.end())
        if tail is None:  # the page ends inside the tag, which is then none
            return
        at = content = tail.end()
        name = name.lower()
        if not slash and name in _RAW_END:
            at = _after_raw(text, at, name)
        elif name == "plaintext":
            at = len(text)
        if wanted is None or name in wanted:
            yield Tag(name, bool(slash), found.start(), found.end(), at, content)


def attributes(text: str, tag: Tag) -> dict[str, str | None]:
    """Return the attributes of ``tag``, names in lower case; of two of a name the first counts.

    One without a value has None, as in a tree.

    >>> text = '<a HREF="?a&amp;b&copy=1" x y=1 href=2>'
    >>> attributes(text, next(tags(text)))
    {'href': '?a&b&copy=1', 'x': None, 'y': '1'}
    """
    given: dict[str, str | None] = {}
    for name, *values in _ATTRIBUTE.findall(text, tag.inside, tag.content - 1):
        if (name := name.lower()) not in given:
            value = "".join(values)
            given[name] = _REFERENCE.sub(_character, value) if "&" in value else value or None
    return given


def visible_text(text: str, start: int, end: int) -> str:
    """Return the text between two positions without tags, comments, scripts and styles.

    Character references are left as they are.

    >>> text = "a <b>b</b><script>c</script><!-- d --> e"
    >>> visible_text(text, 0, len(text))
    'a b e'
    """
    part = text[start:end]
    if "<" not in part:
        return part
    kept, at = [], 0
    for found in _markup_spans(part):
        kept.append(part[at : found[0]])
        at = found[1]
    return "".join((*kept, part[at:]))


def _markup_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of everything in ``text`` that a reader does not see."""
    at = 0
    while (found := _MARKUP.search(text, at)) is not None:
        slash, name, comment = found.groups()
        if name is None:
            at = _after_comment(text, found.end(), is_full=comment is not None)
        else:
            tail = _TAG_END.match(text, found.end())
            at = tail.end() if tail else len(text)
            if not slash and name.lower() in ("script", "style"):
                at = _after_raw(text, at, name.lower())
        yield found.start(), at


def _after_comment(text: str, at: int, *, is_full: bool) -> int:
    """Return where the comment ends whose opening ends at ``at``."""
    if is_full:
        if text.startswith((">", "->"), at):
            return text.index(">", at) + 1
        found = _COMMENT_END.search(text, at)
        return found.end() if found else len(text)
    end = text.find(">", at)
    return end + 1 if end >= 0 else len(text)


def _after_raw(text: str, at: int, name: str) -> int:
    """Return where the content ends that begins at ``at`` and holds no tags."""
    if name == "script":
        return _after_script(text, at)
    found = _RAW_END[name].search(text, at)
    return found.start() if found else len(text)


def _after_script(text: str, at: int) -> int:
    """Return where a script ends: a script inside of a comment inside of it does not end it."""
    is_comment = is_double = False
    for step in _SCRIPT_STEP.finditer(text, at):
        if step["open"]:
            is_comment = True
        elif step["close"]:
            is_comment = is_double = False
        elif not step["end"]:
            is_double = is_comment
        elif not is_double:
            return step.start()
        else:
            is_double = False
    return len(text)


def _character(found: re.Match[str]) -> str:
    """Return what a character reference in an attribute stands for (WHATWG HTML 13.2.5.72)."""
    number, name = found.groups()
    if number:
        is_hex = number[0] in "xX"
        digits = number[1:] if is_hex else number
        code = int(digits, 16 if is_hex else 10) if len(digits) <= _MAX_DIGITS else 0
        is_scalar = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
        return chr(code) if is_scalar else "\ufffd"
    if not name.endswith(";") and found.string.startswith("=", found.end()):
        return found.group()
    return html5.get(name, found.group())
