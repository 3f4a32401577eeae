"""Finished crawls in, bytes a link by column out.

    python -m benchmarks.dataset_size DIR [DIR ...]
    python -m benchmarks.dataset_size --crawl FOLDER --pages 5000 DIR

The second form first crawls the real pages below FOLDER (one folder a host, as `benchmarks.real_pages` lays
them out; each host's first page is a seed) into DIR, through the project's own command and on loopback.
It ends with 1 where ``links.parquet`` takes more than `MOST_ALL` bytes a link, or its identity columns more
than `MOST_IDENTITY`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from benchmarks.real_pages import Corpus
from linkcrawler.loopback import LoopbackWeb

MOST_ALL: Final = 20.0
MOST_IDENTITY: Final = 14.0
IDENTITY: Final = (
    "source", "target", "source_host", "target_host", "source_domain", "target_domain", "anchor", "rel",
    "position", "depth", "internal", "fetched_at",
)  # fmt: skip
"""What a link is, to whom and in which words: the columns that a plain edge list has."""


def crawl(folder: Path, pages: int, out: Path) -> None:
    """Crawl the real pages below ``folder`` into ``out``."""
    corpus = Corpus(folder)
    seeds = list(filter(None, (_entrance(folder / host) for host in sorted(corpus.hosts))))
    with LoopbackWeb(corpus.answer) as web:
        subprocess.run(
            [sys.executable, "-m", "linkcrawler", "crawl", *seeds, "--out", out, "--proxy", web.url,
             "--delay", "0", "--scope", "seeds", "--max-pages", str(pages), "--max-pages-per-domain", "0",
             "--js", "off", "--quiet"],
            check=True,
        )  # fmt: skip


def _entrance(host: Path) -> str | None:
    """Return the URL of a host's page that is nearest to its root, an index before others."""
    pages = sorted(
        host.rglob("*.html"), key=lambda path: (len(path.parts), path.name != "index.html", path)
    )
    return f"http://{host.name}/{pages[0].relative_to(host).as_posix()}" if pages else None


def sizes(path: Path) -> tuple[int, Counter[str]]:
    """Return the rows of a Parquet file and the bytes of each of its columns."""
    metadata = pq.read_metadata(path)
    found: Counter[str] = Counter()
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            found[column.path_in_schema] += column.total_compressed_size
    return metadata.num_rows, found


def report(folder: Path) -> bool:
    """Print the bytes a link of a dataset; return whether they are within the bounds."""
    path = folder / "links.parquet"
    rows, columns = sizes(path)
    identity = sum(columns[name] for name in IDENTITY) / max(1, rows)
    whole = path.stat().st_size / max(1, rows)
    print(f"{folder}: {rows} links, {path.stat().st_size} bytes")
    for name, size in columns.most_common():
        mark = "identity" if name in IDENTITY else ""
        print(f"  {name:<15} {size / max(1, rows):7.3f}  {mark}")
    print(f"  identity        {identity:7.3f}  (at most {MOST_IDENTITY:g})")
    print(f"  the whole file  {whole:7.3f}  (at most {MOST_ALL:g})")
    return whole <= MOST_ALL and identity <= MOST_IDENTITY


def main() -> int:
    """Measure; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dataset_size", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--crawl", type=Path, metavar="FOLDER")
    parser.add_argument("--pages", type=int, default=5000)
    options = parser.parse_args()
    if options.crawl:
        crawl(options.crawl, options.pages, options.datasets[0])
    fitting = [report(folder) for folder in options.datasets]
    return int(not all(fitting))


if __name__ == "__main__":
    sys.exit(main())
