"""Explanations against an oracle: the same crawl without what is left out, ranked again."""

import json
import random
from collections import defaultdict

import networkx as nx
import pytest
from support.calling import caller

import analysis
from analysis.commands_domain import explain as explain_command
from analysis.rankings import rank
from linkcrawler.exceptions import UsageError

DOMAINS = ["alpha.com", "beta.org", "gamma.co.uk", "delta.net", "epsilon.fr", "zeta.de"]
URLS = [f"https://{name}/{path}" for name in DOMAINS for path in ("", "a", "b", "c")]
MOVED = "https://beta.org/moved"


def random_links(make, seed):
    """Return links among six domains: some nofollow, a sitewide footer, a URL that redirects."""
    rng = random.Random(seed)
    links = []
    for position in range(40):
        source, target = rng.choice(URLS), rng.choice([*URLS, MOVED, MOVED])
        row = make.link(
            source, target, position=position, follow=rng.random() < 0.8,
            anchor=rng.choice(["x", "y", None]),
        )  # fmt: skip
        links.append({**row, "placement": "main", "heading": f"H{position}"})
    for path in ("", "a", "b", "c"):
        row = make.link(f"https://zeta.de/{path}", "https://delta.net/", position=99)
        links.append({**row, "placement": "footer"})
    links.append(make.link(MOVED, "https://gamma.co.uk/b", kind="redirect"))
    links.append(make.link("https://epsilon.fr/", MOVED, position=50))
    return links


def ranked(make, folder, links):
    pages = [make.page(url) for url in URLS] + [make.page(MOVED, "redirect")]
    crawl = make.crawl(folder, pages, links)
    rank(crawl)
    return analysis.open(crawl)


