"""The web of the benchmarks: its pages, its manners and what it counts."""

from __future__ import annotations

import http.client
import time

import numpy as np
import pytest

from benchmarks.bigweb import BigWeb, Log, Shape
from benchmarks.bigweb_shape import NO_PAGE, ROBOTS


def reachable(shape: Shape) -> set[str]:
    """What following links from the seed comes to."""
    found, todo = {shape.url(0)}, [shape.url(0)]
    while todo:
        name, _, path = todo.pop().removeprefix("http://").partition("/")
        host, page = shape.numbers(name, f"/{path}")
        if host >= 0:
            new = set(shape.targets(host, page)) - found
            found |= new
            todo.extend(new)
    return found


@pytest.mark.parametrize(
    "shape",
    [
        Shape(),
        Shape(hosts=1, pages=1, links=0),
        Shape(hosts=300, pages=2, links=3),
        Shape(hosts=50, pages=10, giant=3000, gone=77),
    ],
)
def test_every_page_and_every_gone_name_can_be_reached_from_the_seed(shape):
    assert len(reachable(shape)) == shape.total + shape.gone


def test_a_url_names_its_page_and_others_name_none():
    shape = Shape(hosts=3, pages=5)
    assert shape.numbers("h2.example", "/4") == (2, 4)
    assert shape.numbers("h2.example", "/") == (2, 0)
    assert shape.numbers("h2.example", "/robots.txt") == (2, ROBOTS)
    for name, path in (("h2.example", "/5"), ("h2.example", "/0"), ("h2.example", "/x")):
        assert shape.numbers(name, path) == (2, NO_PAGE)
    for name in ("h3.example", "gone1.example", "h1.example.org", "hx.example"):
        assert shape.numbers(name, "/") == (-1, NO_PAGE)


def asked(web: BigWeb, url: str, timeout: float = 30) -> int:
    """The status of an answer through the proxy."""
    client = http.client.HTTPConnection("127.0.0.1", web.port, timeout=timeout)
    try:
        client.request("GET", url)
        answer = client.getresponse()
        answer.read()
        return answer.status
    finally:
        client.close()


def test_hosts_answer_as_they_were_asked_to_and_each_request_is_counted():
    shape = Shape(hosts=5, pages=3, erring=1, refusing=1, silent=1)
    with BigWeb(shape) as web:
        assert asked(web, "http://h0.example/2") == 200
        assert asked(web, "http://h1.example/robots.txt") == 404
        assert asked(web, "http://h2.example/") == 500
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            asked(web, "http://h3.example/")
        with pytest.raises(TimeoutError):
            asked(web, "http://h4.example/", timeout=0.2)
        log, counts = web.log(), web.counts()
    assert log.hosts.tolist() == [0, 1, 2, 3, 4]
    assert log.pages.tolist() == [2, ROBOTS, 0, 0, 0]
    assert (log.answered > 0).tolist() == [True, True, True, False, False]
    assert counts["requests"] == 5
    assert counts["robots"] == 1


def test_the_log_tells_the_spacing_and_what_one_host_had_at_once():
    log = Log(
        hosts=np.array([0, 1, 0, 1, 0], np.int32),
        pages=np.zeros(5, np.int32),
        asked=np.array([10.0, 10.1, 11.0, 11.5, 11.8]),
        answered=np.array([11.0, 10.2, 12.0, 0.0, 11.9]),
    )
    assert log.least_spacing() == pytest.approx(0.8)
    assert log.most_at_once() == 2
    assert log.per_host() == {0: 3, 1: 2}
    assert log.per_second().tolist() == [2, 3]


def test_a_client_of_the_web_itself_needs_no_proxy():
    with BigWeb(Shape(port=-1)) as web:
        assert web.seed == f"http://h0.example:{web.port}/"
        client = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        client.request("GET", "/7", headers={"Host": f"h3.example:{web.port}"})
        body = client.getresponse().read().decode()
        client.close()
    assert "page 7 of host 3" in body
    assert f"http://h3.example:{web.port}/" in body


@pytest.mark.timing
def test_it_answers_thousands_of_requests_a_second():
    with BigWeb(Shape()) as web:
        client = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        begun = time.perf_counter()
        for number in range(2000):
            client.request("GET", f"http://h{number % 20}.example/{number % 149 + 1}")
            client.getresponse().read()
        seconds = time.perf_counter() - begun
        client.close()
    assert seconds < 20
