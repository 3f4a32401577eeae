"""``python -m linkcrawler.extraction.child [NICENESS]``: reads pages for a crawl, which started it, one by one.

It may be brought to its knees by what it reads: its memory and its time are bounded, and whoever
started it ends it when it does not answer. It ends by itself when the other end of its line is closed.
"""

from __future__ import annotations

import os
import resource
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final

from linkcrawler.extraction.reading import decode_document, encode_reading, news_in, read
from linkcrawler.memory import spare_collector
from linkcrawler.policies.relevance import Relevance
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY_BYTES: Final = 512 * 2**20
"""Address space of the process."""
CPU_SECS: Final = 10
"""Processor time for one page, at the most: the bound that holds when nobody is left to end it."""
LENGTHS: Final = struct.Struct(">fII")
"""Before a page: seconds for reading it from its tags alone, 0 for whole; the length of what is said of it,
that of its body."""
LENGTH: Final = struct.Struct(">I")
"""Before an answer: its length."""
ERROR: Final = b"\xff"
"""Begins an answer that holds no reading but the name of an error; a length that begins so is too long."""


def main() -> None:
    """Answer until the line is closed."""
    os.nice(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    registered_domain("ready.example")  # reads the list of suffixes, before the first clock runs
    # What reading a page makes goes with the page, without any cycle; the collector would but look
    # at each of its links, and at all that is remembered, again and again.
    spare_collector()
    with socket.socket(fileno=0) as line, line.makefile("rb") as incoming:
        answer(line, b"{}")
        reader = Reader()
        while head := incoming.read(LENGTHS.size):
            secs, n_head, n_body = LENGTHS.unpack(head)
            bound_time()
            answer(line, reader.reply(incoming.read, secs, n_head, n_body))


class Reader:
    """Reads pages, and judges them by the niche that was told last."""

    def __init__(self) -> None:
        self._relevance: Relevance | None = None

    def reply(self, take: Callable[[int], bytes], secs: float, n_head: int, n_body: int) -> bytes:
        """Return the answer to one page: what was read, or what made that impossible."""
        head, body = take(n_head), take(n_body)
        try:
            if (news := news_in(head)) is not None:
                self._relevance = Relevance(news, self._relevance)
            document = decode_document(head, body)
            return encode_reading(read(document, rough_secs=secs, relevance=self._relevance))
        except Exception as error:  # whatever it is, the crawl must hear of it
            return ERROR + type(error).__name__.encode()


def answer(line: socket.socket, message: bytes) -> None:
    """Send a message."""
    line.sendall(LENGTH.pack(len(message)) + message)


def bound_time() -> None:
    """Let the system end the process when this page takes too long."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + CPU_SECS
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
