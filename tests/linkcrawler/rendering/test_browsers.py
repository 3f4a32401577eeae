from __future__ import annotations

import os
import subprocess
import sys

import pytest

from linkcrawler.exceptions import UsageError
from linkcrawler.rendering.browsers import browser_flags, find_browser


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    monkeypatch.setattr(sys, "platform", "linux")


def test_without_a_browser_there_is_none():
    assert find_browser() == ""


def test_the_first_known_browser_on_the_path_is_used(tmp_path):
    program(tmp_path / "own/chromium-1200/chrome-linux64/chrome")
    program(tmp_path / "bin/firefox")
    edge = program(tmp_path / "bin/microsoft-edge")
    assert find_browser() == edge
    chromium = program(tmp_path / "bin/chromium")
    assert find_browser() == chromium


def test_else_the_newest_that_playwright_has_installed(tmp_path):
    shell = program(tmp_path / "own/chromium_headless_shell-1200/chrome-linux/headless_shell")
    assert find_browser() == shell
    program(tmp_path / "own/chromium-1190/chrome-linux/chrome")
    newest = program(tmp_path / "own/chromium-1200/chrome-linux64/chrome")
    (tmp_path / "own/chromium-1210/chrome-linux64").mkdir(parents=True)
    assert find_browser() == newest


def test_one_that_is_named_is_the_only_one(tmp_path):
    program(tmp_path / "bin/chromium")
    mine = program(tmp_path / "mine/chrome")
    assert find_browser(mine) == mine
    with pytest.raises(UsageError, match=r"LINKCRAWLER_RENDER_BROWSER.*/no/such"):
        find_browser("/no/such")
    (tmp_path / "mine/text").write_text("no program")
    with pytest.raises(UsageError, match="cannot be run"):
        find_browser(str(tmp_path / "mine/text"))


def test_root_alone_runs_pages_without_the_sandbox_unasked(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--no-sandbox" not in browser_flags(1, sandbox=True)
    assert "--no-sandbox" in browser_flags(1, sandbox=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--no-sandbox" in browser_flags(1, sandbox=True)


def test_the_proxy_is_the_only_way_out():
    flags = browser_flags(4321, sandbox=True)
    assert "--proxy-server=http://127.0.0.1:4321" in flags
    assert "--proxy-bypass-list=<-loopback>" in flags
    assert "--disable-quic" in flags
    assert not any(flag.startswith("--remote-debugging-port") for flag in flags)


def test_what_drives_browsers_is_imported_when_one_is_used():
    code = (
        "import sys, linkcrawler.spiders.links, linkcrawler.commands.crawl\n"
        "print([name for name in sys.modules if 'playwright' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "[]\n"
