"""Profiles against an oracle in plain Python, over crawls of random links."""

import json
import random
from collections import Counter

import pyarrow.parquet as pq
import pytest
from support.calling import caller

import analysis
from analysis.anchors import CLASSES, AnchorWords
from analysis.commands_domain import profile as profile_command
from analysis.rankings import rank
from analysis.votes import VOTING_KINDS
from linkcrawler.exceptions import DatasetError, UsageError

DOMAINS = ["alpha.com", "beta.org", "gamma.co.uk", "delta.net", "ann.github.io"]
ANCHORS = ["Alpha", "alpha.com", "here", "good pens", "pens", None, "", "=1+1"]
RELS = ["", "", "", "nofollow", "ugc nofollow", "sponsored", "noopener"]
OUTCOMES = [("ok", 200), ("ok", 200), ("http_error", 404), ("http_error", 403), ("failed", 0)]


def random_crawl(make, folder, seed):
    """Return a crawl of random links, its links and its pages."""
    rng = random.Random(seed)
    urls = [f"https://{name}/{path}" for name in DOMAINS for path in ("", "a", "b")]
    pages = []
    for number, url in enumerate(urls):
        outcome, status = rng.choice(OUTCOMES)
        ip = rng.choice([None, f"198.51.100.{number % 3}", f"203.0.113.{number}"])
        pages.append({**make.page(url, outcome, title=f"T{number}"), "ip": ip, "status": status})
    links = []
    for number in range(120):
        row = make.link(
            rng.choice(urls), rng.choice([*urls, "https://new.test/"]), position=number,
            kind=rng.choice(["a", "a", "a", "area", "redirect", "iframe", "canonical"]),
            anchor=rng.choice(ANCHORS), hour=rng.randrange(5),
        )  # fmt: skip
        rel = rng.choice(RELS)
        cause = next((f"rel:{t}" for t in ("nofollow", "ugc", "sponsored") if t in rel.split()), "")
        row |= {"rel": rel, "follow_cause": cause, "follow": not cause}
        row |= {"placement": rng.choice(["main", "footer"]), "is_image": rng.random() < 0.1}
        links.append(row)
    crawl = make.crawl(folder, pages, links)
    rank(crawl)
    return analysis.open(crawl), links, pages


def counts(links):
    """Return the four counts that tables of a profile hold."""
    followed = [row for row in links if row["follow"]]
    return {
        "linking_domains": len({row["source_domain"] for row in links}),
        "ref_domains": len({row["source_domain"] for row in followed}),
        "backlinks": len(links),
        "follow_backlinks": len(followed),
    }


def grouped(links, *keys):
    found = {}
    for row in links:
        found.setdefault(
            tuple(row[key] or "" if key == "anchor" else row[key] for key in keys), []
        ).append(row)
    return found  # fmt: skip


def by(table, *keys):
    """Return the rows of a table by some of their columns, each once."""
    rows = {tuple(row.pop(key) for key in keys): row for row in table.to_pylist()}
    assert len(rows) == table.num_rows
    return rows


@pytest.fixture(scope="module", params=[1, 3])
def crawled(request, make, tmp_path_factory):
    return random_crawl(make, tmp_path_factory.mktemp("profile") / "crawl", request.param)


def parts(crawled, domain):
    """Return the profile of a domain, and the links into it and out of it."""
    crawl, links, pages = crawled
    voting = [row for row in links if row["kind"] in VOTING_KINDS and not row["internal"]]
    into = [row for row in voting if row["target_domain"] == domain]
    out = [row for row in voting if row["source_domain"] == domain]
    return crawl.profile(domain, keywords=["pens"]), into, out, {row["url"]: row for row in pages}


@pytest.mark.parametrize("domain", [*DOMAINS, "new.test"])
def test_each_figure_and_table_is_what_plain_python_counts(crawled, domain):
    answer, into, out, pages = parts(crawled, domain)
    check_summary(answer.summary, into, out, pages)
    check_sources(answer.tables, into, pages)
    check_anchors(answer.tables, into, AnchorWords(domain, keywords=("pens",)))
    check_targets(answer.tables, into, pages)
    check_outgoing(answer.tables, out)


