"""Runs the project's commands as a person would: in processes of their own, against loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from linkcrawler.loopback import Answer, LoopbackWeb

ROOT = Path(__file__).parent.parent.parent
DEADLINE = 120
"""Seconds after which a command under test is ended: nothing waits for ever."""
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
} | {"PYTHONWARNINGS": "default", "NO_COLOR": "1", "COLUMNS": "120"}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def linkcrawler(*arguments: object, cwd: Path | None = None, **options) -> Ended:
    """Run ``linkcrawler`` to its end."""
    return run([sys.executable, "-m", "linkcrawler", *map(str, arguments)], cwd, **options)


def scrapy(*arguments: object, cwd: Path = ROOT, **options) -> Ended:
    """Run ``scrapy`` to its end, in the project's folder."""
    return run([sys.executable, "-m", "scrapy", *map(str, arguments)], cwd, **options)


def run(command: list[str], cwd: Path | None, **options) -> Ended:
    done = subprocess.run(
        command,
        cwd=cwd or ROOT,
        env=_environment(options),
        capture_output=True,
        text=True,
        timeout=options.pop("timeout", DEADLINE),
        check=False,
        **options,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def _environment(options: dict) -> dict[str, str]:
    """The command's environment; one that may not write files does not measure coverage."""
    found = ENVIRONMENT | options.pop("env", {})
    if "preexec_fn" in options:
        found = {name: value for name, value in found.items() if not name.startswith("COVERAGE")}
    return found


def start(*arguments: object) -> subprocess.Popen:
    """Start ``linkcrawler`` and return its process."""
    return subprocess.Popen(
        [sys.executable, "-m", "linkcrawler", *map(str, arguments)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen) -> Ended:
    """Wait for the end of ``process``."""
    try:
        out, err = process.communicate(timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {DEADLINE} s:\n{out}\n{err}") from None
    return Ended(process.returncode, out, err)


class Web:
    """A small web: pages by URL, served over loopback; may signal a process at a request.

    Args:
        pages: URL to an `Answer`, or to the HTML of one.
    """

    def __init__(self, pages: dict[str, Answer | str], **options) -> None:
        self.pages = pages
        self.target: subprocess.Popen | None = None
        self.at = 0
        self.signal = signal.SIGKILL
        self._asked = 0
        self._web = LoopbackWeb(self._answer, **options)

    def __enter__(self) -> Web:
        self._web.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self._web.__exit__(*error)

    @property
    def url(self) -> str:
        return self._web.url

    @property
    def requests(self) -> list[str]:
        return self._web.requests

    def fetched(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [url for url in self.requests if not url.endswith("/robots.txt")]

    def signal_at(self, process: subprocess.Popen, request: int, number: int) -> None:
        """Send signal ``number`` to ``process`` when the ``request``-th request from now comes."""
        self.at, self.signal, self._asked = request, number, 0
        self.target = process

    def _answer(self, url: str) -> Answer:
        self._asked += 1
        if self.target is not None and self._asked >= self.at:
            self.target.send_signal(self.signal)
            self.target = None
        found = self.pages.get(url)
        if found is None:
            return Answer(404, b"nothing here")
        return found if isinstance(found, Answer) else Answer(body=found.encode())


def page(*targets: str, title: str = "", head: str = "") -> str:
    """The HTML of a page that links to ``targets``."""
    links = "".join(f'<p><a href="{target}">to {target}</a></p>' for target in targets)
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{links}</body></html>"
    )


def redirect(target: str, status: int = 301) -> Answer:
    """An answer that leads on to ``target``."""
    return Answer(status, b"", (("Location", target),))


def grid(hosts: int, pages: int) -> dict[str, str]:
    """A web of ``hosts`` domains with ``pages`` pages each, linked inside and across."""
    found = {}
    for h in range(hosts):
        for n in range(pages):
            inside = [f"/{m}" for m in (2 * n + 1, 2 * n + 2) if m < pages]
            across = [f"http://h{(h + n + 1) % hosts}.example/{n}", f"http://h{n % hosts}.example/"]
            url = f"http://h{h}.example/{n}" if n else f"http://h{h}.example/"
            found[url] = page(*inside, *across, title=f"{h} {n}")
            found[f"http://h{h}.example/0"] = redirect(f"http://h{h}.example/")
    return found


def rows(folder: Path, table: str) -> list[dict]:
    """The rows of a table that the manifest names."""
    from pipelines.dataset import open_dataset

    return open_dataset(folder).table(table).to_pylist()


def link_multiset(folder: Path) -> Counter:
    """The links of a crawl as a multiset of what does not depend on the order of fetching."""
    names = ("source", "target", "kind", "position", "anchor", "rel", "follow")
    return Counter(tuple(row[name] for name in names) for row in rows(folder, "links"))


def page_multiset(folder: Path) -> Counter:
    """The pages of a crawl likewise."""
    names = ("url", "status", "outcome", "reason", "redirect_to", "n_links", "hops")
    return Counter(tuple(row[name] for name in names) for row in rows(folder, "pages"))


def parquet_rows(paths) -> int:
    """Rows in all of ``paths``."""
    return sum(pq.ParquetFile(path).metadata.num_rows for path in paths)
