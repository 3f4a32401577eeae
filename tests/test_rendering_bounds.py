"""Pages and browsers that misbehave cost themselves at the most; no end of a crawl leaves a browser behind."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support.browser import browser_or_skip
from support.crawling import ENVIRONMENT, Web, end, linkcrawler, rows, start
from support.scripted_web import data, html, running

from linkcrawler.loopback import Answer
from linkcrawler.rendering.warden import descendants, is_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timing,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
SITE = "http://site.example"
SECS = 20
OPTIONS = ("--delay", "0", "--hops", "0", "--quiet", "--js", "auto",
           "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4")  # fmt: skip
LATE = "setTimeout(() => add('/late'), 100); add('/made-' + location.pathname.slice(1));"
SRC = "<script src='/{}.js'></script>"


class Hooked(Web):
    """Calls a function when a URL is asked for."""

    def __init__(self, pages: dict, hooks: dict) -> None:
        super().__init__(pages)
        self.hooks = hooks

    def _answer(self, url: str) -> Answer:
        hook = self.hooks.pop(url, None)
        if hook is not None:
            hook()
        return super()._answer(url)


class Folder:
    """Where a crawl's browsers write, by which they are known."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="lc-", dir="/tmp"))

    def processes(self) -> list[int]:
        """Processes that were started with the folder's name: wardens and browsers."""
        found = []
        for path in Path("/proc").iterdir():
            with suppress(OSError):
                if (
                    path.name.isdigit()
                    and f"{self.path}/".encode() in (path / "cmdline").read_bytes()
                ):
                    found.append(int(path.name))
        return found

    def browsers(self) -> list[int]:
        """Main processes of running browsers."""
        return [
            pid
            for pid in self.processes()
            if not (words := Path(f"/proc/{pid}/cmdline").read_bytes()).count(b"--type=")
            and b"rendering.warden" not in words
        ]

    def signal_browsers(self, number: int) -> None:
        for pid in self.browsers():
            os.kill(pid, number)

    def kill_page(self) -> None:
        """Kill the processes in which pages run."""
        for browser in self.browsers():
            for pid in descendants(browser):
                if is_page(pid):
                    os.kill(pid, signal.SIGKILL)

    def must_be_left(self) -> None:
        """Wait until no process is left, and nothing that a browser wrote."""
        deadline = time.monotonic() + SECS
        while self.processes() or [
            p for p in self.path.iterdir() if p.name.startswith("linkcrawler")
        ]:
            assert time.monotonic() < deadline, (self.processes(), [*self.path.iterdir()])
            time.sleep(0.05)


@pytest.fixture
def folder(monkeypatch):
    found = Folder()
    monkeypatch.setitem(ENVIRONMENT, "TMPDIR", str(found.path))
    yield found
    for pid in found.processes():
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(found.path, ignore_errors=True)


def site(pages: dict) -> dict:
    """A site whose home page leads to ``pages``, which are not rendered for want of links on it."""
    links = "".join(f"<p><a href='/{name}'>x</a>" for name in pages)
    return {f"{SITE}/": html(links)} | {f"{SITE}/{name}": page for name, page in pages.items()}


def browsing() -> tuple:
    return ("-s", f"LINKCRAWLER_RENDER_BROWSER={browser_or_skip()}")


def asking(name: str) -> str:
    """A page whose script asks for a URL of its own before it adds its link."""
    return running(
        f"fetch('/{name}.json').then(() => add('/made-{name}'))",
        f"<script src='/{name}.js'></script>",
    )


FRAME = "<iframe src='/f'></iframe>"
MISBEHAVING = {
    "hangs": running("for (;;);", FRAME),
    "eats": running(
        "let n = 0; const a = []; for (;;) a.push(new Array(1e5).fill(n++))",
        FRAME + SRC.format("e"),
    ),
    "falls": running(
        "let e = document.body; for (let n = 0; n < 5000; n++)"
        "e = e.appendChild(document.createElement('div'))",
        FRAME + SRC.format("f"),
    ),
    "loads": running(LATE, SRC.format("big")),
    "ends": running("window.stop(); window.close();" + LATE, SRC.format("x")),
    "leaves": running(LATE + "history.back()", SRC.format("y")),
    "good": running(LATE, SRC.format("z")),
}
"""Pages that never end, take memory without end, and bring Chromium's own layout down; that load more than
they may, that stop and close themselves; that go back to where nothing is; and one that does nothing of it."""


def test_pages_that_misbehave_fail_alone_and_keep_the_links_of_their_html(folder, tmp_path):
    big = Answer(body=b"/*" + b"x" * 3_000_000 + b"*/ add('/big')")
    with Web(site(MISBEHAVING) | {f"{SITE}/big.js": big}) as served:
        done = linkcrawler(
            "crawl", SITE, "--proxy", served.url, "--out", tmp_path / "c", *OPTIONS, *browsing(),
            "-s", "LINKCRAWLER_RENDER_SECS=2", "-s", "LINKCRAWLER_RENDER_MEMORY_MB=250",
            "-s", "LINKCRAWLER_RENDER_TRAFFIC_MB=1", "--format", "json",
        )  # fmt: skip
    assert done.code == 0, done.err
    found = {row["url"].removeprefix(f"{SITE}/"): row for row in rows(tmp_path / "c", "pages")}
    assert {name: found[name]["render_reason"] for name in MISBEHAVING} == {
        "hangs": "failed:timeout", "eats": "failed:crash", "falls": "failed:crash",
        "loads": "no_links", "ends": "no_links", "leaves": "failed:page", "good": "no_links",
    }  # fmt: skip
    for name in ("hangs", "eats", "falls"):
        row = found[name]
        assert (row["outcome"], row["rendered"], row["n_links"]) == ("ok", False, 1), name
    assert {"made-loads", "made-ends", "made-good", "late"} <= set(found)
    assert "big" not in found
    assert json.loads(done.out)["not_rendered"] == 4
    folder.must_be_left()


