"""Which domain is next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.frontier.agenda import Agenda


def test_lower_orders_go_first_and_equal_ones_in_the_order_of_their_offers():
    agenda = Agenda()
    for domain, order in ((1, 5), (2, 3), (3, 5), (4, 3)):
        agenda.offer(domain, order=order, ready_at=0.0)
    assert [agenda.pop(1.0) for _ in range(5)] == [2, 4, 1, 3, None]


def test_a_domain_waits_for_its_time_however_early_its_order():
    agenda = Agenda()
    agenda.offer(1, order=0, ready_at=5.0)
    agenda.offer(2, order=9, ready_at=0.0)
    assert (agenda.pop(4.9), agenda.pop(4.9), agenda.next_time()) == (2, None, 5.0)
    assert agenda.pop(5.0) == 1
    assert agenda.next_time() is None


def test_a_domain_stands_in_the_agenda_once():
    agenda = Agenda()
    agenda.offer(1, order=3, ready_at=2.0)
    agenda.offer(1, order=0, ready_at=0.0)
    assert len(agenda) == 1
    assert agenda.pop(1.0) is None
    assert agenda.pop(2.0) == 1
    agenda.offer(1, order=0, ready_at=2.0)
    assert agenda.pop(2.0) == 1


def test_a_domain_moves_up_when_it_is_offered_at_a_lower_order():
    agenda = Agenda()
    agenda.offer(1, order=9, ready_at=0.0)
    agenda.offer(2, order=5, ready_at=0.0)
    agenda.offer(1, order=1, ready_at=0.0)
    agenda.offer(2, order=7, ready_at=0.0)
    assert [agenda.pop(0.0) for _ in range(3)] == [1, 2, None]
    assert agenda.next_time() is None


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3), st.integers(0, 9)),
        max_size=60,
    )
)
def test_the_agenda_does_what_a_plain_list_would(steps):
    agenda, waiting, now = Agenda(), [], 0
    for number, (is_offer, domain, order, time) in enumerate(steps):
        if is_offer:
            agenda.offer(domain, order=order, ready_at=time)
            known = next((entry for entry in waiting if entry[2] == domain), None)
            if known is None:
                waiting.append((order, number, domain, time))
            elif order < known[0]:
                waiting.remove(known)
                waiting.append((order, number, domain, known[3]))
        else:
            now = max(now, time)
            ready = sorted(entry for entry in waiting if entry[3] <= now)
            popped = agenda.pop(now)
            assert popped == (ready[0][2] if ready else None)
            waiting = [entry for entry in waiting if entry[2] != popped]
        assert len(agenda) == len(waiting)
