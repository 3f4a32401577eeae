"""Bodies decoded within bounds."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.codings import DECODERS, MAX_RATIO, PIECE, CodingError, codings_of, decoded

LIMIT = 10 * 2**20


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zstd(data: bytes) -> bytes:
    try:
        from compression.zstd import compress
    except ImportError:
        from backports.zstd import compress
    return compress(data)


CODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=4),
    "zstd": zstd,
}


def whole(body: bytes, *codings: str, limit: int = LIMIT) -> bytes:
    parts = list(decoded(body, list(codings), limit))
    assert all(len(part) <= max(4 * PIECE, len(body)) for part in parts)
    return b"".join(parts)


def reason(body: bytes, *codings: str, limit: int = LIMIT) -> str:
    with pytest.raises(CodingError) as caught:
        whole(body, *codings, limit=limit)
    return caught.value.reason


def test_all_codings_that_are_offered_can_be_decoded():
    assert set(DECODERS) == set(CODERS)


@given(st.sampled_from(sorted(CODERS)), st.binary(max_size=300), st.integers(1, 3000))
def test_what_was_coded_comes_back(name, data, times):
    assert whole(CODERS[name](data * times), name) == data * times


@given(st.sampled_from(sorted(CODERS)), st.sampled_from(sorted(CODERS)), st.binary(max_size=300))
def test_two_codings_are_undone_in_the_order_of_the_header(first, second, data):
    assert whole(CODERS[second](CODERS[first](data)), first, second) == data


@given(st.sampled_from(sorted(CODERS)), st.binary(max_size=200))
def test_garbage_is_named_and_never_an_exception_of_a_library(name, data):
    try:
        whole(data, name)
    except CodingError as error:
        said = error.reason
    else:
        said = ""
    assert said in ("", "bad_encoding", "bomb", "too_big")


@pytest.mark.parametrize("name", sorted(CODERS))
def test_a_bomb_is_stopped_and_a_large_page_is_not(name):
    coder = CODERS[name]
    assert reason(coder(bytes(9 * 2**20)), name) == "bomb"
    limit = 3 * 2**20
    page = b" ".join(b"%d" % (n * n % 99_991) for n in range(600_000))[:limit]
    assert whole(coder(page), name, limit=limit) == page
    assert reason(coder(page + b"x"), name, limit=limit) == "too_big"
    assert len(whole(coder(bytes(2**20)), name)) == 2**20  # so much is free


def test_the_ratio_holds_for_both_codings_together():
    body = gzip.compress(gzip.compress(bytes(8 * 2**20)))
    assert len(body) * MAX_RATIO < 8 * 2**20
    assert reason(body, "gzip", "gzip") == "bomb"


def test_deflate_is_read_without_its_head_too():
    assert whole(raw_deflate(b"page" * 100), "deflate") == b"page" * 100


def test_what_follows_the_end_is_passed_over():
    for name in ("gzip", "deflate", "zstd"):
        body = CODERS[name](b"page" * 50_000) + b"behind" * 20_000
        assert whole(body, name) == b"page" * 50_000


def test_gzip_in_members_and_with_something_behind_it_is_read():
    assert whole(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", "gzip") == b"ab"


def test_what_is_cut_short_gives_what_there_is():
    page = b" ".join(b"%d" % (n * n) for n in range(50_000))
    cut = gzip.compress(page)[:50_000]
    assert page.startswith(whole(cut, "gzip"))
    assert len(whole(cut, "gzip")) > 50_000
    assert reason(gzip.compress(b"page")[:8], "gzip") == "bad_encoding"
    assert whole(b"", "gzip") == b""


def test_codings_are_bounded_and_known():
    assert reason(b"x", "gzip", "gzip", "gzip") == "too_many_codings"
    assert reason(b"x", "rot13") == "bad_encoding"
    assert reason(b"x", "gzip") == "bad_encoding"
    assert codings_of(["identity", " GZIP ,, br"]) == ["gzip", "br"]


@pytest.mark.parametrize("name", ["UTF-8", "none", "ISO-8859-1", "binary", "text/html"])
def test_a_name_that_stands_for_no_coding_is_passed_over(name):
    assert codings_of([name]) == []
    assert codings_of([f"{name}, br"]) == ["br"]
