"""Points in, results out: each point forks a crawl, lets a fault happen to it, and starts it again.

    python -m support.faults.helper FOLDER < requests > results

A request is a line of JSON: ``{"job": number, "mode": one of MODES, "at": event, "again": event}``.
This process imports everything once and starts no thread, so that a fork costs little; whatever
runs, runs in forks. Deaths are real.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

import linkcrawler.disk
from linkcrawler.exceptions import LinkCrawlerError
from pipelines.rows import decode_page, encode_page, links_batch, pages_batch
from support.faults import modes, scenario, verify
from support.faults.events import install
from support.faults.scenario import JOBS

DEADLINE = 60
"""Seconds after which a crawl that hangs is ended."""


def fork(work) -> tuple[int, list[dict]]:
    """Run ``work(descriptor)`` in a fork; return how it ended, and the lines that it wrote.

    How it ended is 0, the negative of a signal, 1, or the exit code of an error of ours.
    """
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        os._exit(_guarded(work, into))
    os.close(into)
    with os.fdopen(out) as lines:
        found = [json.loads(line) for line in lines]
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status), found


def _guarded(work, into) -> int:
    signal.alarm(DEADLINE)
    try:
        work(into)
    except LinkCrawlerError as error:
        say(into, error=str(error), time=time.monotonic())
        return error.exit_code
    except BaseException:
        say(into, error=traceback.format_exc(), time=time.monotonic())
        return 1
    return 0


def say(into: int, **facts) -> None:
    """Write a line of JSON."""
    os.write(into, (json.dumps(facts) + "\n").encode())


class Bench:
    """The folders of a series of points, and what undisturbed runs leave.

    Args:
        folder: everything happens below it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.live, self.image = folder / "live", folder / "image"
        self.saved = [folder / f"before-{job.name}" for job in JOBS]
        self.live.mkdir(parents=True)
        self.events = [self._undisturbed(number) for number in range(len(JOBS))]

    @property
    def crawl(self) -> Path:
        """The crawl's folder; the one above it is watched, so that its own making is, too."""
        return self.live / "crawl"

    def whole(self, job: int) -> Path:
        """Return the file with the rows that an undisturbed run leaves."""
        return self.folder / f"whole-{JOBS[job].name}.json"

    def _undisturbed(self, job: int) -> list[dict]:
        shutil.copytree(self.live, self.saved[job])

        def work(into):
            watch = modes.Counting(self.live)
            install(watch)
            scenario.crawl(self.crawl, JOBS[job], watch)
            for event in watch.events:
                say(into, **vars(event))
            verify.keep(self.crawl, self.whole(job))

        code, events = fork(work)
        if code:
            raise RuntimeError(events)
        return events

    def point(self, request: dict) -> dict:
        """Let the fault of ``request`` happen, go on, and return what is wrong then."""
        job, mode, at = request["job"], request["mode"], request["at"]
        for folder in (self.live, self.image):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.saved[job], self.live)
        code, lines = self._faulty(job, mode, at)
        result = _first(code, lines, mode, str(self.live))
        if mode.startswith("power") and code == -signal.SIGKILL:
            shutil.rmtree(self.live)
            self.image.rename(self.live)
        committed = [url for line in lines for url in line.get("committed", ())]
        if request.get("again"):
            code, lines = self._faulty(job, "kill after", request["again"])
            committed += [url for line in lines for url in line.get("committed", ())]
            result["again"] = code == -signal.SIGKILL
        return result | self._restart(job, committed) | {"request": request}

    def _faulty(self, job, mode, at):
        def work(into):
            watch = modes.fault(mode, self.live, at, into, self.image)
            install(watch)
            scenario.crawl(
                self.crawl, JOBS[job], watch, lambda urls: say(into, committed=list(urls))
            )

        return fork(work)

    def _restart(self, job: int, committed: list[str]) -> dict:
        def work(into):
            def begun(store, files):
                say(into, problems=verify.agreement(self.crawl, store, committed))

            scenario.crawl(self.crawl, JOBS[job], begun=begun)
            say(into, **verify.compare(self.crawl, self.whole(job)))

        code, lines = fork(work)
        result = {"lost": 0, "twice": 0, "orphans": 0, "problems": []}
        for line in lines:
            result["problems"] += line.pop("problems", [])
            result |= line
        if code:
            result["problems"].append(f"the restart ended with {code}: {result.get('error')}")
        return result


def _first(code: int, lines: list[dict], mode: str, folder: str) -> dict:
    """Return how the disturbed run ended, and what is wrong about that."""
    told = next((line for line in lines if "event" in line), None)
    error = next((line for line in lines if "error" in line), None)
    found = {"event": told and told["event"], "code": code, "message": error and error["error"]}
    if mode[0] == "E" and told and error:
        found["seconds"] = error["time"] - told["time"]
        found["named"] = folder in error["error"] and "\n" not in error["error"]
    found["retried"] = any("retried" in line for line in lines)
    return found


def warm_up() -> None:
    """Load what is loaded when it is first used, so that it is not loaded in every fork."""
    decoded = [decode_page(encode_page(scenario.page_of(url))) for url in scenario.WEB]
    pages_batch([fields for fields, _ in decoded], "c1").to_pylist()
    links_batch(decoded, "c1").to_pylist()
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise RuntimeError("a thread was started: forks would be unsafe")


def main() -> None:
    warm_up()
    linkcrawler.disk.HELD_BYTES = 4096  # small files, and yet more than one write each
    bench = Bench(Path(os.path.realpath(sys.argv[1])))
    print(json.dumps(bench.events), flush=True)
    for line in sys.stdin:
        print(json.dumps(bench.point(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
