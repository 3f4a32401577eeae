"""Whatever strangers send, every text of every table keeps the rules, in every reader."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scrapy.http import Request, Response
from support.hostile_text import CONTROLS, ESCAPES, ODD, TEXT, fault, faults

from analysis.lenses import lens_named
from analysis.policy import Policy
from analysis.rankings import rank_all
from linkcrawler.extraction.reading import read
from linkcrawler.items import LINK_KINDS, OUTCOMES, Link, Page
from linkcrawler.page import Answer, Place, page_of
from linkcrawler.urls.canonical import canonicalize
from pipelines.dataset import open_dataset
from pipelines.manifest import Manifest, write_manifest
from pipelines.rows import decode_page, encode_page, links_batch, pages_batch
from pipelines.schema import MAX_LENGTHS, SORTED_BY, TABLES
from pipelines.writer import file_metadata, write_table

HERE = "http://a.example/"
WHEN = datetime(2026, 5, 1, tzinfo=UTC)
READERS = {
    "pyarrow": lambda path: pq.read_table(path).to_pylist(),
    "pandas": lambda path: pd.read_parquet(path).astype(object).to_dict("records"),
    "polars": lambda path: pl.read_parquet(path).to_dicts(),
    "duckdb": lambda path: duckdb.sql(f"from '{path}'").to_arrow_table().to_pylist(),
}
URLS = st.builds("http://{}.example/{}?{}".format, TEXT, TEXT, TEXT)
HEADER = TEXT.map(lambda text: text.encode("utf-8", "replace").replace(b"\n", b" "))


def answered(body: bytes, headers: dict[str, bytes | list[bytes]], status: int = 200) -> Page:
    """The page that the crawl makes of an answer."""
    response = Response(HERE, status, headers, body, request=Request(HERE))
    place = Place(HERE, 0, 0, None)
    answer = Answer.of(response, place, 6000)
    document = answer.document
    return page_of(answer, read(document) if document else None, is_verified=False)


def written(folder, pages: list[Page]):
    """Write pages as a finished crawl has them; return the folder."""
    decoded = [decode_page(encode_page(page)) for page in pages]
    batches = {
        "links": links_batch(decoded, "c1"),
        "pages": pages_batch((fields for fields, _ in decoded), "c1"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        write_table(folder, table, [sorted_batch(table, batch)], file_metadata(table, "c1", "now"))
        for table, batch in batches.items()
    ]
    write_manifest(
        folder,
        Manifest(crawl_id="c1", state="finished", seeds=[HERE], suffix_list="now", parts=parts),
    )
    return folder


def sorted_batch(table: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    order = [(name, "ascending") for name in SORTED_BY[table]]
    return batch.take(pc.sort_indices(batch, order))


def test_every_text_column_has_a_documented_bound():
    texts = {field.name for schema in TABLES.values() for field in schema
             if pa.types.is_string(field.type)}  # fmt: skip
    assert texts == set(MAX_LENGTHS)


@settings(max_examples=120)
@given(
    html=st.tuples(TEXT, TEXT, URLS, TEXT, TEXT, URLS, TEXT),
    headers=st.tuples(HEADER, HEADER, HEADER, HEADER),
    status=st.sampled_from([200, 200, 200, 301, 404, 503, 10**400, -7]),
)
@example((CONTROLS, ODD, ODD, ODD, ODD, ODD, ODD), (b"\x1b[2J",) * 4, 200)
def test_rows_of_an_answer_keep_the_rules(html, headers, status):
    title, anchor, url, rel, lang, canonical, alt = (
        text.replace('"', "'").replace("<", "(") for text in html
    )
    body = (
        f'<html lang="{lang}"><head><title>{title}</title><link rel=canonical href="{canonical}">'
        f'</head><body><a href="{url}" rel="{rel}">{anchor}</a><a href=/x><img alt="{alt}"></a>'
        f'<a href="/{alt}">z</a><iframe src="{url}" title="{alt}"></iframe></body></html>'
    ).encode("utf-8", "surrogatepass")
    content_type, location, link, language = headers
    page = answered(
        body,
        {
            "Content-Type": [b"text/html; charset=" + content_type],
            "Location": [location],
            "Link": [b"<" + link + b">; rel=canonical", b"</n>; rel=\"next " + link + b'"'],
            "Content-Language": [language],
        },
        status,
    )  # fmt: skip
    assert_rows_keep_the_rules(page)
    assert_rows_keep_the_rules(answered(body, {"Content-Type": [content_type]}, status))


def assert_rows_keep_the_rules(*pages: Page) -> None:
    decoded = [decode_page(encode_page(page)) for page in pages]
    links = links_batch(decoded, "c1").to_pylist()
    rows = pages_batch((fields for fields, _ in decoded), "c1").to_pylist()
    assert faults("links", links) + faults("pages", rows) == []
    assert len(rows) == len(pages)


ANY_PAGE = st.builds(
    Page,
    url=st.text("ab/?é%[ ", max_size=9).map(lambda path: canonicalize(HERE + path)),
    outcome=st.sampled_from(OUTCOMES),
    fetched_at=st.just(WHEN),
    reason=TEXT,
    status=st.integers(-(10**6), 10**6),
    redirect_to=st.none() | URLS | TEXT,
    discovered_from=st.none() | URLS,
    content_type=TEXT,
    charset=TEXT,
    lang=st.none() | TEXT,
    title=st.none() | TEXT,
    canonical=st.none() | URLS | TEXT,
    ip=st.none() | TEXT,
    tls=TEXT,
    links=st.lists(
        st.builds(Link, URLS | TEXT, st.sampled_from(LINK_KINDS) | TEXT, st.none() | TEXT,
                  st.booleans(), TEXT, TEXT), max_size=6,
    ).map(tuple),
)  # fmt: skip
"""Pages as no extraction makes them, but some other component of a crawl might."""


@settings(max_examples=120)
@given(st.lists(ANY_PAGE, max_size=2))
def test_rows_of_any_page_at_all_keep_the_rules(pages):
    assert_rows_keep_the_rules(*pages)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANY_PAGE, max_size=8))
def test_every_reader_of_the_files_finds_the_rules_kept(tmp_path, pages):
    folder = written(tmp_path / "rows", pages)
    for read_rows in READERS.values():
        for table in ("links", "pages"):
            found = read_rows(folder / f"{table}.parquet")
            assert faults(table, found) == []
    assert len(pages) == len(READERS["polars"](folder / "pages.parquet"))


def test_what_is_made_of_the_rows_keeps_the_rules_too(tmp_path):
    links = [
        Link(f"http://t{number}.example/{text}", "a", text, rel=text)
        for number, text in enumerate([*ESCAPES, *ODD, ODD * 100])
    ]
    folder = written(tmp_path / "c", [Page(HERE, "ok", WHEN, title=ODD, links=tuple(links))])
    rank_all(folder, [Policy(), Policy(lens=lens_named("all"))])
    dataset = open_dataset(folder)
    for table in TABLES:
        rows = dataset.table(table).to_pylist()
        assert rows
        assert faults(table, rows) == []
        for name, read_rows in READERS.items():
            assert faults(table, read_rows(folder / f"{table}.parquet")) == [], name
    ranking = (folder / "ranking.csv").read_text("utf-8")
    assert not [c for c in ranking if c != "\n" and fault("domains", "title", c)]


def test_a_status_that_is_none_has_one_reason():
    assert [answered(b"", {}, status).reason for status in (10**400, -7, 99, 1000, 999, 404)] == [
        "bad_status", "bad_status", "bad_status", "bad_status", "999", "404",
    ]  # fmt: skip


def test_a_link_that_leads_to_no_web_address_is_left_out():
    links = [Link(url, "a") for url in ("javascript:alert(1)", "http://b.example/", "no URL", "")]
    ((fields, columns),) = [decode_page(encode_page(Page(HERE, "ok", WHEN, links=tuple(links))))]
    assert columns["target"] == ["http://b.example/"]
    assert all(len(values) == 1 for values in columns.values())
    assert links_batch([(fields, columns)], "c1").num_rows == 1


def test_ten_megabytes_of_text_become_a_short_one():
    for text in ("x" * 10_000_000, "a" + "\u0301\u0316" * 2_000_000, "\u202e" * 3_000_000):
        page = answered(
            f"<title>{text}</title><a href=/>{text}</a>".encode(), {"Content-Type": b"text/html"}
        )
        assert_rows_keep_the_rules(page)
        assert len(page.title or "") <= MAX_LENGTHS["title"]


def test_the_rules_themselves_find_what_they_are_for():
    bad = SimpleNamespace(title=["\x1b", "a\u202e", "\ud800", "e\u0301", "\x85", "\u2028", "\ufdd0",
                                 "\U000e0041", "x" * 513], url=["é", "a b", "a\x7f"])  # fmt: skip
    assert all(fault("pages", "title", text) for text in bad.title)
    assert all(fault("pages", "url", text) for text in bad.url)
    assert not any(fault("pages", "title", text) for text in ("Über 👩\u200d💻", "", "a\xa0b"))