def test_a_browser_that_dies_or_hangs_costs_its_pages_another_try(folder, tmp_path):
    pages = {name: asking(name) for name in ("dies", "hangs", "crashes", "calm")}
    answers = {f"{SITE}/{name}.json": data([]) for name in pages}
    hooks = {
        f"{SITE}/dies.json": lambda: folder.signal_browsers(signal.SIGKILL),
        f"{SITE}/hangs.json": lambda: folder.signal_browsers(signal.SIGSTOP),
        f"{SITE}/crashes.json": folder.kill_page,
    }
    with Hooked(site(pages) | answers, hooks) as served:
        done = linkcrawler(
            "crawl", SITE, "--proxy", served.url, "--out", tmp_path / "c", *OPTIONS, *browsing(),
            "-s", "LINKCRAWLER_RENDER_SECS=2",
        )  # fmt: skip
    assert done.code == 0, done.err
    assert hooks == {}
    found = {row["url"].removeprefix(f"{SITE}/"): row for row in rows(tmp_path / "c", "pages")}
    for name in pages:
        assert found[name]["rendered"], (name, found[name]["render_reason"])
        assert f"made-{name}" in found
    folder.must_be_left()


class Timed(Web):
    """Notes when each URL was asked for."""

    def __init__(self, pages: dict) -> None:
        super().__init__(pages)
        self.times: list[tuple[str, float]] = []

    def _answer(self, url: str) -> Answer:
        self.times.append((url, time.monotonic()))
        return super()._answer(url)


def test_browsers_are_renewed_workers_have_their_own_and_pages_take_turns(folder, tmp_path):
    pages = {f"{n}": running(LATE, SRC.format(n)) for n in range(3)}
    other = {url.replace("site", "other"): page for url, page in site(pages).items()}
    with Timed(site(pages) | other) as served:
        done = linkcrawler(
            "crawl", SITE, "other.example", "--proxy", served.url, "--out", tmp_path / "c", *OPTIONS,
            *browsing(), "--workers", "2", "-s", "LINKCRAWLER_RENDER_RECYCLE_PAGES=2",
            "--delay", "0.4", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1",
        )  # fmt: skip
    assert done.code == 0, done.err
    assert len([row for row in rows(tmp_path / "c", "pages") if row["rendered"]]) == 6
    folder.must_be_left()
    for host in ("site.example", "other.example"):
        asked = [(url, at) for url, at in served.times if host in url]
        scripts = [n for n, (url, _) in enumerate(asked) if url.endswith(".js")]
        assert len(scripts) == 3
        # Each script follows its page's turn by one turn, and whatever comes next waits for another.
        gaps = [after[1] - before[1] for before, after in itertools.pairwise(asked)]
        assert min(gaps) > 0.25, (asked, gaps)  # when they came, on a busy machine


@pytest.fixture
def scripted():
    """A site of pages made by scripts."""
    pages = {f"{n}": asking(f"{n}") for n in range(6)}
    return site(pages) | {f"{SITE}/{name}.json": data([]) for name in pages}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_however_a_crawl_ends_no_browser_is_left_and_it_goes_on(
    folder, tmp_path, scripted, number, code
):
    running_crawl = []
    hooks = {f"{SITE}/3.json": lambda: running_crawl[0].send_signal(number)}
    with Hooked(scripted, hooks) as served:
        command = (
            "crawl",
            SITE,
            "--proxy",
            served.url,
            "--out",
            tmp_path / "c",
            *OPTIONS,
            *browsing(),
        )
        running_crawl.append(start(*command))
        ended = end(running_crawl[0])
        assert ended.code == code, ended.err
        folder.must_be_left()
        assert linkcrawler(*command).code == 0
    found = sorted(row["target"].removeprefix(SITE) for row in rows(tmp_path / "c", "links"))
    assert found == sorted([f"/{n}" for n in range(6)] + [f"/made-{n}" for n in range(6)])
    folder.must_be_left()


def test_a_browser_that_does_not_start_is_said_and_pages_are_not_rendered(tmp_path):
    fake = tmp_path / "browser"
    fake.write_text("#!/bin/sh\necho 'error: no display of any kind' >&2\nexit 3\n")
    fake.chmod(0o755)
    web = site({"page": running(LATE)})
    with Web(web) as served:
        command = ("crawl", SITE, "--proxy", served.url, "--delay", "0", "--quiet",
                   "-s", f"LINKCRAWLER_RENDER_BROWSER={fake}")  # fmt: skip
        done = linkcrawler(*command, "--out", tmp_path / "auto")
        asked = linkcrawler(*command, "--out", tmp_path / "on", "--js", "on")
    assert (done.code, asked.code) == (0, 1)
    assert done.err.count("warning: Pages are not rendered: the browser does not start") == 1
    assert "no pages (--js auto, no browser was found that starts)" in done.out
    assert "error: the browser does not start" in asked.err
    assert "--js off" in asked.err


def test_a_browser_that_is_not_there_is_named_in_one_line(tmp_path):
    done = linkcrawler(
        "crawl", SITE, "--out", tmp_path / "c", "-s", "LINKCRAWLER_RENDER_BROWSER=/no/browser"
    )
    assert done.code == 2
    assert "LINKCRAWLER_RENDER_BROWSER: expected the path of a Chromium" in done.err
    nothing = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    done = linkcrawler("crawl", SITE, "--out", tmp_path / "c", "--js", "on", env=nothing)
    assert done.code == 2
    assert "js: no browser was found" in done.err
    assert not (tmp_path / "c").exists()
