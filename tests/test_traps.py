"""Traps take at most a hundredth of the budget, and their sites are still read.

Most crawls here go through the real reader, frontier and store, and leave out the network alone.
"""

from __future__ import annotations

import json
import signal
from collections import Counter

import pytest

from linkcrawler.policies.traps import COUNTED_RULES, TRAP_RULES
from tests.support import crawling
from tests.support.crawling import DEADLINE, Web, linkcrawler
from tests.support.real_site import RealSite
from tests.support.trap_crawl import TrapCrawl, TrapWeb
from tests.support.trap_kinds import Moved
from tests.support.traps import MANY_WAYS, TRAPS, UNKNOWABLE

BUDGET = 3000
DOMAIN = "mixed.example"


def web_of(*kinds, size=60):
    return TrapWeb(RealSite(DOMAIN, size), [kind(DOMAIN) for kind in kinds])


@pytest.fixture
def crawl_of(tmp_path):
    """A function from a web and limits to its crawl, at its beginning."""
    made = []

    def crawl_of(web, **limits):
        made.append(TrapCrawl(web, tmp_path / f"{len(made)}.sqlite", **limits).open())
        return made[-1]

    yield crawl_of
    for crawl in made:
        crawl.close()


# Each trap


@pytest.mark.parametrize("kind", TRAPS, ids=[kind.name for kind in TRAPS])
def test_a_trap_takes_at_most_a_hundredth_and_every_real_page_is_fetched(kind, crawl_of):
    web = web_of(kind)
    crawl = crawl_of(web, max_pages=BUDGET).run()
    taken = crawl.of(web.traps[0])
    assert 0 < taken <= BUDGET / 100
    assert not crawl.missed
    assert set(crawl.excluded) <= TRAP_RULES
    # Links to sessions of a known name are links to the page itself: nothing is left to exclude.
    assert crawl.excluded or kind.name == "session ids"


@pytest.mark.parametrize("kind", MANY_WAYS, ids=[kind.name for kind in MANY_WAYS])
def test_many_ways_into_a_trap_share_a_hundredth_of_a_budget_of_ten_thousand(kind, crawl_of):
    web = web_of(kind, size=16)
    crawl = crawl_of(web, max_pages=10_000).run()
    assert 0 < crawl.of(web.traps[0]) <= 100
    assert not crawl.missed
    assert set(crawl.excluded) <= TRAP_RULES


@pytest.mark.parametrize("kind", UNKNOWABLE, ids=[kind.name for kind in UNKNOWABLE])
def test_what_no_rule_tells_from_an_archive_keeps_no_real_page_out(kind, crawl_of):
    web = web_of(kind, size=16)
    crawl = crawl_of(web, max_pages=1000).run()
    assert not crawl.missed
    assert not crawl.excluded


@pytest.mark.parametrize("kind", TRAPS, ids=[kind.name for kind in TRAPS])
def test_without_the_rules_the_same_trap_takes_what_it_can_get(kind, crawl_of):
    web = web_of(kind, size=16)
    crawl = crawl_of(web, max_pages=1000, traps=False).run()
    assert not crawl.excluded
    more = {"session ids": 10, "endless pages": 1, "endless pages with a window": 1}
    assert crawl.of(web.traps[0]) >= more.get(kind.name, 100)


def test_all_traps_at_once_take_a_hundredth_each_and_real_pages_are_fetched(crawl_of):
    web = web_of(*TRAPS)
    crawl = crawl_of(web, max_pages=BUDGET).run()
    assert {trap.name: n for trap in web.traps if (n := crawl.of(trap)) > BUDGET / 100} == {}
    assert len(crawl.missed) <= len(web.site.real()) / 100
    assert crawl.store.counts().excluded == sum(crawl.store.trapped().values())
    assert crawl.excluded == crawl.store.trapped()


def test_a_larger_budget_allows_a_trap_more_and_no_more_than_a_hundredth(crawl_of):
    web = web_of(*TRAPS, size=40)
    crawl = crawl_of(web, max_pages=1000)
    crawl.run(1000)
    held = dict(crawl.excluded)
    crawl.close()
    again = TrapCrawl(web, crawl.path, max_pages=10_000).open().run()
    fetched = crawl.fetched + again.fetched
    assert max(fetched.values()) == 1
    for trap in web.traps:
        assert sum(trap.owns(url) for url in fetched) <= 100
    assert set(map(str, web.site.real())) <= set(fetched)
    assert held
    again.close()


