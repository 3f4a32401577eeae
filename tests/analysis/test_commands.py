import csv
import io
import json
import shlex

import pyarrow.parquet as pq
import pytest
from support.calling import caller

from analysis.commands import export, rank, report
from analysis.rankings import AGREEMENT_KEY
from linkcrawler.exceptions import UsageError


@pytest.fixture
def call():
    """Run a command as the command line does; return what it printed."""
    return caller(rank, report, export)


def test_rank_prints_the_ranking_and_names_the_next_command(call, small_crawl):
    result = call("rank", small_crawl)
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "rank", "interval", "tier", "domain", "authority", "ref_domains", "backlinks", "crawled",
        "seed",
    ]  # fmt: skip
    first, third = lines[1].split(), lines[3].split()
    assert (first[0], *first[3:]) == ("1", "gamma.co.uk", "100.0", "1", "1", "0", "of", "2")
    assert (third[0], third[3], *third[5:]) == ("3", "alpha.com", "0", "0", "1", "of", "4", "seed")
    assert len(lines) == 6
    assert "5 domains ranked, 2 of them crawled" in result.stderr
    assert "blind spots: 3 of 5 domains not fetched (" in result.stderr
    assert result.stderr.splitlines()[-2].endswith(": 1 failed, 2 not tried")
    assert result.stderr.splitlines()[-1] == f"next: linkcrawler report {small_crawl}"
    assert (small_crawl / "ranking.csv").is_file()


def test_without_intervals_there_is_neither_interval_nor_tier(call, small_crawl):
    result = call("rank", small_crawl, "--no-intervals")
    assert result.stdout.splitlines()[0].split()[:2] == ["rank", "domain"]
    table = pq.read_table(small_crawl / "domains.parquet")
    assert {*table["rank_low"].to_pylist(), *table["tier"].to_pylist()} == {0}


def test_rank_prints_as_many_domains_as_asked_for(call, small_crawl):
    assert len(call("rank", small_crawl, "--top", 2).stdout.splitlines()) == 3
    assert len(call("rank", small_crawl, "--top", 0).stdout.splitlines()) == 6


def test_rank_prints_json_with_the_columns_of_the_table(call, small_crawl):
    rows = json.loads(call("rank", small_crawl, "--format", "json", "--top", 2).stdout)
    assert [row["domain"] for row in rows] == ["gamma.co.uk", "beta.org"]
    assert set(rows[0]) <= set(pq.read_schema(small_crawl / "domains.parquet").names)
    assert rows[1]["first_seen"] == "2026-01-02T01:00:00+00:00"
    assert rows[1]["backlinks"] == 3


@pytest.mark.parametrize("level", ["domain", "host"])
def test_json_and_csv_have_no_word_for_what_is_not_known(call, small_crawl, level):
    def refuse(word):
        raise AssertionError(word)

    text = call("rank", small_crawl, "--level", level, "--format", "json").stdout
    rows = json.loads(text, parse_constant=refuse)
    assert {row["relevance"] for row in rows} == {None}
    lines = csv.DictReader(
        io.StringIO(call("rank", small_crawl, "--level", level, "--format", "csv").stdout)
    )
    assert {row["relevance"] for row in lines} == {""}


def test_rank_prints_the_csv_that_it_writes(call, small_crawl):
    text = call("rank", small_crawl, "--format", "csv").stdout
    assert text == (small_crawl / "ranking.csv").read_text()
    assert next(csv.DictReader(io.StringIO(text)))["domain"] == "gamma.co.uk"


def test_rank_merges_several_crawls_into_out(call, small_crawl, tmp_path, make):
    pages, links = (
        [make.page("https://n.com/")],
        [make.link("https://n.com/", "https://delta.net/")],
    )
    other = make.crawl(tmp_path / "other", pages, links, crawl_id="c2")
    out = tmp_path / "both of them"
    result = call("rank", small_crawl, other, "--out", out, "--format", "json")
    ref_domains = {row["domain"]: row["ref_domains"] for row in json.loads(result.stdout)}
    assert (ref_domains["delta.net"], ref_domains["beta.org"], len(ref_domains)) == (1, 1, 6)
    assert result.stderr.splitlines()[-1] == f"next: linkcrawler report {shlex.quote(str(out))}"
    assert not (small_crawl / "domains.parquet").exists()


def test_rank_of_several_crawls_needs_out(call, small_crawl, tmp_path):
    with pytest.raises(UsageError, match="2 crawls need --out DIR"):
        call("rank", small_crawl, tmp_path)


