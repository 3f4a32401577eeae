"""The record of a ranking: its paragraph, and whether ranking again gives the same bytes."""

import json

import pytest
from support.calling import caller

import analysis
from analysis.commands_methods import methods as methods_command
from analysis.lenses import LENSES
from analysis.methods import methods
from analysis.policy import Policy
from analysis.rankings import rank
from analysis.record import RANKED_FILES, read_record
from analysis.repeat import repeat
from analysis.rules import Rules
from linkcrawler.exceptions import CorruptPartError, DatasetError
from pipelines.dataset import open_dataset


@pytest.fixture
def call():
    return caller(methods_command)


@pytest.mark.parametrize("raw", [False, True])
def test_a_ranking_is_repeated_bit_for_bit_from_its_record(call, make, tmp_path, raw):
    crawl = make.crawl(tmp_path / "crawl", make.pages, make.links, raw=raw)
    policy = Policy(damping=0.7, rules=Rules().without(["redirects"]))
    rank(crawl, policy)
    before = {path: path.read_bytes() for path in crawl.rglob("*") if path.is_file()}
    found = repeat(open_dataset(crawl))
    assert found.same == RANKED_FILES
    assert not found.different
    assert not found.changed
    assert {path: path.read_bytes() for path in crawl.rglob("*") if path.is_file()} == before
    assert call(crawl, "--repeat").stdout == (
        "The same, bit for bit: domain_edges.parquet, domains.parquet, ranking.csv.\n"
    )


def test_the_record_holds_what_was_asked_for_and_no_time(small_crawl):
    rank(small_crawl)
    first = (small_crawl / "ranking.json").read_bytes()
    rank(small_crawl)
    assert (small_crawl / "ranking.json").read_bytes() == first
    record = read_record(open_dataset(small_crawl))
    assert record.parameters["intervals"] is True
    assert record.parameters["damping"] == 0.85
    assert set(record.files) == set(RANKED_FILES)
    assert record.versions["duckdb"]


def test_what_was_not_ranked_so_is_told_apart_from_what_was_changed(call, small_crawl):
    rank(small_crawl)
    record = json.loads((small_crawl / "ranking.json").read_text())
    record["parameters"]["damping"] = 0.5
    record["versions"]["numpy"] = "1.0"
    (small_crawl / "ranking.json").write_text(json.dumps(record))
    with pytest.raises(DatasetError, match=r"domains\.parquet came out different; .*numpy 1\.0 ->"):
        call(small_crawl, "--repeat")
    rank(small_crawl)
    (small_crawl / "ranking.csv").write_text("mine")
    with pytest.raises(DatasetError, match=r"says: ranking\.csv was changed since$"):
        call(small_crawl, "--repeat")


def test_a_crawl_that_has_gone_on_or_was_not_ranked_cannot_be_repeated(call, small_crawl, make):
    with pytest.raises(DatasetError, match=r"has no ranking\.json; run `linkcrawler rank"):
        call(small_crawl)
    rank(small_crawl, intervals=False)
    make.crawl(small_crawl, make.pages[:3], make.links)
    for arguments in (["--repeat"], []):
        with pytest.raises(DatasetError, match="has changed since it was ranked; run `linkcrawler"):
            call(small_crawl, *arguments)
    with pytest.raises(DatasetError, match="has changed since it was ranked; run `linkcrawler"):
        analysis.open(small_crawl).explain("alpha.com")
    (small_crawl / "ranking.json").write_text("[1]")
    with pytest.raises(CorruptPartError, match=r"ranking\.json is damaged"):
        call(small_crawl)


def test_the_paragraph_says_parameters_counts_coverage_and_how_to_repeat(call, small_crawl):
    rank(small_crawl, Policy(damping=0.7))
    text = methods(open_dataset(small_crawl))
    assert "\n" not in text
    for said in (
        "outward from 1 seed site (alpha.com)",
        "Of 6 URLs tried (2 January 2026, UTC), 2 gave an HTML page, 0 redirected",
        "2 gave an error or no answer, and 2 were refused",
        "The 8 links found were folded to 3 edges between 5 nodes",
        "Public Suffix List list-1",
        "lens 'followed' version 1",
        "damping 0.7",
        "Of 5 domains ranked, 2 were fetched from",
        "90 % rank intervals are from the crawl's own course",
        "The dataset is c1, SHA-256 ",
        "`linkcrawler methods DIR --repeat` computes it again bit for bit.",
    ):
        assert said in text, said
    assert call(small_crawl).stdout == text + "\n"
    rank(small_crawl, intervals=False)
    assert "intervals" not in methods(open_dataset(small_crawl))


def test_the_paragraph_names_the_sites_that_trust_starts_from(small_crawl):
    def said(**options):
        rank(small_crawl, Policy(**options), "trust")
        return methods(open_dataset(small_crawl))

    assert "Trust starts from the seeds and what they redirect to." in said()
    named = said(trusted=("beta.org",), distrusted=("alpha.com", "delta.net"))
    assert "Trust starts from 1 named site (beta.org)." in named
    assert "Distrust starts from 2 named sites (alpha.com, delta.net)." in named
    assert "the seeds and what" not in named


def test_a_niche_is_told_by_its_words_and_the_number_of_its_examples(small_crawl):
    path = small_crawl / "run.json"
    manifest = json.loads(path.read_text())
    manifest["arguments"]["niche"] = ["blue pens", "http://a.example/", "file:/home/ann/notes.txt"]
    path.write_text(json.dumps(manifest))
    rank(small_crawl, Policy(lens=LENSES["niche"]))
    text = methods(open_dataset(small_crawl))
    assert "anchors; words: 'blue pens'; examples: 2)" in text
    assert "/home/ann" not in text


def test_limits_that_are_no_numbers_are_not_told(small_crawl):
    path = small_crawl / "run.json"
    manifest = json.loads(path.read_text())
    manifest["arguments"] = {"hops": "2", "max_pages_per_domain": 50, "max_pages": 0, "delay": 1.0}
    path.write_text(json.dumps(manifest))
    rank(small_crawl)
    assert "within limits that are not recorded" in methods(open_dataset(small_crawl))
