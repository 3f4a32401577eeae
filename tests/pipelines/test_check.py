"""Each kind of fault in a dataset is found and named with its file."""

from __future__ import annotations

import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.checked import faults, rows_of

from linkcrawler.exceptions import (
    CorruptPartError,
    NotADatasetError,
    SchemaVersionError,
    StorageError,
)
from pipelines import check
from pipelines.check import check_dataset
from pipelines.schema import DOMAINS, LINKS, PAGES, SCHEMA_VERSION, TABLES
from pipelines.writer import file_metadata, write_table


def test_a_sound_dataset_has_no_fault_and_is_counted(folder):
    found, looked_at = check_dataset(folder)
    assert found == []
    assert looked_at == {
        "files": 2,
        "bytes": sum((folder / f"{name}.parquet").stat().st_size for name in ("links", "pages")),
        "links": 36,
        "pages": 13,
    }


def test_a_running_crawl_has_no_fault(crawl, some_pages):
    crawl.commit(*some_pages)
    crawl.seal(10)
    assert check_dataset(crawl.manifest())[0] == []
    crawl.seal()
    assert check_dataset(crawl.manifest())[0] == []


def test_checking_changes_nothing(folder):
    def content():
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    before = content()
    faults(folder)
    assert content() == before


@pytest.mark.parametrize("table", ["links", "pages"])
def test_a_missing_file_is_found(folder, table):
    (folder / f"{table}.parquet").unlink()
    (fault,) = faults(folder)
    assert f"{table}.parquet is missing" in fault


@pytest.mark.parametrize("cut", [1, 100, 10**9])
def test_a_truncated_file_is_found(folder, cut):
    path = folder / "links.parquet"
    path.write_bytes(path.read_bytes()[:-cut])
    (fault,) = faults(folder)
    assert f"{path} is not what was written" in fault


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_a_flipped_bit_is_found_wherever_it_is(folder, share):
    path = folder / "links.parquet"
    data = bytearray(path.read_bytes())
    data[round(share * (len(data) - 1))] ^= 1
    path.write_bytes(data)
    (fault,) = faults(folder)
    assert f"{path} is not what was written" in fault


@pytest.mark.parametrize("name", ["raw/links/part-00000.parquet", "raw/pages/x.parquet"])
def test_a_file_that_no_manifest_names_is_found(folder, name):
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes((folder / "links.parquet").read_bytes())
    (fault,) = faults(folder)
    assert f"{folder / name} is named by no manifest" in fault


def test_a_compact_file_beside_raw_parts_is_found(crawl, some_pages):
    crawl.commit(*some_pages)
    crawl.seal()
    folder = crawl.manifest()
    (folder / "links.parquet").write_bytes(b"x")
    (fault,) = faults(folder)
    assert "links.parquet is named by no manifest" in fault


def test_a_wrong_number_of_rows_is_found(folder, rewrite):
    rewrite("links", rows_of(folder, "links"), count=35)
    assert any("has 36 rows, run.json says 35" in fault for fault in faults(folder))


def test_counts_that_do_not_add_up_are_found(folder, change_manifest):
    counts = {"discovered": 10, "pending": 1, "done": 2, "failed": 3, "excluded": 4}
    change_manifest(lambda said: said["counts"].update(counts))
    assert faults(folder) == []
    change_manifest(lambda said: said["counts"].update(done=3, rows_pages=99))
    first, second = faults(folder)
    assert "10 URLs discovered, 11 accounted for" in first
    assert "99 rows of pages, its files hold 13" in second


def test_another_schema_version_in_a_file_is_found(folder, rewrite):
    other = {"linkcrawler.schema_version": "999"}
    rewrite("pages", rows_of(folder, "pages"), metadata=other)
    (fault,) = faults(folder)
    assert f"schema version 999, not {SCHEMA_VERSION}" in fault


def test_a_file_without_a_schema_version_is_found(folder, rewrite):
    rewrite("pages", rows_of(folder, "pages"), metadata={})
    (fault,) = faults(folder)
    assert "schema version none" in fault


def test_other_columns_are_found(folder, rewrite):
    wide = pa.schema(
        [field.with_type(pa.int64()) if field.name == "position" else field for field in LINKS]
    )
    rewrite("links", rows_of(folder, "links"), schema=wide)
    (fault,) = faults(folder)
    assert "does not have the columns of table links" in fault


