"""Several workers on one frontier do together exactly what one does alone."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkcrawler.frontier import window as window_module

DOMAINS = [f"d{n}" for n in range(6)]
URLS = [f"http://{domain}.example/{page}" for domain in DOMAINS for page in ("", "1", "2")]
MOST_STEPS = 4_000
QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def webs(draw):
    return {url: draw(st.lists(st.sampled_from(URLS), max_size=5)) for url in URLS}


class Team:
    """Workers 1 and 2 that take their steps in any order.

    Args:
        crawl: the crawl, not open.
        chance: decides who does what when.
        deaths: how often a worker may die.
    """

    def __init__(self, crawl, seeds, chance, *, deaths=0):
        self.chance, self.clock, self.deaths = chance, crawl.clock, deaths
        self.leader = crawl.open(*seeds, is_shared=True)
        self.workers = {1: crawl, 2: crawl.join(2)}
        self.flying = {1: [], 2: []}
        self.lost = Counter()
        self.ended = set()
        self.handed_out = []

    def run(self):
        """Let them fetch until both have ended."""
        for _ in range(MOST_STEPS):
            working = [worker for worker in self.workers if worker not in self.ended]
            if not working:
                return self
            self.step(self.chance.choice(working))
            self.check()
        raise AssertionError(f"it hangs: {self.ended=} {self.flying=}")

    def step(self, worker):
        crawl, flying = self.workers[worker], self.flying[worker]
        if worker == 2 and self.deaths and self.chance.random() < 0.1:
            self.die(worker)
        elif flying and self.chance.random() < 0.5:
            self.chance.shuffle(flying)
            size = self.chance.randint(1, len(flying))
            done = [flying.pop() for _ in range(size)]
            for lease in done:
                crawl.frontier.downloaded(lease)
            crawl.frontier.commit([crawl.page(lease) for lease in done])
        elif (lease := crawl.lease()) is not None:
            flying.append(lease)
        elif not flying and not crawl.frontier.has_pending():
            crawl.frontier.leave()
            self.ended.add(worker)
        else:
            self.clock.now += 0.05

    def die(self, worker):
        """Let a worker die; another takes its place under its number."""
        self.deaths -= 1
        self.lost.update(lease.url for lease in self.flying[worker])
        self.flying[worker].clear()
        self.workers[worker].close()
        self.leader.store.dismiss(worker, 0.0)
        self.workers[worker] = self.leader.join(worker)
        self.ended.discard(worker)

    def check(self):
        """No domain is held twice, and no budget is passed."""
        one, two = ({lease.domain.name for lease in self.flying[worker]} for worker in self.workers)
        assert not one & two
        limit = self.leader.limits.max_pages
        flying = sum(map(len, self.flying.values()))
        assert not limit or self.leader.frontier.pages + flying <= limit

    def close(self):
        for crawl in self.workers.values():
            crawl.close()


@given(
    webs(), st.sets(st.sampled_from(URLS), min_size=1, max_size=3), st.integers(0, 2),
    st.integers(),
)  # fmt: skip
@QUICK
def test_two_workers_fetch_exactly_what_one_does(crawl_of, web, seeds, deaths, salt):
    chance = random.Random(salt)
    limits = {"max_hops": chance.choice([None, 0, 2]), "domain_window": chance.choice([1, 3])}
    alone = crawl_of(web, **limits).open(*seeds).run()
    team = Team(crawl_of(web, **limits), seeds, chance, deaths=deaths).run()
    assert sorted(Counter(team.leader.order) - team.lost) == sorted(alone.order)
    assert max((team.leader.fetched - team.lost).values()) == 1
    assert team.leader.hops == alone.hops
    assert team.leader.store.counts() == alone.store.counts()
    team.close()
    alone.close()


@given(
    webs(), st.sets(st.sampled_from(URLS), min_size=1, max_size=3), st.integers(1, 12),
    st.sampled_from([0, 1, 2]), st.integers(0, 2), st.integers(),
)  # fmt: skip
@QUICK
def test_two_workers_spend_exactly_the_budget_that_one_does(
    crawl_of, web, seeds, pages, per_domain, deaths, salt
):
    chance = random.Random(salt)
    limits = {"max_pages": pages, "domain_window": chance.choice([1, 3])}
    reachable = crawl_of(web, max_pages_per_domain=per_domain).open(*seeds).run()
    team = Team(
        crawl_of(web, max_pages_per_domain=per_domain, **limits), seeds, chance, deaths=deaths
    ).run()
    by_domain = Counter(row.name for row in team.leader.store.domains() for _ in range(row.pages))
    assert not per_domain or max(by_domain.values()) <= per_domain
    # Whose pages lead on depends on the order where a domain has a budget.
    if not per_domain:
        assert team.leader.frontier.pages == min(pages, len(reachable.order))
    else:
        assert team.leader.frontier.pages <= pages
    left = not team.leader.store.queue(1, 1e12).is_empty
    assert team.leader.frontier.pages == pages or not left
    team.close()
    reachable.close()


def test_a_domain_is_given_to_one_worker_only(crawl_of):
    seeds = [f"http://d{n}.example/" for n in range(40)]
    first = crawl_of({}).open(*seeds, is_shared=True)
    second = first.join(2)
    leases = [worker.lease() for _ in range(16) for worker in (first, second)]
    leases += [worker.lease() for _ in range(4) for worker in (first, second)]
    assert len({lease.domain.name for lease in leases}) == 40
    assert first.lease() is second.lease() is None
    assert not first.frontier.window.domains.keys() & second.frontier.window.domains.keys()
    second.close()


def test_a_worker_that_comes_later_gets_its_share(crawl_of, clock):
    seeds = [f"http://d{n}.example/" for n in range(12)]
    web = {seed: [f"{seed}{n}" for n in range(50)] for seed in seeds}
    first = crawl_of(web).open(*seeds, is_shared=True)
    flying = [first.lease() for _ in range(12)]
    assert len(first.frontier.window.domains) == 12
    second = first.join(2)
    assert second.lease() is None
    for lease in flying:
        clock.now += 0.05
        first.commit(lease)
        first.lease()
    clock.now += 0.3
    assert second.lease() is not None
    while second.lease() is not None:
        pass
    assert len(second.frontier.window.domains) == 6
    assert len(first.frontier.window.domains) == 6
    second.close()


def test_what_a_dead_worker_had_comes_back_after_its_delay(crawl_of, clock):
    first = crawl_of({}, delay=5.0).open("http://a.example/", is_shared=True)
    second = first.join(2)
    assert second.lease() is not None
    assert first.lease() is None
    second.close()
    first.store.dismiss(2, clock.time() + 5.0)
    clock.now += 4.9
    assert first.lease() is None
    assert first.frontier.has_pending()
    clock.now += 0.3
    assert first.lease().url == "http://a.example/"


def test_one_worker_does_not_end_while_another_may_find_more(crawl_of, clock):
    web = {"http://a.example/": ["http://b.example/"]}
    first = crawl_of(web).open("http://a.example/", is_shared=True)
    second = first.join(2)
    lease = first.lease()
    assert second.lease() is None
    assert second.frontier.has_pending()
    first.commit(lease)
    clock.now += 1.0
    assert second.lease().url == "http://b.example/"
    second.close()


def test_what_one_worker_keeps_of_the_budget_goes_to_the_other_when_it_has_no_use(
    crawl_of, clock, monkeypatch
):
    monkeypatch.setattr(window_module, "SHARED_BATCH", 1)
    web = {"http://a.example/": [f"http://a.example/{n}" for n in range(20)]}
    first = crawl_of(web, max_pages=9).open(
        "http://a.example/", "http://b.example/", is_shared=True
    )
    second = first.join(2)
    a, b = first.lease(), second.lease()
    first.commit(a)
    second.commit(b)
    for _ in range(400):
        clock.now += 0.05
        for worker in (first, second):
            if (lease := worker.lease()) is not None:
                worker.commit(lease)
    assert first.frontier.pages == 9
    assert not first.frontier.has_pending()
    assert not second.frontier.has_pending()
    second.close()


# The window


def test_domains_past_the_window_go_back_and_come_again(crawl_of, monkeypatch):
    monkeypatch.setattr(window_module, "MOST_DOMAINS", 8)
    monkeypatch.setattr(window_module, "BATCH", 2)
    names = [f"d{n}" for n in range(60)]
    web = {
        f"http://{name}.example/": [f"http://{name}.example/{n}" for n in range(4)]
        for name in names
    }
    crawl = crawl_of(web).open(*web)
    sizes, flying = [], []
    while True:
        while len(flying) < 4 and (lease := crawl.lease()) is not None:
            flying.append(lease)
        sizes.append(len(crawl.frontier.window.domains))
        if not flying:
            break
        crawl.commit(flying.pop(0))
    assert max(sizes) <= 8
    assert sorted(crawl.order) == sorted(
        [*web, *(page for pages in web.values() for page in pages)]
    )
    assert max(crawl.fetched.values()) == 1
    assert set(crawl.order[:60]) == set(web)  # still all at one distance evenly
