import random
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.plain_fold import expected_edges, node_of

from analysis.counts import DOMAIN_COUNTS
from analysis.database import WORKING_FOLDER, working_folder
from analysis.entities import entities_of
from analysis.fold import fold
from analysis.lenses import LENSES, NOFOLLOW
from analysis.levels import Level
from analysis.policy import Policy
from analysis.rankings import rank
from analysis.rules import RULES, Rules
from linkcrawler.exceptions import CorruptPartError, InUseError, StorageError
from linkcrawler.items import LINK_KINDS, OUTCOMES
from pipelines.dataset import open_dataset
from pipelines.schema import DOMAIN_EDGES, LINKS
from pipelines.writer import write_table

URLS = [
    "https://alpha.com/", "https://www.alpha.com/1", "https://alpha.com/2", "https://beta.org/",
    "https://cdn.beta.org/2", "https://ann.github.io/", "https://bob.github.io/", "http://127.0.0.1/",
    "https://bit.ly/x", "http://beta.org/", "https://tenants.net/ann/1", "https://tenants.net/bob",
]  # fmt: skip


def folded_edges(folder):
    return pq.read_table(folder / "domain_edges.parquet")


def expected_counts(links, pages, edges):
    """The readable version of the counts."""
    seen = [(row["domain"], row["host"], row["url"], row["fetched_at"]) for row in pages]
    for end in ("source", "target"):
        seen += [
            (row[f"{end}_domain"], row[f"{end}_host"], row[end], row["fetched_at"]) for row in links
        ]
    return [
        {
            "domain": domain,
            "first_seen": min(time for name, _, _, time in seen if name == domain),
            "last_seen": max(time for name, _, _, time in seen if name == domain),
            "pages_seen": len({url for name, _, url, _ in seen if name == domain}),
            "n_hosts": len({host for name, host, _, _ in seen if name == domain}),
            **{
                column: sum(p["domain"] == domain and p["outcome"] in outcomes for p in pages)
                for column, outcomes in (
                    ("pages_crawled", ("ok", "redirect", "not_html")),
                    ("pages_refused", ("robots", "excluded")),
                    ("pages_failed", ("http_error", "failed")),
                )
            },
            "ref_domains": sum(e["target"] == domain and e["weight"] > 0 for e in edges),
            "backlinks": sum(e["n_links"] for e in edges if e["target"] == domain),
            "follow_backlinks": sum(e["n_follow_links"] for e in edges if e["target"] == domain),
            "out_domains": sum(e["source"] == domain for e in edges),
            "out_links": sum(e["n_links"] for e in edges if e["source"] == domain),
        }
        for domain in sorted({name for name, *_ in seen})
    ]


ENTITIES = entities_of(
    {"entities": {"ab": ["alpha.com/2", "beta.org"]}, "platforms": ["tenants.net"]}
)


def links_drawn(make, data):
    url, hour = st.sampled_from(URLS), st.integers(0, 5)
    kinds = st.one_of(st.sampled_from(["a", "redirect", "canonical"]), st.sampled_from(LINK_KINDS))
    link = st.builds(
        make.link, url, url, kind=kinds, hour=hour,
        anchor=st.sampled_from([None, "", "b", "a", "ä", "z 2"]), follow=st.booleans(),
    )  # fmt: skip
    more = st.fixed_dictionaries(
        {"placement": st.sampled_from(["main", "footer", "unknown"]), "block": st.integers(0, 2)}
    )
    drawn = data.draw(st.lists(st.tuples(link, more), max_size=40))
    return [{**row, **others, "position": number} for number, (row, others) in enumerate(drawn)]


def pages_drawn(make, data):
    hour = st.integers(0, 5)
    tried = st.builds(make.page, st.sampled_from(URLS), st.sampled_from(OUTCOMES), hour=hour)
    return data.draw(st.lists(tried, max_size=8, unique_by=lambda row: row["url"]))


