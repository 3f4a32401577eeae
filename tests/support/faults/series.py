"""Requests in, results out, spread over a helper for each core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[3]
HELPER = (
    "import runpy, sys; sys.path[:0] = [{root!r}, {tests!r}]; "
    "runpy.run_module('support.faults.helper', run_name='__main__')"
)


ALONE = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Keeps libraries from starting threads when they are loaded: a helper forks."""


class Helper:
    """A process that takes points; see `support.faults.helper`."""

    def __init__(self, folder: Path) -> None:
        source = HELPER.format(root=str(ROOT), tests=str(ROOT / "tests"))
        self._process = subprocess.Popen(
            [sys.executable, "-c", source, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | ALONE,
        )  # fmt: skip
        self._folder = folder

    def start(self) -> list[list[dict]]:
        """Return the events of each undisturbed run."""
        return self._answer()

    def point(self, request: dict) -> dict:
        """Return what came of a point."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the helper in {self._folder} died with {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Series:
    """Helpers side by side; used with ``with``.

    Args:
        folder: an empty folder, on the disk or in memory: deaths are real in both.
    """

    def __init__(self, folder: Path) -> None:
        self.helpers = [Helper(folder / f"helper-{n}") for n in range(os.cpu_count() or 1)]

    def __enter__(self) -> Series:
        try:
            found = [helper.start() for helper in self.helpers]
        except BaseException:
            self.__exit__()
            raise
        self.events = found[0]
        """The events of each run, undisturbed."""
        return self

    def __exit__(self, *error) -> None:
        for helper in self.helpers:
            helper.close()

    def all_points(self, mode: str) -> list[dict]:
        """Return the request for every event."""
        return [
            {"job": job, "mode": mode, "at": event["number"]}
            for job, events in enumerate(self.events)
            for event in events
        ]

    def run(self, requests: list[dict]) -> list[dict]:
        """Return the results of ``requests``, in their order."""

        def some(number: int) -> list[dict]:
            return [self.helpers[number].point(r) for r in requests[number :: len(self.helpers)]]

        count = len(self.helpers)
        with ThreadPoolExecutor(count) as pool:
            shares = list(pool.map(some, range(count)))
        return [shares[n % count][n // count] for n in range(len(requests))]
