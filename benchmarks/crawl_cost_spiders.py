"""What a crawl's cost is held against: plain Scrapy on the same pages, and advertools' crawler.

    python -m benchmarks.crawl_cost_spiders KIND URLS OUT PROXY CONCURRENCY

requests the URLs of a file, one a line, through a proxy, without delay and without robots.txt. ``bare``
does nothing with the answers. ``plain`` is what one would write with Scrapy alone: a `LinkExtractor`,
an item a link, a CSV feed. ``advertools`` is ``advertools.crawl`` with its defaults, in the interpreter
that has it; this file needs nothing of this project, so that another environment can run it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response


def settings_for(proxy: str, concurrency: int) -> dict[str, Any]:
    """Return what the comparison needs to be other than Scrapy's default.

    All hosts are asked through one proxy, whose connections would else be made anew for most requests.
    """
    return {
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
    }


def crawl_scrapy(kind: str, urls: list[str], out: Path, settings: dict[str, Any]) -> None:
    """Crawl with one of the two spiders."""
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.linkextractors import LinkExtractor

    class Bare(Spider):
        name = "bare"

        async def start(self) -> AsyncIterator[Any]:
            for url in urls:
                yield Request(url, dont_filter=True)

        def parse(self, response: Response) -> None:
            """Do nothing."""

    class Plain(Bare):
        name = "plain"
        custom_settings = {"FEEDS": {str(out): {"format": "csv", "overwrite": True}}}  # noqa: RUF012
        extractor = LinkExtractor()

        def parse(self, response: Response) -> Iterator[dict[str, Any]]:  # type: ignore[override]
            for link in self.extractor.extract_links(response):
                yield {
                    "source": response.url,
                    "target": link.url,
                    "text": link.text,
                    "nofollow": link.nofollow,
                }

    process = AsyncCrawlerProcess(settings)
    process.crawl(Bare if kind == "bare" else Plain)
    process.start()


def crawl_advertools(urls: list[str], out: Path, settings: dict[str, Any]) -> None:
    """Crawl the list, following nothing."""
    import advertools

    advertools.crawl(urls, str(out), follow_links=False, custom_settings=settings)


def main() -> None:
    """Crawl."""
    import os

    kind, listed, out, proxy, concurrency = sys.argv[1:]
    os.environ["http_proxy"] = proxy  # Scrapy's own way to a proxy
    urls = Path(listed).read_text().split()
    settings = settings_for(proxy, int(concurrency))
    if kind == "advertools":
        crawl_advertools(urls, Path(out), settings)
    else:
        crawl_scrapy(kind, urls, Path(out), settings)


if __name__ == "__main__":
    main()
