"""A site's few lines of markup in, a whole HTML page out; the same text gives the same bytes.

The markup, one block a line: ``## heading``, ``- item``, ``> quotation``, ``<raw HTML>``, anything
else a paragraph. Inside a block: ``[anchor](address rel)``, ``![alt](image)``, ``*emphasis*``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from itertools import groupby
from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_IMAGE: Final = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s]+)((?: [a-z]+)*)\)")
_EMPHASIS: Final = re.compile(r"\*([^*]+)\*")
_TAGS: Final = {"## ": "h2", "- ": "li", "> ": "blockquote"}

_HEAD: Final = """\
<!doctype html>
<html lang="$lang">
<head>
<meta charset="$charset">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$page_title</title>
<link rel="stylesheet" href="/style.css">
$head</head>
"""
_MODERN: Final = Template(
    _HEAD
    + """\
<body>
<header>
<p class="site"><a href="/">$name</a></p>
$tagline<nav>
$nav</nav>
</header>
<main>
<article>
<h1>$title</h1>
$body</article>
</main>
$aside<footer>
$footer</footer>
</body>
</html>
"""
)
_CLASSIC: Final = Template(
    _HEAD
    + """\
<body>
<div id="top"><a href="/">$name</a>
$tagline</div>
<div id="menu">
$nav</div>
<div id="content">
<h1>$title</h1>
$body</div>
$aside<hr>
<div id="bottom">
$footer</div>
</body>
</html>
"""
)
LAYOUTS: Final = {"modern": _MODERN, "classic": _CLASSIC}
"""Page layouts by name: with landmark elements, or with division elements only."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the text on every page of a site, in markup."""

    name: str
    tagline: str = ""
    nav: tuple[str, ...] = ()
    aside: str = ""
    footer: str = ""
    layout: str = "modern"
    lang: str = "en"
    charset: str = "utf-8"


def render(frame: Frame, text: str, *, head: Iterable[str] = (), lang: str = "") -> bytes:
    """Return the page whose title is the first line of ``text``, in the charset of ``frame``.

    A character that the charset lacks becomes a character reference. ``head`` holds raw lines for
    the head element; ``lang`` is the page's language where it is not the site's.
    """
    title, _, body = text.partition("\n")
    name = escape(frame.name, quote=False)
    page = LAYOUTS[frame.layout].substitute(
        lang=lang or frame.lang,
        charset=frame.charset,
        page_title=escape(title if title == frame.name else f"{title} | {frame.name}", quote=False),
        head="".join(f"{line}\n" for line in head),
        name=name,
        tagline=f"<p>{inline(frame.tagline)}</p>\n" if frame.tagline else "",
        nav=blocks("\n".join(f"- {link}" for link in frame.nav)),
        title=inline(title),
        body=blocks(body),
        aside=_aside(frame),
        footer=blocks(frame.footer),
    )
    return page.encode(frame.charset, "xmlcharrefreplace")


def _aside(frame: Frame) -> str:
    if not frame.aside:
        return ""
    tag = "aside" if frame.layout == "modern" else "div"
    return f"<{tag}>\n{blocks(frame.aside)}</{tag}>\n"


def blocks(text: str) -> str:
    r"""Return the HTML of several lines of markup, one element a line.

    >>> print(blocks("## Pens\n- one\n- [two](/2 nofollow)"), end="")
    <h2>Pens</h2>
    <ul>
    <li>one</li>
    <li><a href="/2" rel="nofollow">two</a></li>
    </ul>
    """
    lines = [line for line in text.splitlines() if line.strip()]
    out = []
    for is_item, group in groupby(lines, key=lambda line: line.startswith("- ")):
        html = "".join(f"{_block(line)}\n" for line in group)
        out.append(f"<ul>\n{html}</ul>\n" if is_item else html)
    return "".join(out)


def _block(line: str) -> str:
    if line.startswith("<"):
        return line
    for prefix, tag in _TAGS.items():
        if line.startswith(prefix):
            return f"<{tag}>{inline(line.removeprefix(prefix))}</{tag}>"
    return f"<p>{inline(line)}</p>"


def inline(text: str) -> str:
    """Return the HTML of markup inside one block; everything else in it is escaped.

    >>> inline('*A & B*: [![pen](/p.svg)](http://x.example/?a&b)')
    '<em>A &amp; B</em>: <a href="http://x.example/?a&amp;b"><img src="/p.svg" alt="pen"></a>'
    """
    html = escape(text, quote=False)
    html = _EMPHASIS.sub(r"<em>\1</em>", html)
    html = _IMAGE.sub(_image, html)
    return _LINK.sub(_link, html)


def _image(match: re.Match[str]) -> str:
    alt = match[1].replace('"', "&quot;")
    return f'<img src="{match[2]}" alt="{alt}">'


def _link(match: re.Match[str]) -> str:
    rel = f' rel="{match[3].strip()}"' if match[3] else ""
    return f'<a href="{match[2]}"{rel}>{match[1]}</a>'
