"""Where a page leads, and what the way there costs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from linkcrawler.frontier.discovery import discoveries
from linkcrawler.frontier.records import Discovery, UrlRow
from linkcrawler.frontier.results import Lease
from linkcrawler.frontier.window import Domain
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