def test_a_part_of_no_known_table_is_found(folder, change_manifest):
    change_manifest(lambda said: said["parts"][0].update(table="other"))
    assert any("of no known table, 'other'" in fault for fault in faults(folder))


def test_a_url_with_two_rows_is_found(folder, rewrite):
    rows = rows_of(folder, "pages")
    rewrite("pages", pa.concat_tables([rows, rows.slice(0, 1)]))
    assert any("1 URLs that have more than one row in pages" in fault for fault in faults(folder))


def test_links_that_are_there_twice_are_found(folder, rewrite):
    rows = rows_of(folder, "links")
    rewrite("links", pa.concat_tables([rows, rows.slice(0, 2)]))
    assert any("2 links that share source and position" in fault for fault in faults(folder))


def test_links_of_no_page_are_found(folder, rewrite):
    rewrite("pages", rows_of(folder, "pages").slice(1))
    assert any("links whose source is not in pages" in fault for fault in faults(folder))


def test_lost_links_are_found(folder, rewrite):
    rewrite("links", rows_of(folder, "links").slice(1))
    assert any("1 pages whose links do not match their count" in fault for fault in faults(folder))


def test_a_page_that_kept_only_its_first_links_is_no_fault(crawl, page):
    crawl.commit(page("http://a.example/", "http://b.example/", n_links=9, links_truncated=True))
    crawl.seal()
    crawl.compact()
    assert faults(crawl.manifest()) == []


@pytest.mark.parametrize("how", ["overwritten", "a page overwritten"])
def test_a_damaged_frontier_is_found(folder, how):
    path = folder / "frontier.sqlite"
    data = bytearray(path.read_bytes())
    if how == "overwritten":
        data[:] = b"no database" * 999
    else:
        data[4096:8192] = b"\xff" * 4096
    path.write_bytes(data)
    (fault,) = faults(folder)
    assert f"{path} is damaged" in fault


def ranked_row(table):
    empty = {"string": "x", "bool": False, "timestamp[us, tz=UTC]": 0}
    row = {field.name: [empty.get(str(field.type), 0)] for field in TABLES[table]}
    return pa.RecordBatch.from_pydict(row, schema=TABLES[table])


@pytest.mark.parametrize("table", ["domain_edges", "domains", "rankings"])
def test_ranked_tables_are_checked_too(folder, table):
    write_table(folder, table, [ranked_row(table)] * 50, file_metadata(table, "c1", "l"))
    assert faults(folder) == []
    path = folder / f"{table}.parquet"
    data = path.read_bytes()
    group = pq.read_metadata(path).row_group(0).column(0)
    start = min(group.dictionary_page_offset or group.data_page_offset, group.data_page_offset)
    at = start + group.total_compressed_size - 1
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    (fault,) = faults(folder)
    assert f"{path} cannot be read" in fault
    path.write_bytes(data[:-1])
    (fault,) = faults(folder)
    assert f"{path} cannot be read" in fault
    other = PAGES if table == "domains" else DOMAINS
    pq.write_table(other.empty_table(), path)
    assert any(f"columns of table {table}" in fault for fault in faults(folder))


def test_a_question_that_memory_and_disk_cannot_hold_is_no_damage(folder, monkeypatch):
    question = "SELECT error('Out of Memory Error: failed to offload data block')"
    monkeypatch.setattr(check, "QUESTIONS", (("rows", question),))
    with pytest.raises(StorageError, match="make room on the disk"):
        check_dataset(folder)


def test_what_memory_does_not_hold_goes_to_the_systems_folder_for_that(folder, monkeypatch):
    """Not to where the command was given, which may not be written to."""
    question = "SELECT (NOT starts_with(current_setting('temp_directory'), '{}'))::INTEGER"
    where = (("elsewhere", question.format(tempfile.gettempdir())),)
    monkeypatch.setattr(check, "QUESTIONS", where)
    assert faults(folder) == []


def test_what_cannot_be_checked_at_all_is_an_error(tmp_path, folder, change_manifest):
    with pytest.raises(NotADatasetError):
        check_dataset(tmp_path / "nowhere")
    change_manifest(lambda said: said.update(schema_version=999))
    with pytest.raises(SchemaVersionError):
        check_dataset(folder)
    (folder / "run.json").write_bytes(b"{")
    with pytest.raises(CorruptPartError):
        check_dataset(folder)
