"""What is known of sites stays within a bound of memory, and leaves when it is old."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.robots import RobotsRules
from linkcrawler.policies.robots_cache import RobotsCache

SIZES = {n: RobotsRules(b"User-agent: *\n" + b"Disallow: /%d\n" % n * n) for n in (0, 1, 5)}


@given(
    st.integers(1000, 20_000),
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(sorted(SIZES)), st.booleans()), max_size=80),
)  # fmt: skip
def test_the_bound_holds_and_who_was_asked_for_last_stays(bound, steps):
    cache, order = RobotsCache(bound), []
    for number, size, is_put in steps:
        site = f"http://s{number}.example"
        if is_put:
            cache.put(site, SIZES[size], until=1.0)
            assert cache.get(site, 0.0) is SIZES[size]
        if cache.get(site, 0.0) is not None:
            order = [*(known for known in order if known != site), site]
        assert cache.size <= bound or len(cache) == 1
        assert [known for known in order if cache.get(known, 0.0)] == order[
            -len(cache) or len(order) :
        ]
        order = [known for known in order if cache.get(known, 0.0)]
        assert len(cache) == len(order)


def test_what_is_old_or_put_again_takes_no_room():
    cache = RobotsCache(0)
    for until in (1.0, 3.0):
        cache.put("http://a.example", SIZES[1], until)
    size = cache.size
    cache.put("http://b.example", SIZES[5], 2.0)
    assert cache.get("http://a.example", 2.5) is SIZES[1]
    assert cache.get("http://b.example", 2.5) is None
    assert (cache.size, len(cache)) == (size, 1)


def test_thousands_of_sites_take_as_much_memory_as_they_may():
    bound = 2 * 2**20
    text = b"User-agent: *\nDisallow: /a%d\nDisallow: /*?b=%d\nAllow: /c$\nSitemap: http://x.example/%d\n"
    cache = RobotsCache(bound)
    tracemalloc.start()
    try:
        for n in range(3000):
            cache.put(f"http://s{n}.example", RobotsRules(text % (n, n, n)), 1.0)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.4 * bound < taken < 1.1 * bound
    assert 0 < len(cache) < 3000
