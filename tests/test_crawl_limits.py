"""Limits of a crawl mean what they say, also when the same crawl is begun again with others."""

from __future__ import annotations

from support.crawling import Web, grid, linkcrawler, page, redirect, rows
from support.small_crawls import crawl, outcomes


def test_the_limit_of_pages_is_met_exactly_and_counts_across_resumes(tmp_path):
    with Web(grid(6, 10)) as web:
        seeds = ("http://h0.example/",)
        first = crawl(web, tmp_path, "--max-pages", "7", "--hops", "0", seeds=seeds)
        assert len(web.fetched()) == 7
        assert "Stopped at the limit of pages" in first.out
        again = crawl(web, tmp_path, "--max-pages", "7", "--hops", "0", seeds=seeds)
        assert (again.code, len(web.fetched())) == (0, 7)
        crawl(web, tmp_path, "--max-pages", "19", "--hops", "0", seeds=seeds)
        assert len(web.fetched()) == 19
    assert len(rows(tmp_path, "pages")) == 19


def test_the_limit_of_pages_per_domain_counts_across_resumes(tmp_path):
    with Web(grid(3, 10)) as web:
        seeds = ("http://h0.example/",)
        for limit in (2, 2, 4):
            crawl(web, tmp_path, "--max-pages-per-domain", limit, "--hops", "0", seeds=seeds)
        per_domain = [row["domain"] for row in rows(tmp_path, "pages")]
    assert {name: per_domain.count(name) for name in set(per_domain)} == {
        f"h{n}.example": 4 for n in range(3)
    }


def test_hops_are_the_fewest_over_all_links_and_a_shorter_way_lets_a_url_back_in(tmp_path):
    web = {
        # far.example is three hops away by the first way and one by the second, found later.
        "http://a.example/": page("http://b.example/", "/late"),
        "http://b.example/": page("http://c.example/"),
        "http://c.example/": page("http://far.example/"),
        "http://a.example/late": page("/later"),
        "http://a.example/later": page("/last"),
        "http://a.example/last": page("http://far.example/other"),
        "http://far.example/": page("http://beyond.example/"),
        "http://far.example/other": page(),
        "http://beyond.example/": page("http://outside.example/"),
    }
    with Web(web) as served:
        assert crawl(served, tmp_path, "--hops", "2").code == 0
    hops = {row["url"]: (row["hops"], row["outcome"]) for row in rows(tmp_path, "pages")}
    assert hops["http://far.example/"] == (1, "ok")
    assert hops["http://beyond.example/"] == (2, "ok")
    assert hops["http://outside.example/"] == (3, "excluded")
    assert {row["source_domain"]: row["hops"] for row in rows(tmp_path, "links")} == {
        "a.example": 0,
        "b.example": 1,
        "c.example": 2,
        "far.example": 1,
        "beyond.example": 2,
    }


def test_refused_urls_come_back_when_the_same_crawl_is_given_wider_limits(tmp_path):
    web = {
        "http://a.example/": page("http://b.example/", "/x/1"),
        "http://b.example/": page("http://c.example/"),
        "http://c.example/": page(),
        "http://a.example/x/1": page(),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--scope", "seeds", "--exclude", "/x/")
        assert outcomes(tmp_path) == {
            "http://a.example/": ("ok", ""),
            "http://a.example/x/1": ("excluded", "exclude"),
            "http://b.example/": ("excluded", "hops"),
        }
        crawl(served, tmp_path, "--hops", "1")
        assert outcomes(tmp_path)["http://a.example/x/1"] == ("ok", "")
        assert outcomes(tmp_path)["http://c.example/"] == ("excluded", "hops")
        crawl(served, tmp_path)
        assert served.fetched() == [*dict.fromkeys(served.fetched())]
    assert {outcome for outcome, _ in outcomes(tmp_path).values()} == {"ok"}
    assert linkcrawler("check", tmp_path).code == 0


def test_depth_is_counted_inside_a_site(tmp_path):
    web = {
        "http://a.example/": page("/1"),
        "http://a.example/1": page("/2", "http://b.example/deep"),
        "http://a.example/2": page("/3"),
        "http://a.example/3": page(),
        "http://b.example/deep": page("/1"),
        "http://b.example/1": page("/2"),
        "http://b.example/2": page(),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--depth", "1")
    found = {row["url"]: (row["depth"], row["outcome"]) for row in rows(tmp_path, "pages")}
    assert found == {
        "http://a.example/": (0, "ok"),
        "http://a.example/1": (1, "ok"),
        "http://a.example/2": (2, "excluded"),
        "http://b.example/deep": (0, "ok"),
        "http://b.example/1": (1, "ok"),
        "http://b.example/2": (2, "excluded"),
    }


def test_what_a_seed_redirects_to_is_a_seed_of_its_own(tmp_path):
    web = {
        "http://a.example/": redirect("http://moved.example/"),
        "http://moved.example/": page("http://moved.example/1", "http://out.example/"),
        "http://moved.example/1": redirect("http://out.example/there"),
    }
    with Web(web) as served:
        crawl(served, tmp_path, "--scope", "seeds")
        assert sorted(served.fetched()) == [
            "http://a.example/",
            "http://moved.example/",
            "http://moved.example/1",
        ]


def test_include_patterns_bound_the_crawl(tmp_path):
    with Web({"http://a.example/in/": page("/in/1", "/out")}) as served:
        crawl(served, tmp_path, "--include", "/in/", seeds=("http://a.example/in/",))
    assert outcomes(tmp_path)["http://a.example/out"] == ("excluded", "include")


def test_depth_limit_means_what_it_means_in_scrapy(tmp_path):
    web = {f"http://h{n}.example/": page(f"http://h{n + 1}.example/") for n in range(6)}
    with Web(web) as served:
        crawl(served, tmp_path, "-s", "DEPTH_LIMIT=2", "--hops", "0", seeds=("h0.example",))
        assert len(served.fetched()) == 3
    assert outcomes(tmp_path)["http://h3.example/"] == ("excluded", "depth_limit")
