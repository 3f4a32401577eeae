"""What a crawl of a small web records and says, by the command line."""

from __future__ import annotations

import json
import os

from support.crawling import Web, grid, linkcrawler, page, redirect, rows, scrapy
from support.small_crawls import CONTACT, FAST, crawl, outcomes

from linkcrawler.loopback import Answer


def test_every_kind_of_link_and_outcome_is_recorded(tmp_path):
    web = {
        "http://a.example/": page(
            "/b?utm_source=x#top",
            "http://c.example/",
            "/gone",
            "/file.pdf",
            head='<base href="http://a.example/"><link rel="canonical" href="/">'
            '<link rel="alternate" hreflang="de" href="/de"><meta http-equiv="refresh" '
            'content="9; url=/next"><link rel="stylesheet" href="/style.css">',
        )
        + '<iframe src="/frame"></iframe><map><area href="/area" alt="the area"></map>'
        '<a href="/n" rel="UGC nofollow">n</a><a href="mailto:x@a.example">m</a>'
        "<template><a href='/t'>t</a></template><!-- <a href='/comment'>c</a> -->",
        "http://a.example/b": redirect("/c"),
        "http://a.example/c": page(),
        "http://a.example/de": page(),
        "http://a.example/next": page(),
        "http://a.example/frame": page(),
        "http://a.example/area": page(),
        "http://a.example/file.pdf": Answer(
            200,
            b"%PDF",
            (("Content-Type", "application/pdf"), ("Link", '</doc>; rel="canonical"')),
        ),
        "http://a.example/doc": page(),
        "http://c.example/": page("http://a.example/c"),
    }
    with Web(web) as served:
        ended = crawl(served, tmp_path / "c")
    assert (ended.code, ended.err) == (0, f"warning: {CONTACT}\n"), ended
    found = outcomes(tmp_path / "c")
    assert found == {
        "http://a.example/": ("ok", ""),
        "http://a.example/b": ("redirect", ""),
        "http://a.example/c": ("ok", ""),
        "http://a.example/de": ("ok", ""),
        "http://a.example/next": ("ok", ""),
        "http://a.example/frame": ("ok", ""),
        "http://a.example/area": ("ok", ""),
        "http://a.example/doc": ("ok", ""),
        "http://a.example/gone": ("http_error", "404"),
        "http://a.example/file.pdf": ("not_html", "application/pdf"),
        "http://c.example/": ("ok", ""),
    }
    links = [
        (row["kind"], row["target"].removeprefix("http://a.example"), row["anchor"], row["follow"])
        for row in sorted(rows(tmp_path / "c", "links"), key=lambda row: row["position"])
        if row["source"] == "http://a.example/"
    ]
    assert links == [
        ("canonical", "/", None, True),
        ("alternate", "/de", None, True),
        ("refresh", "/next", None, True),
        ("a", "/b", "to /b?utm_source=x#top", True),
        ("a", "http://c.example/", "to http://c.example/", True),
        ("a", "/gone", "to /gone", True),
        ("a", "/file.pdf", "to /file.pdf", True),
        ("iframe", "/frame", None, True),
        ("area", "/area", "the area", True),
        ("a", "/n", "n", False),
    ]
    others = {(row["source"], row["kind"], row["target"]) for row in rows(tmp_path / "c", "links")}
    assert ("http://a.example/b", "redirect", "http://a.example/c") in others
    assert ("http://a.example/file.pdf", "canonical", "http://a.example/doc") in others
    assert "http://a.example/n" not in served.fetched()


def test_failures_are_tried_again_and_then_recorded(tmp_path):
    web = {"http://a.example/": page("/broken"), "http://a.example/broken": Answer(500, b"")}
    with Web(web) as served:
        ended = crawl(served, tmp_path, "-s", "RETRY_TIMES=1", "--max-error-share", "0.4")
        assert served.fetched().count("http://a.example/broken") == 2
    assert ended.code == 3
    assert outcomes(tmp_path)["http://a.example/broken"] == ("http_error", "500")


def test_the_summary_is_json_for_programs(tmp_path):
    with Web(grid(2, 3)) as web:
        ended = crawl(web, tmp_path, "--format", "json", seeds=("h0.example",))
    found = json.loads(ended.out)
    assert found["exit_code"] == 0
    assert found["discovered"] == (
        found["pending"] + found["done"] + found["failed"] + found["excluded"]
    )
    assert found["pages"] == len(rows(tmp_path, "pages")) == 8
    assert found["links"] == len(rows(tmp_path, "links"))


def test_the_same_spider_runs_under_plain_scrapy_with_feeds_and_settings(tmp_path):
    with Web(grid(3, 4)) as web:
        ended = scrapy(
            "crawl", "links", "-a", "seeds=h0.example", "-a", f"out={tmp_path / 'c'}", "-a",
            f"proxy={web.url}", "-a", "delay=0", "-a", "_job=7", "-s", "CLOSESPIDER_ITEMCOUNT=4",
            "-o", tmp_path / "items.jsonl",
        )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert len(items) >= 4
    assert items[0]["links"][0]["target"] == "http://h0.example/1"
    manifest = json.loads((tmp_path / "c/run.json").read_text())
    assert (manifest["state"], manifest["finish_reason"]) == ("finished", "closespider_itemcount")
    assert (tmp_path / "c/crawl.log").read_text().count("Spider closed") == 1


def test_settings_that_were_given_as_text_are_recorded_and_told_as_what_they_mean(tmp_path):
    out = tmp_path / "c"
    with Web(grid(2, 3)) as web:
        ended = linkcrawler(
            "crawl", "h0.example", "--out", out, "-s", f"LINKCRAWLER_PROXY={web.url}",
            "-s", "LINKCRAWLER_BUDGET_PAGES=4000", "-s", "DOWNLOAD_DELAY=0", "-s", "ROBOTSTXT_OBEY=no",
            "-s", "LINKCRAWLER_GUARD_PORTS=80", "-s", "LINKCRAWLER_NICHE=pens", "--js", "off",
        )  # fmt: skip
    assert ended.code == 0, ended
    manifest = json.loads((out / "run.json").read_text())
    asked = manifest["arguments"] | manifest["settings"]
    expected = {"max_pages": 4000, "delay": 0.0, "robots": False, "niche": ["pens"]}
    expected |= {"LINKCRAWLER_GUARD_PORTS": [80], "ROBOTSTXT_OBEY": False}
    assert {name: asked[name] for name in expected} == expected
    assert linkcrawler("rank", out).code == 0
    told = linkcrawler("methods", out)
    assert "at most 4,000 pages in all" in told.out, told
    assert "without asking robots.txt" in told.out
    assert linkcrawler("report", out).code == 0


def test_a_crawl_loads_no_library_that_it_has_no_use_for(tmp_path):
    """Arrow asks for pandas, and Scrapy's remote control for a web server, wherever they are installed."""
    for name in ("pandas", "aiohttp"):
        (tmp_path / f"{name}.py").write_text(
            f"from pathlib import Path\nPath({str(tmp_path)!r}, 'loaded').touch()\n"
            f"raise ImportError({name!r})\n"
        )
    web = {"http://a.example/": page("/b", "http://c.example/"), "http://a.example/b": page()}
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with Web(web) as served:
        ended = linkcrawler(
            "crawl", "http://a.example/", "--out", tmp_path / "c", "--proxy", served.url, *FAST,
            env={"PYTHONPATH": paths},
        )  # fmt: skip
    assert ended.code == 0, ended
    assert len(rows(tmp_path / "c", "links")) == 2
    assert not (tmp_path / "loaded").exists()
