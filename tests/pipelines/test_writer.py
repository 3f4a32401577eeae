"""A Parquet file is whole or absent, and is what the dataset promises."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.disks import file_size_limit

from linkcrawler.exceptions import StorageError
from pipelines import writer
from pipelines.rows import decode_page, encode_page, links_batch, pages_batch
from pipelines.schema import LINKS, PAGES, SCHEMA_VERSION, SORTED_BY, TABLES
from pipelines.writer import file_metadata, write_parquet, write_table

METADATA = file_metadata("links", "c1", "list-1")


@pytest.fixture
def batch(some_pages):
    return links_batch([decode_page(encode_page(page)) for page in some_pages], "c1")


def test_a_file_holds_the_rows_and_is_described_by_what_is_returned(tmp_path, batch):
    path = tmp_path / "x.parquet"
    rows, size, digest = write_parquet(path, "links", [batch, batch.slice(0, 3)], METADATA)
    data = path.read_bytes()
    assert (rows, size, digest) == (
        batch.num_rows + 3, len(data), hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        assert file.read().to_pylist() == batch.to_pylist() + batch.slice(0, 3).to_pylist()


def test_what_gives_the_rows_is_closed_where_writing_fails(tmp_path, batch):
    """It may hold files and a database open."""
    closed = []

    def batches():
        try:
            yield batch
            yield batch.drop_columns(["target"])
            yield batch
        finally:
            closed.append(True)

    with pytest.raises(KeyError) as failed:  # held, as a caller holds the error that it tells
        write_parquet(tmp_path / "x.parquet", "links", batches(), METADATA)
    assert closed == [True]
    assert failed.value.__traceback__ is not None
    assert list(tmp_path.iterdir()) == []


def test_a_file_has_the_schema_its_descriptions_and_the_crawl_s_names(tmp_path, batch):
    path = tmp_path / "x.parquet"
    write_parquet(path, "links", [batch], METADATA)
    schema = pq.read_schema(path)
    assert schema.equals(LINKS)
    for field in schema:
        assert field.metadata[b"description"] == LINKS.field(field.name).metadata[b"description"]
        assert field.nullable is LINKS.field(field.name).nullable
    found = pq.read_metadata(path).metadata
    assert found[b"linkcrawler.schema_version"] == str(SCHEMA_VERSION).encode()
    assert found[b"linkcrawler.table"] == b"links"
    assert found[b"linkcrawler.crawl_id"] == b"c1"
    assert found[b"linkcrawler.suffix_list"] == b"list-1"


def test_pages_are_compressed_with_zstd_and_carry_checksums(tmp_path, batch):
    path = tmp_path / "x.parquet"
    write_parquet(path, "links", [batch], METADATA)
    group = pq.read_metadata(path).row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}
    column = group.column(LINKS.get_field_index("target"))
    data = bytearray(path.read_bytes())
    start = min(column.dictionary_page_offset, column.data_page_offset)
    data[start + column.total_compressed_size - 1] ^= 1  # the last byte of the column's last page
    path.write_bytes(data)
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        with pytest.raises((OSError, pa.ArrowException)):
            file.read()


SENTENCES = [
    f"the {a} of a {b} that no {c} had {d}"
    for a in ("edge", "name", "order", "weight")
    for b in ("graph", "page", "domain", "crawl", "table")
    for c in ("reader", "writer", "person", "spider", "sorter")
    for d in ("seen", "told", "kept", "found", "asked")
]
"""500 of a kind, as pages have them."""


def many_links(rows):
    """Links whose anchors and blocks hardly come again, as on real pages."""
    pick = random.Random(3)
    values = {
        "anchor": [f"{pick.choice(SENTENCES)} {pick.randrange(rows)}" for _ in range(rows)],
        "text_before": [pick.choice((None, *SENTENCES[:9])) for _ in range(rows)],
        "text_after": [f"{pick.choice(SENTENCES)}, {pick.choice(SENTENCES)}" for _ in range(rows)],
        "block": [pick.randrange(2**62) for _ in range(rows)],
        "position": [pick.randrange(300) for _ in range(rows)],
    }
    same = {
        pa.string(): "x",
        pa.bool_(): False,
        pa.timestamp("us", "UTC"): datetime(2026, 1, 2, tzinfo=UTC),
    }
    columns = [values.get(f.name, [same.get(f.type, 7)] * rows) for f in LINKS]
    arrays = [pa.array(column, f.type) for column, f in zip(columns, LINKS, strict=True)]
    return pa.record_batch(arrays, schema=LINKS)


def test_a_file_that_stays_is_a_sixth_smaller_than_arrow_would_write_it(tmp_path):
    links = many_links(60_000)
    _, size, _ = write_parquet(tmp_path / "f", "links", [links], {}, is_sorted=True)
    pq.write_table(
        pa.Table.from_batches([links]), tmp_path / "g", compression="zstd", compression_level=3
    )
    assert size < (tmp_path / "g").stat().st_size * 5 / 6
    assert pq.read_table(tmp_path / "f").to_batches()[0].equals(links)


def test_small_batches_share_a_group_of_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "ROW_GROUP_ROWS", 20)
    links = many_links(70)
    batches = [links.slice(at, 8) for at in range(0, 70, 8)]
    assert write_parquet(tmp_path / "f", "links", iter(batches), {})[0] == 70
    file = pq.ParquetFile(tmp_path / "f")
    groups = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert groups == [24, 24, 22]
    assert file.read().to_batches()[0].column("anchor").equals(links.column("anchor"))


@pytest.mark.parametrize("table", TABLES)
def test_a_sorted_file_declares_its_order(tmp_path, table):
    path = tmp_path / "x.parquet"
    empty = TABLES[table].empty_table().to_batches()
    write_parquet(path, table, empty, METADATA, is_sorted=True)
    if pq.read_metadata(path).num_row_groups:
        order = pq.read_metadata(path).row_group(0).sorting_columns
        names = TABLES[table].names
        assert tuple(names[column.column_index] for column in order) == SORTED_BY[table]
    write_parquet(path, table, empty, METADATA)
    assert pq.ParquetFile(path).read().num_rows == 0


def test_a_compact_file_of_links_declares_its_order(tmp_path, batch):
    part = write_table(tmp_path, "links", [batch], METADATA)
    order = pq.read_metadata(tmp_path / part.path).row_group(0).sorting_columns
    assert [LINKS.names[column.column_index] for column in order] == list(SORTED_BY["links"])


def test_columns_in_another_order_are_put_right_and_missing_ones_refused(tmp_path, batch):
    path = tmp_path / "x.parquet"
    turned = batch.select(batch.schema.names[::-1])
    write_parquet(path, "links", [turned], METADATA)
    assert pq.read_schema(path).equals(LINKS)
    with pytest.raises(KeyError):
        write_parquet(path, "links", [batch.drop_columns(["target"])], METADATA)
    assert not path.exists()


def test_a_source_that_fails_leaves_no_file(tmp_path, batch):
    def failing():
        yield batch
        raise RuntimeError("the source broke")

    path = tmp_path / "x.parquet"
    with pytest.raises(RuntimeError, match="the source broke"):
        write_parquet(path, "links", failing(), METADATA)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_path_and_leaves_what_was_there(tmp_path, batch):
    write_table(tmp_path, "links", [batch.slice(0, 1)], METADATA)
    path = tmp_path / "links.parquet"
    before = path.read_bytes()
    with file_size_limit(2000), pytest.raises(StorageError) as caught:
        write_table(tmp_path, "links", [batch], METADATA)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 6
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["links.parquet"]


def test_a_folder_that_is_not_there_is_told_with_the_path(tmp_path, batch):
    path = tmp_path / "missing" / "x.parquet"
    with pytest.raises(StorageError) as caught:
        write_parquet(path, "links", [batch], METADATA)
    assert str(path) in str(caught.value)


def test_a_table_is_replaced_in_one_rename(tmp_path, some_pages):
    rows = pages_batch((decode_page(encode_page(page))[0] for page in some_pages), "c1")
    first = write_table(tmp_path, "pages", [rows], file_metadata("pages", "c1", "l"))
    second = write_table(tmp_path, "pages", [rows.slice(0, 2)], file_metadata("pages", "c1", "l"))
    assert (first.rows, second.rows) == (rows.num_rows, 2)
    assert pq.read_schema(tmp_path / second.path).equals(PAGES)
    assert second.sha256 == hashlib.sha256((tmp_path / second.path).read_bytes()).hexdigest()
    assert [file.name for file in tmp_path.iterdir()] == ["pages.parquet"]