def check_summary(summary, into, out, pages):
    ips = {pages[row["source"]]["ip"] for row in into} - {None}
    tokens = Counter(token for row in into for token in set(row["rel"].split()))
    expected = counts(into) | {
        "referring_pages": len({row["source"] for row in into}),
        "linked_pages": len({row["target"] for row in into}),
        "referring_ips": len(ips),
        "referring_subnets": len({ip.rpartition(".")[0] for ip in ips}),
        "referring_pages_without_ip": len(
            {row["source"] for row in into if pages[row["source"]]["ip"] is None}
        ),
        "nofollow_links": tokens["nofollow"],
        "ugc_links": tokens["ugc"],
        "sponsored_links": tokens["sponsored"],
        "out_domains": len({row["target_domain"] for row in out}),
        "out_links": len(out),
        "follow_out_domains": len({row["target_domain"] for row in out if row["follow"]}),
        "follow_out_links": sum(row["follow"] for row in out),
    }
    assert {name: summary[name] for name in expected} == expected


def check_sources(tables, into, pages):
    found = by(tables["referring_domains"], "source")
    assert set(found) == set(grouped(into, "source_domain"))
    for (name,), links in grouped(into, "source_domain").items():
        row = found[(name,)]
        assert row["n_links"] == len(links)
        assert row["n_follow_links"] == sum(link["follow"] for link in links)
        assert row["n_source_pages"] == len({link["source"] for link in links})
        assert row["n_target_pages"] == len({link["target"] for link in links})
        assert row["last_seen"] == max(link["fetched_at"] for link in links)
        texts = Counter(link["anchor"] for link in links if link["anchor"])
        top = min(texts, key=lambda text: (-texts[text], text)) if texts else None
        assert row["top_anchor"] == top
    subnets = {}
    for (source,), links in grouped(into, "source").items():
        ip = pages[source]["ip"]
        if ip:
            subnets.setdefault(f"{ip.rpartition('.')[0]}.0/24", []).extend(links)
    found = by(tables["subnets"], "subnet")
    assert {net: row["backlinks"] for (net,), row in found.items()} == {
        net: len(links) for net, links in subnets.items()
    }
    for (net,), row in found.items():
        assert row["n_source_pages"] == len({link["source"] for link in subnets[net]})
        assert row["linking_domains"] == len({link["source_domain"] for link in subnets[net]})


def check_anchors(tables, into, words):
    found = by(tables["anchors"], "anchor", "is_image")
    classes = {}
    assert set(found) == set(grouped(into, "anchor", "is_image"))
    for key, links in grouped(into, "anchor", "is_image").items():
        row = found[key]
        name = row.pop("anchor_class")
        assert name == words.class_of(*key)
        assert row == counts(links)
        classes.setdefault(name, []).extend(links)
    total = counts(into)
    rows = by(tables["anchor_classes"], "anchor_class")
    assert [name for (name,) in rows] == list(CLASSES)
    for (name,), row in rows.items():
        share = len(classes.get(name, [])) / max(1, total["backlinks"])
        assert row.pop("link_share") == pytest.approx(share)
        domains = row["linking_domains"] / max(1, total["linking_domains"])
        assert row.pop("domain_share") == pytest.approx(domains)
        assert row == counts(classes.get(name, []))


def check_targets(tables, into, pages):
    mix = by(tables["follow"], "follow_cause")
    assert {cause: row["backlinks"] for (cause,), row in mix.items()} == Counter(
        row["follow_cause"] for row in into
    )
    placed = by(tables["placements"], "placement")
    for (name,), links in grouped(into, "placement").items():
        assert placed[(name,)].pop("link_share") == pytest.approx(len(links) / len(into))
        assert placed[(name,)] == counts(links)
    best = by(tables["best_pages"], "target")
    broken = by(tables["broken"], "target")
    expected_broken = set()
    for (url,), links in grouped(into, "target").items():
        page = pages.get(url, {"outcome": "", "status": 0, "title": None})
        facts = {name: best[(url,)].pop(name) for name in ("outcome", "status", "title")}
        assert facts == {name: page[name] for name in facts}
        assert best[(url,)] == counts(links)
        if page["outcome"] in ("http_error", "failed"):
            expected_broken.add(url)
            state = {404: "dead", 403: "refused", 0: "unreachable"}[page["status"]]
            assert broken[(url,)]["state"] == state
            assert counts(links).items() <= broken[(url,)].items()
    assert {url for (url,) in broken} == expected_broken
    lost = Counter(
        (row["source"], row["target"]) for row in into if row["target"] in expected_broken
    )
    listed = tables["broken_links"].to_pylist()
    assert Counter((row["source"], row["target"]) for row in listed) == lost


