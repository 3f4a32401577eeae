"""Crawls with a real browser: every link that scripts make, marked, and pages that need none left alone."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from support.browser import browser_or_skip
from support.crawling import Web, linkcrawler, rows
from support.scripted_web import BEHAVIOURS, BLOG, ENTRIES, PLAIN, POSTS, behaviours, mixed
from support.setup_apps import NAMES, apps_or_skip

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser
OPTIONS = ("--delay", "0", "--quiet", "--hops", "0", "--max-pages-per-domain", "0",
           "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4", "--format", "json")  # fmt: skip


class Crawled:
    """What came of a crawl of ``web``."""

    def __init__(self, folder: Path, web: dict, seed: str, js: str) -> None:
        with Web(web) as served:
            done = linkcrawler(
                "crawl", seed, "--proxy", served.url, "--out", folder, "--js", js, *OPTIONS,
                "-s", f"LINKCRAWLER_RENDER_BROWSER={browser_or_skip()}",
            )  # fmt: skip
            self.requests = list(served.requests)
        assert done.code == 0, done.err
        self.summary = json.loads(done.out)
        self.pages = {row["url"]: row for row in rows(folder, "pages")}
        self.links = sorted(rows(folder, "links"), key=lambda row: (row["source"], row["position"]))

    def targets(self, url: str, *, rendered: bool) -> list[str]:
        """Where a page links to, before its scripts ran or only after."""
        return [
            row["target"]
            for row in self.links
            if row["source"] == url and row["rendered"] == rendered
        ]

    def rendered(self) -> Counter:
        """Rendered pages by reason."""
        return Counter(row["render_reason"] for row in self.pages.values() if row["rendered"])


# Pages that each do one thing


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return Crawled(tmp_path_factory.mktemp("plain") / "c", behaviours(), PLAIN, "on")


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_links_are_those_that_a_page_holds_before_and_after_its_scripts_ran(plain, name):
    _, before, after = BEHAVIOURS[name]
    url = f"{PLAIN}/{name}"
    assert sorted(plain.targets(url, rendered=False)) == sorted(before)
    assert sorted(plain.targets(url, rendered=True)) == sorted(after)
    page = plain.pages[url]
    assert (page["outcome"], page["rendered"], page["render_reason"]) == ("ok", True, "always")
    assert page["n_links"] == len(before) + len(after)


def test_a_page_without_scripts_is_rendered_only_where_that_was_asked_for(plain):
    assert plain.pages[f"{PLAIN}/"]["render_reason"] == "always"
    assert plain.targets(f"{PLAIN}/", rendered=True) == []


def test_a_rendered_page_says_what_it_says_in_the_end(plain):
    page = plain.pages[f"{PLAIN}/fetched"]
    assert (page["title"], page["lang"]) == ("made by a script", "eo")
    links = [row for row in plain.links if row["source"] == page["url"]]
    assert [row["anchor"] for row in links] == [f"to {entry['href']}" for entry in ENTRIES]
    assert [row["follow_cause"] for row in links] == ["", "rel:nofollow", ""]
    assert [row["position"] for row in links] == [0, 1, 2]


def test_a_page_is_asked_for_once_though_it_is_rendered(plain):
    asked = Counter(plain.requests)
    assert {asked[f"{PLAIN}/{name}"] for name in BEHAVIOURS} == {1}
    assert asked[f"{PLAIN}/entries.json"] == 1


def test_links_that_scripts_make_are_crawled(plain):
    assert plain.pages["http://other.example/landing"]["discovered_from"] == f"{PLAIN}/leaves"
    assert f"{PLAIN}/written/1" in plain.pages
    assert f"{PLAIN}/clicked" not in plain.pages
    assert f"{PLAIN}/closed" not in plain.pages


# A web of which few pages need a browser, with sites built of frameworks


@pytest.fixture(scope="module")
def web():
    return mixed(apps_or_skip())


@pytest.fixture(scope="module")
def crawled(web, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    return {js: Crawled(folder / js, web, BLOG, js) for js in ("on", "auto", "off")}


@pytest.mark.parametrize("name", NAMES)
def test_links_of_a_site_built_with_a_framework_are_found(crawled, name):
    url = f"http://{name}.example/"
    found = crawled["auto"]
    assert found.targets(url, rendered=False) == []
    assert found.targets(url, rendered=True) == [
        f"{url}entry/1", "http://other.example/", f"{url}entry/3"
    ]  # fmt: skip
    page = found.pages[url]
    assert (page["render_reason"], page["title"]) == ("no_links", f"The {name} catalogue")
    # What a click or scrolling would add is not seen.
    assert not {f"{url}clicked", f"{url}scrolled"} & set(found.pages)


def test_auto_finds_every_link_that_on_finds_with_a_fifth_of_the_renders(crawled):
    def links(js: str) -> Counter:
        names = ("source", "target", "kind", "anchor", "rel", "rendered")
        return Counter(tuple(row[name] for name in names) for row in crawled[js].links)

    assert links("auto") == links("on")
    on, auto = crawled["on"].rendered(), crawled["auto"].rendered()
    assert set(on) == {"always"}
    assert on["always"] == POSTS + 1 + len(NAMES)
    assert auto["no_links"] == 1 + len(NAMES)
    assert auto["domain"] <= 1  # the post that loads a script, after the archive
    assert 5 * auto.total() <= on.total(), (auto, on)


def test_off_renders_nothing_and_finds_less(crawled):
    assert crawled["off"].rendered() == {}
    assert not any(row["rendered"] for row in crawled["off"].links)
    assert not any(row["source"] == "http://react.example/" for row in crawled["off"].links)


def test_the_summary_says_what_was_rendered_and_with_what(crawled):
    for js, found in crawled.items():
        summary = found.summary
        assert summary["js"] == js
        assert (summary["browser"] == "") == (js == "off")
        assert summary["rendered"] == found.rendered().total()
        assert summary["rendered_links"] == sum(row["rendered"] for row in found.links)
        assert summary["not_rendered"] == 0
