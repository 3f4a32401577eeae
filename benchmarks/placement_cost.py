"""What the shape and order of blocks costs, in processor time a page, beside words alone.

    python -m benchmarks.placement_cost FOLDER [--pages 300] [--rounds 6] [--seed 1]

Pages below FOLDER (laid out as `benchmarks.real_pages` does) are read with `linkcrawler.extraction.layout` and without
it, page by page, each way first in turns, as the second finds more remembered; the collector of cycles is as the
reading process has it. Printed are the medians of the rounds and of their ratios.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.extraction import HEADERS, pages_of
from linkcrawler.extraction import html
from linkcrawler.extraction.layout import lay_out
from linkcrawler.extraction.placement import STATES, settled
from linkcrawler.memory import spare_collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.extraction import Page
    from linkcrawler.extraction.layout import Sheet
    from linkcrawler.items import Link


def by_words(links: Iterable[Link], sheet: Sheet) -> None:
    """Place links by what elements say alone."""
    rest = "unknown" if sheet.has_main else "main"
    n = Counter([link.block for link in links])
    for link in links:
        link.block_links = n[link.block]
        placement = rest if link.placement == "unknown" else STATES[link.placement]
        link.placement = settled(placement, link.rel) if link.rel else placement


def secs_of(page: Page, way: Callable[[Iterable[Link], Sheet], None]) -> float:
    """Return the processor time of reading ``page``."""
    html.lay_out = way
    began = time.process_time()
    html.read_page(page.text, page.url, HEADERS, "linkcrawler")
    return time.process_time() - began


def main() -> None:
    """Read the pages and print both ways' milliseconds a page and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    pages = pages_of(options.folder, options.pages, options.seed)
    spare_collector()
    rounds = [round_of(pages, turn) for turn in range(options.rounds)]
    ratio = statistics.median(shape / words for words, shape in rounds)
    for name, found in zip(
        ("by words alone", "with shape and order"), zip(*rounds, strict=True), strict=True
    ):
        print(f"{name:22s} {1000 * statistics.median(found) / len(pages):6.3f} ms a page")
    print(f"{'ratio':22s} {ratio:6.3f}")


def round_of(pages: Sequence[Page], turn: int) -> tuple[float, float]:
    """Return the processor time of reading ``pages`` by words alone, and with the shape of blocks, too."""
    words = shape = 0.0
    for at, page in enumerate(pages, turn):
        if at % 2:
            words += secs_of(page, by_words)
        shape += secs_of(page, lay_out)
        if not at % 2:
            words += secs_of(page, by_words)
    return words, shape


if __name__ == "__main__":
    main()
