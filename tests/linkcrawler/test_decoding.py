"""What Scrapy hears of a coded body."""

from __future__ import annotations

import asyncio
import gzip
import random
import tracemalloc
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.http import Response

from linkcrawler.bodies import HELD, ROOM_BYTES, Room
from linkcrawler.failures import BadBodyError
from linkcrawler.middlewares.codings import CodingsMiddleware

LIMIT = 10 * 2**20


@pytest.fixture
def room():
    """The room of large bodies."""
    return Room()


@pytest.fixture
def process(room):
    """A function from a status and a body to what becomes of the answer, coded with gzip."""
    session = SimpleNamespace(downloads=set(), is_cut_off=False)
    middleware = CodingsMiddleware(session, room, LIMIT)

    def process(status, body):
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
        request = Request("http://a.example/")
        response = Response(request.url, status, headers, gzip.compress(body), request=request)
        room.hold(request, len(response.body), LIMIT)
        answer = asyncio.run(middleware.process_response(request, response))
        return request, answer

    return process


def letters(length):
    """``length`` bytes that no coding makes a hundredth of."""
    return random.Random(5).choices(b"abcdefgh", k=length)


def test_an_error_holds_nothing_of_what_was_decoded(process, room):
    body = bytes(letters(LIMIT + 1))
    tracemalloc.start()
    try:
        with pytest.raises(BadBodyError) as caught:
            process(200, body)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.reason == "too_big"
    assert peak > LIMIT
    assert held < LIMIT / 2 + len(gzip.compress(body))  # the coded body, which its response holds
    assert room.free == ROOM_BYTES


def test_an_answer_that_is_an_error_keeps_its_status_whatever_its_body(process, room):
    request, answer = process(404, bytes(letters(LIMIT + 1)))
    assert (answer.status, answer.body) == (404, b"")
    assert (HELD in request.meta, room.free) == (False, ROOM_BYTES)


def test_a_large_body_holds_its_room_until_it_is_read(process, room):
    body = bytes(letters(2**20))
    request, answer = process(200, body)
    assert answer.body == body
    assert "Content-Encoding" not in answer.headers
    assert request.meta[HELD].length == len(body)
    assert room.free == ROOM_BYTES - len(body)
