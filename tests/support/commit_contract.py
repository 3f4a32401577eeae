"""The part of the `frontier_contract` about seeds and what is committed, as tests."""

from __future__ import annotations

import pytest

from linkcrawler.frontier.records import Counts, OutboxRow, PartRow, RefusedRow, State
from support.frontier_rows import across, found, ids, positions, result, seed


class CommitContract:
    """What is committed is there whole and once, and comes back in the next process."""

    # The crawl as a whole

    def test_values_of_the_crawl_are_kept_and_replaced(self, store, open_store):
        assert store.get_meta("x") is None
        store.set_meta("x", "1")
        store.set_meta("x", "é\n2")
        store.set_meta("y", "")
        store.close()
        again = open_store()
        assert (again.get_meta("x"), again.get_meta("y")) == ("é\n2", "")

    def test_a_new_store_is_empty(self, store):
        assert store.counts() == Counts()
        assert store.tally() == {}
        assert list(store.domains()) == list(store.positions()) == store.workers() == []
        assert list(store.refused()) == store.parts() == store.outbox(10) == []
        assert store.outbox_size() == (0, 0)

    # Seeds

    def test_seeds_stand_at_no_hops_and_count_once(self, store):
        assert store.add_seeds([seed("http://a/"), seed("http://b/"), seed("http://a/")]) == 2
        assert store.add_seeds([seed("http://b/"), seed("http://a/x")]) == 1
        rows, hops = positions(store)
        assert rows == dict.fromkeys(("http://a/", "http://b/", "http://a/x"), (0, 0))
        assert hops == {"a": 0, "b": 0}
        assert store.counts() == Counts(pending=3)

    def test_a_seed_that_a_rule_refuses_is_excluded(self, store):
        store.add_seeds([seed("http://a/", rule="exclude")])
        assert store.counts() == Counts(excluded=1)
        assert store.queue(1, 0.0).is_empty
        assert list(store.refused()) == [RefusedRow("http://a/", 0, 0, None, "exclude")]

    def test_a_url_that_becomes_a_seed_comes_to_the_front(self, store):
        store.add_seeds([seed("http://a/")])
        store.commit([result(ids(store)["http://a/"], across("http://b/x"))])
        store.add_seeds([seed("http://b/x")])
        assert positions(store) == ({"http://b/x": (0, 0)}, {"a": 0, "b": 0})
        (domain,) = [row for row in store.domains() if row.name == "b"]
        (row,) = store.pending(domain.id, 9)
        assert (row.is_seed, row.parent) == (True, "http://a/")

    # Committing

    def test_a_page_is_committed_whole(self, store, open_store):
        store.add_seeds([seed("http://a/")])
        (url_id,) = ids(store).values()
        nearer = store.commit(
            [
                result(
                    url_id,
                    found("http://a/x"),
                    across("http://b/"),
                    across("http://c/", rule="exclude"),
                    rows=b"rows",
                    n_links=3,
                    next_at=12.5,
                )
            ]
        ).nearer
        assert sorted((row.name, row.hops) for row in nearer) == [("b", 1), ("c", 1)]
        store.close()
        again = open_store()
        assert positions(again) == (
            {"http://a/x": (1, 1), "http://b/": (1, 0)},
            {"a": 0, "b": 1, "c": 1},
        )
        assert again.counts() == Counts(pending=2, done=1, excluded=1)
        assert [(row.rows, row.n_links) for row in again.outbox(1)] == [(b"rows", 3)]
        (domain,) = [row for row in again.domains() if row.name == "a"]
        assert (domain.pages, domain.next_at) == (1, 12.5)
        assert again.tally() == {"ok": 1, "links": 3}
        assert list(again.positions()) == [("http://a/", 0, 0)]

    def test_a_page_is_never_committed_twice(self, store):
        store.add_seeds([seed("http://a/")])
        (url_id,) = ids(store).values()
        page = result(url_id, rows=b"once", n_links=2)
        store.commit([page, result(url_id, across("http://b/"), rows=b"twice", n_links=5)])
        assert store.commit([result(url_id, across("http://c/"), rows=b"thrice")]).nearer == ()
        assert [row.rows for row in store.outbox(99)] == [b"once"]
        assert [(row.name, row.pages) for row in store.domains()] == [("a", 1)]
        assert store.tally() == {"ok": 1, "links": 2}

    def test_a_failed_page_is_given_up_and_an_uncounted_one_uses_no_budget(self, store):
        store.add_seeds([seed("http://a/"), seed("http://a/r")])
        at = ids(store)
        store.commit(
            [
                result(at["http://a/"], state=State.FAILED, outcome="failed", reason="dns"),
                result(at["http://a/r"], outcome="robots", reason="Disallow", counts_as_page=False),
            ]
        )
        assert store.counts() == Counts(done=1, failed=1)
        assert [row.pages for row in store.domains()] == [1]
        tally = store.tally()
        assert (tally["failed"], tally["failed/dns"], tally["robots"]) == (1, 1, 1)
        assert sorted(store.positions()) == [("http://a/", 0, 0), ("http://a/r", 0, 0)]

    def test_a_retry_stays_pending_and_counts_its_attempts(self, store):
        store.add_seeds([seed("http://a/")])
        (url_id,) = ids(store).values()
        again = result(
            url_id, state=State.PENDING, outcome="failed", counts_as_page=False, next_at=7.0
        )
        store.commit([again])
        store.commit([again])
        (domain,) = store.domains()
        (row,) = store.pending(domain.id, 9)
        assert (row.attempts, domain.pages, domain.next_at) == (2, 0, 7.0)
        assert store.outbox_size() == (0, 0)
        assert "failed" not in store.tally()
        store.commit([result(url_id, rows=b"x")])
        assert store.counts() == Counts(done=1)

    def test_a_commit_that_cannot_be_whole_leaves_nothing(self, store):
        store.add_seeds([seed("http://a/"), seed("http://a/2")])
        at = ids(store)
        bad = result(at["http://a/2"], across("http://c/"), rows=b"y", next_at=object())
        with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the driver's affair
            store.commit([result(at["http://a/"], across("http://b/x"), rows=b"x"), bad])
        assert store.counts() == Counts(pending=2)
        assert [row.name for row in store.domains()] == ["a"]
        assert (store.outbox_size(), store.tally()) == ((0, 0), {})
        # and what was found then is news again
        nearer = store.commit([result(at["http://a/"], across("http://b/x"), rows=b"x")]).nearer
        assert [row.name for row in nearer] == ["b"]
        assert "http://b/x" in ids(store)

    # Outbox and parts

    def test_the_outbox_gives_the_oldest_pages_up_to_a_number_of_links(self, store):
        store.add_seeds([seed(f"http://a/{n}") for n in range(4)])
        rows = [b"0", b"", b"2", b"3"]
        store.commit(
            [result(ids(store)[f"http://a/{n}"], rows=rows[n], n_links=n * 10) for n in range(4)]
        )
        assert store.outbox_size() == (3, 50)
        assert [row.rows for row in store.outbox(1)] == [b"0", b"2"]
        assert [row.rows for row in store.outbox(21)] == [b"0", b"2", b"3"]
        assert all(isinstance(row, OutboxRow) for row in store.outbox(1000))

    def test_recording_parts_empties_the_outbox_of_what_they_hold(self, store, open_store):
        store.add_seeds([seed("http://a/0"), seed("http://a/1"), seed("http://a/2")])
        for url_id in ids(store).values():
            store.commit([result(url_id, rows=b"x", n_links=1)])
        first, second, third = store.outbox(99)
        parts = [
            PartRow("links", "raw/links/0", 1, 10, "aa"),
            PartRow("pages", "raw/pages/0", 2, 20, "bb"),
        ]
        store.replace_parts(parts, [], sealed_to=second.id)
        store.close()
        again = open_store()
        assert again.parts() == parts
        assert [row.id for row in again.outbox(99)] == [third.id]
        assert first.id < second.id < third.id
        whole = PartRow("links", "links", 3, 30, "cc")
        again.replace_parts([whole], ["raw/links/0", "raw/pages/0", "never/was"])
        assert again.parts() == [whole]
        assert again.outbox_size() == (1, 1)

    def test_a_sealed_id_is_never_given_again(self, store):
        store.add_seeds([seed("http://a/0"), seed("http://a/1")])
        at = ids(store)
        store.commit([result(at["http://a/0"], rows=b"x")])
        (row,) = store.outbox(9)
        store.replace_parts([], [], sealed_to=row.id)
        store.commit([result(at["http://a/1"], rows=b"y")])
        assert store.outbox(9)[0].id > row.id
