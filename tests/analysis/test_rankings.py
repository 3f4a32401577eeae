import math

import duckdb
import networkx as nx
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import analysis
from analysis.methods import methods
from analysis.prospects import prospects
from analysis.rankings import rank
from linkcrawler.exceptions import (
    CorruptPartError,
    DatasetError,
    NotADatasetError,
    SchemaVersionError,
)
from pipelines.dataset import open_dataset
from pipelines.schema import DOMAIN_EDGES, DOMAINS

UNKNOWN = ["relevance", "lift"]
"""Columns of NaN where there is no niche, which equals nothing."""


def column(table, name):
    return dict(zip(table["domain"].to_pylist(), table[name].to_pylist(), strict=True))


def test_the_small_crawl_is_ranked_as_counted_by_hand(small_crawl, make):
    table = rank(small_crawl)
    assert table.schema.equals(DOMAINS)
    # beta.org has the vote of alpha.com, gamma.co.uk that of beta.org; three domains have none
    # and stand in the order of their names.
    base = 1 / (3 + 1.85 + (1 + 0.85 * 1.85))
    assert column(table, "pagerank") == pytest.approx(
        {
            "gamma.co.uk": base * (1 + 0.85 * 1.85), "beta.org": base * 1.85,
            "alpha.com": base, "ann.github.io": base, "delta.net": base,
        },
        abs=1e-9,
    )  # fmt: skip
    assert table["domain"].to_pylist() == [
        "gamma.co.uk", "beta.org", "alpha.com", "ann.github.io", "delta.net",
    ]  # fmt: skip
    assert table["rank"].to_pylist() == table["pagerank_pos"].to_pylist() == [1, 2, 3, 4, 5]
    assert table["harmonic"].to_pylist() == [1.5, 1, 0, 0, 0]
    assert table["harmonic_pos"].to_pylist() == [1, 2, 3, 4, 5]
    start = 1 / (1 + 0.85 + 0.85**2)
    assert table["trust"].to_pylist() == pytest.approx(
        [start * 0.85**2, start * 0.85, start, 0, 0], abs=1e-9
    )
    # `base` is what a domain has that nothing links to.
    expected = [100, 100 * math.log(1.85) / math.log(1 + 0.85 * 1.85), 0, 0, 0]
    assert table["authority"].to_pylist() == pytest.approx(expected)
    assert set(table["authority_method"].to_pylist()) == {"log-pagerank d=0.85"}


def test_the_small_crawl_is_counted_as_by_hand(small_crawl, make):
    table = rank(small_crawl)
    names = (
        "ref_domains", "backlinks", "follow_backlinks", "out_domains", "out_links",
        "pages_crawled", "pages_seen", "pages_refused", "pages_failed", "n_hosts",
        "is_seed", "is_crawled", "icann_domain", "domain_rev",
    )  # fmt: skip
    rows = {row["domain"]: tuple(row[name] for name in names) for row in table.to_pylist()}
    assert rows == {
        "alpha.com": (0, 0, 0, 2, 4, 1, 4, 1, 1, 2, True, True, "alpha.com", "com.alpha"),
        "ann.github.io": (0, 1, 0, 0, 0, 0, 1, 0, 0, 1, False, False, "github.io", "io.github.ann"),
        "beta.org": (1, 3, 2, 1, 1, 1, 3, 1, 0, 1, False, True, "beta.org", "org.beta"),
        "delta.net": (0, 0, 0, 0, 0, 0, 1, 0, 1, 1, False, False, "delta.net", "net.delta"),
        "gamma.co.uk": (1, 1, 1, 0, 0, 0, 2, 0, 0, 2, False, False, "gamma.co.uk", "uk.co.gamma"),
    }
    assert column(table, "first_seen")["beta.org"] == make.at(1)
    assert column(table, "last_seen")["beta.org"] == make.at(3)


