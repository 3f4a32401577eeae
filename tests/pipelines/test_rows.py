"""A page comes out of the outbox as it went in, as rows of exactly the schema."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.exceptions import SchemaVersionError
from linkcrawler.extraction.text import clean_text
from linkcrawler.frontier.records import RefusedRow
from linkcrawler.items import LINK_KINDS, OUTCOMES, Link, Page
from linkcrawler.urls.canonical import canonicalize, host_of
from pipelines.rows import decode_page, encode_page, links_batch, pages_batch, refused_batch
from pipelines.schema import LINKS, PAGES

TEXT = st.text(st.characters(), max_size=30).map(clean_text)
"""What a page's text is when it comes from the extraction."""
URL = st.builds(
    "http://{}/{}".format,
    st.sampled_from(["www.a.example", "b.co.uk", "ann.github.io", "127.0.0.1", "[::1]:80"]),
    st.text("ab/?&=%", max_size=9),
).map(canonicalize)
LINK = st.builds(
    Link,
    URL,
    st.sampled_from(LINK_KINDS),
    st.none() | TEXT,
    st.booleans(),
    TEXT,
    st.sampled_from(["", "rel:nofollow", "meta"]),
    rendered=st.booleans(),
)
WHEN = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
PAGE = st.builds(
    Page,
    url=URL,
    outcome=st.sampled_from(OUTCOMES),
    fetched_at=WHEN,
    reason=TEXT,
    status=st.integers(0, 999),
    redirect_to=st.none() | URL,
    hops=st.integers(0, 9),
    depth=st.integers(0, 9),
    discovered_from=st.none() | URL,
    content_type=TEXT,
    charset=TEXT,
    charset_guessed=st.booleans(),
    lang=st.none() | TEXT,
    title=st.none() | TEXT,
    canonical=st.none() | URL,
    noindex=st.booleans(),
    nofollow=st.booleans(),
    n_links=st.integers(5, 9),
    n_internal=st.integers(0, 4),
    links_truncated=st.booleans(),
    degraded=st.booleans(),
    rendered=st.booleans(),
    render_reason=st.sampled_from(["", "no_links", "failed:timeout"]),
    bytes=st.integers(0, 2**40),
    download_ms=st.integers(0, 10**6),
    ip=st.none() | st.just("192.0.2.1"),
    tls=st.sampled_from(["none", "verified"]),
    relevance=st.sampled_from([-1.0, 0.0, 0.25, 1.0]),
    links=st.lists(LINK, max_size=5).map(tuple),
)


def batches(*pages):
    decoded = [decode_page(encode_page(page)) for page in pages]
    return (
        links_batch(decoded, "c1"),
        pages_batch((fields for fields, _ in decoded), "c1"),
    )


def assert_has_no_forbidden_null(batch):
    for field in batch.schema:
        if not field.nullable:
            assert batch[field.name].null_count == 0, field.name


@given(st.lists(PAGE, max_size=3))
def test_pages_become_rows_of_exactly_the_schema_without_forbidden_nulls(pages):
    links, rows = batches(*pages)
    assert links.schema.equals(LINKS, check_metadata=True)
    assert rows.schema.equals(PAGES, check_metadata=True)
    assert (links.num_rows, rows.num_rows) == (sum(len(p.links) for p in pages), len(pages))
    for batch in (links, rows):
        batch.validate(full=True)
        assert_has_no_forbidden_null(batch)


@given(PAGE)
def test_every_field_of_a_page_comes_back_as_it_was(page):
    links, rows = batches(page)
    (row,) = rows.to_pylist()
    same = (set(Page.__slots__) & set(row)) - {"relevance"}
    assert (str(row["relevance"]) == "nan") == (page.relevance < 0)
    assert page.relevance < 0 or row["relevance"] == page.relevance
    assert {name: row[name] for name in same} == {name: getattr(page, name) for name in same}
    assert row["n_external"] == page.n_links - page.n_internal
    assert row["crawl_id"] == "c1"
    for position, (link, found) in enumerate(zip(page.links, links.to_pylist(), strict=True)):
        for name in set(Link.__slots__) - {"relevance"}:
            assert found[name] == getattr(link, name)
        assert found["position"] == position
        assert found["follow"] is link.follow
        assert found["source"] == page.url
        assert found["internal"] is (found["source_domain"] == found["target_domain"])
        assert (found["fetched_at"], found["hops"], found["depth"]) == (
            page.fetched_at, page.hops, page.depth,
        )  # fmt: skip


