"""The report as a file: its numbers, its bytes, what hostile text and odd datasets do to it."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from support import ranked

from analysis.report import charts
from analysis.report.figures import read_figures
from analysis.report.html import render, write_report
from linkcrawler.exceptions import DatasetError, NotADatasetError, UsageError
from pipelines.dataset import open_dataset

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
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Three domains: a links to b twice (once followed) and to c (followed), b to c (not)."""
    return ranked.write_dataset(
        tmp_path / "small",
        domains=[
            ranked.domain(
                "b.example",
                1,
                authority=100.0,
                ref_domains=1,
                backlinks=2,
                follow_backlinks=1,
                pages_crawled=1,
                is_crawled=True,
                last_seen=ranked.START + timedelta(days=2),
            ),
            ranked.domain(
                "c.example",
                2,
                authority=60.25,
                ref_domains=1,
                backlinks=2,
                follow_backlinks=1,
                rank_high=3,
            ),
            ranked.domain("a.example", 3, pages_crawled=3, is_crawled=True, is_seed=True),
        ],
        edges=[
            ranked.edge("a.example", "b.example", n_links=2),
            ranked.edge("a.example", "c.example"),
            ranked.edge("b.example", "c.example", n_follow_links=0, weight=0.0),
        ],
        links=[
            ranked.link("a.example", "a.example"),
            ranked.link("a.example", "b.example"),
            ranked.link("a.example", "b.example", follow=False),
            ranked.link("a.example", "c.example"),
            ranked.link("b.example", "c.example", follow=False),
        ],
        pages=[
            ranked.page("https://a.example/", "a.example"),
            ranked.page("https://a.example/1", "a.example", "http_error", "404"),
            ranked.page("https://a.example/2", "a.example", "http_error", "404"),
            ranked.page("https://a.example/3", "a.example", "robots", "disallow"),
            ranked.page("https://a.example/4", "a.example", "excluded", "budget"),
            ranked.page("https://b.example/", "b.example"),
            ranked.page("https://b.example/1", "b.example", "failed", "timeout"),
            ranked.page("https://b.example/2", "b.example", "failed", "dns"),
        ],
        seeds=["https://a.example/start"],
        arguments={"hops": 2, "proxy": "http://ann:secret@proxy.example:8080"},
        versions={"linkcrawler": "0.1.0"},
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


def test_figures_equal_those_counted_by_hand(small: Path) -> None:
    figures = read_figures(open_dataset(small), top=0, named=1)
    assert (figures.domains.total, figures.domains.crawled) == (3, 2)
    assert figures.domains.coverage == pytest.approx(2 / 3)
    assert (figures.domains.edges, figures.domains.votes) == (3, 2)
    assert figures.domains.names == ("b.example",)
    assert (figures.links.total, figures.links.external, figures.links.followed) == (5, 4, 2)
    assert figures.links.followed_share == 0.5
    pages = figures.pages
    assert (pages.tried, pages.fetched, pages.refused, pages.failed) == (8, 2, 2, 2)
    assert figures.first == ranked.START
    assert figures.last == ranked.START + timedelta(days=2)


def test_outcomes_come_in_the_schemas_order_with_their_reasons(small: Path) -> None:
    outcomes = read_figures(open_dataset(small), top=0, named=0).pages.outcomes
    assert [(each.name, each.pages, each.reasons) for each in outcomes] == [
        ("ok", 2, ()),
        ("redirect", 0, ()),
        ("http_error", 2, (("404", 2),)),
        ("not_html", 0, ()),
        ("robots", 1, (("disallow", 1),)),
        ("excluded", 1, (("budget", 1),)),
        ("failed", 2, (("dns", 1), ("timeout", 1))),
    ]
    assert sum(each.share for each in outcomes) == pytest.approx(1)


def test_rare_reasons_are_summed(tmp_path: Path) -> None:
    pages = [
        ranked.page(f"https://a.example/{number}", "a.example", "failed", f"cause {number % 11:02}")
        for number in range(23)
    ]
    folder = ranked.write_dataset(tmp_path, pages=pages)
    failed = read_figures(open_dataset(folder), top=0, named=0).pages.outcomes[-1]
    assert failed.reasons[0] == ("cause 00", 3)
    assert (len(failed.reasons), failed.n_other_reasons, failed.other_pages) == (8, 3, 6)
    assert "3 other reasons 6" in parse(folder).css_first("table.access").text()


def test_tiles_show_the_totals(small: Path) -> None:
    assert tiles(parse(small)) == {
        "Domains ranked": "3",
        "Coverage": "66.7%",
        "Pages fetched": "2",
        "Links recorded": "5",
        "Followed share": "50.0%",
        "Domain links": "3",
    }


def test_table_has_a_row_for_each_domain_in_the_order_of_rank(small: Path) -> None:
    assert cells(parse(small)) == [
        ["1", "b.example", "100.0", "1", "1", "1", "2", "1", "1of 1"],
        ["2", "c.examplenot crawled", "60.2", "2\u20133", "2", "1", "2", "1", "0of 1"],
        ["3", "a.exampleseed", "0.0", "3", "3", "0", "0", "0", "3of 3"],
    ]


@pytest.mark.parametrize(
    ("top", "rows", "says"),
    [(2, 2, "showing 2 of 3"), (3, 3, "showing 3 of 3"), (0, 3, "showing 3 of 3")],
)
def test_top_limits_the_rows_and_nothing_else(small: Path, top: int, rows: int, says: str) -> None:
    page = parse(small, top=top)
    assert len(cells(page)) == rows
    assert page.css_first(".count").text() == says
    assert tiles(page)["Domains ranked"] == "3"
    dots = page.css(".dots circle")
    assert len(dots) == 3


def test_negative_top_is_refused(small: Path) -> None:
    with pytest.raises(UsageError, match="top is -1"):
        write_report(small, top=-1)
    assert not (small / "report.html").exists()


def test_title_names_the_seeds_unless_one_is_given(small: Path) -> None:
    assert parse(small).css_first("h1").text() == "Authority around a.example"
    assert parse(small, title="Cheese & wine").css_first("title").text() == "Cheese & wine"


def test_dates_come_from_the_dataset(small: Path) -> None:
    assert "3 to 5 November 2026" in parse(small).css_first(".facts").text()


def test_the_same_dataset_gives_the_same_bytes(small: Path) -> None:
    first = write_report(small).read_bytes()
    assert write_report(small).read_bytes() == first
    assert not (small / "report.html.tmp").exists()


def test_large_counts_have_separators(tmp_path: Path) -> None:
    domain = ranked.domain("a.example", 1, ref_domains=1234567)
    page = parse(ranked.write_dataset(tmp_path, domains=[domain]))
    assert cells(page)[0][5] == "1,234,567"


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


def test_empty_crawl_gives_a_report_that_says_so(tmp_path: Path) -> None:
    page = parse(ranked.write_dataset(tmp_path))
    assert tiles(page)["Coverage"] == "0%"
    assert page.css_first("#ranking .nothing").text().startswith("This dataset holds no domain")
    assert "nothing was fetched" in page.css_first(".facts").text()
    assert not page.css("svg.chart, #ranking-table, #controls")


def test_dataset_that_is_not_ranked_names_the_command(small: Path) -> None:
    (small / "domains.parquet").unlink()
    with pytest.raises(DatasetError) as caught:
        write_report(small)
    assert f"linkcrawler rank {small}" in str(caught.value)


def test_folder_without_a_crawl_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotADatasetError):
        write_report(tmp_path)


