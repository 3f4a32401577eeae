"""Links, packed for the way from process to process and into the dataset."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exporters import JsonLinesItemExporter

from linkcrawler.frontier.discovery import discoveries
from linkcrawler.frontier.domain import Domain
from linkcrawler.frontier.records import UrlRow
from linkcrawler.frontier.results import Lease
from linkcrawler.items import LINK_KINDS, Link, Page
from linkcrawler.packing import FIELDS, Columns, PackedLinks, Way, pack, ways_of
from linkcrawler.policies.scope import Scope

WHEN = datetime(2024, 1, 1, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=9)
LINK = st.builds(
    Link,
    st.sampled_from(["http://a.example/", "https://b.example/?q=1"]),
    st.sampled_from(LINK_KINDS),
    st.none() | TEXT,
    is_image=st.booleans(),
    rel=st.sampled_from(["", "nofollow", "ugc me"]),
    follow_cause=st.sampled_from(["", "rel:nofollow", "meta"]),
    placement=st.sampled_from(["unknown", "nav"]),
    heading=st.none() | TEXT,
    text_before=st.none() | TEXT,
    text_after=st.none() | TEXT,
    block=st.integers(-(2**63), 2**63 - 1),
    block_links=st.integers(0, 2**31 - 1),
)


@given(st.lists(LINK, max_size=5))
def test_packed_links_are_the_links(links):
    packed = PackedLinks(pack(links))
    assert (len(packed), list(packed), packed) == (len(links), links, tuple(links))
    assert packed.ways == ways_of(links)
    assert packed[:1] == tuple(links[:1])
    for name in FIELDS:
        assert packed.columns[name] == [getattr(link, name) for link in links]


@given(st.lists(LINK, max_size=5), st.booleans())
def test_packed_links_lead_where_the_links_do(links, nofollow):
    row = UrlRow(1, "http://here.example/", 0, 0, 0, False, None, 0)
    lease = Lease(row, Domain(1, "here.example", 0, 0))
    found = [
        discoveries(Page(row.url, "ok", WHEN, links=kept), lease, Scope(nofollow=nofollow))
        for kept in (tuple(links), PackedLinks(pack(links), ways_of(links)))
    ]
    assert found[0] == found[1]


@given(st.lists(LINK, max_size=5))
def test_feeds_write_packed_links_as_they_write_links(links):
    lines = []
    for kept in (tuple(links), PackedLinks(pack(links))):
        feed = io.BytesIO()
        page = Page("http://here.example/", "ok", WHEN, links=kept)
        JsonLinesItemExporter(feed).export_item(page)
        lines.append(feed.getvalue())
    assert lines[0] == lines[1]


def test_every_field_of_a_link_is_packed():
    assert set(FIELDS) == set(Link.__slots__) - {"relevance"}  # which goes with the ways


def test_each_way_stands_once():
    links = [
        Link("http://a.example/", "a", "x"),
        Link("http://a.example/", "a", "y", follow_cause="meta"),
        Link("http://a.example/", "a", "z"),
        Link("http://a.example/", "redirect"),
    ]
    assert ways_of(links) == [
        Way("http://a.example/", "a", True, "x"),
        Way("http://a.example/", "a", False, "y"),
        Way("http://a.example/", "redirect", True),
    ]


@pytest.mark.parametrize("text", ["a\nb", "\n", "\ud800"])
def test_text_that_nobody_cleaned_cannot_move_the_others(text):
    links = [Link("http://a.example/", "a", text), Link("http://b.example/", "a", "b")]
    first, second = PackedLinks(pack(links))
    assert first.anchor in ("a b", " ", "?")
    assert second.anchor == "b"


@pytest.mark.parametrize("data", [b"", b"\1", pack([Link("http://a.example/", "a")])[:-1]])
def test_bytes_that_hold_no_links_are_refused(data):
    with pytest.raises(ValueError, match="no links"):
        Columns(data)
