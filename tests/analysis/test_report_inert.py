"""Hundreds of hostile texts in every place of the report: nothing of them is markup, runs or loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from support.browser import browser_or_skip, visit
from support.xss import PWN, VECTORS, tame, write_with

from analysis.report.html import write_report

HERE = Path(__file__).parent.parent.parent / "analysis" / "report"
ELEMENTS = """() => [...document.querySelectorAll("*")].map(e => [
  e.namespaceURI, e.localName,
  [...e.attributes].map(a => [a.name, a.name === "data-value" ? "" : a.value])])"""
"""Every element with its attributes, as the browser has them; the filter's own texts left out."""
TEASE = """() => {
  for (const element of document.querySelectorAll("*"))
    for (const name of ["mouseover", "mouseenter", "pointerover", "focus", "blur", "click", "toggle",
                        "keydown", "load", "error", "animationstart", "beforetoggle", "wheel"])
      if (!(name === "click" && element.localName === "a"))
        element.dispatchEvent(new Event(name, {bubbles: true}));
}"""


def test_there_are_hundreds_of_them():
    assert len(VECTORS) >= 300
    assert sum(PWN in text for text in VECTORS) >= 200


@pytest.fixture(scope="module", params=["crawl", "merge"])
def reports(request, tmp_path_factory) -> tuple[Path, Path]:
    """The reports of a hostile dataset and of a harmless one of the same shape."""
    home = tmp_path_factory.mktemp("inert")
    found = []
    for name, texts in (("hostile", VECTORS), ("harmless", [tame(text) for text in VECTORS])):
        merged = [{"crawl_id": text, "state": text} for text in texts]
        folder = write_with(
            home / name, texts, merged_from=merged if request.param == "merge" else []
        )
        title = VECTORS[0] if name == "hostile" else tame(VECTORS[0])
        found.append(write_report(folder, top=0, title=title))
    return found[0], found[1]


def elements(path: Path) -> list[tuple[str, dict[str, str | None]]]:
    """Every element of a report with its attributes, as a strict HTML5 parser has them."""
    root = LexborHTMLParser(path.read_text("utf-8")).root
    return [
        (node.tag, {name: value for name, value in node.attributes.items() if name != "data-value"})
        for node in root.traverse(include_text=False)
    ]


def test_no_element_and_no_attribute_comes_of_the_data(reports):
    hostile, harmless = reports
    assert elements(hostile) == elements(harmless)


def test_script_style_and_policy_are_ours_alone(reports):
    page = LexborHTMLParser(reports[0].read_text("utf-8"))
    (script,), (style,) = page.css("script"), page.css("style")
    assert script.text() == (HERE / "script.js").read_text("utf-8")
    assert style.text() == (HERE / "style.css").read_text("utf-8")
    (policy,) = page.css("meta[http-equiv]")
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy.attributes["content"]
    assert "*" not in policy.attributes["content"]


def test_what_could_be_followed_is_a_place_of_the_page_or_a_safe_web_link(reports):
    followed = ("href", "src", "action", "formaction", "data", "ping", "poster", "srcset", "cite",
                "background", "manifest", "xlink:href")  # fmt: skip
    for tag, given in elements(reports[0]):
        assert not [name for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        for name in followed:
            value = given.get(name)
            if value is None or value.startswith("#") or (tag, value) == ("link", "data:,"):
                continue
            assert (tag, name) == ("a", "href")
            assert value.startswith(("http://", "https://"))
            assert {"noopener", "noreferrer"} <= set((given.get("rel") or "").split())


def test_every_text_of_them_can_be_read(reports):
    page = LexborHTMLParser(reports[0].read_text("utf-8"))
    shown = [node.text() for node in page.css("#ranking-table .domain")]
    assert len(shown) == len(VECTORS)
    assert {text for text in VECTORS if text.isprintable()} <= set(shown)
    assert page.css_first("title").text() == page.css_first("h1").text() == VECTORS[0]


@pytest.mark.browser
@pytest.mark.parametrize("reports", ["crawl"], indirect=True)
def test_in_a_browser_nothing_of_them_runs_and_nothing_is_loaded(reports):
    chromium = browser_or_skip()

    def look(page):
        dialogs = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        before = page.evaluate(ELEMENTS)
        page.evaluate(TEASE)
        page.get_by_label("Filter").fill("<script>")
        page.wait_for_function("document.getElementById('filter-status').textContent !== ''")
        page.get_by_label("Filter").fill("")
        return before, page.evaluate("window.pwned ?? null"), dialogs, page.url

    found = []
    for report in reports:
        (before, pwned, dialogs, url), seen = visit(chromium, report.as_uri(), look)
        assert (pwned, dialogs, url) == (None, [], report.as_uri())
        assert seen.requests == [report.as_uri()]
        assert (seen.console, seen.errors) == ([], [])
        found.append(before)
    assert found[0] == found[1]
