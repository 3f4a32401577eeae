"""A process that reads pages: what goes to it and comes back, and that it ends when it should."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reader_pages import DEEP, LINK, document

from linkcrawler.exceptions import LinkCrawlerError
from linkcrawler.extraction.reading import (
    decode_document,
    decode_reading,
    encode_document,
    encode_reading,
    read,
)
from linkcrawler.lanes import Lane, NotReadError

BODIES = st.lists(
    st.sampled_from([LINK, b"<p>\xff\xfe", "<title>é\u202e</title>".encode(), b"<base href=/b/>", b"<b>",
                     b"<a href=http://b.example/ rel=nofollow><img alt=x></a>", b"<table><a href=y>"]),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(BODIES, st.sampled_from(["text/html", "text/html; charset=latin-1", ""]), st.booleans())
def test_messages_hold_all_there_is(body, content_type, roughly):
    given_page = document(body, content_type=content_type)
    sent = decode_document(encode_document(given_page), body)
    assert sent == given_page
    found = read(sent, rough_secs=4.0 * roughly)
    got = decode_reading(encode_reading(found))
    assert (got.charset, got.guessed, got.degraded) == (found.charset, found.guessed, roughly)
    assert got.links == found.links
    assert found.packed is None
    assert got.packed is not None
    for name in ("n_links", "n_internal", "title", "lang", "canonical", "noindex", "nofollow"):
        assert getattr(got.facts, name) == getattr(found.facts, name)


def test_a_reader_that_cannot_be_started_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")

    async def work():
        lane = Lane()
        try:
            await lane.read(document(LINK), 5.0)
        finally:
            lane.close()

    with pytest.raises(LinkCrawlerError, match="cannot start the process that reads pages"):
        asyncio.run(work())


def test_a_reading_that_is_given_up_ends_its_process():
    async def work():
        lane = Lane()
        reading = asyncio.ensure_future(lane.read(document(DEEP), 60.0))
        while lane._child is None:
            await asyncio.sleep(0.01)
        process = lane._child.process
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert lane._child is None
        lane.close()
        assert process.returncode == -signal.SIGKILL

    asyncio.run(work())


def test_a_child_that_answers_nonsense_is_not_believed(tmp_path, monkeypatch):
    fake = tmp_path / "python"
    fake.write_text(
        f"#!{sys.executable}\nimport os\nos.write(0, b'\\0\\0\\0\\2{{}}')\n"
        "os.read(0, 100)\nos.write(0, b'\\0\\0\\0\\2[]')\nos.read(0, 10**9)\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))

    async def work():
        lane = Lane()
        try:
            await lane.read(document(LINK), 10.0)
        finally:
            lane.close()

    with pytest.raises(NotReadError) as caught:
        asyncio.run(work())
    assert caught.value.reason == "died"


CRAWL = """
import asyncio, os, signal, sys
sys.path.insert(0, {path!r})
from tests.support.reader_pages import LINK, document
from linkcrawler.lanes import Lane

async def main():
    lane = Lane()
    await lane.read(document(LINK), 30.0)
    print(lane._child.process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_no_reader_is_left_behind_by_a_crawl_that_is_killed():
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", CRAWL.format(path=root)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_child_s_time_and_memory_are_bounded():
    code = (
        "import resource; from linkcrawler.extraction import child;"
        "child.bound_time(); print(resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert 0 < int(done.stdout) < 60
