"""What URLs of one shape may cost, and what is paid back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.frontier_rows import across, found, ids, result, seed

from linkcrawler.frontier import sqlite_trap_queries
from linkcrawler.frontier.limits import ENDLESS, Limits
from linkcrawler.frontier.records import Discovery, State
from linkcrawler.frontier.sqlite_change import Change, Fresh
from linkcrawler.frontier.sqlite_places import Places
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.frontier.sqlite_trap_accounts import WHOLE, Accounts, Claim

RULE = "endless"


class Bank:
    """Accounts with a cap of 10, and URLs to let in."""

    def __init__(self, path):
        self.store = SqliteFrontierStore(path, ENDLESS)
        self.db = self.store._db
        self.accounts = Accounts(self.db, 10)
        self.n = 0

    def enter(self, claim, times=1, change=None):
        """Let new URLs in as far as that goes; return how many are in."""
        change = change or Change()
        new = [self.fresh() for _ in range(times)]
        entered = sum(self.accounts.enter(one, claim, change) for one in new)
        self.write(new, change)
        return entered

    def fresh(self):
        self.n += 1
        return Fresh(self.n, Discovery(f"http://a/{self.n}", "a"), 1, 3, State.PENDING, False)

    def write(self, new, change):
        Places(self.db, ENDLESS).write(new, None, change)
        self.accounts.flush()

    def pay(self, claim, amount=1.0):
        """Pay back; return what changes."""
        change = Change()
        self.accounts.pay_back(1, claim.rule, claim.key, amount, change)
        self.accounts.flush()
        return change

    @property
    def held(self):
        rows = self.db.execute(
            "SELECT id FROM url WHERE state = 3 AND rule = ? ORDER BY id", (RULE,)
        )
        return [row[0] for row in rows]


@pytest.fixture
def bank(tmp_path):
    bank = Bank(tmp_path / "frontier.sqlite")
    yield bank
    bank.store.close()


def test_an_account_lets_in_its_share_and_holds_the_rest(bank):
    change = Change()
    assert bank.enter(Claim(RULE, 5, 4), 7, change) == 4
    assert bank.held == [5, 6, 7]
    assert change.counted == {"pending": 4, "excluded": 3, f"excluded/{RULE}": 3}
    assert change.gained == {1: 3}


def test_what_is_paid_back_lets_the_oldest_in(bank):
    claim = Claim(RULE, 5, 4)
    bank.enter(claim, 7)
    change = bank.pay(claim, 2.0)
    assert bank.held == [7]
    assert change.counted == {"pending": 2, "excluded": -2, f"excluded/{RULE}": -2}
    assert change.gained == {1: 3}


def test_parts_of_a_place_add_up(bank):
    claim = Claim(RULE, 5, 1)
    bank.enter(claim, 2)
    for _ in range(3):
        assert bank.pay(claim, 0.25).counted == {}
    assert bank.pay(claim, 0.25).counted["pending"] == 1


def test_nothing_is_saved_up(bank):
    claim = Claim(RULE, 5, 2)
    bank.pay(claim, 9)
    bank.enter(claim, 1)
    bank.pay(claim, 9)
    assert bank.enter(claim, 9) == 2


def test_all_accounts_of_a_rule_on_a_domain_share_the_cap(bank):
    assert [bank.enter(Claim(RULE, key, 4), 4) for key in range(5, 9)] == [4, 4, 2, 0]
    assert bank.enter(Claim("facets", 5, 4), 4) == 4
    bank.pay(Claim(RULE, 5, 4), 3)
    assert len(bank.held) == 6 - 3


def test_floors_and_probes_are_let_in_where_others_have_spent_all(bank):
    """Of a cap of 100, 15 go to whoever comes, 10 to floors beyond the first of each, 15 to probes."""
    bank.accounts = Accounts(bank.db, 100)
    assert [bank.enter(Claim("tarpit", key, 5), 5) for key in range(3, 7)] == [5, 5, 5, 0]
    floors = [bank.enter(Claim("tarpit", key, 5, floor=2), 5) for key in range(10, 30)]
    assert floors == [2] * 10 + [1] * 10  # the first of each is free
    probes = [bank.enter(Claim("tarpit", key, 5, probe=1), 5) for key in range(40, 60)]
    assert probes == [1] * 15 + [0] * 5


def test_a_small_cap_leaves_sections_of_real_pages_a_way_in(bank):
    """Of a cap of 10 each part is the whole: fifteen in a hundred would be one."""
    assert [bank.enter(Claim("tarpit", key, 5), 5) for key in (5, 6, 7)] == [5, 5, 0]
    floors = [bank.enter(Claim("tarpit", key, 5, floor=2), 5) for key in range(10, 30)]
    assert floors == [2] * 10 + [1] * 10


def test_what_a_floor_has_cost_comes_back_to_others_when_its_account_is_paid(bank):
    bank.accounts = Accounts(bank.db, 100)
    for key in range(2, 5):
        bank.enter(Claim("tarpit", key, 5), 5)
    claims = [Claim("tarpit", key, 5, floor=2) for key in range(10, 21)]
    assert [bank.enter(claim, 5) for claim in claims] == [2] * 10 + [1]
    held = "SELECT count(*) FROM url WHERE state = 3"
    before = bank.db.execute(held).fetchone()[0]
    bank.pay(claims[0])
    after = bank.db.execute(held).fetchone()[0]
    assert before - after == 3 + 1  # all of the first, and one more of the last


def test_who_has_paid_back_once_spends_its_share_whatever_others_did(bank):
    proven = Claim(RULE, 7, 4, probe=1)
    bank.enter(proven, 1)
    bank.pay(proven)
    assert [bank.enter(Claim(RULE, key, 5), 5) for key in (5, 6)] == [5, 5]
    assert bank.enter(proven, 9) == 4


def test_another_cap_scales_shares_and_lets_in_what_it_has_room_for(bank):
    bank.enter(Claim(RULE, 5, 4), 20)
    bank.accounts = Accounts(bank.db, 30)
    change = Change()
    bank.accounts.scale(10, change)
    assert len(bank.held) == 20 - 12
    assert change.counted["pending"] == 8
    spent = bank.db.execute("SELECT spent FROM trap WHERE key = ?", (WHOLE,)).fetchone()
    assert spent == (12,)


def test_a_url_that_a_rule_refuses_for_good_belongs_to_no_account(bank):
    new = bank.fresh()
    bank.accounts.exclude(new, "path_depth", Change())
    bank.write([new], Change())
    assert bank.db.execute("SELECT state, rule, trap FROM url").fetchall() == [
        (3, "path_depth", None)
    ]


def test_who_is_let_in_for_another_reason_is_not_held_any_more(bank):
    claim = Claim(RULE, 5, 1)
    bank.enter(claim, 3)
    one = Fresh(2, Discovery("http://a/2", "a"), 1, 3, State.EXCLUDED, False, True, rule=RULE)
    change = Change()
    bank.accounts.free(one, (RULE,), change)
    assert bank.held == [3]
    assert change.counted == {"pending": 1, "excluded": -1, f"excluded/{RULE}": -1}
    bank.pay(claim, 1)
    assert bank.held == []
    bank.pay(claim, 1)  # the count of what is held was one too many: found out, and no harm


def test_what_the_scope_has_taken_out_is_not_let_in_by_its_account(bank):
    """Of 1 to 4, which were in, and 5 to 7, which are held, one each is taken out."""
    claim = Claim(RULE, 5, 4)
    bank.enter(claim, 7)
    bank.store.reconsider(lambda url: "exclude" if url[-1] in "15" else None)
    assert bank.pay(claim, 2.0).counted == {"pending": 2, "excluded": -2, f"excluded/{RULE}": -2}
    out = bank.db.execute("SELECT id, state, rule FROM url WHERE rule IS NOT NULL ORDER BY id")
    assert out.fetchall() == [(1, 3, "exclude"), (5, 3, "exclude")]


def test_what_the_scope_has_taken_out_is_refused_though_the_budget_has_ended_the_crawl(bank):
    bank.enter(Claim(RULE, 5, 4), 7)
    bank.store.reconsider(lambda url: "exclude" if url[-1] in "15" else None)
    bank.db.execute("INSERT INTO domain (id, name, hops) VALUES (1, 'a', 0)")
    bank.db.execute("INSERT INTO counter VALUES ('pages', 1)")
    bank.store.limits = replace(ENDLESS, max_pages=1)
    assert {row.url: row.rule for row in bank.store.refused()} == {
        "http://a/1": "exclude",
        "http://a/5": "exclude",
    }


def test_what_the_scope_has_taken_out_is_not_let_in_with_its_host(bank):
    claim = Claim("subdomains", 5, 0)
    bank.enter(claim, 2)
    bank.store.reconsider(lambda url: "opted_out" if url.endswith("/1") else None)
    change = Change()
    ((account,),) = bank.db.execute("SELECT id FROM trap WHERE key = 5").fetchall()
    bank.accounts.free_host(1, account, "a", change)
    assert change.counted == {"pending": 1, "excluded": -1, "excluded/subdomains": -1}
    states = bank.db.execute("SELECT id, state, rule FROM url ORDER BY id").fetchall()
    assert states == [(1, 3, "opted_out"), (2, 0, None)]


def test_the_cap_follows_the_limits():
    assert Limits(max_pages=3000, max_pages_per_domain=0).trap_cap == 30
    assert Limits(max_pages=3000, max_pages_per_domain=0).parameters()["traps"] == 30
    assert Limits(traps=False).parameters()["traps"] == 0


def test_a_combination_is_known_by_values_that_stand_alone_on_the_same_page(tmp_path):
    store = SqliteFrontierStore(tmp_path / "frontier.sqlite", replace(ENDLESS, max_pages=1000))
    store.add_seeds([seed("http://a/")])
    queries = ("x=1", "y=2", "x=1&y=2", "x=1&y=3")
    ways = [found(f"http://a/s?{query}", "a") for query in queries]
    store.commit([result(ids(store)["http://a/"], *ways)])
    accounts = store._db.execute("SELECT url FROM url WHERE trap IS NOT NULL").fetchall()
    assert accounts == [("http://a/s?x=1&y=2",)]  # of the other one a value is new
    store.close()


def test_more_values_than_are_looked_at_count_as_combinations(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_trap_queries, "MOST_VALUES", 4)
    store = SqliteFrontierStore(tmp_path / "frontier.sqlite", replace(ENDLESS, max_pages=1000))
    store.add_seeds([seed("http://a/")])
    ways = [found(f"http://a/s?x={n}&y={n}", "a") for n in range(3)]
    store.commit([result(ids(store)["http://a/"], *ways)])
    accounts = store._db.execute("SELECT url FROM url WHERE trap IS NOT NULL").fetchall()
    assert accounts == [("http://a/s?x=2&y=2",)]
    store.close()


def test_hosts_that_a_larger_limit_has_room_for_are_a_trap_s_as_when_they_were_found(tmp_path):
    """A server that answers for any name below its own leads to more such hosts."""
    path, limits = tmp_path / "frontier.sqlite", replace(ENDLESS, max_pages=1000)
    ways = [found(f"http://h{number}.a.example/", "a.example") for number in range(40)]

    def known(hosts):
        store = SqliteFrontierStore(path, replace(limits, hosts_per_domain=hosts))
        if not store.counts().discovered:
            store.add_seeds(
                [found("http://a.example/", "a.example", cost=0, enters=True, is_seed=True)]
            )
            store.commit([result(ids(store)["http://a.example/"], *ways)])
        counts, trapped = store.counts(), store.trapped()
        held = {url for (url,) in store._db.execute("SELECT url FROM url WHERE state = 3")}
        store.close()
        assert counts.pending + counts.excluded == len(ways)
        assert len(held) == counts.excluded
        return held, trapped

    assert known(3)[1] == {}
    assert len(known(3)[0]) == 38  # beside the seed's host, which is one of the three
    later, by_all = known(0)
    path.unlink()
    at_once, by_all_at_once = known(0)
    assert by_all == by_all_at_once
    assert by_all["subdomains"] == len(at_once)
    assert later == at_once


def test_hosts_that_the_scope_no_longer_keeps_out_are_counted(tmp_path):
    """But for seeds, which are asked whatever their number."""
    store = SqliteFrontierStore(
        tmp_path / "frontier.sqlite", replace(ENDLESS, hosts_per_domain=3, traps=False)
    )
    store.add_seeds([seed("http://b.example/")])
    ways = [across(f"http://h{n}.a.example/", domain="a.example", rule="exclude") for n in range(5)]
    store.commit([result(ids(store)["http://b.example/"], *ways)])
    own = found("http://s.a.example/", "a.example", cost=0, enters=True, is_seed=True)
    store.add_seeds([own._replace(rule="exclude")])
    store.reconsider(lambda url: None)
    assert store.counters()["excluded/hosts"] == 2
    assert store.counts().pending == 4
    store.reconsider(lambda url: "opt_out")
    assert store.counters()["excluded/hosts"] == 0
    store.reconsider(lambda url: None)
    assert store.counters()["excluded/hosts"] == 2
    kept_out = store._db.execute("SELECT url FROM url WHERE state = 3 ORDER BY id").fetchall()
    assert kept_out == [("http://h3.a.example/",), ("http://h4.a.example/",)]
    store.close()
