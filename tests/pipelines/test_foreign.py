"""Pages that other components have replaced: what the frontier goes by and what the files hold is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from linkcrawler.items import Link, Page
from linkcrawler.packing import PackedLinks, pack
from pipelines.foreign import shaped

WHEN = datetime(2026, 1, 2, tzinfo=UTC)
LINKS = (Link("http://a.example/x", "a"), Link("http://b.example/", "a", anchor="b"))
PAGE = Page("http://a.example/", "ok", WHEN, status=200, n_links=2, n_internal=1, links=LINKS)


def counts(page):
    return len(page.links), page.n_links, page.n_internal, page.links_truncated


def test_a_page_that_is_as_it_should_be_stays_so():
    assert shaped(PAGE) == PAGE
    packed = replace(PAGE, links=PackedLinks(pack(LINKS), []))
    assert shaped(packed) is packed


def test_links_that_were_left_out_are_counted_and_told():
    assert counts(shaped(replace(PAGE, links=LINKS[1:]))) == (1, 2, 1, True)
    assert counts(shaped(replace(PAGE, links=()))) == (0, 2, 1, True)


def test_links_that_were_added_are_counted():
    more = (*LINKS, Link("http://www.a.example/y", "a"))
    assert counts(shaped(replace(PAGE, links=more))) == (3, 3, 2, False)


def test_links_are_canonical_and_lead_to_web_addresses():
    odd = (Link("HTTP://B.example:80/#f", "a", anchor="b"), Link("mailto:a@b.example", "a"))
    found = shaped(replace(PAGE, links=odd, n_internal=0))
    assert found.links == LINKS[1:]
    assert counts(found) == (1, 1, 0, False)


@pytest.mark.parametrize(
    "changed",
    [{"status": "200"}, {"status": None}, {"hops": None}, {"reason": None}, {"title": 5},
     {"noindex": "yes"}, {"bytes": 2**63}, {"n_links": 2**31}, {"url": None}],
)  # fmt: skip
@pytest.mark.parametrize("links", [LINKS, PackedLinks(pack(LINKS), [])], ids=["plain", "packed"])
def test_what_its_column_cannot_hold_is_refused(changed, links):
    with pytest.raises(TypeError, match=f"^{next(iter(changed))} of a page cannot be "):
        shaped(replace(PAGE, links=links, **changed))


def test_numbers_that_are_cut_to_16_bits_may_be_any():
    page = replace(PAGE, status=10**30, hops=2**40, depth=-(10**9))
    assert shaped(page) == page


def test_an_outcome_or_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'weird' is no outcome"):
        shaped(replace(PAGE, outcome="weird"))
    with pytest.raises(ValueError, match="'weird' is no kind"):
        shaped(replace(PAGE, links=[Link("http://a.example/", "weird")]))
