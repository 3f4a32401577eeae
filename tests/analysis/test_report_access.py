"""The report can be read by everybody: its headers are named, its links lead somewhere, its colours contrast."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from support.report_page import parse

from analysis.report import charts


def test_every_fragment_leads_somewhere_and_every_id_is_unique(small: Path) -> None:
    page = parse(small)
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    wanted = {node.attributes["href"][1:] for node in page.css("a")}
    for name in ("aria-labelledby", "aria-describedby"):
        for node in page.css(f"[{name}]"):
            wanted |= set(node.attributes[name].split())
    assert wanted <= set(ids)


def test_tables_name_their_headers(small: Path) -> None:
    page = parse(small)
    assert all(node.attributes["scope"] == "col" for node in page.css("thead th"))
    assert all(node.attributes["scope"] == "row" for node in page.css("tbody th"))
    assert page.css_first("th[aria-sort]").attributes["aria-sort"] == "ascending"


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_that_readers_need(scheme: int) -> None:
    style = Path(charts.__file__).with_name("style.css").read_text(encoding="utf-8")
    roots = re.findall(r":root \{([^}]*)\}", style)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", roots[scheme]))
    text = [("ink", "paper"), ("ink", "wash"), ("soft", "paper"), ("soft", "wash")]
    text += [("accent", "paper"), ("accent", "wash"), ("seed", "seed-soft"), ("ink", "warn")]
    for front, back in text:
        assert contrast(colours[front], colours[back]) >= 4.5, (front, back)
    for front in ("other", "bar"):
        assert contrast(colours[front], colours["paper"]) >= 3, front


def contrast(front: str, back: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else math.pow((c + 0.055) / 1.055, 2.4) for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
