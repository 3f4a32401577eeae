"""Crawls of earlier versions are crawled to their end; those of later ones are refused."""

from __future__ import annotations

import shutil

import pytest
from support.crawling import Web, grid, link_multiset, linkcrawler, page, page_multiset, redirect
from support.earlier import (
    FIXTURES,
    KINDS,
    SAME,
    URLS_2,
    change,
    copied,
    migrate,
    query,
    schema,
    version,
)

from linkcrawler.frontier.sqlite_schema import SCHEMA_VERSION
from linkcrawler.loopback import Answer
from linkcrawler.urls.domains import suffix_list_version
from pipelines.check import check_dataset

DEPTHS = {"interrupted": 0, "interrupted-depth": 3, "finished": 0}


def small_web():
    """The web of the fixtures."""
    web = dict(grid(4, 8))
    web["http://h1.example/3"] = Answer(500, b"x")
    web["http://h2.example/2"] = page(
        "http://h9.example/", "http://h2.example/private", "mailto:x@y", "http://10.0.0.1/",
        "/deep/a", title="two",
    )  # fmt: skip
    web["http://h2.example/old"] = redirect("http://h3.example/new")
    return web


@pytest.fixture(scope="module")
def web():
    with Web(small_web()) as web:
        yield web


def crawl(web, folder, depth=0, **options):
    return linkcrawler(
        "crawl", "http://h0.example/", "http://h2.example/old", "--out", folder, "--hops", 2,
        "--depth", depth, "--proxy", web.url, "--delay", 0, "--concurrency", 2, "--quiet",
        "--exclude", "private", "-s", "LINKCRAWLER_DATASET_PART_LINKS=15",
        "-s", "LINKCRAWLER_FRONTIER_COMMIT_PAGES=2", **options,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_crawl_of_version_1_goes_on_to_the_end_of_an_uninterrupted_one(kind, web, tmp_path):
    folder, whole = copied(kind, tmp_path), tmp_path / "whole"
    fetched = {
        url for url, state in query(folder / "frontier.sqlite", "SELECT url, state FROM url")
        if state in (1, 2)
    }  # fmt: skip
    asked = len(web.requests)
    ended = crawl(web, folder, DEPTHS[kind])
    assert ended.code == 0, ended.err
    again = [url for url in web.requests[asked:] if url in fetched]
    assert again == []
    assert crawl(web, whole, DEPTHS[kind]).code == 0
    assert link_multiset(folder) == link_multiset(whole)
    # A private address behind a proxy was fetched once; what is recorded stays.
    pages, others = page_multiset(folder), page_multiset(whole)
    assert {row[0] for row in (pages - others) + (others - pages)} <= {"http://10.0.0.1/"}
    assert link_multiset(folder).total() > 80
    assert check_dataset(folder)[0] == []
    assert version(folder / "frontier.sqlite") == SCHEMA_VERSION


def test_a_frontier_of_the_future_is_refused_with_the_way_out(folder, web):
    path = folder / "frontier.sqlite"
    change(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    manifest = (folder / "run.json").read_bytes()
    ended = crawl(web, folder)
    assert ended.code == 5
    assert f"{path} is version {SCHEMA_VERSION + 1}" in ended.err
    assert "crawl into another folder, or use the linkcrawler that wrote it" in ended.err
    assert path.read_bytes() == before
    assert (folder / "run.json").read_bytes() == manifest


def test_a_crawl_of_version_2_keeps_everything_and_goes_on_to_the_end(web, tmp_path):
    folder, whole = tmp_path / "v2", tmp_path / "whole"
    shutil.copytree(FIXTURES.parent / "v2" / "interrupted", folder)
    path = folder / "frontier.sqlite"
    change(
        path, f"UPDATE meta SET value = '{suffix_list_version()}' WHERE key = 'suffix_list'",
    )  # fmt: skip
    assert version(path) == 2
    before = [query(path, statement) for statement in (URLS_2, *SAME.values())]
    done = {url for url, state in query(path, "SELECT url, state FROM url") if state in (1, 2)}
    migrate(path)
    assert [query(path, statement) for statement in (URLS_2, *SAME.values())] == before
    migrate(tmp_path / "new.sqlite")
    assert schema(path) == schema(tmp_path / "new.sqlite")
    links = query(path, "SELECT count(*) FROM domain_link")[0][0]
    assert query(path, "SELECT sum(referrers), sum(out) FROM domain") == [(links, links)]
    asked = len(web.requests)
    assert crawl(web, folder).code == 0
    assert not done & set(web.requests[asked:])
    assert crawl(web, whole).code == 0
    assert link_multiset(folder) == link_multiset(whole)
