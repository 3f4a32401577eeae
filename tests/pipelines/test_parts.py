"""Parts are sealed, compacted and opened again with every row in them; what hinders that is told."""

from __future__ import annotations

import errno
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkcrawler.exceptions import CorruptPartError, StorageError
from pipelines.schema import LINKS, PAGES, SORTED_BY

# Sealing


def test_sealing_moves_rows_from_the_outbox_to_parts(crawl, some_pages):
    crawl.commit(*some_pages)
    before = crawl.held()
    crawl.seal(10)
    assert crawl.held() == before
    assert crawl.store.outbox_size()[0] == len(some_pages) - 4
    assert crawl.data_files() == ["raw/links/part-00000.parquet", "raw/pages/part-00000.parquet"]
    crawl.seal()
    assert crawl.held() == before
    assert crawl.store.outbox_size() == (0, 0)
    crawl.check_files()
    assert [row["url"] for row in crawl.rows("pages")] == [page.url for page in some_pages]


def test_pages_without_links_make_no_part_of_links(crawl, page):
    crawl.commit(page("http://a.example/"))
    crawl.seal()
    assert crawl.data_files() == ["raw/pages/part-00000.parquet"]
    crawl.check_files()


def test_numbers_of_parts_are_never_used_twice(sealed, page):
    sealed.seal()
    (sealed.folder / "raw/links/part-00007.parquet").write_bytes(b"x")
    sealed.commit(page("http://new.example/"))
    sealed.seal()
    assert "raw/pages/part-00008.parquet" in sealed.data_files()


def test_a_part_s_rows_may_come_from_any_number_of_pages(crawl, page):
    pages = [page(f"http://a.example/{n}", *["http://b.example/"] * n) for n in range(9)]
    crawl.commit(*pages)
    limits = 0
    while crawl.store.outbox_size()[0]:
        crawl.seal(3)
        limits += 1
    assert limits > 2
    crawl.compact()
    table = pa.Table.from_pylist(crawl.rows("links"), schema=LINKS)
    assert table.num_rows == sum(range(9))


# Compacting and opening again


def test_compacting_makes_one_sorted_file_a_table_of_all_rows(sealed):
    sealed.seal()
    before = sealed.held()
    sealed.compact()
    assert sealed.held() == before
    assert sealed.data_files() == ["links.parquet", "pages.parquet"]
    assert not (sealed.folder / "raw").exists()
    assert sealed.files.is_compact
    sealed.check_files()
    for table, schema in (("links", LINKS), ("pages", PAGES)):
        assert pq.read_schema(sealed.folder / f"{table}.parquet").equals(schema)
        keys = [tuple(row[name] for name in SORTED_BY[table]) for row in sealed.rows(table)]
        assert keys == sorted(keys)
        order = pq.read_metadata(sealed.folder / f"{table}.parquet").row_group(0).sorting_columns
        assert [schema.names[one.column_index] for one in order] == list(SORTED_BY[table])


def test_refused_urls_become_rows_when_compacting_and_leave_when_opened_again(sealed, page):
    sealed.seal()
    sealed.compact()
    refused = [row for row in sealed.rows("pages") if row["outcome"] == "excluded"]
    assert [(row["url"], row["reason"]) for row in refused] == [
        ("http://z.example/private", "exclude")
    ]
    before = sealed.held()
    sealed.files.reopen()
    assert sealed.held() == before
    assert "excluded" not in {row["outcome"] for row in sealed.rows("pages")}
    assert not sealed.files.is_compact
    sealed.check_files()
    sealed.commit(page("http://new.example/", "http://a.example/"))
    sealed.seal()
    sealed.compact()
    assert sealed.held() - before == {
        ("page", "http://new.example/"): 1,
        ("link", "http://new.example/", 0, "http://a.example/"): 1,
    }
    sealed.check_files()


def test_a_url_that_was_tried_and_excluded_is_kept_when_opened_again(crawl, page):
    crawl.commit(page("http://a.example/", outcome="excluded", reason="address:private"))
    crawl.seal()
    crawl.compact()
    crawl.files.reopen()
    assert [row["reason"] for row in crawl.rows("pages")] == ["address:private"]


def test_a_crawl_with_nothing_in_it_can_be_compacted_and_opened_again(crawl):
    crawl.compact()
    assert (crawl.rows("links"), crawl.rows("pages")) == ([], [])
    assert pq.read_schema(crawl.folder / "links.parquet").equals(LINKS)
    crawl.files.reopen()
    crawl.check_files()


def test_hops_and_depth_are_those_known_at_the_end(crawl, page):
    crawl.commit(page("http://a.example/", "http://b.example/", hops=3, depth=5))
    crawl.seal()
    crawl.compact()  # the store has it as a seed, at no hops and no depth
    assert [(row["hops"], row["depth"]) for row in crawl.rows("pages")] == [(0, 0)]
    assert [(row["hops"], row["depth"]) for row in crawl.rows("links")] == [(0, 0)]


def test_links_are_cloned_by_a_copy_where_no_hard_link_can_be_made(sealed, monkeypatch):
    def refuse(*args):
        raise OSError(errno.EPERM, "no hard links here")

    sealed.seal()
    sealed.compact()
    before = sealed.held()
    monkeypatch.setattr(os, "link", refuse)
    sealed.files.reopen()
    assert sealed.held() == before
    sealed.check_files()


# What is damaged or refused


def test_a_damaged_part_is_told_and_the_raw_parts_still_count(sealed):
    sealed.seal()
    path = sealed.folder / "raw/links/part-00001.parquet"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptPartError) as caught:
        sealed.compact()
    assert len(str(caught.value).splitlines()) == 1
    path.write_bytes(data)
    sealed.open().files.recover()
    sealed.check_files()
    assert len(sealed.store.parts()) == 6


def test_a_file_that_counts_and_is_gone_is_told(sealed):
    path = sealed.folder / "raw/links/part-00001.parquet"
    path.unlink()
    with pytest.raises(CorruptPartError, match="is missing") as caught:
        sealed.files.recover()
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "path", ["../mine.parquet", "{}/mine.parquet", "raw/links/../../mine.parquet"]
)
def test_a_record_that_leads_out_of_the_dataset_is_refused_and_the_file_is_left(sealed, path):
    """A folder may come from somebody else: what its frontier names is renamed and removed."""
    mine = sealed.folder.parent / "mine.parquet"
    mine.write_text("mine")
    path = path.format(sealed.folder.parent)
    sealed.store._db.execute(
        "UPDATE part SET path = ? WHERE path LIKE '%links/part-00001%'", (path,)
    )
    with pytest.raises(CorruptPartError, match="no file of a dataset"):
        sealed.files.recover()
    assert mine.read_text() == "mine"


def test_a_disk_that_refuses_is_told_and_what_was_there_still_counts(sealed, monkeypatch):
    before = sealed.held()

    def refuse(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageError, match="No space left on device") as caught:
            sealed.seal()
    assert str(sealed.folder) in str(caught.value)
    sealed.open().files.recover()
    assert sealed.held() == before
    sealed.check_files()
