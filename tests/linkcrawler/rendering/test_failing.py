"""What fails on the way to a rendered page costs it its rendered links, and nothing else."""

from __future__ import annotations

import asyncio
from types import MappingProxyType, SimpleNamespace

import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.http import HtmlResponse
from scrapy.settings import Settings

from linkcrawler.extraction.reading import read
from linkcrawler.frontier import session as sessions
from linkcrawler.page import Answer, Place
from linkcrawler.rendering.errors import NoBrowserError, RenderFailedError
from linkcrawler.rendering.gateway import Gateway
from linkcrawler.rendering.job import JOB, Job
from linkcrawler.rendering.pool import RenderPool
from linkcrawler.rendering.renderer import Renderer, Rendering

URL = "http://a.example/"
SHELL = b"<title>t</title><nav><a href=/x>x</a></nav><script src=/app.js></script>"


class Crawler:
    """As much of a crawler as a renderer asks for; its engine's requests fail."""

    def __init__(self, settings: Settings, error: Exception) -> None:
        self.settings = settings
        self.engine = self
        self.error = error
        self.counted: dict[str, int] = {}
        self.stats = SimpleNamespace(inc_value=self.count)

    def count(self, name: str, number: int) -> None:
        self.counted[name] = self.counted.get(name, 0) + number

    async def download_async(self, request: Request) -> None:
        raise self.error


@pytest.fixture
def settings(tmp_path):
    settings = Settings()
    settings.setmodule("linkcrawler.settings")
    settings.set("LINKCRAWLER_DIR", str(tmp_path / "c"))
    settings.set("LINKCRAWLER_RENDER", "auto")
    settings.set("LINKCRAWLER_RENDER_BROWSER", "true")  # a program that is there; it is not started
    return settings


def rendered(settings, monkeypatch, error):
    """What comes of a page whose request for rendering fails."""
    crawler = Crawler(settings, error)
    monkeypatch.setitem(sessions._sessions, crawler, sessions.Session(settings, [URL], [URL]))
    response = HtmlResponse(URL, body=SHELL, headers={"Content-Type": "text/html"})
    answer = Answer.of(response, Place(URL, 0, 0, None), 0)
    reading = read(answer.document)
    found = asyncio.run(Renderer(crawler, reader=None).render(answer, reading))
    return found, reading, crawler.counted


@pytest.mark.parametrize(
    "error",
    [DownloadTimeoutError("robots.txt"), CannotResolveHostError("robots.txt"), OSError("no room")],
)
def test_a_page_whose_site_gives_no_robots_txt_any_more_stays_as_it_is(
    settings, monkeypatch, error
):
    found, reading, counted = rendered(settings, monkeypatch, error)
    assert found == Rendering(reading, reason="failed:refused")
    assert counted == {"linkcrawler/render/failed/refused": 1}


def test_a_browser_that_does_not_start_is_said_once(settings, monkeypatch):
    found, reading, _ = rendered(settings, monkeypatch, NoBrowserError("it does not start"))
    assert found == Rendering(reading)


def test_a_page_without_a_way_out_lets_go_of_its_browser(monkeypatch):
    """A machine with no more sockets: the browser is renewed all the same once nothing is in it."""

    async def refuse(self):
        raise OSError("too many open files")

    ended = []

    class Handler:
        is_connected = True
        context_wrappers = MappingProxyType({})

        async def start(self):
            pass

        async def is_alive(self, secs):
            return True

        async def close(self):
            ended.append(self)

    async def run():
        pool = RenderPool(Handler, SimpleNamespace(count=lambda _: None), {}, pages=1, recycle=1)
        request = Request(URL, meta={JOB: Job(HtmlResponse(URL), 1.0, 1.0, 1000)})
        with pytest.raises(RenderFailedError) as failed:
            await pool.render(request)
        await pool.close()
        return failed.value.reason

    monkeypatch.setattr(Gateway, "open", refuse)
    assert asyncio.run(run()) == "page"
    assert len(ended) == 1
