"""``python -m linkcrawler.worker N``: a further worker of a crawl; started by the first one only."""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import AsyncCrawlerProcess, Crawler

EXIT_ORPHANED = 130


def read_job(line: IO[bytes]) -> dict[str, Any]:
    """Return the job that the first worker sent; its import path is taken over first.

    What is unpickled comes from the process that started this one, by a pipe between the two.
    """
    n_path, n_job = map(int, line.readline().split())
    sys.path[:] = pickle.loads(line.read(n_path))  # noqa: S301
    job: dict[str, Any] = pickle.loads(line.read(n_job))  # noqa: S301
    return job


class Orders:
    """What the first worker says, heard on a thread of its own from the first moment on."""

    def __init__(self, line: IO[bytes]) -> None:
        self._line = line
        self._stop: Callable[[], None] | None = None
        self._is_told = False
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` when the first worker says so, or now where it has said so."""
        with self._lock:
            self._stop = stop
            is_told = self._is_told
        if is_told:
            stop()

    def _listen(self) -> None:
        for order in self._line:
            if order == b"stop\n":
                with self._lock:
                    self._is_told, stop = True, self._stop
                if stop is not None:
                    stop()
        os._exit(EXIT_ORPHANED)  # the first worker is gone; what is not committed is pending


def main() -> None:
    """Crawl until the frontier is done or the first worker says so; report an error to it."""
    # What a component prints must not fill the pipe that nobody reads before the end.
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        error = crawl(int(sys.argv[1]))
    except BaseException as failure:  # whatever it is, the first worker must hear of it
        error = failure
    if error is not None:
        report.write(json.dumps({"error": f"{error}" or type(error).__name__}))
        report.flush()
    os._exit(0 if error is None else getattr(error, "exit_code", 1))


def crawl(number: int) -> BaseException | None:
    """Do the job that comes by standard input; return what made an end of it, or None."""
    job = read_job(sys.stdin.buffer)
    orders = Orders(sys.stdin.buffer)
    from linkcrawler.frontier.session import session_of

    process, crawler = prepare(job, number)
    task = process.crawl(crawler, **job["arguments"])

    def stop() -> None:
        from twisted.internet import reactor

        reactor.callFromThread(_stop, crawler)

    orders.on_stop(stop)
    process.start()
    failure = None if task.cancelled() or not task.done() else task.exception()
    return failure or session_of(crawler).error


def prepare(job: dict[str, Any], number: int) -> tuple[AsyncCrawlerProcess, Crawler]:
    """Return the process and crawler of a worker."""
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    settings = Settings()
    settings.setdict(job["settings"], priority="cmdline")
    settings.set("LOG_ENABLED", value=False, priority="cmdline")
    settings.set("STATS_DUMP", value=False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(job["spider"])
    crawler.linkcrawler_worker = number  # type: ignore[attr-defined]
    return process, crawler


def _stop(crawler: Crawler) -> None:
    from linkcrawler.frontier.session import session_of

    session_of(crawler).stop("interrupted")


if __name__ == "__main__":
    main()
