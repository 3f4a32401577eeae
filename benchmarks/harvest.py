"""How much of what a crawl fetches belongs to its niche: with ``--niche``, and breadth-first.

    python -m benchmarks.harvest FOLDER [--budget 400] [TOPIC...]

``FOLDER`` holds real pages, one folder a host (`benchmarks.real_pages`), and maybe a ``hosts.json``: what
redirects where (``aliases`` of hosts, ``redirects`` of paths and ``prefixes`` of paths, by host). For each of `TOPICS` the spider
itself crawls them from three seeds, one of them on the topic: breadth-first, in the default order, and with
the topic's keywords, alone and with its seed as an example. Hosts that ``FOLDER`` does not have are left out of all crawls. The
harvest rate is the share of the URLs fetched that are pages of the topic. Which those are is no matter of any
scorer: the topic's sites are named here by hand, and all of a site's pages count. About 15 seconds a crawl.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from benchmarks.real_pages import Corpus
from linkcrawler.frontier.results import FETCHED
from linkcrawler.loopback import Answer, LoopbackWeb

ROOT: Final = Path(__file__).parent.parent
SEEDS: Final = ("http://docs.python.org/3/", "http://www.debian.org/doc/")
MOST_SECS: Final = 900


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the sites that belong to it."""

    keywords: str
    seed: str
    """One of its pages."""
    hosts: tuple[str, ...]


TOPICS: Final = {
    "astronomy": Topic(
        "astronomy, telescope, celestial coordinates, spectroscopy, FITS",
        "http://docs.astropy.org/en/stable/",
        ("docs.astropy.org", "astroquery.readthedocs.io", "astroplan.readthedocs.io",
         "gwcs.readthedocs.io", "docs.sunpy.org"),
    ),
    "mail": Topic(
        "mail server, SMTP, mail delivery, spam, sendmail",
        "http://www.postfix.org/",
        ("www.postfix.org", "www.exim.org"),
    ),
    "maps": Topic(
        "GIS, spatial data, raster map, geographic, cartography",
        "http://pysal.org/",
        ("grass.osgeo.org", "pysal.org"),
    ),
    "imaging": Topic(
        "neuroimaging, MRI, DICOM, diffusion imaging, brain",
        "http://nipy.org/",
        ("nipype.readthedocs.io", "dipy.org", "nipy.org", "pydicom.github.io"),
    ),
    "databases": Topic(
        "SQL, relational database, query planner, SQL statements, database engine",
        "http://www.sqlite.org/",
        ("www.postgresql.org", "www.sqlite.org", "docs.sqlalchemy.org", "www.psycopg.org",
         "sqlalchemy-utils.readthedocs.io", "pymysql.readthedocs.io", "docs.peewee-orm.com",
         "rogerbinns.github.io"),
    ),
}  # fmt: skip


class Moved(Corpus):
    """The same pages, with the redirects of ``hosts.json``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        path = self.folder / "hosts.json"
        self._moved = json.loads(path.read_text()) if path.is_file() else {}
        self.hosts |= self._moved.get("aliases", {}).keys()
        names = "|".join(map(re.escape, self.hosts))
        self._https = re.compile(rf"https://(?=(?:{names})[/\"'#])".encode())

    def answer(self, url: str) -> Answer:
        target = self._target(url)
        if target is not None:
            return Answer(302, b"", (("Location", target),))
        return super().answer(url)

    def _target(self, url: str) -> str | None:
        _, _, host, path = url.split("/", 3)
        path = f"/{path}"
        moved, none = self._moved, dict[str, str]()
        if host in moved.get("aliases", none):
            return f"http://{moved['aliases'][host]}{path}"
        to = moved.get("redirects", none).get(host, none).get(path)
        for before, after in moved.get("prefixes", none).get(host, ()) if to is None else ():
            if path.startswith(before) or path == before.rstrip("/"):
                to = after + path[len(before) :]
                break
        return None if to is None or to == path else f"http://{host}{to}"


def ways(topic: Topic, work: Path) -> dict[str, list[str]]:
    """Return the arguments of each crawl that is compared."""
    keywords = topic.keywords.replace(", ", "\n")
    (work / "niche.txt").write_text(f"{keywords}\n{topic.seed}\n")
    return {
        "breadth-first": ["--order", "breadth-first"],
        "default order": [],
        "--niche KEYWORDS": ["--niche", topic.keywords],
        "and an example": ["--niche", f"@{work / 'niche.txt'}"],
    }


def harvest(arguments: list[str], topic: Topic, out: Path, common: list[str]) -> tuple[int, int]:
    """Crawl; return how many URLs were fetched, and how many of them are pages of the topic."""
    subprocess.run(
        [sys.executable, "-m", "linkcrawler", "crawl", topic.seed, *SEEDS, "--out", str(out),
         *arguments, *common],
        cwd=ROOT, check=True, timeout=MOST_SECS, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    rows = pq.read_table(out / "pages.parquet", columns=["host", "outcome"]).to_pylist()
    fetched = [row for row in rows if row["outcome"] in FETCHED]
    return len(fetched), sum(
        row["outcome"] == "ok" and row["host"] in topic.hosts for row in fetched
    )


def size_of(folder: Path, topic: Topic) -> float:
    """Return the share of all pages of ``folder`` that are the topic's."""
    hosts = [path for path in folder.iterdir() if path.is_dir()]
    pages = {host.name: sum(1 for _ in host.rglob("*.html")) for host in hosts}
    return sum(pages.get(host, 0) for host in topic.hosts) / sum(pages.values())


def main() -> None:
    """Crawl and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", default=[], help="all")
    parser.add_argument("--budget", type=int, default=400, help="URLs fetched in each crawl")
    options = parser.parse_args()
    corpus = Moved(options.folder)
    hosts = "|".join(map(re.escape, sorted(corpus.hosts)))
    print("| topic | of the web | crawl | fetched | harvest rate | times breadth-first |")
    print("|---|---|---|---|---|---|")
    with LoopbackWeb(corpus.answer) as web:
        common = [
            "--proxy", web.url, "--delay", "0", "--hops", "0", "--max-pages-per-domain", "0",
            "--max-pages", str(options.budget), "--concurrency", "16", "--js", "off", "--quiet",
            "-s", "LINKCRAWLER_SCOPE_NOFOLLOW=1", "-s", "LINKCRAWLER_TRAPS=0", "--include", rf"^http://(?:{hosts})/", "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0",
        ]  # fmt: skip
        for name in options.topics or TOPICS:
            topic, base = TOPICS[name], 0.0
            with tempfile.TemporaryDirectory() as work:
                for way, arguments in ways(topic, Path(work)).items():
                    fetched, found = harvest(arguments, topic, Path(work) / way, common)
                    rate = found / max(1, fetched)
                    base = base or max(rate, 1 / fetched)
                    print(
                        f"| {name} | {size_of(options.folder, topic):.1%} | {way} | {fetched} "
                        f"| {rate:.3f} | {rate / base:.1f} |", flush=True,
                    )  # fmt: skip


if __name__ == "__main__":
    main()