# What is no trap


@pytest.mark.parametrize("limits", [
    {"max_pages": BUDGET}, {"max_pages": 0}, {"max_pages": 10_000, "max_pages_per_domain": 800},
], ids=["pages", "no limit", "pages per domain"])  # fmt: skip
def test_nothing_of_a_site_of_real_pages_is_kept_out(limits, crawl_of):
    crawl = crawl_of(web_of(size=40), **limits).run()
    assert not crawl.missed
    assert not crawl.excluded


def test_pages_of_many_shapes_that_say_the_same_but_for_numbers_are_fetched(crawl_of):
    """Items, months and pages of lists that a program wrote with nothing but their number in them."""
    site = RealSite(DOMAIN, 16)
    items = [f"http://{DOMAIN}/thing?id={n}" for n in range(300)]
    lists = [f"http://{DOMAIN}/things?page={n}" for n in range(30)]
    months = [f"http://{DOMAIN}/log/{2010 + n // 12}/{1 + n % 12:02}/" for n in range(60)]
    posts = [f"{months[n % 60]}entry-{n}" for n in range(300)]
    pages = {url: [] for url in items + posts}
    pages |= {
        url: items[n * 10 : n * 10 + 10] + lists[n + 1 : n + 2] for n, url in enumerate(lists)
    }
    pages |= {url: posts[n::60] for n, url in enumerate(months)}
    web = TrapWeb(site)
    site.hooks[site.home] = [lists[0], *months]
    web.others = {
        url: f"<h1>Number {n}</h1><p>This is number {n}.</p>"
        + "".join(f'<a href="{target}">it</a>' for target in targets)
        for n, (url, targets) in enumerate(pages.items())
    }
    crawl = crawl_of(web, max_pages=2000).run()
    assert set(pages) <= set(crawl.fetched)


def test_hosts_that_others_link_to_are_not_held_against_a_domain(crawl_of):
    site = RealSite(DOMAIN, 16)
    hosts = [f"http://u{n}.{DOMAIN}/" for n in range(80)]
    web = TrapWeb(site)
    site.hooks[site.home] = ["http://other.example/"]
    web.others = {"http://other.example/": "".join(f'<a href="{host}">x</a>' for host in hosts)}
    web.others |= dict.fromkeys(hosts, "<p>Welcome to this server</p>")
    crawl = crawl_of(web, max_pages=2000).run()
    assert set(hosts) <= set(crawl.fetched)
    assert not crawl.excluded


def test_a_seed_in_a_trap_is_fetched(crawl_of):
    web = web_of(TRAPS[1], size=16)
    crawl = crawl_of(web, max_pages=500).run()
    held = next(row.url for row in crawl.store.refused() if web.trap(row.url))
    excluded = crawl.store.counts().excluded
    crawl.close()
    crawl.open().store.add_seeds([crawl.seed(held)])
    assert crawl.store.counts().excluded == excluded - 1
    crawl.close()
    crawl.open().run(1)
    assert held in crawl.fetched


@pytest.mark.parametrize("limits", [{"max_pages": 60}, {"max_pages_per_domain": 60}], ids=str)
def test_what_a_trap_holds_when_a_budget_is_spent_is_not_excluded_but_was_not_reached(
    limits, crawl_of
):
    web = web_of(TRAPS[10], TRAPS[13], size=16)
    crawl = crawl_of(web, **limits).run()
    held = crawl.excluded
    assert held
    assert not [row for row in crawl.store.refused() if row.rule in COUNTED_RULES]
    crawl.close()
    whole = TrapCrawl(web, crawl.path, max_pages=3000).open().run()
    told = Counter(row.rule for row in whole.store.refused())
    assert 0 < told["tarpit"] < sum(told.values())
    assert told == whole.excluded
    whole.close()


# Going on


