"""Where a page leads, and what the way there costs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from linkcrawler.frontier.discovery import discoveries
from linkcrawler.frontier.domain import Domain
from linkcrawler.frontier.records import Discovery, UrlRow
from linkcrawler.frontier.results import Lease
from linkcrawler.items import LINK_KINDS, Link, Page
from linkcrawler.policies.scope import Scope

HERE = "http://www.a.example/page"


@pytest.fixture
def leads():
    """A function from links to where they lead, from a page on ``a.example``."""

    def leads(*links, is_seed=False, scope=None):
        row = UrlRow(1, HERE, 3, 2, 0, is_seed, None)
        page = Page(HERE, "ok", datetime(2024, 1, 1, tzinfo=UTC), links=links)
        return discoveries(page, Lease(row, Domain(1, "a.example", 1, 0)), scope or Scope())

    return leads


@pytest.mark.parametrize("kind", sorted(set(LINK_KINDS) - {"link"}))
def test_links_of_each_kind_but_mere_relations_are_followed(leads, kind):
    (found,) = leads(Link("http://b.example/", kind))
    assert (found.url, found.domain) == ("http://b.example/", "b.example")
    assert found.cost == (0 if kind in ("redirect", "refresh") else 1)


@pytest.fixture
def beyond():
    """A function from a page's facts, and how it is a sitemap, to where it leads besides its links."""

    def beyond(*links, level=0, **facts):
        row = UrlRow(1, HERE, 3, 2, 0, False, None, level)
        page = Page(HERE, "not_html", datetime(2024, 1, 1, tzinfo=UTC), links=links, **facts)
        found = discoveries(page, Lease(row, Domain(1, "a.example", 1, 0)), Scope(exclude=("bad",)))
        return [(way.url, way.sitemap, way.cost, way.hop_cost, way.rule) for way in found]

    return beyond


def test_sitemaps_come_first_and_as_near_as_the_page_what_they_list_last(beyond):
    s, x, bad = "http://a.example/s", "http://b.example/x", "http://a.example/bad"
    link = Link("http://a.example/1", "a")
    assert beyond(link, Link(s, "a"), sitemaps=(s, x, bad)) == [
        (s, 1, 0, 0, None), (x, 1, 0, 1, None), (bad, 1, 0, 0, "exclude"), (link.target, 0, 1, 0, None),
    ]  # fmt: skip
    assert beyond(level=1, sitemaps=(s,)) == [(s, 2, 1, 0, None)]
    assert beyond(link, level=2, listed=(bad, x, link.target)) == [
        (link.target, 0, 1, 0, None), (bad, 0, 1, 0, "exclude"), (x, 0, 1, 1, None),
    ]  # fmt: skip


def test_what_a_sitemap_redirects_to_is_one(beyond):
    target = "http://a.example/there"
    assert beyond(Link(target, "redirect"), level=2) == [(target, 2, 0, 0, None)]
    assert beyond(Link(target, "redirect")) == [(target, 0, 0, 0, None)]
    assert beyond(Link(target, "canonical"), level=2) == [(target, 0, 1, 0, None)]


def test_a_mere_relation_is_not_followed(leads):
    assert leads(Link("http://b.example/", "link")) == ()


@pytest.mark.parametrize("cause", ["rel:nofollow", "rel:ugc", "rel:sponsored", "meta", "header"])
def test_a_link_that_asks_not_to_be_followed_is_not(leads, cause):
    link = Link("http://b.example/", "a", follow_cause=cause)
    assert leads(link) == ()
    assert [found.url for found in leads(link, Link("http://b.example/", "a"))] == [
        "http://b.example/"
    ]
    assert len(leads(link, scope=Scope(nofollow=True))) == 1


def test_each_url_counts_once_in_the_order_of_the_page(leads):
    targets = ["http://c.example/", "http://b.example/", "http://c.example/", HERE]
    found = leads(*(Link(target, "a") for target in targets))
    assert [one.url for one in found] == ["http://c.example/", "http://b.example/", HERE]


def test_the_cheapest_of_several_ways_to_a_url_counts(leads):
    a, refresh = Link("http://b.example/", "a"), Link("http://b.example/", "refresh")
    assert [one.cost for one in leads(a, refresh)] == [0]
    assert [one.cost for one in leads(refresh, a)] == [0]


def test_a_link_to_another_registered_domain_costs_a_hop_and_enters_it(leads):
    inside, outside = leads(
        Link("http://other.a.example/", "a"), Link("https://b.example:8080/x", "a")
    )
    assert inside == Discovery("http://other.a.example/", "a.example")
    assert outside == Discovery("https://b.example:8080/x", "b.example", hop_cost=1, enters=True)


@pytest.mark.parametrize("kind", ["redirect", "refresh", "a"])
def test_a_redirect_is_marked_as_one(leads, kind):
    (found,) = leads(Link("http://b.example/", kind))
    assert found.is_redirect == (kind == "redirect")
    assert found.hop_cost == 1


def test_the_rule_that_refuses_a_url_goes_with_it(leads):
    scope = Scope(exclude=("private",))
    found = leads(
        Link("http://a.example/private", "a"),
        Link("http://10.0.0.1/", "a"),
        Link("http://a.example/", "a"),
        scope=scope,
    )
    assert [one.rule for one in found] == ["exclude", "address", None]