def test_a_domain_whose_host_was_given_up_gave_no_answer_and_was_refused_by_nobody(tmp_path, make):
    home, gone, kept_out = "https://alpha.com/", "https://beta.org/", "https://gamma.org/"
    pages = [
        make.page(home),
        make.page(gone, "excluded") | {"reason": "host_failed"},
        make.page(kept_out, "excluded") | {"reason": "exclude"},
    ]
    folder = make.crawl(tmp_path / "c", pages, [make.link(home, gone)], seeds=[home])
    table = rank(folder)
    assert column(table, "pages_failed") == {"alpha.com": 0, "beta.org": 1, "gamma.org": 0}
    assert column(table, "pages_refused") == {"alpha.com": 0, "beta.org": 0, "gamma.org": 1}
    said = methods(open_dataset(folder))
    assert "1 gave an error or no answer, and 1 were refused" in said
    assert "beta.org" not in prospects(open_dataset(folder))["domain"].to_pylist()


def test_networkx_ranks_the_same(small_crawl):
    rank(small_crawl)
    crawl = analysis.open(small_crawl)
    graph = crawl.graph()
    ranks = nx.pagerank(graph, alpha=0.85, tol=1e-12 / len(graph), max_iter=1000)
    assert ranks == pytest.approx(column(crawl.domains(), "pagerank"), abs=1e-9)


def test_the_written_table_is_the_one_returned_and_sorted_by_rank(small_crawl):
    table = rank(small_crawl)
    written = pq.read_table(small_crawl / "domains.parquet")
    assert written.drop_columns(UNKNOWN).equals(table.drop_columns(UNKNOWN))
    for name in UNKNOWN:
        assert all(math.isnan(value) for value in written[name].to_pylist())
    metadata = written.schema.metadata
    assert metadata[b"linkcrawler.crawl_id"] == b"c1"
    assert metadata[b"linkcrawler.suffix_list"] == b"list-1"


def test_ranking_csv_holds_the_ranking_with_unix_line_ends(small_crawl):
    rank(small_crawl)
    text = (small_crawl / "ranking.csv").read_bytes()
    assert b"\r" not in text
    frame = pd.read_csv(small_crawl / "ranking.csv")
    assert frame["domain"].tolist()[:2] == ["gamma.co.uk", "beta.org"]
    assert frame["authority"].tolist()[0] == 100
    assert frame["is_seed"].dtype == bool
    assert frame["ref_domains"].tolist() == [1, 1, 0, 0, 0]


def test_ranking_twice_gives_the_same_ranking(small_crawl):
    first = rank(small_crawl).drop_columns(UNKNOWN)
    text = (small_crawl / "ranking.csv").read_bytes()
    assert rank(small_crawl).drop_columns(UNKNOWN).equals(first)
    assert (small_crawl / "ranking.csv").read_bytes() == text


def test_raw_parts_rank_like_the_compact_files(small_crawl, tmp_path, make):
    raw = make.crawl(
        tmp_path / "raw", make.pages, make.links, seeds=[make.pages[0]["url"]], raw=True
    )
    assert len(list(raw.glob("raw/*/*.parquet"))) == 5
    assert rank(raw).drop_columns(UNKNOWN).equals(rank(small_crawl).drop_columns(UNKNOWN))


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([], "holds nothing to rank yet: .* let it go on"),
        (["failed"], "holds nothing to rank: .* of 1 URLs"),
        (["robots", "http_error", "excluded"], "holds nothing to rank: .* of 3 URLs"),
    ],
)
def test_a_crawl_of_nothing_or_of_nothing_but_failures_is_refused_and_nothing_written(
    tmp_path, make, pages, words
):
    tried = [make.page(f"https://d{n}.com/", outcome) for n, outcome in enumerate(pages)]
    folder = make.crawl(tmp_path / "failed", tried, seeds=["https://d0.com/"])
    before = sorted(folder.iterdir())
    with pytest.raises(DatasetError, match=words) as caught:
        rank(folder)
    assert caught.value.exit_code == 5
    assert sorted(folder.iterdir()) == before


