"""The same rows with the right types, whichever tool reads them, while a crawl runs and after."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from support.ranked import domain, write_dataset

from linkcrawler.exceptions import CorruptPartError, DatasetError, NotADatasetError
from pipelines.dataset import open_dataset
from pipelines.schema import LINKS, PAGES, TABLES

DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}
POLARS_TYPES = {
    pa.string(): pl.String,
    pa.bool_(): pl.Boolean,
    pa.int16(): pl.Int16,
    pa.int32(): pl.Int32,
    pa.int64(): pl.Int64,
    pa.float32(): pl.Float32,
    pa.timestamp("us", tz="UTC"): pl.Datetime("us", "UTC"),
}
PANDAS_TYPES = {
    pa.bool_(): "bool",
    pa.int16(): "int16",
    pa.int32(): "int32",
    pa.int64(): "int64",
    pa.float32(): "float32",
    pa.timestamp("us", tz="UTC"): "datetime64[us, UTC]",
}
SCHEMAS = {"links": LINKS, "pages": PAGES}


@pytest.fixture(params=["while it runs", "when it ended"])
def folder(request, crawl, some_pages):
    """The folder of a crawl with two raw parts a table, or compact."""
    crawl.commit(*some_pages)
    crawl.seal(10)
    crawl.seal()
    if request.param == "when it ended":
        crawl.compact()
    return crawl.manifest()


@pytest.fixture(params=SCHEMAS)
def table(request):
    return request.param


def glob(folder, table):
    """Return what a person types to read a table of a crawl with another tool."""
    compact = folder / f"{table}.parquet"
    return str(compact if compact.exists() else folder / "raw" / table / "*.parquet")


def rows_of(folder, table):
    return sorted(
        open_dataset(folder).table(table).to_pylist(), key=lambda row: (row["fetched_at"], str(row))
    )


def test_the_dataset_gives_every_row_in_the_schema_s_types(folder, table, some_pages):
    found = open_dataset(folder).table(table)
    assert found.schema.equals(SCHEMAS[table])
    want = {"pages": len(some_pages), "links": 3 * len(some_pages)}
    assert found.num_rows == want[table]
    found.validate(full=True)


def test_columns_are_read_in_the_order_asked_for(folder):
    dataset = open_dataset(folder)
    assert dataset.links(["target", "source"]).column_names == ["target", "source"]
    assert dataset.pages(["url"]).schema.equals(pa.schema([PAGES.field("url")]))
    with pytest.raises(DatasetError, match="pages has no column no_such_column"):
        dataset.pages(["no_such_column"])


def test_duckdb_reads_the_right_types_and_rows(folder, table):
    with duckdb.connect() as db:
        found = db.read_parquet(glob(folder, table))
        types = dict(zip(found.columns, map(str, found.types), strict=True))
        assert types == {field.name: DUCKDB_TYPES[field.type] for field in SCHEMAS[table]}
        key = "url" if table == "pages" else "target"
        assert sorted(row[0] for row in found.project(key).fetchall()) == sorted(
            row[key] for row in rows_of(folder, table)
        )


def test_polars_reads_the_right_types_and_rows(folder, table):
    found = pl.read_parquet(glob(folder, table))
    assert dict(found.schema) == {field.name: POLARS_TYPES[field.type] for field in SCHEMAS[table]}
    names = [name for name in found.columns if name != "relevance"]  # NaN equals nothing
    want = [{name: row[name] for name in names} for row in rows_of(folder, table)]
    order = sorted(found.select(names).to_dicts(), key=lambda row: (row["fetched_at"], str(row)))
    assert sorted(map(str, order)) == sorted(map(str, want))


def test_pandas_reads_the_right_types_and_rows(folder, table):
    path = glob(folder, table)
    found = pd.read_parquet(path.removesuffix("/*.parquet"))
    for field in SCHEMAS[table]:
        if pa.types.is_string(field.type):
            assert pd.api.types.is_string_dtype(found[field.name].dropna())
        else:
            assert str(found[field.name].dtype) == PANDAS_TYPES[field.type], field.name
    assert len(found) == len(rows_of(folder, table))
    assert found["fetched_at"].min() == min(row["fetched_at"] for row in rows_of(folder, table))


def test_pyarrow_datasets_read_a_folder_of_parts(folder, table):
    path = glob(folder, table).removesuffix("/*.parquet")
    found = ds.dataset(path).to_table()
    assert found.schema.equals(SCHEMAS[table])
    assert found.num_rows == len(rows_of(folder, table))


def test_times_carry_their_zone(folder):
    when = open_dataset(folder).pages()["fetched_at"][0].as_py()
    assert when.tzinfo is not None
    assert when.astimezone(UTC).date() == datetime(2024, 1, 2, tzinfo=UTC).date()


def test_a_relation_is_the_table_in_duckdb(folder, table):
    with duckdb.connect() as db:
        relation = open_dataset(folder).relation(table, db)
        assert relation.count("*").fetchall() == [(len(rows_of(folder, table)),)]
        assert relation.columns == SCHEMAS[table].names


def test_a_table_that_does_not_exist_yet_is_empty_and_no_relation(folder):
    dataset = open_dataset(str(folder))
    for name in ("domain_edges", "domains"):
        assert dataset.table(name).schema.equals(TABLES[name])
        assert dataset.table(name).num_rows == 0
        with pytest.raises(DatasetError, match=f"no table {name} yet"):
            dataset.relation(name)


def test_only_files_that_the_manifest_names_are_read(finished):
    dataset = open_dataset(finished.folder)
    rows = dataset.links().num_rows
    (finished.folder / "raw" / "links").mkdir(parents=True)
    pq.write_table(dataset.links(), finished.folder / "raw/links/part-00099.parquet")
    assert open_dataset(finished.folder).links().num_rows == rows


def test_a_missing_file_is_named(finished):
    (finished.folder / "links.parquet").unlink()
    dataset = open_dataset(finished.folder)
    with pytest.raises(CorruptPartError, match="is missing") as caught:
        dataset.links()
    assert str(finished.folder / "links.parquet") in str(caught.value)
    assert dataset.pages().num_rows > 0


def damaged(path, how):
    data = path.read_bytes()
    column = pq.read_metadata(path).row_group(0).column(LINKS.get_field_index("target"))
    # The last byte of the column's last page: the headers between pages have no checksum.
    at = column.dictionary_page_offset + column.total_compressed_size - 1
    return {
        "truncated": data[:-9],
        "cut to nothing": b"",
        "no Parquet": b"<html>" * 99,
        "a bit flipped": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
    }[how]


@pytest.mark.parametrize("how", ["truncated", "cut to nothing", "no Parquet", "a bit flipped"])
def test_a_damaged_file_is_named_in_one_line_and_gives_no_rows(finished, how):
    path = finished.folder / "links.parquet"
    path.write_bytes(damaged(path, how))
    with pytest.raises(CorruptPartError, match="is damaged") as caught:
        open_dataset(finished.folder).links()
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_that_is_no_crawl_is_named(tmp_path, name):
    with pytest.raises(NotADatasetError) as caught:
        open_dataset(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_a_table_of_an_earlier_version_is_refused_with_what_to_do(tmp_path):
    folder = write_dataset(tmp_path / "old", domains=[domain("a.example", 1)])
    path = folder / "domains.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["tier"]), path)
    with pytest.raises(DatasetError, match=r"has no column tier: .*; run `linkcrawler rank .*old`"):
        open_dataset(folder).table("domains")
    assert open_dataset(folder).table("domains", ["domain"]).num_rows == 1