def test_rank_of_one_crawl_with_out_leaves_the_crawl_alone(call, small_crawl, tmp_path):
    before = sorted(small_crawl.iterdir())
    call("rank", small_crawl, "--out", tmp_path / "out")
    assert sorted(small_crawl.iterdir()) == before
    assert (tmp_path / "out" / "domains.parquet").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ("rank", "--format", "xml"),
        ("rank", "--top", "-1"),
        ("export", "--format", "dot"),
        ("export",),
    ],
)
def test_a_bad_option_is_refused_before_anything_is_read(call, small_crawl, arguments):
    result = call(arguments[0], small_crawl, *arguments[1:])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert not (small_crawl / "domains.parquet").exists()


def test_a_name_from_a_hostile_crawl_is_neither_markup_nor_a_terminal_command(call, tmp_path, make):
    row = make.link("https://a.com/", "https://b.com/") | {"target_domain": "[bold]x\x1b[2J"}
    result = call("rank", make.crawl(tmp_path / "c", (), [row]))
    assert "\x1b" not in result.stdout
    assert r"[bold]x\x1b[2J" in result.stdout


def test_a_long_name_stays_on_its_line_in_a_pipe(call, tmp_path, make):
    name = ".".join(["a" * 60] * 3) + ".com"
    link = make.link("https://a.com/", f"https://{name}/") | {"target_domain": name}
    result = call("rank", make.crawl(tmp_path / "c", (), [link]))
    rank, _, _, shown = result.stdout.splitlines()[1].split()[:4]
    assert (rank, shown) == ("1", name)


def test_export_prints_the_paths_it_wrote(call, small_crawl):
    call("rank", small_crawl)
    result = call("export", small_crawl, "--format", "csv")
    assert result.stdout.splitlines() == [
        str(small_crawl / "nodes.csv"),
        str(small_crawl / "edges.csv"),
    ]
    out = small_crawl / "other.gexf"
    assert call("export", small_crawl, "--format", "gexf", "--out", out).stdout == f"{out}\n"
    assert out.is_file()


def test_report_prints_the_path_of_the_page(call, small_crawl):
    call("rank", small_crawl)
    result = call("report", small_crawl, "--top", 3, "--title", "My niche")
    assert result.stdout == f"{small_crawl / 'report.html'}\n"
    assert "My niche" in (small_crawl / "report.html").read_text()


def test_a_ranking_older_than_the_crawl_is_said_to_be_old(call, small_crawl):
    from dataclasses import replace

    from pipelines.manifest import read_manifest, write_manifest

    call("rank", small_crawl)
    assert "warning" not in call("export", small_crawl, "--format", "csv").stderr
    manifest = read_manifest(small_crawl)
    parts = [replace(part, sha256="0" * 64) for part in manifest.parts]
    write_manifest(small_crawl, replace(manifest, parts=parts))
    for arguments in (("export", small_crawl, "--format", "csv"), ("report", small_crawl)):
        assert "has changed since it was ranked" in call(*arguments).stderr


def test_rank_takes_levels_lenses_and_rules(call, small_crawl):
    result = call("rank", small_crawl, "--lens", "followed", "--lens", "all", "--without", "www")
    assert "lenses followed and all: weighted tau" in result.stderr
    result = call("rank", small_crawl, "--level", "host", "--format", "json")
    assert "cdn.gamma.co.uk" not in {row["domain"] for row in json.loads(result.stdout)}
    assert "hosts ranked" in result.stderr
    assert "rankings.parquet" in result.stderr


def test_rank_says_where_nothing_votes(call, tmp_path, make):
    folder = make.crawl(tmp_path / "c", [make.page("https://a.com/")])
    assert "warning: nothing votes for anything under lens followed" in call("rank", folder).stderr


def test_lenses_of_which_one_makes_no_difference_agree_as_far_as_nobody_knows(call, tmp_path, make):
    ends = ("https://a.com/", "https://b.com/")
    link = make.link(*ends, follow=False)
    folder = make.crawl(tmp_path / "c", [make.page(ends[0])], [link])
    result = call("rank", folder, "--lens", "followed", "--lens", "all")
    assert "lenses followed and all: weighted tau unknown," in result.stderr
    told = pq.read_schema(folder / "rankings.parquet").metadata[AGREEMENT_KEY.encode()]
    assert json.loads(told)["all"]["tau"] is None
