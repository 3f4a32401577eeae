"""The report as a file: its numbers, its bytes, and what odd datasets do to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support import ranked
from support.report_page import cells, parse, tiles

from analysis.lenses import LENSES
from analysis.policy import Policy
from analysis.rankings import rank
from analysis.report.figures import read_figures
from analysis.report.html import write_report
from analysis.rules import RULES, Rules
from linkcrawler.exceptions import DatasetError, NotADatasetError, UsageError
from pipelines.dataset import open_dataset

if TYPE_CHECKING:
    from pathlib import Path


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


def test_the_method_is_told_as_the_ranking_was_made(small_crawl: Path) -> None:
    def told() -> dict[str, str]:
        section = parse(small_crawl).css_first("#method")
        rows = section.css("dl.parameters div")
        found = {row.css_first("dt").text(): row.css_first("dd").text() for row in rows}
        return found | {"prose": section.css_first(".prose").text()}

    rank(small_crawl)
    plain = told()
    assert (plain["Damping"], plain["Rules"]) == ("0.85", ", ".join(RULES))
    assert plain["Votes"].startswith("followed links, one from a domain to another")
    assert "Only followed backlinks vote. A domain has one vote" in plain["prose"]
    assert "The result is put on a logarithmic scale" in plain["prose"]
    rules = Rules().without(["sitewide"])
    rank(small_crawl, Policy(damping=0.5, lens=LENSES["all"], rules=rules), "harmonic")
    other = told()
    assert (other["Damping"], other["Lens"]) == ("0.5", "all, nofollow links: keep")
    assert other["Votes"].startswith("links, one from a page of a domain to another")
    assert other["Scale"] == "logarithmic, of the measure harmonic"
    assert "Followed or not, they vote. A domain has a vote for another for each" in other["prose"]
    assert "damping factor of 0.5" in other["prose"]
    assert "Authority is made of another measure here, harmonic," in other["prose"]
    assert "followed link leads to" not in other["prose"]


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


def test_urls_of_hosts_that_were_given_up_gave_no_answer_and_nobody_refused_them(
    tmp_path: Path,
) -> None:
    ends = [("robots", "disallowed"), ("excluded", "host_failed"), ("excluded", "hops")]
    pages = [
        ranked.page(f"https://a.example/{number}", "a.example", *end)
        for number, end in enumerate(ends)
    ]
    folder = ranked.write_dataset(tmp_path, pages=pages)
    found = read_figures(open_dataset(folder), top=0, named=0).pages
    assert (found.refused, found.failed) == (2, 1)
    assert "2 URLs were refused and 1 gave no answer" in parse(folder).css_first("#limits").text()


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


# Odd datasets


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


def test_half_of_the_domains_have_the_median_or_less_which_may_be_nothing(tmp_path: Path) -> None:
    rows = [ranked.domain(f"{name}.example", rank) for rank, name in enumerate("abc", 1)]
    folder = ranked.write_dataset(tmp_path, domains=rows)
    caption = parse(folder).css_first("#histogram-text").text()
    assert "half of all domains have an authority of 0.0 or less." in caption