def test_merge_names_its_crawls_and_marks_the_unfinished(tmp_path: Path) -> None:
    crawls = [
        {"crawl_id": "one", "state": "finished"},
        {"crawl_id": "two", "state": "interrupted"},
    ]
    page = parse(ranked.write_dataset(tmp_path, merged_from=crawls))
    details = page.css("details")[-1]
    assert [node.text() for node in details.css("li")] == ["one", "two interrupted"]
    assert "Arguments of the crawl" not in page.css_first("#method").text()


def test_unfinished_crawl_is_announced(small: Path, tmp_path: Path) -> None:
    assert not parse(small).css(".notice")
    folder = ranked.write_dataset(tmp_path / "more", state="interrupted", finish_reason="shutdown")
    assert "interrupted, shutdown" in parse(folder).css_first(".notice").text()


@pytest.mark.parametrize(("seeds", "is_open"), [(12, True), (13, False)])
def test_long_list_of_seeds_is_collapsed(tmp_path: Path, seeds: int, is_open: bool) -> None:
    urls = [f"https://s{number}.example/" for number in range(seeds)]
    page = parse(ranked.write_dataset(tmp_path, seeds=urls))
    details = page.css_first("details")
    assert [node.text() for node in details.css("li")] == urls
    assert ("open" in details.attributes) is is_open


def test_method_and_limits_say_what_the_numbers_are(small: Path) -> None:
    page = parse(small)
    method, limits = page.css_first("#method").text(), page.css_first("#limits").text()
    for words in ("0.85", "log PageRank", "one vote", "2026-10-01", "https://a.example/start"):
        assert words in method
    for words in ("no index of the web", "1 domain was not crawled", "2 URLs were refused", "Moz"):
        assert words in limits


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
