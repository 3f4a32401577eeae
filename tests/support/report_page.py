"""The report of a dataset as a parsed page, and datasets whose every text is hostile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from analysis.report.html import write_report
from support import ranked

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "<script>window.pwned=1</script>",
    "</style><script>window.pwned=2</script>",
    "</title></script><img src=x onerror=window.pwned=3>",
    '" onmouseover="window.pwned=4" x="',
    "' autofocus onfocus='window.pwned=5",
    "<svg/onload=window.pwned=6>",
    "</textarea></details></table><form action=//evil.example><input name=q>",
    '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "<base href=https://evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "javascript:window.pwned=7",
    "{{ 7 * 7 }}{% for x in figures %}",
    "<!-- unclosed",
    "]]><![CDATA[",
    "&lt;script&gt;&#60;b&#62;",
    "gro.elpmaxe\u202e\u2066\u200b",
    "a\x00b\x1b[31mc\r\nd\u2028e",
    "é" + "\u0301" * 40,
    "x" * 5000,
)


def parse(folder: Path, **options) -> LexborHTMLParser:
    return LexborHTMLParser(write_report(folder, **options).read_text(encoding="utf-8"))


def tiles(page: LexborHTMLParser) -> dict[str, str]:
    return {
        tile.css_first("dt").text(): tile.css_first(".value").text() for tile in page.css(".tile")
    }


def cells(page: LexborHTMLParser) -> list[list[str]]:
    rows = page.css("#ranking-table tbody tr")
    return [[cell.text(strip=True) for cell in row.css("td, th")] for row in rows]


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return every element with the names of its attributes, in the order of the page."""
    nodes = LexborHTMLParser(html).root.traverse(include_text=False)
    return [(node.tag, tuple(node.attributes)) for node in nodes]


def harmless(text: str) -> str:
    """Return text as long as ``text`` and with its dots, but made of one letter."""
    return re.sub(r"[^.]", "x", text)


def hostile_dataset(folder: Path, tame, *, merged: bool = False) -> Path:
    """Write a dataset that holds `HOSTILE`, each text through ``tame``, wherever text can stand."""
    texts = [tame(text) for text in HOSTILE]
    return ranked.write_dataset(
        folder,
        domains=[
            ranked.domain(text, rank, authority=50.0, authority_method=tame(HOSTILE[0]))
            for rank, text in enumerate(texts, start=1)
        ],
        pages=[
            ranked.page("https://a.example/", tame("<b>"), "failed", tame(text), title=tame(text))
            for text in HOSTILE[:8]
        ],
        seeds=texts,
        arguments={f"{number} {text}": [text] for number, text in enumerate(texts)},
        versions={f"{number} {text}": text for number, text in enumerate(texts)},
        crawl_id=texts[2],
        suffix_list=texts[1],
        state=texts[0],
        finish_reason=texts[3],
        merged_from=[{"crawl_id": text, "state": text} for text in texts] if merged else [],
    )