def counted(pages, links):
    """The pages as `make.crawl` writes them."""
    sources = Counter(row["source"] for row in links)
    return [{**row, "n_links": sources[row["url"]]} for row in pages]


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_the_fold_equals_its_readable_version_on_random_links_under_random_policies(make, data):
    links, pages = links_drawn(make, data), pages_drawn(make, data)
    policy = Policy(
        lens=LENSES[data.draw(st.sampled_from(sorted(LENSES)))],
        rules=Rules().without(data.draw(st.sets(st.sampled_from(RULES), max_size=2))),
        nofollow=data.draw(st.sampled_from([None, *NOFOLLOW])),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = make.crawl(Path(name), pages, links, raw=data.draw(st.booleans()))
        counts = fold(open_dataset(folder), policy).counts
        edges = folded_edges(folder).to_pylist()
    expected = expected_edges(links, counted(pages, links), policy)
    assert [row | {"share": pytest.approx(row["share"])} for row in expected] == edges
    assert counts.to_pylist() == expected_counts(links, pages, edges)
    assert counts.schema == DOMAIN_COUNTS


@settings(deadline=None, max_examples=25)
@given(data=st.data(), level=st.sampled_from([*Level]))
def test_every_level_is_cut_from_the_same_links(make, data, level):
    links, pages = links_drawn(make, data), pages_drawn(make, data)
    rules = Rules().without(data.draw(st.sets(st.sampled_from(RULES), max_size=2)))
    policy = Policy(level=level, rules=rules, entities=ENTITIES)
    with tempfile.TemporaryDirectory() as name:
        folder = make.crawl(Path(name), pages, links)
        folded = fold(open_dataset(folder), policy)
        assert (folder / "domain_edges.parquet").exists() == (level is Level.domain)
    cells = folded.graph.shares.tocoo()
    names = folded.graph.names
    found = {
        (names[row], names[column]): share
        for row, column, share in zip(cells.row, cells.col, cells.data, strict=True)
    }
    rows = expected_edges(links, counted(pages, links), policy)
    assert found == pytest.approx(
        {(row["source"], row["target"]): row["share"] for row in rows if row["share"]}
    )
    tried = [node_of(row["url"], policy) for row in pages]
    assert set(tried) <= set(names) == set(folded.counts["domain"].to_pylist())
    assert sum(folded.counts["pages_refused"].to_pylist()) == sum(
        row["outcome"] in ("robots", "excluded") for row in pages
    )


def test_the_small_crawl_folds_to_the_edges_counted_by_hand(small_crawl, make):
    fold(open_dataset(small_crawl))
    table = folded_edges(small_crawl)
    assert table.schema.equals(DOMAIN_EDGES)
    rows = table.select(table.column_names[:9]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("alpha.com", "ann.github.io", 0.0, 1, 0, 1, 1, False, None),
        # "Beta" twice before "Alias" once, though "Alias" comes first in the alphabet.
        ("alpha.com", "beta.org", 1.0, 3, 2, 1, 2, False, "Beta"),
        ("beta.org", "gamma.co.uk", 1.0, 1, 1, 1, 1, False, None),
    ]
    assert table["last_seen"].to_pylist() == [make.at(1), make.at(1), make.at(3)]


def test_the_first_of_equally_common_anchors_by_text_order_is_the_top_one(tmp_path, make):
    anchors = [f"{number:03}" for number in range(200)]
    random.Random(4).shuffle(anchors)
    links = [
        make.link("https://x.com/", "https://y.org/", anchor=anchor, position=number)
        for number, anchor in enumerate(anchors * 2)
    ]
    folder = make.crawl(tmp_path / "ties", (), links)
    fold(open_dataset(folder))
    assert folded_edges(folder)["top_anchor"].to_pylist() == ["000"]


def test_folding_twice_gives_the_same_rows_and_leaves_no_working_folder(small_crawl):
    fold(open_dataset(small_crawl))
    first = folded_edges(small_crawl)
    fold(open_dataset(small_crawl))
    assert folded_edges(small_crawl).equals(first)
    assert sorted(path.name for path in small_crawl.iterdir()) == [
        "domain_edges.parquet", "links.parquet", "pages.parquet", "run.json",
    ]  # fmt: skip


def test_a_crawl_without_rows_folds_to_empty_tables(empty_crawl):
    counts = fold(open_dataset(empty_crawl)).counts
    assert counts.num_rows == 0
    assert counts.schema == DOMAIN_COUNTS
    assert folded_edges(empty_crawl).num_rows == 0


def test_a_fold_of_more_than_its_memory_limit_is_right(tmp_path, make):
    count, padding = 300_000, "." * 500
    row = make.link("https://x.com/", "https://y.org/") | {"crawl_id": "c1"}
    one = pa.RecordBatch.from_pylist([row], schema=LINKS)
    columns = {name: one.column(name).take(pa.array([0] * count)) for name in LINKS.names}
    columns["source"] = pa.array(
        [f"https://d{number % 997}.com/{number}" for number in range(count)]
    )
    columns["source_domain"] = pa.array([f"d{number % 997}.com" for number in range(count)])
    columns["anchor"] = pa.array([f"{number}{padding}" for number in range(count)])
    folder = make.crawl(tmp_path / "large")
    write_table(folder, "links", [pa.RecordBatch.from_pydict(columns)], {})
    counts = fold(open_dataset(folder), memory_limit="128MB").counts
    edges = folded_edges(folder)
    assert edges.num_rows == 997
    assert sum(edges["n_source_pages"].to_pylist()) == count
    assert edges["top_anchor"][1].as_py() == f"1{padding}"
    assert sum(counts["pages_seen"].to_pylist()) == count + 1


def test_a_folder_whose_name_is_a_pattern_reads_its_own_files_only(tmp_path, make):
    make.crawl(tmp_path / "ab", (), [make.link("https://x.com/", "https://wrong.org/")])
    folder = make.crawl(tmp_path / "a*", (), [make.link("https://x.com/", "https://y.org/")])
    fold(open_dataset(folder))
    assert folded_edges(folder)["target"].to_pylist() == ["y.org"]


@pytest.mark.parametrize("table", ["links", "pages"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "flipped", "other"])
def test_a_damaged_part_is_named_in_one_line(small_crawl, table, damage):
    path = small_crawl / f"{table}.parquet"
    data = bytearray(path.read_bytes())
    if damage == "flipped":  # in the middle of the data: the footer still reads
        data[40:400] = bytes(byte ^ 0x5A for byte in data[40:400])
    if damage == "other":
        data = (
            (small_crawl / {"links": "pages", "pages": "links"}[table])
            .with_suffix(".parquet")
            .read_bytes()
        )
    path.write_bytes({"cut": data[:-30], "emptied": b""}.get(damage, data))
    with pytest.raises(CorruptPartError, match=rf"{table}\.parquet is damaged") as caught:
        fold(open_dataset(small_crawl))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 5
    assert not (small_crawl / WORKING_FOLDER).exists()


def test_a_column_of_a_type_that_cannot_be_read_is_named_and_not_the_disk(small_crawl):
    path = small_crawl / "links.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("fetched_at")
    other = table["fetched_at"].cast(pa.timestamp("ns", "UTC"))
    pq.write_table(table.set_column(place, "fetched_at", other), path)
    with pytest.raises(CorruptPartError, match=r"its column fetched_at is timestamp\[ns"):
        rank(small_crawl)


def test_a_missing_part_is_named(small_crawl):
    (small_crawl / "pages.parquet").unlink()
    with pytest.raises(CorruptPartError, match=r"pages\.parquet is missing"):
        fold(open_dataset(small_crawl))


def test_an_error_that_no_file_explains_is_one_of_storage(small_crawl):
    with pytest.raises(StorageError, match="DuckDB gave up"):
        fold(open_dataset(small_crawl), memory_limit="1KB")


def test_a_second_process_in_the_folder_is_refused(small_crawl):
    with working_folder(small_crawl):
        with pytest.raises(InUseError, match="another process is ranking"):
            fold(open_dataset(small_crawl))


def test_leftovers_of_a_killed_process_are_removed_first(small_crawl):
    left = small_crawl / WORKING_FOLDER
    (left / "spill").mkdir(parents=True)
    (left / "work.duckdb").write_bytes(b"half a database")
    fold(open_dataset(small_crawl))
    assert folded_edges(small_crawl).num_rows == 3
    assert not left.exists()


def test_a_folder_with_a_question_mark_in_its_name_is_folded(tmp_path, make):
    folder = make.crawl(tmp_path / "what?x", (), [make.link("https://x.com/", "https://y.org/")])
    fold(open_dataset(folder))
    assert folded_edges(folder)["target"].to_pylist() == ["y.org"]
