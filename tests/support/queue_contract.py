"""The contract of every `FrontierStore`'s queue of domains, as tests: see `frontier_contract`.

A subclass has a fixture ``open_store`` as there, whose keyword ``leads=False`` opens the same store
as a further worker does.
"""

from __future__ import annotations

import pytest

from linkcrawler.frontier.records import HostTrouble, RefusedRow, State
from linkcrawler.policies.order import breadth_first
from support.frontier_rows import across, found, ids, leased, names, result, seed, urls


def id_of(store, name):
    (domain_id,) = [row.id for row in store.domains() if row.name == name]
    return domain_id


class QueueContract:
    """Which domain is next, who has it, and how the workers stand."""

    @pytest.fixture
    def store(self, open_store):
        return open_store()

    # Leasing

    def test_domains_come_by_distance_then_pages_then_age(self, store):
        store.add_seeds([seed(f"http://{name}/{page}") for name in "ab" for page in "12"])
        at = ids(store)
        store.commit([result(at["http://a/1"], across("http://c/"))])
        store.add_seeds([seed("http://d/")])
        rows = leased(store)
        assert names(rows) == ["b", "d", "a", "c"]
        assert [row.place for row in rows] == [
            breadth_first(0, 0), breadth_first(0, 0), breadth_first(0, 1), breadth_first(1, 0),
        ]  # fmt: skip

    def test_those_that_have_answered_and_those_that_have_not_come_apart(self, store):
        store.add_seeds([seed(f"http://{name}/{page}") for name in "ab" for page in "12"])
        store.commit([result(ids(store)["http://a/1"], is_answer=True)])
        assert store.queue(1, 0.0).best == (breadth_first(0, 0), breadth_first(0, 1))
        assert names(leased(store, proven=True)) == ["a"]
        assert names(leased(store, proven=False)) == ["b"]

    def test_no_more_come_than_asked_for_and_none_from_behind_a_place(self, store):
        store.add_seeds([seed(f"http://{name}/{page}") for name in "abcd" for page in "12"])
        store.commit([result(ids(store)["http://a/1"])])
        assert names(leased(store, most=2)) == ["b", "c"]
        assert names(leased(store, before=breadth_first(0, 1))) == ["d"]
        assert names(leased(store, before=breadth_first(0, 1) + 1)) == ["a"]

    def test_a_domain_leased_is_given_to_nobody_else(self, store, open_store):
        store.add_seeds([seed(f"http://{name}/") for name in "abc"])
        other = open_store(leads=False)
        rows, queue = store.lease_domains(1, 0.0, proven=False, most=2)
        assert names(rows) == ["a", "b"]
        assert (queue.best, queue.is_shared) == ((0, None), False)
        assert other.queue(2, 0.0).is_shared
        assert names(leased(other, 2)) == ["c"]
        assert leased(other, 2) == leased(store, 1) == []
        assert other.queue(2, 0.0).is_empty
        # Only who has a domain can give it back.
        other.give_back(2, [(rows[0].id, 0.0)])
        assert leased(other, 2) == []

    def test_a_domain_that_must_wait_comes_when_it_is_due(self, store):
        store.add_seeds([seed("http://a/"), seed("http://b/")])
        (a, b) = leased(store, now=100.0)
        queue = store.give_back(1, [(a.id, 105.0), (b.id, 103.0)])
        assert (queue.best, queue.due_at, queue.is_empty) == ((None, None), 103.0, False)
        assert leased(store, now=102.9) == []
        assert names(leased(store, now=103.0)) == ["b"]
        assert store.queue(1, 104.9).due_at == 105.0
        assert store.queue(1, 105.0).best == (0, None)

    def test_a_domain_given_back_takes_the_place_of_what_it_has_now(self, store):
        store.add_seeds([seed("http://a/1"), seed("http://a/2"), seed("http://b/")])
        (a, b) = leased(store)
        store.commit([result(ids(store)["http://a/1"])], worker=1)
        queue = store.give_back(1, [(b.id, 0.0), (a.id, 0.0)])
        assert queue.best == (0, None)
        again = leased(store)
        assert [(row.name, row.place, row.pages) for row in again] == [
            ("b", breadth_first(0, 0), 0), ("a", breadth_first(0, 1), 1),
        ]  # fmt: skip

    def test_what_is_given_back_while_leasing_can_be_leased_at_once(self, store):
        store.add_seeds([seed("http://a/")])
        (a,) = leased(store)
        assert names(leased(store, leaving=[(a.id, 0.0)])) == ["a"]

    def test_a_commit_gives_back_what_leaves(self, store):
        store.add_seeds([seed("http://a/1"), seed("http://a/2")])
        (a,) = leased(store)
        done = [result(ids(store)["http://a/1"])]
        queue = store.commit(done, worker=1, leaving=[(a.id, 0.0)]).queue
        assert queue.best == (breadth_first(0, 1), None)

    def test_a_dead_worker_s_domains_come_back_and_nobody_else_s(self, store, open_store):
        store.add_seeds([seed(f"http://{name}/") for name in "abc"])
        store.enrol(2, 99, 0.0)
        assert names(leased(open_store(leads=False), 2, most=2)) == ["a", "b"]
        assert names(leased(store, 1)) == ["c"]
        store.dismiss(2, 50.0)
        assert store.workers() == []
        assert leased(store, 1, now=49.0) == []
        assert names(leased(store, 1, now=50.0)) == ["a", "b"]
        assert not store.queue(1, 0.0).is_shared

    def test_a_dead_worker_s_domains_take_the_place_of_what_they_have_now(self, store):
        store.add_seeds([seed("http://a/1"), seed("http://a/2"), seed("http://b/")])
        store.enrol(2, 99, 0.0)
        assert names(leased(store, 2)) == ["a", "b"]
        at = ids(store)
        store.commit([result(at["http://a/1"]), result(at["http://b/"])], worker=2)
        store.dismiss(2, 0.0)
        assert store.queue(1, 0.0).best == (breadth_first(0, 1), None)
        assert names(leased(store)) == ["a"]

    @pytest.mark.parametrize(
        "limits", [{"max_hops": 0}, {"max_distance": 1}, {"max_pages_per_domain": 1}]
    )
    def test_a_domain_without_anything_to_hand_out_never_comes(self, open_store, limits):
        store = open_store(**limits)
        store.add_seeds([seed("http://a/"), seed("http://x/", rule="exclude"), seed("http://d/")])
        store.commit([result(ids(store)["http://d/"])])
        way = {"max_hops": across("http://b/"), "max_distance": across("http://b/", cost=2)}
        limit = next(iter(limits))
        store.commit([result(ids(store)["http://a/"], way.get(limit, found("http://a/2")))])
        assert store.counts().pending == 1
        assert (leased(store), store.queue(1, 1e9).is_empty) == ([], True)
        store.close()
        store = open_store()
        assert names(leased(store)) == ["a" if limit == "max_pages_per_domain" else "b"]

    def test_a_domain_that_gains_a_url_while_nobody_has_it_comes(self, store):
        store.add_seeds([seed("http://a/"), seed("http://b/")])
        at = ids(store)
        store.commit([result(at["http://b/"])])
        assert names(leased(store)) == ["a"]
        committed = store.commit([result(at["http://a/"], across("http://b/2"))], worker=1)
        assert committed.gained == {id_of(store, "b"): 1}
        assert committed.queue.best == (breadth_first(1, 1), None)
        assert names(leased(store)) == ["b"]

    def test_a_domain_that_gains_a_url_while_it_is_leased_comes_once_it_is_given_back(
        self, store, open_store
    ):
        store.add_seeds([seed("http://a/"), seed("http://b/")])
        at, other = ids(store), open_store(leads=False)
        assert names(leased(store, 1, most=1)) == ["a"]
        (b,) = leased(other, 2)
        other.commit([result(at["http://b/"])], worker=2)
        store.commit([result(at["http://a/"], across("http://b/2"))], worker=1)
        assert leased(store, 1) == []
        other.give_back(2, [(b.id, 0.0)])
        assert names(leased(store, 1)) == ["b"]

    # Beginning, hosts in trouble

    def test_a_run_takes_all_leases_back_and_lets_no_domain_wait_for_long(self, store, open_store):
        store.add_seeds([seed("http://a/"), seed("http://b/")])
        store.enrol(1, 5, 0.0)
        a, _ = leased(store)
        store.give_back(1, [(a.id, 5_000.0)])
        store.close()
        again = open_store()
        again.begin(1_000.0, 300.0)
        assert again.workers() == []
        assert names(leased(again, now=1_000.0)) == ["b"]
        assert again.queue(1, 1_000.0).due_at == 1_300.0
        assert names(leased(again, now=1_300.0)) == ["a"]

    def test_urls_barred_are_kept_out_until_their_host_may_be_tried_again(self, store, open_store):
        store.add_seeds([seed("http://a/1"), seed("http://a/2"), seed("http://a/3")])
        at = ids(store)
        trouble = HostTrouble("a", 5, 30, 500.0)
        failed = result(at["http://a/1"], state=State.FAILED, outcome="failed", trouble=trouble)
        store.commit([failed])
        (row,) = leased(store)
        assert row.troubles == (trouble,)
        store.bar([at["http://a/2"], at["http://a/3"]])
        assert store.give_back(1, [(row.id, 0.0)]).is_empty
        assert urls(store) == []
        assert sorted(store.refused(), key=lambda one: one.url) == [
            RefusedRow(f"http://a/{page}", 0, 0, None, "host_failed") for page in (2, 3)
        ]
        assert store.counts().pending == 2
        for now, expected in ((499.0, []), (500.0, ["http://a/2", "http://a/3"])):
            store.close()
            store = open_store()
            store.begin(now, 300.0)
            assert urls(store) == expected
            assert store.queue(1, now).is_empty == (not expected)

    def test_urls_barred_come_back_when_their_host_answers_after_all(self, store):
        store.add_seeds([seed(f"http://a/{page}") for page in range(4)])
        at = ids(store)
        leased(store)
        trouble = HostTrouble("a", 5, 30, 500.0)
        failed = result(at["http://a/0"], state=State.FAILED, outcome="failed", trouble=trouble)
        store.commit([failed], worker=1)
        store.bar([at["http://a/2"], at["http://a/3"]])
        answered = result(at["http://a/1"], trouble=HostTrouble("a", 0, 0, 0.0))
        committed = store.commit([answered], worker=1)
        assert committed.gained == {id_of(store, "a"): 0}
        assert urls(store) == ["http://a/2", "http://a/3"]
        assert list(store.refused()) == []

    def test_a_trouble_that_is_over_is_forgotten(self, store):
        store.add_seeds([seed("http://a/1"), seed("http://a/2"), seed("http://a/3")])
        at = ids(store)
        for page, trouble in ((1, HostTrouble("a", 1, 6, 0.0)), (2, HostTrouble("a", 0, 0, 0.0))):
            store.commit([result(at[f"http://a/{page}"], trouble=trouble)])
        assert [row.troubles for row in leased(store)] == [()]

    # Workers

    def test_workers_tell_how_they_stand(self, open_store):
        store = open_store(max_pages=10)
        store.add_seeds([seed("http://a/"), seed("http://b/")])
        store.enrol(2, 77, 5.0)
        store.enrol(1, 76, 4.0)
        store.see(2, 9, 8.0)
        store.reserve(1, 3)
        leased(store, 2)
        one, two = store.workers()
        assert (one.id, one.pid, one.started_at, one.seen_at, one.in_flight) == (1, 76, 4.0, 4.0, 0)
        assert (one.domains, one.reserved) == (0, 3)
        assert (two.id, two.pid, two.started_at, two.seen_at, two.in_flight) == (2, 77, 5.0, 8.0, 9)
        assert (two.domains, two.reserved) == (2, 0)
        store.enrol(2, 78, 9.0)
        again = store.workers()[1]
        assert (again.pid, again.started_at, again.in_flight) == (78, 9.0, 0)
