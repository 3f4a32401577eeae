"""Real pages in, the links that a browser's document has and that our reader does not (or the reverse) out.

    python -m benchmarks.browser_links FOLDER --pages 1000

FOLDER holds a folder for each host, as `benchmarks.real_pages` lays them out. Pages are drawn by a fixed
seed, in turn from each host. Each is opened in a headless Chromium, scripts off, under its own address;
what the browser asks for is answered from the folder or refused, so that nothing leaves the machine.
Compared is ``document.querySelectorAll("a[href], area[href]")``, in order: the resolved URL, the text and the
tokens of ``rel``. The browser's values pass through the same last step as ours (canonical URL, clean
text); links to no web address are in neither. No exception is made: it ends with 1 where a page differs.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.reading import Document, read
from linkcrawler.extraction.text import clean_tokens, shown_text
from linkcrawler.urls.canonical import canonicalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from playwright.sync_api import Page, Route

ROOT: Final = Path(__file__).parent.parent
TYPES: Final = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}
SEED: Final = 5
RECYCLED: Final = 200
"""Pages that one browser opens before it is replaced: its memory grows."""

LINKS_OF_DOCUMENT: Final = """
() => Array.from(document.querySelectorAll("a[href], area[href]"), a => {
    const shown = [];
    const walker = document.createTreeWalker(a, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_CDATA_SECTION);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent || !["script", "style"].includes(parent.localName)) shown.push(walker.currentNode.data);
    }
    const images = a.localName === "area" ? [a]
        : Array.from(a.querySelectorAll("img, svg, picture, object, input[type=image i]"));
    let target = a.href;
    if (typeof target !== "string") {  // an SVG element has an object there
        try { target = new URL(a.getAttribute("href"), a.baseURI).href; } catch { target = ""; }
    }
    return {
        target,
        text: a.localName === "area" ? "" : shown.join(""),
        alt: images.map(image => image.getAttribute("alt") || "").join(" "),
        images: images.length,
        rel: a.getAttribute("rel") || "",
    };
})
"""


class Seen(NamedTuple):
    """A link as both sides are compared."""

    target: str
    text: str
    is_image: bool
    rel: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of the folder."""

    url: str
    path: Path

    @property
    def content_type(self) -> str:
        """The header that it is served with."""
        return TYPES[self.path.suffix]


def drawn(folder: Path, pages: int) -> list[Sample]:
    """Return ``pages`` pages, in turn from each host, each host's in an order drawn by `SEED`."""
    chance = random.Random(SEED)
    queues: list[list[Sample]] = []
    for host in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = sorted(path for path in host.rglob("*") if path.suffix in TYPES and path.is_file())
        chance.shuffle(found)
        queues.append([Sample(_url(host, path), path) for path in found])
    taken: list[Sample] = []
    while len(taken) < pages and any(queues):
        taken += [queue.pop() for queue in queues if queue]
    return taken[:pages]


def _url(host: Path, path: Path) -> str:
    named = canonicalize(
        f"https://{host.name}/{path.relative_to(host).as_posix().replace('%', '%25')}"
    )
    assert named is not None
    return named.replace("?", "%3F")


def ours(url: str, body: bytes, content_type: str) -> list[Seen]:
    """Return the links that our reader finds."""
    found = read(Document(body, content_type, url, PageHeaders(), "linkcrawler", 0))
    return [
        Seen(link.target, link.anchor or "", link.is_image, link.rel)
        for link in found.links
        if link.kind in ("a", "area")
    ]


def theirs(found: Iterable[dict[str, Any]]) -> list[Seen]:
    """Return the links that a browser found, as `LINKS_OF_DOCUMENT` tells them."""
    seen = []
    for link in found:
        target = canonicalize(link["target"])
        if target is None:
            continue
        text, is_image = shown_text(link["text"]), False
        if not text:
            text, is_image = shown_text(link["alt"]), link["images"] > 0
        seen.append(Seen(target, text, is_image, clean_tokens(link["rel"])))
    return seen


class Browser:
    """A headless Chromium without scripts, whose documents come from `serve`.

    Args:
        path: the program.
        serve: the answer to a URL, as body and content type; None where there is none.
    """

    def __init__(self, path: str, serve: Callable[[str], tuple[bytes, str] | None]) -> None:
        from playwright.sync_api import sync_playwright

        self._path, self._serve = path, serve
        self._playwright = sync_playwright().start()
        self._opened = 0
        self._start()

    def _start(self) -> None:
        flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
                 "--disable-component-update", *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # fmt: skip
        self._browser = self._playwright.chromium.launch(executable_path=self._path, args=flags)
        self.page: Page = self._browser.new_context(java_script_enabled=False).new_page()
        self.page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        request = route.request
        if request.resource_type != "document":
            route.abort()
        elif found := self._serve(request.url):
            route.fulfill(body=found[0], content_type=found[1])
        else:  # where a refresh or frame leads: the page stays what it is
            route.fulfill(status=204)

    def links(self, url: str) -> list[Seen]:
        """Return the links of the page at ``url``."""
        self._opened += 1
        if self._opened % RECYCLED == 0:
            self._browser.close()
            self._start()
        self.page.goto(url, wait_until="domcontentloaded")
        return theirs(self.page.evaluate(LINKS_OF_DOCUMENT))

    def close(self) -> None:
        """End the browser."""
        self._browser.close()
        self._playwright.stop()


def compared(
    samples: list[Sample], browser: str
) -> Iterator[tuple[Sample, list[Seen], list[Seen]]]:
    """Yield each page with the browser's links and ours."""
    now: dict[str, Sample] = {}

    def serve(url: str) -> tuple[bytes, str] | None:
        sample = now.get(url)
        return (sample.path.read_bytes(), sample.content_type) if sample else None

    opened = Browser(browser, serve)
    try:
        for sample in samples:
            now = {sample.url: sample}
            yield (
                sample,
                opened.links(sample.url),
                ours(sample.url, sample.path.read_bytes(), sample.content_type),
            )
    finally:
        opened.close()


def main() -> int:
    """Compare and print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.browser_links", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--most", type=int, default=10, help="differences to print")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    from support.browser import HOW_TO_GET_ONE, find_browser

    browser = find_browser()
    if browser is None:
        sys.exit(HOW_TO_GET_ONE)
    samples = drawn(options.folder, options.pages)
    return report(samples, compared(samples, browser), options.most)


def report(
    samples: list[Sample], pairs: Iterable[tuple[Sample, list[Seen], list[Seen]]], most: int
) -> int:
    """Print what was found; return 1 where a page differs."""
    begun, total, missed, extra, differing = time.monotonic(), 0, 0, 0, 0
    for sample, browsers, mine in pairs:
        total += len(browsers)
        if browsers == mine:
            continue
        lost, more = Counter(browsers) - Counter(mine), Counter(mine) - Counter(browsers)
        missed, extra, differing = missed + lost.total(), extra + more.total(), differing + 1
        if differing <= most:
            print(f"{sample.url}: browser {len(browsers)}, ours {len(mine)}")
            for sign, links in (("-", lost), ("+", more)):
                print("".join(f"  {sign} {link}\n" for link in list(links)[:3]), end="")
    hosts = len({sample.url.split("/")[2] for sample in samples})
    found = total - missed
    print(f"{len(samples)} pages of {hosts} hosts, {total} links, {time.monotonic() - begun:.0f} s")
    print(f"recall {found / max(1, total):.6f}, precision {found / max(1, found + extra):.6f}")
    print(f"pages that differ: {differing}")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
