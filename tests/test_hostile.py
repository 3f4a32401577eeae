"""Whatever a server sends, its page has an outcome in time, and no other host notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from support.crawling import DEADLINE, ENVIRONMENT, ROOT, linkcrawler, page, rows
from support.hostile import CATALOGUE, PAGES, ROBOTS, WIRE, HostileWeb, name_of, urls

pytestmark = pytest.mark.timing

TIMEOUT_SECS = 3
SLACK_SECS = 2
READ_SECS = 0.5
MOST_LAG_SECS = 0.25
"""That the reactor is held up between two of its turns, in processor time of its thread: other work on
this machine does not count. 0.06 to 0.1 were seen."""
MOST_WALL_SECS = 3.0
"""The same on the clock, on which a busy machine may do anything."""
MOST_MIB = 72
"""Memory beyond that of a crawl of the good hosts alone: 25 to 56 were seen, by what meets when."""
DELAY_SECS = 0.2
GOOD_PAGES = 90
GOOD = {
    f"http://good{host}.example/{n or ''}": page(f"/{n + 1}")
    for host in range(6)
    for n in range(GOOD_PAGES)
}


PLAIN = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("COV")}
"""Without the counting of covered lines, which takes as much time as what is measured here."""


@dataclass(frozen=True)
class Crawled:
    """A crawl of good hosts beside hostile ones, and what was measured meanwhile."""

    web: HostileWeb
    pages: dict[str, dict]
    links: list[dict]
    probe: dict[str, float]
    folder: Path


def start(web: HostileWeb, folder: Path, names, timeout: float) -> subprocess.Popen:
    """Start a crawl from the good hosts and the hostile ones of ``names``."""
    folder.mkdir()
    seeds = folder / "seeds.txt"
    good = [url for url in GOOD if url.endswith("/")]
    seeds.write_text("\n".join([*good, *urls(names)]))
    return subprocess.Popen(
        [sys.executable, "-m", "support.probe", str(folder / "probe.json"), "crawl", f"@{seeds}",
         "--out", str(folder / "out"), "--proxy", web.url, "--delay", str(DELAY_SECS), "--scope", "seeds",
         "--quiet", "--concurrency", "80", "--max-pages-per-domain", str(GOOD_PAGES),
         "-s", f"DOWNLOAD_TIMEOUT={timeout}", "-s", f"LINKCRAWLER_READ_SECS={READ_SECS}",
         "-s", "RETRY_TIMES=0", "-s", "LINKCRAWLER_DATASET_PART_SECS=600"],
        cwd=ROOT, env=PLAIN | {"PYTHONPATH": "tests"}, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def ended(process: subprocess.Popen, web: HostileWeb, folder: Path) -> Crawled:
    """Wait for the end of a crawl."""
    try:
        _, err = process.communicate(timeout=DEADLINE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    out = folder / "out"
    found = {row["url"]: row for row in rows(out, "pages")}
    probe = json.loads((folder / "probe.json").read_text())
    return Crawled(web, found, rows(out, "links"), probe, out)


@pytest.fixture(scope="module")
def webs():
    """A server for each crawl, so that each has its own log."""
    with HostileWeb(GOOD) as first, HostileWeb(GOOD) as second, HostileWeb(GOOD) as third:
        yield first, second, third


@pytest.fixture(scope="module")
def crawls(webs, tmp_path_factory):
    """Two crawls beside hostile hosts, and one without."""
    root = tmp_path_factory.mktemp("hostile")
    wire, pages, plain = (root / name for name in ("wire", "pages", "plain"))
    alone = start(webs[2], plain, (), TIMEOUT_SECS)
    first = ended(start(webs[0], wire, (*WIRE, *ROBOTS), TIMEOUT_SECS), webs[0], wire)
    baseline = ended(alone, webs[2], plain)
    second = ended(start(webs[1], pages, PAGES, 60), webs[1], pages)
    return first, second, baseline


def urls_of(names) -> list[tuple[str, str]]:
    return [(name_of(url.split("/")[2]), url) for url in urls(names)]


def test_the_catalogue_is_long():
    assert len(CATALOGUE) >= 130


def test_each_page_has_an_outcome_and_a_reason_that_fit(crawls):
    wrong = {}
    for name, url in urls_of(CATALOGUE):
        row = (crawls[1] if name in PAGES else crawls[0]).pages.get(url)
        outcome = (row["outcome"], row["reason"]) if row else None
        if outcome not in CATALOGUE[name].expected:
            wrong[name] = outcome
    assert not wrong


def test_pages_give_their_links_or_say_that_they_are_degraded(crawls):
    wrong = {}
    for name, url in urls_of(CATALOGUE):
        case = CATALOGUE[name]
        row = (crawls[1] if name in PAGES else crawls[0]).pages[url]
        if row["outcome"] not in ("ok", "redirect"):
            continue
        if case.links is not None and row["n_links"] < case.links:
            wrong[name] = row["n_links"]
        if case.degraded is not None and row["degraded"] != case.degraded:
            wrong[name] = f"degraded: {row['degraded']}"
    # Who is not read whole though nothing is wrong with it had to wait, where the machine is busy.
    waited = sum(crawl.probe["waited"] for crawl in crawls)
    unexpected = [name for name in wrong if CATALOGUE[name].degraded is False]
    assert len(wrong) == len(unexpected) <= waited, wrong


def test_a_million_links_are_counted_and_the_first_kept(crawls):
    crawl = crawls[1]
    row = crawl.pages["http://links-million.example/"]
    assert (row["n_links"], row["n_internal"], row["n_external"]) == (1_000_000, 1_000_000, 0)
    assert row["links_truncated"]
    kept = [link for link in crawl.links if link["source"] == row["url"]]
    assert [link["position"] for link in kept] == list(range(6000))
    long = crawl.pages["http://links-long.example/"]
    kept = [link for link in crawl.links if link["source"] == long["url"]]
    assert (long["n_links"], long["links_truncated"]) == (20_000, True)
    assert 4 * 2**20 < sum(len(link["target"]) for link in kept) < 5 * 2**20


def test_each_answer_ends_by_its_deadline(crawls):
    late = {}
    for name, url in urls_of((*WIRE, *ROBOTS)):
        crawl = crawls[0]
        if crawl.pages[url]["outcome"] == "excluded":  # given up, not asked for
            continue
        end = crawl.pages[url]["fetched_at"].timestamp()
        asked = f"{url}robots.txt" if CATALOGUE[name].is_robots else url
        took = end - crawl.web.asked_at(asked, end)
        if took > TIMEOUT_SECS + SLACK_SECS:
            late[name] = took
    assert not late


def test_other_hosts_do_not_notice(crawls):
    for crawl in crawls:
        missing = [url for url in GOOD if crawl.pages.get(url, {}).get("outcome") != "ok"]
        assert not missing
        for host in {url.split("/")[2] for url in GOOD}:
            times = sorted(at for at, url in crawl.web.asked if url.split("/")[2] == host)
            gap = max(later - earlier for earlier, later in pairwise(times))
            assert gap < DELAY_SECS + MOST_WALL_SECS + 1, host


def test_the_reactor_is_never_held_up_for_long(crawls):
    for crawl in crawls[:2]:
        assert crawl.probe["cpu_lag"] < MOST_LAG_SECS
        assert crawl.probe["lag"] < MOST_WALL_SECS


def test_memory_is_bounded(crawls):
    *hostile, plain = (crawl.probe["peak_mib"] for crawl in crawls)
    more = [peak - plain for peak in hostile]
    assert max(more) < MOST_MIB, more


def test_nothing_of_what_was_sent_harms_the_dataset_or_stays_behind(crawls):
    for crawl in crawls:
        check = linkcrawler("check", crawl.folder)
        assert check.code == 0, check.out
    assert not readers_of_this_machine()


def readers_of_this_machine() -> list[str]:
    """Return the command lines of reading processes whose crawl is gone."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, ValueError):
            continue
        if "linkcrawler.extraction.child" in command and parent == "1":
            found.append(command)
    return found
