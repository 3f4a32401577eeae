"""The part of the queue's contract about any steps of a crawl, as tests: ``new_store`` opens another, empty store."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkcrawler.frontier.records import State
from linkcrawler.policies.order import breadth_first
from support.frontier_rows import across, found, ids, leased, result, seed

QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = "abcd"
URLS = [f"http://{name}/{page}" for name in NAMES for page in range(3)]


class AnyStepsContract:
    """No budget, counter or place is ever wrong, in whatever order things are done."""

    @given(
        st.integers(1, 15),
        st.lists(st.tuples(st.sampled_from(["reserve", "back", "commit", "robots", "die"]),
                           st.integers(1, 3), st.integers(1, 6)), max_size=40),
    )  # fmt: skip
    @QUICK
    def test_workers_never_hand_out_more_than_the_budget(self, new_store, most, steps):
        store = new_store(max_pages=most)
        store.add_seeds([seed(f"http://a/{page}") for page in range(250)])
        waiting = list(ids(store).values())
        held, used = {1: 0, 2: 0, 3: 0}, 0
        for worker in held:
            store.enrol(worker, worker, 0.0)
        for what, worker, number in steps:
            if what == "reserve":
                granted = store.reserve(worker, number)
                assert granted == min(number, most - used - sum(held.values()))
                held[worker] += granted
            elif what == "back":
                kept = max(0, held[worker] - number)
                store.give_back(worker, [], held[worker] - kept)
                held[worker] = kept
            elif what == "die":
                store.dismiss(worker, 0.0)
                store.enrol(worker, worker, 0.0)
                held[worker] = 0
            else:
                done = [waiting.pop() for _ in range(min(number, held[worker]))]
                counts = what == "commit"
                store.commit([result(one, counts_as_page=counts) for one in done], worker=worker)
                held[worker] -= len(done)
                used += len(done) * counts
            assert [row.reserved for row in store.workers()] == list(held.values())
            assert store.counters().get("pages", 0) == used
            assert used + sum(held.values()) <= most
        store.close()

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["seed", "done", "failed", "retry", "robots", "judge", "begin", "lease"]
                ),
                st.sampled_from(URLS),
                st.lists(st.tuples(st.sampled_from(URLS), st.booleans()), max_size=4),
                st.integers(0, 9),
            ),
            max_size=25,
        ),
        st.sampled_from([0, 2]),
        st.sampled_from([None, 1]),
    )
    @QUICK
    def test_counters_and_places_are_what_a_scan_would_find(self, new_store, steps, budget, hops):
        store = new_store(max_pages_per_domain=budget, max_hops=hops)
        for step in steps:
            _take(store, *step)
            _check_counters(store)
        store.begin(0.0, 300.0)
        rows = leased(store, proven=False) + leased(store, proven=True)
        waiting = {}
        for row in store.domains():
            pending = store.pending(row.id, 1)
            if (
                pending
                and row.pages < (budget or 99)
                and row.hops <= (99 if hops is None else hops)
            ):
                waiting[row.name] = breadth_first(pending[0].distance, row.pages)
        assert {row.name: row.place for row in rows} == waiting
        for proven in (False, True):
            places = [row.place for row in rows if row.is_proven == proven]
            assert places == sorted(places)
        store.close()


def _take(store, what, url, targets, number):
    """Do one thing that a crawl does to its frontier."""
    if what == "seed":
        store.add_seeds([seed(url, rule="exclude" if number == 0 else None)])
    elif what == "judge":
        store.reconsider(lambda known: "exclude" if known[-1] == str(number) else None)
    elif what == "begin":
        store.begin(0.0, 300.0)
    elif what == "lease":
        rows = leased(store, proven=number % 2 == 1, most=2)
        if rows and number > 5:
            store.bar([row.id for row in store.pending(rows[0].id, 1)])
        if number > 2:
            store.give_back(1, [(row.id, 0.0) for row in rows])
    elif (url_id := ids(store).get(url)) is not None:
        here = url.split("/")[2]
        ways = [
            (found if target.split("/")[2] == here else across)(
                target, rule="exclude" if is_out else None
            )
            for target, is_out in targets
        ]
        state = {"failed": State.FAILED, "retry": State.PENDING}.get(what, State.DONE)
        store.commit([
            result(url_id, *ways, state=state, outcome="robots" if what == "robots" else "ok",
                   counts_as_page=what in ("done", "failed"), is_answer=what == "done")
        ])  # fmt: skip


def _check_counters(store):
    counts, counters = store.counts(), store.counters()
    domains = list(store.domains())
    rules = [row.rule for row in store.refused()]
    pending = sum(len(store.pending(row.id, 1000)) for row in domains)
    assert counts.pending == pending + rules.count("host_failed") + _barred_too_far(store)
    assert counts.excluded == rules.count("exclude")
    assert counts.done + counts.failed == len(list(store.positions()))
    assert counters.get("domains", 0) == len(domains)
    assert counters.get("domains_crawled", 0) == sum(row.pages > 0 for row in domains)
    assert counters.get("pages", 0) == sum(row.pages for row in domains)


def _barred_too_far(store):
    """Return the pending URLs that are barred and named for their domain's hops instead."""
    beyond = [row.url for row in store.refused() if row.rule == "hops"]
    return len(set(beyond) - ids(store).keys())