@pytest.fixture(scope="module", params=[1, 2])
def explained(request, make, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    links = random_links(make, request.param)
    return ranked(make, folder / "crawl", links), links, folder


def moved_to(row):
    """Return the domain that a link counts for."""
    return "gamma.co.uk" if row["target"] == MOVED else row["target_domain"]


def votes(links):
    """Return the links that vote, by domain voted for and voter; what moved has moved."""
    found = defaultdict(lambda: defaultdict(list))
    for row in links:
        target = moved_to(row)
        if row["follow"] and row["kind"] == "a" and row["source_domain"] != target:
            found[target][row["source_domain"]].append(row)
    return found


def scores(links):
    graph = nx.DiGraph()
    graph.add_nodes_from(DOMAINS)
    graph.add_edges_from((source, target) for target, by in votes(links).items() for source in by)
    return graph, nx.pagerank(graph, tol=1e-14, max_iter=1000)


@pytest.mark.parametrize("domain", DOMAINS)
def test_contributions_pages_and_links_add_up_to_the_score(explained, domain):
    crawl, links, _ = explained
    graph, expected = scores(links)
    answer = crawl.explain(domain, asked=0)
    parts = answer.tables["contributions"].to_pylist()
    assert sum(row["score_share"] for row in parts) == pytest.approx(1, abs=1e-12)
    by_source = {row["source"]: row["score_share"] for row in parts if row["part"] == "link"}
    assert by_source == {
        source: pytest.approx(0.85 * expected[source] / graph.out_degree(source) / expected[domain])
        for source in votes(links)[domain]
    }
    (restart,) = (row["score_share"] for row in parts if row["part"] == "restart")
    assert restart == pytest.approx(0.15 / len(DOMAINS) / expected[domain])
    assert answer.summary["links_share"] == pytest.approx(sum(by_source.values()))
    check_evidence(answer.tables, votes(links)[domain], by_source)


def check_evidence(tables, by_source, shares):
    rows = tables["links"].to_pylist()
    listed = defaultdict(list)
    for row in rows:
        listed[row["source_domain"]].append(row)
    assert set(listed) == set(by_source)
    for source, links in by_source.items():
        found = sorted((row["source"], row["position"], row["heading"]) for row in listed[source])
        assert found == sorted((row["source"], row["position"], row["heading"]) for row in links)
        for row in listed[source]:
            assert row["score_share"] == pytest.approx(shares[source] / len(links))
    for name, key in (("pages", "source"), ("links", "source")):
        total = defaultdict(float)
        for row in tables[name].to_pylist():
            total[row["source_domain"]] += row["score_share"]
            assert row[key].startswith(f"https://{row['source_domain']}/")
        assert total == {source: pytest.approx(share) for source, share in shares.items()}


@pytest.mark.parametrize("domain", ["gamma.co.uk", "delta.net"])
def test_what_if_is_what_the_crawl_without_it_gives(explained, domain, make):
    crawl, links, folder = explained
    table = crawl.explain(domain, asked=2).tables["what_if"].to_pylist()
    asked = min(2, len(votes(links)[domain]))
    assert [row["without"] for row in table] == ["domain"] * asked + ["sitewide links", "redirects"]
    edges = crawl.domain_edges().to_pylist()
    sitewide = {(row["source"], row["target"]) for row in edges if row["sitewide"]}
    assert ("zeta.de", "delta.net") in sitewide
    left = {
        "sitewide links": [
            row for row in links if (row["source_domain"], moved_to(row)) not in sitewide
        ],
        "redirects": [row for row in links if row["target"] != MOVED],
    }
    now = position(crawl, domain)
    for number, row in enumerate(table):
        without = row["domain"]
        kept = left.get(row["without"]) or [row for row in links if row["source_domain"] != without]
        other = ranked(make, folder / f"{domain}-{number}", kept)
        assert row["pagerank_pos"] == position(other, domain)
        assert row["positions_lost"] == position(other, domain) - now
        (score,) = (
            each["pagerank"] for each in other.domains().to_pylist() if each["domain"] == domain
        )
        assert row["pagerank"] == pytest.approx(score, abs=1e-9)


def position(crawl, domain):
    (row,) = (row for row in crawl.domains().to_pylist() if row["domain"] == domain)
    return row["pagerank_pos"]


@pytest.fixture
def call():
    return caller(explain_command)


def test_people_and_programs_read_the_same_explanation(call, explained):
    folder = explained[0].folder
    text = call(folder, "gamma.co.uk", "--top", 2).stdout
    assert "\ncontributions: 2 of " in text
    whole = json.loads(call(folder, "gamma.co.uk", "--format", "json", "--top", 0).stdout)
    assert list(whole) == ["summary", "contributions", "pages", "links", "what_if"]
    assert sum(row["score_share"] for row in whole["contributions"]) == pytest.approx(1)


def test_without_one_tenant_the_others_have_its_part_of_their_vote(make, tmp_path):
    tenants = [f"{name}.github.io" for name in ("ann", "bob", "cyd")]
    ends = [(tenant, "far.com") for tenant in tenants] + [("ann.github.io", "bob.github.io")]
    ends += [
        ("far.com", "one.com"),
        ("one.com", "bob.github.io"),
        ("cyd.github.io", "bob.github.io"),
    ]
    links = [make.link(*(f"https://{end}/" for end in pair)) for pair in ends]
    pages = [make.page(f"https://{name}/") for name in (*tenants, "far.com", "one.com")]

    def crawled(name, kept):
        rank(make.crawl(tmp_path / name, pages, kept), intervals=False)
        return analysis.open(tmp_path / name)

    for row in crawled("all", links).explain("far.com").tables["what_if"].to_pylist()[:3]:
        without = row["domain"]
        other = crawled(without, [link for link in links if link["source_domain"] != without])
        scores = {each["domain"]: each["pagerank"] for each in other.domains().to_pylist()}
        assert row["pagerank"] == pytest.approx(scores["far.com"], abs=1e-9)


def test_what_cannot_be_explained_says_why(call, explained):
    with pytest.raises(UsageError, match=r"knows no alfa\.com; near it: alpha\.com"):
        call(explained[0].folder, "alfa.com")
    with pytest.raises(UsageError, match="the domain is empty"):
        call(explained[0].folder, " ")


def test_a_domain_that_nobody_links_to_has_what_every_domain_has(make, tmp_path):
    crawl = ranked(make, tmp_path / "alone", [make.link("https://alpha.com/", "https://beta.org/")])
    answer = crawl.explain("alpha.com", asked=0)
    assert answer.summary["links_share"] == 0
    parts = answer.tables["contributions"].to_pylist()
    assert {row["part"] for row in parts} == {"restart", "returned"}
    assert sum(row["score_share"] for row in parts) == pytest.approx(1)
    assert [answer.tables[name].num_rows for name in ("pages", "links", "what_if")] == [0, 0, 0]
