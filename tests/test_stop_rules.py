"""What bounds a crawl beside pages and time, seen from outside: scope, rest, bytes, a stable top."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from support.crawling import Web, linkcrawler, page, rows

from linkcrawler.frontier.ranker import Ranker
from linkcrawler.policies.order import SIMPLE


def crawl(web, folder, *arguments, seeds, delay=0):
    return linkcrawler(
        "crawl",
        *seeds,
        "--out",
        folder,
        "--proxy",
        web.url,
        "--quiet",
        "--delay",
        delay,
        *arguments,
    )


def fetched(folder):
    """The hosts from which a page came."""
    return {row["host"] for row in rows(folder, "pages") if row["outcome"] == "ok"}


def counts(folder):
    return json.loads((folder / "run.json").read_bytes())["counts"]


@pytest.fixture(scope="module")
def web():
    """Two seeds that share one neighbour and have one each; one seed goes on without leading on."""
    pages = {
        "http://a.example/": page("http://both.example/", "http://one.example/", "/1"),
        "http://b.example/": page("http://both.example/", "http://two.example/"),
        **{f"http://a.example/{n}": page(f"/{n + 1}", title="x" * 40_000) for n in range(1, 60)},
        **{f"http://{name}.example/": page() for name in ("both", "one", "two")},
    }
    with Web(pages) as web:
        yield web


def test_co_linked_fetches_only_what_several_link_to(web, tmp_path):
    ended = crawl(
        web,
        tmp_path,
        "--scope",
        "co-link",
        "--max-pages",
        12,
        seeds=("http://a.example/", "http://b.example/"),
    )
    assert ended.code == 0, ended.err
    assert fetched(tmp_path) == {"a.example", "b.example", "both.example"}
    assert linkcrawler("check", tmp_path).code == 0  # what waits for links is not forgotten


def test_a_domain_that_leads_nowhere_new_rests_and_the_summary_says_so(web, tmp_path):
    ended = crawl(web, tmp_path, "--rest-after", 4, seeds=("http://a.example/",))
    assert ended.code == 0, ended.err
    assert len(rows(tmp_path, "pages")) == 1 + 4 + 2  # its home, four more, and its neighbours
    assert "1 domain led nowhere new" in ended.out
    assert counts(tmp_path)["domains_resting"] == 1
    assert "coverage  0%" in ended.out
    found = counts(tmp_path)
    assert [found[name] for name in ("domain_links", "referred", "referred_once")] == [2, 2, 2]
    assert linkcrawler("check", tmp_path).code == 0


def test_bytes_are_counted_over_all_runs(web, tmp_path):
    ended = crawl(
        web, tmp_path, "--format", "json", "--max-pages", 30, seeds=("http://a.example/",)
    )
    said = json.loads(ended.out)
    assert (
        said["bytes"]
        == counts(tmp_path)["bytes"]
        == sum(row["bytes"] for row in rows(tmp_path, "pages"))
    )
    assert said["bytes"] > 2**20
    # The limit is behind the crawl already: the next run ends at its first look.
    ended = crawl(
        web, tmp_path, "--format", "json", "--max-mb", 1, seeds=("http://a.example/",), delay=0.3
    )
    said = json.loads(ended.out)
    assert (said["finish_reason"], said["exit_code"], said["pending"] > 0) == ("max_mb", 0, True)


def test_a_stable_top_ends_the_crawl():
    stopped, found = [], {"pages": 0, "domain_links": 0}
    session = SimpleNamespace(
        plan=SimpleNamespace(until_stable=3),
        limits=SimpleNamespace(order=SIMPLE),
        store=SimpleNamespace(counters=lambda: found, top=lambda count: [1, 2, 3][:count]),
        stop=stopped.append,
    )
    ranker = Ranker(session)
    for pages in (100, 200, 300):
        found["pages"] = pages
        ranker.look()
        assert stopped == []
    found["pages"] = 400
    ranker.look()
    assert stopped == ["stable"]


def test_decisions_drive_a_round_and_are_counted_and_named(web, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("domain,decision\nb.example,IN\nboth.example,OUT\n")
    folder = tmp_path / "crawl"
    ended = crawl(web, folder, "--decisions", sheet, "--max-pages", 4, seeds=("http://a.example/",))
    assert ended.code == 0, ended.err
    assert {"a.example", "b.example"} <= fetched(folder)
    assert "both.example" not in fetched(folder)
    assert [row["url"] for row in rows(folder, "pages") if row["reason"] == "out"] == [
        "http://both.example/"
    ]
    assert "1 URL of domains that were decided OUT" in ended.out
    assert counts(folder)["excluded_out"] == 1
    record = json.loads((folder / "run.json").read_bytes())
    assert record["arguments"]["decisions"] == ["b.example=IN", "both.example=OUT"]
    # A round without them lets in what was out.
    ended = crawl(web, folder, "--max-pages", 12, seeds=("http://a.example/",))
    assert ended.code == 0, ended.err
    assert "both.example" in fetched(folder)
    assert counts(folder)["excluded_out"] == 0


def test_a_sheet_that_cannot_be_used_is_one_line(web, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("domain,decision\nb.example,MAYBE\n")
    ended = crawl(web, tmp_path / "c", "--decisions", sheet, seeds=("http://a.example/",))
    assert ended.code == 2
    assert "decisions: expected IN, OUT or UNDECIDED, got 'MAYBE'" in ended.err
    assert not (tmp_path / "c").exists()


def test_hosts_of_a_domain_are_bounded_and_counted(tmp_path):
    names = [f"http://h{number}.wild.example/" for number in range(9)]
    pages = {"http://a.example/": page(*names), **{name: page() for name in names}}
    setting = "LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN={}".format
    with Web(pages) as web:
        ended = crawl(web, tmp_path, "-s", setting(3), seeds=("http://a.example/",))
        assert ended.code == 0, ended.err
        assert len(fetched(tmp_path) - {"a.example"}) == 3
        assert "6 URLs of hosts beyond those asked of a domain" in ended.out
        assert counts(tmp_path)["excluded_hosts"] == 6
        ended = crawl(web, tmp_path, "-s", setting(5), seeds=("http://a.example/",))
        assert ended.code == 0, ended.err
        assert len(fetched(tmp_path) - {"a.example"}) == 5
        assert counts(tmp_path)["excluded_hosts"] == 4


def test_a_seed_s_own_host_is_among_those_that_are_asked(tmp_path):
    others = [f"http://u{number}.site.example/" for number in range(4)]
    own = "http://www.site.example/about"
    pages = {"http://www.site.example/": page(*others, own), own: page()} | {
        url: page() for url in others
    }
    with Web(pages) as web:
        setting = "LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN=2"
        ended = crawl(web, tmp_path, "-s", setting, seeds=("http://www.site.example/",))
    assert ended.code == 0, ended.err
    assert fetched(tmp_path) == {"www.site.example", "u0.site.example"}
    assert [row["outcome"] for row in rows(tmp_path, "pages") if row["url"] == own] == ["ok"]