def test_the_counts_survive_every_kind_of_ending(crawl_of):
    """A crawl that is opened again after each few pages keeps to the same shares."""
    web = web_of(*TRAPS, size=16)
    crawl = crawl_of(web, max_pages=1000)
    for _ in range(60):
        before = sum(crawl.fetched.values())
        crawl.run(16)
        crawl.close()
        crawl.open()
        if sum(crawl.fetched.values()) == before:
            break
    whole = crawl_of(web, max_pages=1000).run()
    for trap in web.traps:
        assert crawl.of(trap) <= max(12, whole.of(trap) + 3), trap.name
    assert set(whole.fetched) >= {url for url in crawl.fetched if not web.trap(url)}


def test_rules_that_are_switched_off_let_everything_in_and_on_again_hold_to_what_was_spent(
    crawl_of,
):
    web = web_of(TRAPS[2], size=16)
    crawl = crawl_of(web, max_pages=1000).run()
    held, taken = crawl.store.counts().excluded, crawl.of(web.traps[0])
    assert held
    assert not crawl.missed
    crawl.close()
    off = TrapCrawl(web, crawl.path, max_pages=1000, traps=False).open()
    assert off.store.counts().excluded == 0
    assert off.store.trapped() == {}
    assert off.run(100).of(web.traps[0]) == 100  # all that is left is the trap's
    off.close()
    on = TrapCrawl(web, crawl.path, max_pages=1000).open()
    assert on.store.counts().excluded == 0  # what was let in stays in
    assert taken <= 20
    on.close()


def test_other_rules_of_the_scope_leave_what_is_held_alone(crawl_of):
    web = web_of(TRAPS[1], size=16)
    crawl = crawl_of(web, max_pages=500).run()
    held = crawl.store.trapped()
    crawl.store.reconsider(lambda url: "exclude" if "2027" in url else None)
    left = crawl.store.trapped()
    assert 0 < left["calendar"] < held["calendar"]
    crawl.store.reconsider(lambda url: None)
    assert crawl.store.trapped() == left
    counts = crawl.store.counts()
    assert counts.excluded == sum(left.values())


# Over HTTP


class TrapServer(Web):
    """Serves a web of traps on loopback."""

    def __init__(self, web: TrapWeb) -> None:
        super().__init__({})
        self.web = web

    def _answer(self, url):
        super()._answer(url)
        found = self.web.answer(url)
        if found is None:
            return crawling.Answer(404, b"nothing here")
        if isinstance(found, Moved):
            return crawling.redirect(found.target)
        return crawling.Answer(body=found.encode())


def options(folder, server):
    return [
        f"http://{DOMAIN}/", "--out", folder, "--max-pages", BUDGET, "--max-pages-per-domain", 0,
        "--delay", 0, "--proxy", server.url, "--scope", "seeds", "--quiet",
        "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0",
    ]  # fmt: skip


def test_a_crawl_that_is_killed_in_the_midst_of_all_traps_keeps_to_their_shares(tmp_path):
    web = web_of(*TRAPS, size=16)
    real = web.site.real()
    folder = tmp_path / "crawl"
    with TrapServer(web) as server:
        process = crawling.start("crawl", *options(folder, server))
        server.signal_at(process, 250, signal.SIGKILL)
        process.communicate(timeout=DEADLINE)
        assert process.returncode == -signal.SIGKILL
        ended = linkcrawler("crawl", *options(folder, server))
        asked = set(server.fetched())
    assert ended.code == 0, ended.err
    for trap in web.traps:
        assert sum(trap.owns(url) for url in asked) <= BUDGET / 100, trap.name
    assert len(real - asked) <= len(real) / 100
    refused = [row for row in crawling.rows(folder, "pages") if row["outcome"] == "excluded"]
    reasons = {row["reason"] for row in refused if DOMAIN in row["host"]} - {"hops"}
    held = TRAP_RULES | {"hosts"}  # a wildcard's hosts are bounded in number, too
    assert reasons <= held
    assert len(reasons & set(COUNTED_RULES)) > 4
    counts = json.loads((folder / "run.json").read_text(encoding="utf-8"))["counts"]
    assert counts["excluded"] == sum(row["reason"] in held for row in refused)
    assert linkcrawler("check", folder).code == 0