def test_pages_without_a_link_elsewhere_rank_alike_at_zero_authority(tmp_path, make):
    pages = [make.page("https://b.com/"), make.page("https://a.com/", "robots")]
    table = rank(make.crawl(tmp_path / "c", pages, seeds=["https://b.com/", "https://c.com/"]))
    assert table["domain"].to_pylist() == ["a.com", "b.com"]
    assert table["authority"].to_pylist() == [0, 0]
    assert table["pagerank"].to_pylist() == [0.5, 0.5]
    assert table["trust"].to_pylist() == [0, 1]
    assert table["is_crawled"].to_pylist() == [False, True]
    assert table["coverage"].to_pylist() == [0, 1]


def test_no_trust_is_given_out_where_no_seed_is_known(tmp_path, make):
    folder = make.crawl(tmp_path / "c", make.pages, make.links, seeds=["https://nowhere.com/"])
    assert set(rank(folder)["trust"].to_pylist()) == {0.0}


def test_domains_of_equal_standing_tie_and_stand_by_name(tmp_path, make):
    # The same seven voters, by turns with 0 to 6 other links, for each of two targets; but summed
    # in another order, so that the two sums differ in their last bit.
    links = [
        make.link(f"https://{side}{place}.com/", target)
        for side, others in (("one", range(7)), ("two", range(6, -1, -1)))
        for place, count in enumerate(others)
        for target in (
            f"https://{side}.org/",
            *(f"https://{side}{place}x{number}.net/" for number in range(count)),
        )
    ]
    table = rank(make.crawl(tmp_path / "c", (), links))
    assert table["domain"].to_pylist()[:2] == ["one.org", "two.org"]
    assert len(set(table["pagerank"].to_pylist()[:2])) == 1


@pytest.mark.parametrize(
    ("table", "schema"), [("domains", DOMAINS), ("domain_edges", DOMAIN_EDGES)]
)
def test_pandas_polars_and_duckdb_read_the_right_types(small_crawl, table, schema):
    rank(small_crawl)
    path = small_crawl / f"{table}.parquet"
    pandas_types = {name: str(kind) for name, kind in pd.read_parquet(path).dtypes.items()}
    polars_types = {name: str(kind) for name, kind in pl.read_parquet(path).schema.items()}
    relation = duckdb.connect().read_parquet(str(path))
    duckdb_types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    expected = {
        "string": ("str", "String", "VARCHAR"),
        "int64": ("int64", "Int64", "BIGINT"),
        "int32": ("int32", "Int32", "INTEGER"),
        "double": ("float64", "Float64", "DOUBLE"),
        "float": ("float32", "Float32", "FLOAT"),
        "bool": ("bool", "Boolean", "BOOLEAN"),
        "timestamp[us, tz=UTC]": (
            "datetime64[us, UTC]",
            "Datetime(time_unit='us', time_zone='UTC')",
            "TIMESTAMP WITH TIME ZONE",
        ),
    }
    for field in schema:
        found = (pandas_types[field.name], polars_types[field.name], duckdb_types[field.name])
        assert found == expected[str(field.type)], field.name
    assert pl.read_parquet(path).height == relation.shape[0] > 0


def test_a_folder_without_a_crawl_is_named(tmp_path):
    with pytest.raises(NotADatasetError, match=str(tmp_path)):
        rank(tmp_path)


def test_a_dataset_of_another_schema_version_is_refused(small_crawl):
    manifest = small_crawl / "run.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 1', '"schema_version": 99'))
    with pytest.raises(SchemaVersionError, match="schema version 99"):
        rank(small_crawl)


def test_a_damaged_part_leaves_an_earlier_ranking_as_it_was(small_crawl):
    rank(small_crawl)
    before = (small_crawl / "domains.parquet").read_bytes()
    path = small_crawl / "links.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CorruptPartError):
        rank(small_crawl)
    assert (small_crawl / "domains.parquet").read_bytes() == before