def test_hosts_and_domains_are_those_of_the_urls(page):
    links, rows = batches(
        page("https://www.bbc.co.uk:8080/", "http://x.ann.github.io/", "http://bbc.co.uk/")
    )
    (row,) = rows.to_pylist()
    assert (row["host"], row["domain"], row["icann_domain"]) == (
        "www.bbc.co.uk", "bbc.co.uk", "bbc.co.uk",
    )  # fmt: skip
    away, home = links.to_pylist()
    assert (away["target_host"], away["target_domain"], away["internal"]) == (
        "x.ann.github.io", "ann.github.io", False,
    )  # fmt: skip
    assert (home["source_host"], home["source_domain"], home["target_domain"], home["internal"]) == (
        "www.bbc.co.uk", "bbc.co.uk", "bbc.co.uk", True,
    )  # fmt: skip


URLS = [
    "http://a.example/", "https://user:p@ss@b.example:8443/x@y", "http://[2001:db8::1]:81/?a",
    "http://192.0.2.1/", "https://xn--bcher-kva.example/?q=a/b@c", "http://user@c.example/",
]  # fmt: skip


def test_hosts_found_in_bulk_are_those_found_one_by_one(page):
    urls = [canonicalize(url) for url in URLS]
    links, _ = batches(page("http://a.example/", *urls))
    assert links["target"].to_pylist() == urls
    assert links["target_host"].to_pylist() == list(map(host_of, urls))


def test_evidence_that_was_not_gathered_has_its_empty_value(page):
    links, rows = batches(page("http://a.example/", "http://b.example/"))
    (row,), (link,) = rows.to_pylist(), links.to_pylist()
    assert str(row["relevance"]) == "nan"
    assert (row["rendered"], row["render_reason"], row["simhash"], row["template"]) == (
        False, "", 0, 0,
    )  # fmt: skip
    assert row["owner_ids"] is None
    assert (link["placement"], link["block"], link["block_links"], link["rendered"]) == (
        "unknown", 0, 0, False,
    )  # fmt: skip
    assert [link[name] for name in ("heading", "text_before", "text_after")] == [None] * 3


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [("status", 70_000, 32_767), ("status", -70_000, -32_768), ("depth", 40_000, 32_767),
     ("hops", 40_000, 32_767)],
)  # fmt: skip
def test_no_number_that_a_server_or_a_trap_makes_up_can_stop_the_dataset(page, field, value, kept):
    links, rows = batches(page("http://a.example/", "http://b.example/", **{field: value}))
    assert rows.to_pylist()[0][field] == kept
    if field != "status":
        assert links.to_pylist()[0][field] == kept


def test_a_lone_surrogate_cannot_stop_the_dataset(page):
    link = Link("http://b.example/", "a", anchor="x\ud800y")
    links, rows = batches(page("http://a.example/", link, title="\udfff"))
    assert links.to_pylist()[0]["anchor"] == "xy"
    assert rows.to_pylist()[0]["title"] == ""


def test_times_keep_their_microseconds_in_utc(page):
    for when in (
        datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    ):
        _, rows = batches(page("http://a.example/", fetched_at=when))
        assert rows.to_pylist()[0]["fetched_at"] == when


def test_rows_of_another_encoding_are_refused():
    for other, name in (
        (struct.pack(">HI", 999, 2) + b"{}", "encoding 999"),
        (zlib.compress(json.dumps([1, {}, {}]).encode()), "an earlier encoding"),
    ):
        with pytest.raises(SchemaVersionError, match=name):
            decode_page(other)


def test_refused_urls_are_rows_that_name_the_rule():
    when = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=7)
    rows = [
        RefusedRow("http://www.a.example/x", 3, 1, "http://b.example/", "hops"),
        RefusedRow("http://c.example/", 40_000, 40_000, None, "exclude"),
    ]
    batch = refused_batch(rows, "c1", when)
    assert batch.schema.equals(PAGES, check_metadata=True)
    assert_has_no_forbidden_null(batch)
    first, second = batch.to_pylist()
    assert {name: first[name] for name in ("url", "domain", "outcome", "reason", "status")} == {
        "url": "http://www.a.example/x", "domain": "a.example", "outcome": "excluded",
        "reason": "hops", "status": 0,
    }  # fmt: skip
    assert (first["hops"], first["depth"], first["discovered_from"], first["fetched_at"]) == (
        3, 1, "http://b.example/", when,
    )  # fmt: skip
    assert (second["hops"], second["depth"], second["discovered_from"]) == (32_767, 32_767, None)


def test_nothing_becomes_no_rows():
    assert links_batch([], "c1").num_rows == pages_batch([], "c1").num_rows == 0
    assert refused_batch([], "c1", datetime(2024, 1, 1, tzinfo=UTC)).num_rows == 0
