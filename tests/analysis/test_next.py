"""What the next crawl is to fetch: prospects, and sheets of decisions."""

from __future__ import annotations

import csv
import io
import json

import pytest
from support.ranked import domain, link, page, write_dataset
from typer.testing import CliRunner

from analysis.decided import decision_sheet, to_csv
from analysis.prospects import prospects, to_seeds
from linkcrawler.cli import build_app
from linkcrawler.decisions import read_decisions
from linkcrawler.exceptions import DatasetError
from linkcrawler.seeds import read_seeds
from pipelines.dataset import open_dataset

DOMAINS = (
    domain("seed.example", 1, pagerank=0.4, ref_domains=3, pages_crawled=9, pages_seen=9, is_seed=True),
    domain("new.example", 2, pagerank=0.2, ref_domains=4, pages_seen=3),
    domain("partly.example", 3, pagerank=0.1, ref_domains=2, pages_crawled=1, pages_seen=8),
    domain("far.example", 4, pagerank=0.1, ref_domains=1, pages_seen=1, pages_refused=1),
    domain("closed.example", 5, pagerank=0.1, ref_domains=1, pages_seen=1, pages_refused=1),
    domain("dead.example", 6, pagerank=0.05, ref_domains=1, pages_seen=2, pages_failed=1),
    domain("-odd.example", 7, pagerank=0.05, ref_domains=1, pages_seen=1),
)  # fmt: skip
LINKS = (
    link("seed.example", "new.example") | {"target": "https://www.new.example/a"},
    link("partly.example", "new.example") | {"target": "https://www.new.example/b"},
    link("seed.example", "new.example") | {"target": "https://old.new.example/"},
)
PAGES = (
    page("https://far.example/", "far.example", "excluded", "hops"),
    page("https://closed.example/", "closed.example", "robots", "disallowed"),
)


@pytest.fixture
def crawl(tmp_path):
    return write_dataset(
        tmp_path / "crawl", domains=DOMAINS, links=LINKS, pages=PAGES,
        arguments={"decisions": ["partly.example=IN"]},
    )  # fmt: skip


def test_prospects_are_what_may_be_fetched_and_was_not_best_first_with_reasons(crawl):
    found = prospects(open_dataset(crawl)).to_pylist()
    assert [(row["domain"], row["state"], row["pages_left"]) for row in found] == [
        ("new.example", "never asked", 3),
        ("far.example", "beyond the hops", 1),
        ("-odd.example", "never asked", 1),
        ("partly.example", "under-crawled", 7),
    ]
    assert found[0]["url"] == "https://www.new.example/"
    assert found[0]["reason"] == "linked from 4 domains, rank 2 of 7, never asked"
    assert found[0]["worth"] == pytest.approx((4.5 * 0.2 * 7) ** 0.5, abs=1e-6)  # 7 domains in all
    assert found[3]["reason"].endswith("1 of 8 known pages fetched")


@pytest.mark.parametrize("reason", ["port", "address", "address:private", "local_name", "opt_out"])
def test_what_a_rule_will_keep_out_again_is_no_prospect(tmp_path, reason):
    kept, open_ = "kept.example", "open.example"
    folder = write_dataset(
        tmp_path / "c",
        domains=[domain(kept, 1, pages_seen=1, pages_refused=1), domain(open_, 2, pages_seen=1)],
        pages=[page(f"https://{kept}/", kept, "excluded", reason)],
    )
    assert prospects(open_dataset(folder))["domain"].to_pylist() == [open_]


def test_prospects_are_seeds_of_the_next_crawl_and_heed_decisions(crawl, tmp_path):
    found = prospects(open_dataset(crawl), 3, {"far.example": "OUT"})
    path = tmp_path / "next.csv"
    path.write_text(to_seeds(found))
    assert read_seeds([f"@{path}"]) == [
        "https://www.new.example/", "http://-odd.example/", "http://partly.example/",
    ]  # fmt: skip


def test_relevance_counts_where_it_is_known(tmp_path):
    domains = [
        domain(name, rank, pagerank=0.5, ref_domains=1, pages_seen=1, relevance=relevance)
        for rank, (name, relevance) in enumerate((("off.example", 0.1), ("on.example", 0.9)), 1)
    ]
    found = prospects(open_dataset(write_dataset(tmp_path / "c", domains=domains))).to_pylist()
    assert [row["domain"] for row in found] == ["on.example", "off.example"]
    assert "relevance 0.90" in found[0]["reason"]


def test_little_relevance_counts_by_its_square_as_in_the_order_of_the_crawl(tmp_path):
    domains = [
        domain(f"{rank}.example", rank, pagerank=0.5, ref_domains=1, pages_seen=1, relevance=relevance)
        for rank, relevance in enumerate((0.0, 0.01, 0.02, 0.08, float("nan")), 1)
    ]  # fmt: skip
    found = prospects(open_dataset(write_dataset(tmp_path / "c", domains=domains))).to_pylist()
    worth = {row["domain"]: row["worth"] for row in found}
    whole = worth["5.example"]
    squares = [worth[f"{rank}.example"] / whole for rank in range(1, 5)]
    assert squares == pytest.approx([0.0001, 0.0001, 0.0004, 0.0064], abs=2e-6)


def test_a_sheet_goes_round_and_no_spreadsheet_runs_it(crawl, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(to_csv(decision_sheet(open_dataset(crawl), {"gone.example": "OUT"})))
    lines = list(csv.DictReader(io.StringIO(path.read_text())))
    words = {row["domain"]: row["decision"] for row in lines}
    assert words["seed.example"] == words["partly.example"] == "IN"
    assert words["new.example"] == "UNDECIDED"
    assert words["'-odd.example"] == "UNDECIDED"
    assert list(words)[-1] == "gone.example"
    assert lines[0]["relevance"] == ""
    again = decision_sheet(open_dataset(crawl), read_decisions("--decisions", [str(path)]))
    assert to_csv(again) == path.read_text()


def test_the_commands_write_and_say_what_is_next(crawl, tmp_path):
    app, run = build_app(), CliRunner().invoke
    ended = run(app, ["prospect", str(crawl), "--format", "json", "--out", str(tmp_path / "n.csv")])
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)[0]["relevance"] is None
    assert f"next: linkcrawler crawl @{tmp_path}/n.csv" in ended.stderr
    ended = run(app, ["decisions", str(crawl), "--out", str(tmp_path / "s.csv")])
    assert ended.exit_code == 0
    assert f"--decisions {tmp_path}/s.csv" in ended.stderr
    shown = run(app, ["prospect", str(crawl), "--top", "1"]).stdout
    assert "new.example" in shown
    assert "far.example" not in shown


def test_what_is_not_ranked_has_neither(crawl):
    (crawl / "domains.parquet").unlink()
    for ask in (prospects, decision_sheet):
        with pytest.raises(DatasetError, match="not ranked yet"):
            ask(open_dataset(crawl))
