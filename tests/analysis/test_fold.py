import random
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.database import WORKING_FOLDER, working_folder
from analysis.fold import DOMAIN_COUNTS, fold
from linkcrawler.exceptions import CorruptPartError, InUseError, StorageError
from linkcrawler.items import LINK_KINDS, OUTCOMES
from pipelines.dataset import open_dataset
from pipelines.schema import DOMAIN_EDGES, LINKS
from pipelines.writer import write_table

URLS = [
    "https://alpha.com/", "https://www.alpha.com/1", "https://alpha.com/2", "https://beta.org/",
    "https://cdn.beta.org/2", "https://ann.github.io/", "https://bob.github.io/", "http://127.0.0.1/",
]  # fmt: skip


def folded_edges(folder):
    return pq.read_table(folder / "domain_edges.parquet")


def expected_edges(links):
    """The readable version of the fold."""
    groups = {}
    for row in links:
        if row["kind"] in ("a", "area", "redirect", "refresh") and not row["internal"]:
            groups.setdefault((row["target_domain"], row["source_domain"]), []).append(row)
    edges = []
    for (target, source), rows in sorted(groups.items()):
        anchors = Counter(row["anchor"] for row in rows if row["anchor"])
        followed = sum(row["follow"] for row in rows)
        edges.append({
            "source": source, "target": target, "weight": 1.0 if followed else 0.0,
            "n_links": len(rows), "n_follow_links": followed,
            "n_source_pages": len({row["source"] for row in rows}),
            "n_target_pages": len({row["target"] for row in rows}),
            "sitewide": False,
            "top_anchor": min(anchors, key=lambda text: (-anchors[text], text), default=None),
            "first_seen": min(row["fetched_at"] for row in rows),
            "last_seen": max(row["fetched_at"] for row in rows),
            "crawl_id": "c1",
        })  # fmt: skip
    return edges


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


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_the_fold_equals_its_readable_version_on_random_links(make, data):
    url, hour = st.sampled_from(URLS), st.integers(0, 5)
    links = data.draw(
        st.lists(
            st.builds(
                make.link, url, url, kind=st.sampled_from(LINK_KINDS), hour=hour,
                anchor=st.sampled_from([None, "", "b", "a", "ä", "z 2"]), follow=st.booleans(),
            ),
            max_size=40,
        )
    )  # fmt: skip
    links = [{**row, "position": number} for number, row in enumerate(links)]
    tried = st.builds(make.page, url, st.sampled_from(OUTCOMES), hour=hour)
    pages = data.draw(st.lists(tried, max_size=8, unique_by=lambda row: row["url"]))
    with tempfile.TemporaryDirectory() as name:
        folder = make.crawl(Path(name), pages, links, raw=data.draw(st.booleans()))
        counts = fold(open_dataset(folder))
        edges = folded_edges(folder).to_pylist()
    assert edges == expected_edges(links)
    assert counts.to_pylist() == expected_counts(links, pages, edges)
    assert counts.schema == DOMAIN_COUNTS


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
    counts = fold(open_dataset(empty_crawl))
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
    counts = fold(open_dataset(folder), memory_limit="128MB")
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
