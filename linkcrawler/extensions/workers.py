"""The first worker starts the others, looks after them, and waits for them at the end.

They are processes of their own that crawl into the same frontier, each with the same settings and
its own requests in flight. Standard input of each is their line to the first: what to do comes by it,
a line ``stop`` asks for an orderly end, and its closing (the first worker has died) for one at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scrapy import signals
from scrapy.exceptions import NotConfigured

from linkcrawler.exceptions import LinkCrawlerError, StorageError
from linkcrawler.frontier.session import session_of
from linkcrawler.signals import crawl_ending

if TYPE_CHECKING:
    from typing import IO, Self

    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session

logger = logging.getLogger(__name__)

TICK_SECS: Final = 0.2
LOOK_SECS: Final = 5.0
STUCK_SECS: Final = 120.0
"""A worker says every second that it lives; one that has not for so long is stuck for good."""
GRACE_SECS: Final = 10.0
"""What a worker gets to end in, beyond the time for what is in flight."""
FAULT_EXITS: Final = (StorageError.exit_code,)
"""Exit codes of a worker that end the whole crawl: the disk is the same for all."""


@dataclass(slots=True)
class Worker:
    """A further worker."""

    number: int
    process: subprocess.Popen[bytes]
    is_told: bool = False
    """Whether it was asked to stop."""
    said_at: float = 0.0
    """When it said last that it lives, by its own clock."""
    heard_at: float = 0.0
    """When that was heard, of a clock that stands still while the machine sleeps."""


class WorkerPool:
    """Starts ``LINKCRAWLER_WORKERS`` - 1 processes when the crawl is open.

    Args:
        crawler: the first worker's crawler.
        session: its session.
        stop_secs: seconds that requests in flight get once the end has begun.
    """

    def __init__(self, crawler: Crawler, session: Session, stop_secs: float) -> None:
        self.crawler = crawler
        self.session = session
        self.stop_secs = stop_secs
        self.workers: list[Worker] = []
        self._task: asyncio.Task[None] | None = None
        self._looked_at = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = session_of(crawler)
        if session.plan.workers < 2 or not session.leads:
            raise NotConfigured  # one process fetches
        pool = cls(crawler, session, crawler.settings.getfloat("LINKCRAWLER_FRONTIER_STOP_SECS"))
        crawler.signals.connect(pool.opened, signals.spider_opened)
        crawler.signals.connect(pool.ending, crawl_ending)
        crawler.signals.connect(pool.closed, signals.engine_stopped)
        return pool

    def opened(self) -> None:
        """Start the workers, and begin to look after them."""
        if self.session.error is not None:
            return
        if self.crawler.settings.getdict("FEEDS"):
            logger.warning("FEEDS: with several workers the feeds hold the first one's items only")
        self._task = asyncio.ensure_future(self._look_after())
        try:
            job = pickle.dumps(self._job())
            for number in range(2, self.session.plan.workers + 1):
                self.workers.append(Worker(number, start_worker(number, job, self.session.lock)))
        except Exception as error:  # a setting or spider that cannot be sent, no more processes
            self.session.fail(LinkCrawlerError(f"cannot start worker processes: {error}"))

    def _job(self) -> dict[str, Any]:
        """Return what a worker needs to crawl as this one does."""
        given = self.crawler.settings
        # Defaults are left out: Scrapy takes some, once set, for orders.
        settings = {name: given[name] for name in given if (given.getpriority(name) or 0) > 0}
        settings |= {"LINKCRAWLER_DIR": str(self.session.folder.absolute()), "FEEDS": {}}
        spider = self.crawler.spider
        return {
            "settings": settings,
            "spider": type(spider),
            "arguments": getattr(spider, "arguments", {"seeds": self.session.seeds}),
        }

    # While they crawl

    async def _look_after(self) -> None:
        """Take back what a worker that has died held; tell all when the end begins."""
        while True:
            await asyncio.sleep(TICK_SECS)
            try:
                self._look()
            except Exception as error:  # whatever it is: the end waits for what is done here
                self.session.fail(error)

    def _look(self) -> None:
        if self.session.stopping.is_set():
            self._tell()
        self._end_stuck(time.monotonic())
        for worker in [found for found in self.workers if found.process.poll() is not None]:
            self.workers.remove(worker)
            self._bury(worker)

    def _tell(self) -> None:
        for worker in self.workers:
            if not worker.is_told:
                worker.is_told = True
                with suppress(OSError):  # it has ended by itself
                    _input(worker).write(b"stop\n")
                    _input(worker).flush()

    def _end_stuck(self, now: float) -> None:
        """End workers that have not said for long that they live: others take what they have.

        What they say bears the time of day, which leaps when it is set and when the machine has slept.
        """
        if now - self._looked_at < LOOK_SECS or not self.session.is_open:
            return
        self._looked_at = now
        said = {row.id: row.seen_at for row in self.session.store.workers()}
        for worker in self.workers:
            said_at = said.get(worker.number)
            if said_at is None:  # it begins, or has given back all it had
                continue
            if said_at != worker.said_at:
                worker.said_at, worker.heard_at = said_at, now
            elif now - worker.heard_at > STUCK_SECS:
                logger.warning("Worker %d does nothing any more and is ended", worker.number)
                worker.process.kill()

    def _bury(self, worker: Worker) -> None:
        """Take back what an ended worker held, and say why it has ended."""
        code = worker.process.returncode
        said = _said(worker)
        with suppress(OSError):
            _input(worker).close()
        with self.session.failures():
            if self.session.is_open:
                now = time.time()
                self.session.store.dismiss(worker.number, now + self.session.turns.delay)
        if code in FAULT_EXITS:
            self.session.fail(StorageError(said or f"worker {worker.number} met a full disk"))
        elif code != 0:
            self.crawler.stats.inc_value("linkcrawler/workers/lost")
            logger.warning(
                "Worker %d ended with code %d%s%s", worker.number, code, f" ({said})" if said else "",
                "" if worker.is_told else "; the others go on",
            )  # fmt: skip

    # The end

    async def ending(self, reason: str) -> None:
        """Wait for the workers: as long as they have work, or a short time where the end was asked for."""
        if reason != "finished":
            self.session.stop(reason)
        deadline: float | None = None
        while self.workers:
            await asyncio.sleep(TICK_SECS)
            if self.session.stopping.is_set():
                deadline = deadline or time.monotonic() + self.stop_secs + GRACE_SECS
                if time.monotonic() > deadline:
                    self._kill()
        if self._task is not None:
            self._task.cancel()

    def _kill(self) -> None:
        for worker in self.workers:
            worker.process.kill()

    def closed(self) -> None:
        """Leave no worker behind."""
        if self._task is not None:
            self._task.cancel()
        self._kill()
        for worker in self.workers:
            worker.process.wait()
        # An interrupt during the end comes here while `ending` waits; nobody buries them any more.
        self.workers.clear()


def start_worker(number: int, job: bytes, lock: int) -> subprocess.Popen[bytes]:
    """Start a worker and send it its job.

    It gets a session of its own, so that Ctrl-C reaches the first worker alone, which tells it. It
    holds the folder's lock too: nobody else may begin before the last worker is gone.
    """
    process = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-m", "linkcrawler.worker", str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        pass_fds=(lock,),
    )
    try:
        path = pickle.dumps(sys.path)
        if process.stdin is not None:
            process.stdin.write(b"%d %d\n" % (len(path), len(job)) + path + job)
            process.stdin.flush()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _input(worker: Worker) -> IO[bytes]:
    if worker.process.stdin is None:
        raise OSError("no pipe")
    return worker.process.stdin


def _said(worker: Worker) -> str:
    """Return the error that an ended worker has reported, or an empty text."""
    pipe = worker.process.stdout
    if pipe is None:
        return ""
    with pipe, suppress(ValueError, KeyError, TypeError, OSError):
        os.set_blocking(pipe.fileno(), False)  # a process of its own may still hold the other end
        return str(json.loads(pipe.read() or b"")["error"])
    return ""
