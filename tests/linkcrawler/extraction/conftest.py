"""Reading a page as the crawl does, in one call."""

from __future__ import annotations

import pytest

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import read_page

URL = "http://site.example/dir/page?q=1"


@pytest.fixture
def read():
    """A function from HTML to `PageFacts`, found at ``http://site.example/dir/page?q=1``."""

    def read(html, *, link=(), robots=(), url=URL, agent="linkcrawler"):
        return read_page(html, url, PageHeaders(tuple(link), tuple(robots)), agent)

    return read


@pytest.fixture
def links(read):
    """A function from HTML to ``(kind, target)`` of each link."""
    return lambda html, **more: [(link.kind, link.target) for link in read(html, **more).links]


@pytest.fixture
def only(read):
    """A function from HTML to its one link."""

    def only(html, **more):
        (link,) = read(html, **more).links
        return link

    return only
