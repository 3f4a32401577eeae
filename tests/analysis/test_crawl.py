import subprocess
import sys

import duckdb
import pytest

import analysis
from analysis.rankings import rank
from linkcrawler.exceptions import CorruptPartError, DatasetError, NotADatasetError


def test_tables_come_as_arrow_with_all_or_some_columns(small_crawl):
    rank(small_crawl)
    crawl = analysis.open(str(small_crawl))
    assert crawl.links().num_rows == 8
    assert crawl.pages(["url", "outcome"]).column_names == ["url", "outcome"]
    assert crawl.domains(["domain"])["domain"].to_pylist()[0] == "gamma.co.uk"
    assert crawl.domain_edges().num_rows == 3
    assert crawl.folder == small_crawl
    assert crawl.manifest.crawl_id == "c1"


def test_the_graph_has_every_domain_and_the_followed_edges_only(small_crawl):
    rank(small_crawl)
    graph = analysis.open(small_crawl).graph()
    assert list(graph) == ["gamma.co.uk", "beta.org", "alpha.com", "ann.github.io", "delta.net"]
    assert list(graph.edges) == [("beta.org", "gamma.co.uk"), ("alpha.com", "beta.org")]


def test_the_graph_carries_plain_values_and_leaves_unknown_ones_out(small_crawl):
    rank(small_crawl)
    graph = analysis.open(small_crawl).graph()
    assert graph.edges["alpha.com", "beta.org"] == {
        "weight": 1.0, "n_links": 3, "n_follow_links": 2, "n_source_pages": 1, "n_target_pages": 2,
        "sitewide": False, "top_anchor": "Beta", "first_seen": "2026-01-02T01:00:00+00:00",
        "last_seen": "2026-01-02T01:00:00+00:00", "crawl_id": "c1", "n_boilerplate_links": 0,
        "n_moved_links": 0, "share": 1.0,
    }  # fmt: skip
    assert "top_anchor" not in graph.edges["beta.org", "gamma.co.uk"]
    node = graph.nodes["alpha.com"]
    assert (node["rank"], node["ref_domains"], node["is_seed"]) == (3, 0, True)
    assert "relevance" not in node
    kinds = {type(value) for _, data in graph.nodes(data=True) for value in data.values()}
    assert kinds == {int, float, bool, str}


def test_relations_answer_sql_for_each_table(small_crawl):
    rank(small_crawl)
    crawl = analysis.open(small_crawl)
    connection = duckdb.connect()
    counts = {
        name: crawl.relation(name, connection)
        .aggregate("count(*) AS n")
        .to_arrow_table()["n"][0]
        .as_py()
        for name in ("links", "pages", "domains", "domain_edges")
    }
    assert counts == {"links": 8, "pages": 6, "domains": 5, "domain_edges": 3}
    assert crawl.relation("links").columns[:2] == ["source", "target"]


def test_a_relation_of_a_crawl_without_rows_is_empty(empty_crawl):
    relation = analysis.open(empty_crawl).relation("links", duckdb.connect())
    assert relation.columns[:2] == ["source", "target"]
    assert relation.to_arrow_table().num_rows == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda crawl: crawl.domains(),
        lambda crawl: crawl.domain_edges(),
        lambda crawl: crawl.graph(),
        lambda crawl: crawl.relation("domains"),
    ],
)
def test_a_crawl_that_is_not_ranked_says_which_command_ranks_it(small_crawl, ask):
    with pytest.raises(DatasetError, match=f"not ranked yet.*linkcrawler rank {small_crawl}"):
        ask(analysis.open(small_crawl))


def test_a_table_that_does_not_exist_is_refused_with_those_that_do(small_crawl):
    with pytest.raises(DatasetError, match="no table linsk; take one of links, pages"):
        analysis.open(small_crawl).relation("linsk")


@pytest.mark.parametrize("table", ["links", "pages", "domains", "domain_edges"])
def test_a_column_that_does_not_exist_is_refused_with_those_that_do(small_crawl, table):
    rank(small_crawl)
    ask = getattr(analysis.open(small_crawl), table)
    with pytest.raises(DatasetError, match=f"^{table} has no column colour; it has .*crawl_id"):
        ask(["crawl_id", "colour"])


def test_a_damaged_file_is_named_by_its_relation(small_crawl):
    (small_crawl / "links.parquet").write_bytes(b"not Parquet")
    with pytest.raises(CorruptPartError, match=r"links\.parquet is damaged"):
        analysis.open(small_crawl).relation("links", duckdb.connect())


def test_a_folder_without_a_crawl_is_refused(tmp_path):
    with pytest.raises(NotADatasetError):
        analysis.open(tmp_path)


def test_importing_the_package_and_its_commands_loads_nothing_heavy():
    code = (
        "import sys, analysis, analysis.commands;"
        "heavy = {'pyarrow', 'duckdb', 'numpy', 'scipy', 'networkx', 'rich.table', 'jinja2'};"
        "sys.exit(f'loaded {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
