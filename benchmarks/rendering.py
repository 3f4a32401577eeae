"""A web of which few pages need a browser, crawled with --js off, auto and on; then killed while rendering.

    python -m benchmarks.rendering --work FOLDER [--sites 4] [--pages 50] [--kills 5]

One page in ten is made by scripts; all others hold their links, and load a script that only counts. Each crawl
is printed with its pages, renders, links, pages by second and by CPU-second, and the most memory that its
processes took together (proportional set size), the browser's included. Ends with 1 where ``auto`` finds
another link than ``on``, renders more than a fifth of what it does, or a kill loses a link or leaves a process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.kill_crawl import LINK, difference
from linkcrawler.loopback import Answer, LoopbackWeb
from linkcrawler.rendering.warden import descendants

if TYPE_CHECKING:
    from collections.abc import Callable

SHELLS = 10
"""One page in so many is made by scripts."""
LINKS = 8
TICK_SECS = 0.1
GONE_SECS = 15.0
APP = """
fetch("/data" + location.pathname).then((answer) => answer.json()).then((found) => {
  document.title = "page " + location.pathname;
  for (const href of found) {
    const line = document.createElement("p"), link = document.createElement("a");
    link.href = href; link.textContent = "to " + href;
    line.append(link); document.getElementById("app").append(line);
  }
});
"""


class ScriptedWeb:
    """Sites whose pages all lead on; answers any URL of theirs.

    Args:
        sites: how many.
        pages: of each.
    """

    def __init__(self, sites: int, pages: int) -> None:
        self.sites = sites
        self.pages = pages
        self.on_data: Callable[[], None] = lambda: None
        """Called when a script asks for its links."""

    def __call__(self, url: str) -> Answer:
        site, _, path = url.removeprefix("http://s").partition(".example/")
        if path == "app.js":
            return Answer(body=APP.encode(), headers=(("Content-Type", "text/javascript"),))
        if path == "count.js":
            code = b"document.documentElement.dataset.seen = Date.now()"
            return Answer(body=code, headers=(("Content-Type", "text/javascript"),))
        name = path.removeprefix("data/")
        if not site.isdigit() or not (name.isdigit() or not name) or path == "robots.txt":
            return Answer(404)
        links = self._links(int(site), int(name or 0))
        if path.startswith("data/"):
            self.on_data()
            body = json.dumps(links).encode()
            return Answer(body=body, headers=(("Content-Type", "application/json"),))
        return Answer(body=self._page(int(name or 0), links).encode())

    def _links(self, site: int, page: int) -> list[str]:
        inside = [f"/{(page * 3 + step) % self.pages or ''}" for step in range(1, LINKS)]
        return [*inside, f"http://s{(site + 1) % self.sites}.example/{page or ''}"]

    @staticmethod
    def _page(page: int, links: list[str]) -> str:
        head = f"<!doctype html><html lang=en><head><title>{page}</title>"
        if page % SHELLS == 3:
            return (
                f"{head}</head><body><div id=app></div><script src=/app.js></script></body></html>"
            )
        text = "".join(f"<p>{'word ' * 30}<a href='{link}'>to {link}</a></p>" for link in links)
        return f"{head}<script src=/count.js></script></head><body>{text}</body></html>"


@dataclass(frozen=True)
class Run:
    """One crawl."""

    js: str
    found: dict
    seconds: float
    cpu: float
    memory: float
    """MiB, the most at any time."""


def command(web: LoopbackWeb, folder: Path, js: str) -> list[str]:
    """Return the command of a crawl of the whole web."""
    return [
        sys.executable, "-m", "linkcrawler", "crawl", "s0.example", "--proxy", web.url, "--out", str(folder),
        "--delay", "0", "--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0", "--quiet",
        "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4", "--js", js, "--format", "json",
    ]  # fmt: skip


def measured(web: LoopbackWeb, folder: Path, js: str) -> Run:
    """Crawl the web into ``folder`` and return what that took."""
    shutil.rmtree(folder, ignore_errors=True)
    begun = time.monotonic()
    process = subprocess.Popen(
        command(web, folder, js), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    used: dict[int, float] = {}
    memory = 0.0
    while process.poll() is None:
        pids = [process.pid, *descendants(process.pid)]
        memory = max(memory, sum(map(pss_mib, pids)))
        used |= {pid: cpu_of(pid) for pid in pids}
        time.sleep(TICK_SECS)
    seconds = time.monotonic() - begun
    said = process.stdout.read() if process.stdout else b""
    return Run(js, json.loads(said), seconds, sum(used.values()), memory)


def pss_mib(pid: int) -> float:
    """Return the memory of a process in MiB, what is shared divided by those who share it."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process itself."""
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def compare(web: LoopbackWeb, work: Path) -> bool:
    """Crawl with each mode; print a line each; return whether auto does what it should."""
    print("js    pages  renders  links  seconds  pages/s     CPU  pages/CPU-s  MiB", flush=True)
    runs = {}
    for js in ("off", "auto", "on"):
        run = runs[js] = measured(web, work / js, js)
        found = run.found
        print(
            f"{js:5} {found['pages']:5} {found['rendered']:8} {found['links']:6} {run.seconds:8.1f} "
            f"{found['pages'] / run.seconds:8.1f} {run.cpu:7.1f} {found['pages'] / run.cpu:12.1f} "
            f"{run.memory:4.0f}",
            flush=True,
        )
    differ = sum(difference(work / "on", work / "auto", "links", LINK))
    share = runs["auto"].found["rendered"] / runs["on"].found["rendered"]
    cost = runs["auto"].cpu / runs["on"].cpu
    print(
        f"auto against on: {differ} links differ, {share:.3f} of the renders, {cost:.2f} of the CPU"
    )
    return not differ and share <= 0.2


def kill(web: LoopbackWeb, pages: ScriptedWeb, work: Path, number: int) -> bool:
    """Kill a crawl while a page is rendered, and let it go on; return whether nothing is lost or left."""
    folder, temporary = work / f"kill-{number}", work / "tmp"
    for path in (folder, temporary):
        shutil.rmtree(path, ignore_errors=True)
    temporary.mkdir(parents=True)
    environment = os.environ | {"TMPDIR": str(temporary)}
    left = [random.Random(number).randint(1, pages.sites * pages.pages // SHELLS)]
    killed = threading.Event()

    def on_data() -> None:
        left[0] -= 1
        if left[0] == 0:
            process.send_signal(signal.SIGKILL)
            killed.set()

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command(web, folder, "auto"), env=environment, **quiet)
    pages.on_data = on_data
    process.wait()
    pages.on_data = lambda: None
    deadline = time.monotonic() + GONE_SECS
    while (running := started_with(temporary)) and time.monotonic() < deadline:
        time.sleep(TICK_SECS)
    subprocess.run(command(web, folder, "auto"), env=environment, check=True, **quiet)
    lost, twice = difference(work / "on", folder, "links", LINK)
    print(
        f"kill {number}: {'while rendering' if killed.is_set() else 'not at all'}, {len(running)} "
        f"processes left, {lost} links lost, {twice} too many",
        flush=True,
    )
    return killed.is_set() and not (running or lost or twice)


def started_with(folder: Path) -> list[int]:
    """Return the processes whose command names ``folder``: wardens and browsers of a crawl."""
    found = []
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdigit() and f"{folder}/".encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


def main() -> int:
    """Run all; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sites", type=int, default=4)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    work = options.work.absolute()
    pages = ScriptedWeb(options.sites, options.pages)
    with LoopbackWeb(pages) as web:
        held = [compare(web, work)]
        held += [kill(web, pages, work, number) for number in range(options.kills)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
