"""What reading a page costs: its links, with all evidence, beside the parser alone and Scrapy's extractor.

    python -m benchmarks.extraction FOLDER [--pages 500] [--seed 1]

FOLDER holds pages below a folder for each host (``FOLDER/<host>/<path>.html``), as
`benchmarks.real_pages` lays them out. Each page is read once in every way before the next one, so that what
else the machine does falls on all alike; processor time counts. What is remembered from page to page is what a
crawl in the same order would remember.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scrapy.http import HtmlResponse
from scrapy.linkextractors import LinkExtractor
from selectolax.lexbor import LexborHTMLParser

from linkcrawler.extraction.charset import decode
from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.html import Told, facts_of, read_page
from linkcrawler.extraction.markup import pieces_of
from linkcrawler.extraction.walked import walked
from linkcrawler.urls.canonical import canonicalize

if TYPE_CHECKING:
    from collections.abc import Callable

HEADERS = PageHeaders()
EXTRACTOR = LinkExtractor()


class Page(NamedTuple):
    """A page to read."""

    url: str
    body: bytes
    text: str


def parsed(page: Page) -> object:
    """Build the tree."""
    return LexborHTMLParser(page.text)


def written(page: Page) -> object:
    """Build the tree and write it out again."""
    return LexborHTMLParser(page.text).html


def read(page: Page) -> object:
    """Read the page as the crawl does."""
    return read_page(page.text, page.url, HEADERS, "linkcrawler")


def walk(page: Page) -> object:
    """Likewise, with every node of the tree asked by itself."""
    pieces = pieces_of(walked(LexborHTMLParser(page.text)))
    return facts_of(pieces, Told(page.url, HEADERS, "linkcrawler"))


def scrapy(page: Page) -> object:
    """Extract the links with Scrapy's extractor, without evidence."""
    return EXTRACTOR.extract_links(HtmlResponse(page.url, body=page.body))


WAYS: dict[str, Callable[[Page], object]] = {
    "lexbor builds the tree": parsed,
    "... and writes it out": written,
    "linkcrawler, all evidence": read,
    "... by a walk over the nodes": walk,
    "Scrapy's LinkExtractor, links alone": scrapy,
}


def pages_of(folder: Path, count: int, seed: int) -> list[Page]:
    """Return pages drawn from those below ``folder``."""
    paths = sorted(folder.rglob("*.html"))
    random.Random(seed).shuffle(paths)
    pages = []
    for path in paths[:count]:
        url = canonicalize(f"http://{path.relative_to(folder).as_posix()}")
        body = path.read_bytes()
        if url is not None:
            pages.append(Page(url, body, decode(body).text))
    return pages


def secs_of(way: Callable[[Page], object], page: Page) -> float:
    """Return the processor time, in seconds, of reading ``page``."""
    began = time.process_time()
    way(page)
    return time.process_time() - began


def main() -> None:
    """Read the pages in every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    pages = pages_of(options.folder, options.pages, options.seed)
    links = sum(page.text.count("<a ") for page in pages)
    size = sum(len(page.body) for page in pages)
    spent = dict.fromkeys(WAYS, 0.0)
    for page in pages:
        for name, way in WAYS.items():
            spent[name] += secs_of(way, page)
    hosts = len({page.url.split("/")[2] for page in pages})
    print(f"{len(pages)} pages of {hosts} hosts, {size / len(pages) / 1000:.1f} kB and "
          f"{links / len(pages):.0f} links a page")  # fmt: skip
    base = spent["lexbor builds the tree"]
    print(f"{'':37s} ms a page  us a link  of the tree")
    for name, secs in spent.items():
        print(f"{name:37s} {1000 * secs / len(pages):9.3f} {1e6 * secs / links:10.2f} "
              f"{secs / base:11.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
