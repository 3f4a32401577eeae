"""A crawl without the whole guard does not start, however it is run."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.utils.conf import build_component_list
from scrapy.utils.python import without_none_values
from support.crawling import Web, linkcrawler, page, run

RUNNER = """
import sys
from scrapy.crawler import AsyncCrawlerRunner, CrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

kind, seed, folder = sys.argv[1:]
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from linkcrawler.spiders.links import LinkSpider

settings = Settings()
settings.setmodule("linkcrawler.settings")
configure_logging({"LOG_LEVEL": "ERROR"})
runner = (CrawlerRunner if kind == "sync" else AsyncCrawlerRunner)(settings)
arguments = {"seeds": seed, "out": folder, "delay": 0, "allow_address": "127.0.0.1"}


def start():
    crawl = runner.crawl(LinkSpider, **arguments)
    ended = crawl.addBoth if kind == "sync" else crawl.add_done_callback
    ended(lambda _: reactor.callLater(0, reactor.stop))


reactor.callWhenRunning(start)
reactor.run()
"""
FOREIGN = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
WITHOUT = {
    "resolver": ("-s", "TWISTED_DNS_RESOLVER=scrapy.resolver.CachingHostnameResolver"),
    "handler": ("-s", f'DOWNLOAD_HANDLERS={{"http": "{FOREIGN}"}}'),
    "handler of https": ("-s", f'DOWNLOAD_HANDLERS={{"https": "{FOREIGN}"}}'),
    "middleware": (
        "-s", 'DOWNLOADER_MIDDLEWARES={"linkcrawler.middlewares.guard.GuardMiddleware": null}',
    ),
}  # fmt: skip
LINE = "the guard against private addresses is not installed: "


@pytest.fixture
def listener():
    """A listener on loopback, and a function that tells whether it was reached."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.settimeout(0)

        def is_reached() -> bool:
            try:
                found.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield f"http://127.0.0.1:{found.getsockname()[1]}/", is_reached


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_runner_whose_reactor_has_no_guard_sends_nothing(tmp_path, listener, kind):
    url, is_reached = listener
    done = run([sys.executable, "-c", RUNNER, kind, url, str(tmp_path / "c")], tmp_path)
    assert not is_reached()
    errors = [line for line in done.err.splitlines() if " ERROR: " in line]
    assert len(errors) == 1, done.err
    assert LINE in errors[0]
    assert "AsyncCrawlerProcess" in errors[0]
    assert not (tmp_path / "c" / "frontier.sqlite").exists()


@pytest.mark.parametrize("missing", WITHOUT)
def test_a_crawl_that_lacks_a_layer_sends_nothing_and_says_which(tmp_path, listener, missing):
    url, is_reached = listener
    done = linkcrawler("crawl", url, "--out", tmp_path / "c", "--allow-address", "127.0.0.1",
                       "--no-robots", "--quiet", *WITHOUT[missing])  # fmt: skip
    assert not is_reached()
    assert done.code == 2, done
    last = done.err.splitlines()[-1]
    assert last.startswith(f"linkcrawler: error: {LINE}"), done.err
    words = {"resolver": "TWISTED_DNS_RESOLVER", "handler": "DOWNLOAD_HANDLERS"}
    assert next((word for part, word in words.items() if part in missing), "MIDDLEWARES") in last
    assert not (tmp_path / "c" / "frontier.sqlite").exists()


def test_the_proxy_of_the_environment_is_not_used(tmp_path, listener):
    url, is_reached = listener
    proxies = {f"{name}_proxy": url for name in ("http", "https", "all")}
    done = linkcrawler("crawl", "http://nowhere.example/", "--out", tmp_path / "c", "--delay", "0",
                       "-s", "HTTPPROXY_ENABLED=True", "-s", "RETRY_TIMES=0", env=proxies)  # fmt: skip
    assert not is_reached()
    assert "is ignored" in done.err


SETTINGS = """
from linkcrawler.settings import *  # noqa: F403
from linkcrawler.settings import DOWNLOADER_MIDDLEWARES

LINKCRAWLER_CONTACT = "a@b.example"
DOWNLOADER_MIDDLEWARES = DOWNLOADER_MIDDLEWARES | {"mine.parts.Proxied": 800}
SPIDER_MODULES = ["mine.parts"]
"""
PARTS = """
from scrapy import Request
from linkcrawler.spiders.links import LinkSpider


class Proxied:
    def process_request(self, request):
        if request.url.endswith("/proxied"):
            request.meta["proxy"] = "{proxy}"


class Mine(LinkSpider):
    name = "mine"

    async def start(self):
        for url in {urls!r}:
            yield Request(url, self.parse, errback=self.tell, dont_filter=True)

    def tell(self, failure):
        print("REFUSED", failure.request.url, failure.value)
"""


def test_the_requests_of_a_project_s_own_spider_pass_the_guard_too(tmp_path, listener):
    url, is_reached = listener
    urls = [url, url.replace("127.0.0.1", "2130706433"), "file:///etc/passwd", "data:,x",
            "ftp://93.184.215.14/x", "http://localhost/", "http://93.184.215.14:22/"]  # fmt: skip
    folder = tmp_path / "project"
    (folder / "mine").mkdir(parents=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = mine.settings\n")
    (folder / "mine" / "__init__.py").write_text("")
    (folder / "mine" / "settings.py").write_text(SETTINGS)
    (folder / "mine" / "parts.py").write_text(PARTS.format(proxy=url, urls=urls))
    with Web({"http://a.example/": page("/proxied"), "http://a.example/proxied": page()}) as web:
        command = [sys.executable, "-m", "scrapy", "crawl", "mine", "-a", "seeds=http://a.example/",
                   "-a", f"out={tmp_path / 'c'}", "-a", f"proxy={web.url}", "-a", "delay=0"]  # fmt: skip
        done = run(command, folder)
        assert "http://a.example/proxied" not in web.requests
    assert not is_reached()
    refused = [line.rpartition(": ")[2] for line in done.out.splitlines() if "REFUSED" in line]
    assert sorted(refused) == sorted(
        ["address", "address", "scheme", "scheme", "scheme", "local_name", "port"]
    ), done.out
    assert "another component sends requests through a proxy of its own" in done.err


def test_nothing_but_http_is_fetched_and_nothing_listens(tmp_path):
    settings = Settings()
    settings.setmodule("linkcrawler.settings")
    assert set(without_none_values(settings.getwithbase("DOWNLOAD_HANDLERS"))) == {"http", "https"}
    order = build_component_list(settings.getwithbase("DOWNLOADER_MIDDLEWARES"))
    assert order[0] == "linkcrawler.middlewares.guard.GuardMiddleware"
    seen = []
    with Web({"http://a.example/": page("/b"), "http://a.example/b": page()}) as web:
        usual = web._answer

        def watched(url):
            seen.append(listening_children())
            return usual(url)

        web._web._handler = watched
        done = linkcrawler(
            "crawl", "a.example", "--out", tmp_path, "--proxy", web.url, "--delay", "0"
        )
    assert done.code == 0
    assert len(seen) == 3
    assert all(processes and not sockets for processes, sockets in seen), seen


def listening_children() -> tuple[int, list[str]]:
    """How many processes this one has started, and the sockets on which those listen."""
    listening = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        state = "0A" if table.startswith("tcp") else "07"
        listening |= {line.split()[9] for line in lines if line.split()[3] == state}
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    found = []
    for child in children:
        for entry in Path(f"/proc/{child}/fd").iterdir():
            target = str(entry.readlink())
            if target.startswith("socket:") and target[8:-1] in listening:
                found.append(target)
    return len(children), found
