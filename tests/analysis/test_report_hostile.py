"""Whatever text a dataset holds, the report stays one page that refers to nothing and shows it as text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from support.report_page import harmless, hostile_dataset, parse, skeleton

from analysis.report.figures import read_figures
from analysis.report.html import render, write_report
from pipelines.dataset import open_dataset

if TYPE_CHECKING:
    from pathlib import Path

UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def test_policy_allows_exactly_the_style_and_script_of_the_page(small: Path) -> None:
    page = parse(small)
    styles, scripts = page.css("style"), page.css("script")
    assert (len(styles), len(scripts)) == (1, 1)
    policy = page.css_first("meta[http-equiv='Content-Security-Policy']").attributes["content"]
    assert policy == (
        f"default-src 'none'; style-src '{sha256(styles[0].text())}'; "
        f"script-src '{sha256(scripts[0].text())}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def sha256(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_page_refers_to_nothing_outside_itself(small: Path) -> None:
    html = write_report(small).read_text(encoding="utf-8")
    elements = list(LexborHTMLParser(html).root.traverse(include_text=False))
    names = {name for node in elements for name in node.attributes}
    assert not names & {"style", "src", "srcset", "action", "ping", "data", "xlink:href"}
    assert not [name for name in names if name.startswith("on")]
    targets = {node.attributes["href"] for node in elements if "href" in node.attributes}
    assert targets == {
        "data:,", "#overview", "#ranking", "#blind", "#access", "#method", "#limits"
    }  # fmt: skip
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("merged", [False, True], ids=["crawl", "merge"])
def test_hostile_text_adds_no_element_and_no_attribute(tmp_path: Path, merged: bool) -> None:
    hostile = write_report(hostile_dataset(tmp_path / "hostile", str, merged=merged))
    plain = write_report(hostile_dataset(tmp_path / "plain", harmless, merged=merged))
    assert skeleton(hostile.read_text("utf-8")) == skeleton(plain.read_text("utf-8"))


def test_hostile_text_is_shown_as_it_is(tmp_path: Path) -> None:
    page = parse(hostile_dataset(tmp_path, str))
    shown = [node.text() for node in page.css("#ranking-table .domain")]
    assert "<script>window.pwned=1</script>" in shown
    assert '" onmouseover="window.pwned=4" x="' in shown
    assert "{{ 7 * 7 }}{% for x in figures %}" in shown


def test_characters_that_hide_or_reorder_text_are_spelled_out(tmp_path: Path) -> None:
    folder = hostile_dataset(tmp_path, str)
    html = write_report(folder, title="evil\u202etitle").read_text(encoding="utf-8")
    assert not UNSEEN.search(html)
    assert "evil\\u202etitle" in html
    assert "gro.elpmaxe\\u202e\\u2066\\u200b" in LexborHTMLParser(html).css_first("tbody").text()


def test_lone_surrogates_of_a_manifest_are_spelled_out(small: Path) -> None:
    path = small / "run.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["seeds"] = ["https://a.example/\ud800"]
    manifest["arguments"] = {"odd": "\udfff"}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    page = parse(small)
    assert page.css_first(".arguments dd").text() == "\\udfff"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=st.text(min_size=1, max_size=60))
def test_any_title_leaves_the_page_as_it_is(small: Path, title: str) -> None:
    figures = read_figures(open_dataset(small), top=1, named=0)
    assert skeleton(render(figures, title)) == skeleton(render(figures, "plain"))


def test_passwords_in_urls_are_struck_out(small: Path) -> None:
    html = write_report(small).read_text(encoding="utf-8")
    assert "secret" not in html
    assert "http://…@proxy.example:8080" in html