def check_outgoing(tables, out):
    found = by(tables["outgoing"], "target")
    expected = {
        name: (len(links), sum(link["follow"] for link in links))
        for (name,), links in grouped(out, "target_domain").items()
    }
    assert {
        name: (row["n_links"], row["n_follow_links"]) for (name,), row in found.items()
    } == expected
    mix = by(tables["outgoing_follow"], "follow_cause")
    assert {cause: row["out_links"] for (cause,), row in mix.items()} == Counter(
        row["follow_cause"] for row in out
    )


def test_referring_domains_stand_best_first_those_that_vote_before_the_others(crawled):
    table = crawled[0].profile("alpha.com").tables["referring_domains"].to_pylist()
    order = [(row["n_follow_links"] == 0, -row["authority"]) for row in table]
    assert order == sorted(order)


@pytest.fixture
def call():
    return caller(profile_command)


def test_people_read_the_first_rows_and_how_many_there_are(call, crawled):
    text = call(crawled[0].folder, "https://www.ALPHA.com/x", "--top", 2).stdout
    assert "\nreferring_domains: 2 of 4\n" in text
    assert len(text.split("\nanchor_classes: 8\n")[1].split("\n\n")[0].splitlines()) == 9


def test_programs_get_every_table_under_the_same_names(call, crawled, tmp_path):
    folder = crawled[0].folder
    answer = crawled[0].profile("alpha.com")
    whole = json.loads(call(folder, "alpha.com", "--format", "json", "--top", 0).stdout)
    assert list(whole) == ["summary", *answer.tables]
    assert whole["anchors"] == answer.tables["anchors"].to_pylist()
    for kind in ("csv", "parquet"):
        result = call(folder, "alpha.com", "--format", kind, "--top", 0, "--out", tmp_path)
        assert [line.rpartition("/")[2] for line in result.stdout.splitlines()] == [
            f"{name}.{kind}" for name in whole
        ]
    assert pq.read_table(tmp_path / "broken.parquet").equals(answer.tables["broken"])
    if "=1+1" in answer.tables["anchors"]["anchor"].to_pylist():
        assert "\n'=1+1," in (tmp_path / "anchors.csv").read_text()


def test_a_domain_that_is_not_there_is_answered_with_near_names(call, crawled):
    with pytest.raises(UsageError, match=r"knows no alfa\.com; near it: alpha\.com"):
        call(crawled[0].folder, "alfa.com")
    with pytest.raises(UsageError, match=r"knows no zzz\.example; `linkcrawler rank "):
        call(crawled[0].folder, "zzz.example")
    with pytest.raises(UsageError, match="--out here needs --format csv or parquet"):
        call(crawled[0].folder, "alpha.com", "--out", "here")


@pytest.mark.parametrize(
    "name",
    ["straße.de", "Straße.DE", "HTTPS://www.straße.de/A", "xn--strae-oqa.de", "XN--STRAE-OQA.DE"],
)
def test_a_name_with_letters_of_its_own_is_not_taken_for_another(tmp_path, make, name):
    links = [make.link("https://xn--strae-oqa.de/", "https://strasse.de/")]
    folder = make.crawl(tmp_path / "c", [], links)
    rank(folder)
    assert analysis.open(folder).profile(name).summary["domain"] == "xn--strae-oqa.de"


def test_a_crawl_that_is_not_ranked_says_so(small_crawl):
    with pytest.raises(DatasetError, match="is not ranked yet; run `linkcrawler rank"):
        analysis.open(small_crawl).profile("alpha.com")
    with pytest.raises(DatasetError, match="is not ranked yet; run `linkcrawler rank"):
        analysis.open(small_crawl).explain("alpha.com")
