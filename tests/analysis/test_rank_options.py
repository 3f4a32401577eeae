"""What rules, lenses, levels and methods change in a ranking, and which options are refused."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.agreement import agreement
from analysis.asked import Asked, policies_of
from analysis.fold import fold
from analysis.lenses import LENSES
from analysis.levels import Level
from analysis.merge import merge
from analysis.policy import POLICY_KEY, Policy, policy_of
from analysis.rankings import AGREEMENT_KEY, rank, rank_all
from analysis.rules import RULES, Rules
from analysis.scores import METHODS
from linkcrawler.exceptions import DatasetError, LinkCrawlerError, UsageError
from pipelines.dataset import open_dataset
from pipelines.schema import RANKINGS


def edges_of(web, **options):
    graph = fold(open_dataset(web), Policy(**options), write=False).graph
    cells = graph.shares.tocoo()
    return {
        (graph.names[row], graph.names[column]): share
        for row, column, share in zip(cells.row, cells.col, cells.data.round(6), strict=True)
    }


def test_a_redirect_hands_its_votes_on_unless_the_rule_is_off(web):
    assert ("seed.com", "new.com") in edges_of(web)
    assert ("seed.com", "old.com") not in edges_of(web)
    off = edges_of(web, rules=Rules(redirects=False))
    assert ("seed.com", "old.com") in off
    assert ("old.com", "new.com") in off


def test_tenants_of_a_platform_have_half_a_vote_each_and_whole_ones_without_the_rule(web):
    assert edges_of(web)["ann.github.io", "far.com"] == 0.5
    assert edges_of(web, rules=Rules(platforms=False))["ann.github.io", "far.com"] == 1


@pytest.mark.parametrize("way", ["straight", "by one of theirs"])
def test_however_many_free_accounts_lift_a_site_no_further_than_two_do(tmp_path, make, way):
    def place(number):
        ends = [
            (f"n{n}.com", name) for n in range(20) for name in ("a.com", "b.com", "c.com")[: n % 4]
        ]
        through = "z.com" if way == "straight" else "hub.github.io"
        ends += [(f"t{one}.github.io", through) for one in range(number)]
        ends += [("hub.github.io", "z.com")]
        links = [make.link(*(f"https://{end}/" for end in pair)) for pair in ends]
        folder = make.crawl(tmp_path / f"{number}", [], links)
        return {row["domain"]: row for row in rank(folder, intervals=False).to_pylist()}["z.com"]

    few, many = place(2), place(200)
    assert many["rank"] == few["rank"] > 1
    assert many["authority"] == pytest.approx(few["authority"], abs=2)


def test_pages_of_a_tenant_share_no_vote_for_its_own_pages(tmp_path, make):
    own = [(f"https://ann.github.io/{n}", "https://ann.github.io/") for n in range(3)]
    other = [(f"https://ann.github.io/{n}", "https://bob.github.io/") for n in range(3)]
    folder = make.crawl(tmp_path / "c", [], [make.link(*ends) for ends in own + other])
    edges = edges_of(folder, level=Level.page)
    assert edges["ann.github.io/0", "ann.github.io/"] == 0.5
    assert edges["ann.github.io/0", "bob.github.io/"] == pytest.approx(0.5 / 3, abs=1e-6)


def test_a_link_to_a_shortener_that_nobody_resolved_is_dropped(web):
    assert ("one.com", "bit.ly") not in edges_of(web)
    assert ("one.com", "bit.ly") in edges_of(web, rules=Rules(shorteners=False))


def test_a_footer_on_every_page_is_one_vote_and_four_without_the_rule(web):
    # one.com votes for two.com once and for far.com from each of its four pages.
    assert edges_of(web)["one.com", "far.com"] == 0.5
    assert edges_of(web, rules=Rules(sitewide=False))["one.com", "far.com"] == 0.8


def test_nofollow_links_are_dropped_evaporate_or_are_kept(web):
    assert ("two.com", "far.com") not in edges_of(web, nofollow="drop")
    evaporating = edges_of(web, nofollow="evaporate")
    assert evaporating["two.com", "seed.com"] == 0.5
    assert ("two.com", "far.com") not in evaporating
    assert edges_of(web, nofollow="keep")["two.com", "far.com"] == 0.5
    assert edges_of(web, lens=LENSES["all"]) == edges_of(web, nofollow="keep")


def test_the_editorial_lens_sees_no_footer(web):
    assert ("one.com", "far.com") not in edges_of(web, lens=LENSES["editorial"])


def test_rank_tells_what_each_rule_that_holds_changed(web):
    changes = rank_all(web, [Policy()]).changes
    assert changes == {
        "redirects": 1, "canonicals": 0, "www": 0, "platforms": 2, "shorteners": 1, "sitewide": 3,
    }  # fmt: skip
    assert rank_all(web, [Policy(level=Level.host)]).changes["www"] == 1
    few = rank_all(web, [Policy(rules=Rules().without(["www", "redirects"]))]).changes
    assert set(few) == set(RULES) - {"www", "redirects"}


def test_the_niche_comes_first_and_strangers_have_no_authority(web):
    rows = {row["domain"]: row for row in rank(web, Policy(lens=LENSES["niche"])).to_pylist()}
    everywhere = {row["domain"]: row for row in rank(web).to_pylist()}
    assert everywhere["far.com"]["rank"] == 1
    assert rows["far.com"]["authority"] == 0 < rows["two.com"]["authority"]
    assert rows["two.com"]["rank"] < rows["far.com"]["rank"]
    assert rows["two.com"]["authority_method"].endswith("inside the niche")


@pytest.mark.parametrize("method", METHODS)
def test_the_niche_comes_first_by_each_measure_also_where_it_has_none_of_it(tmp_path, make, method):
    # Nothing links to seed.com: by most measures it has 0, as have the strangers.
    ends = [("seed.com", "two.com"), ("seed.com", "ann.com"), ("ann.com", "two.com")]
    ends += [("aaa.com", "bbb.com"), ("bbb.com", "ccc.com"), ("ddd.com", "ccc.com")]
    links = [make.link(*(f"https://{end}/" for end in pair)) for pair in ends]
    folder = make.crawl(tmp_path / "c", [], links, seeds=["https://seed.com/"])
    inside = rank(folder, Policy(lens=LENSES["niche"]), method)["in_niche"].to_pylist()
    assert inside == sorted(inside, reverse=True)
    assert 0 < sum(inside) < len(inside)


def test_lenses_stand_side_by_side_with_their_agreement(web):
    policies = policies_of(Asked(lenses=("followed", "all", "editorial")))
    ranking = rank_all(web, policies)
    table = pq.read_table(web / "rankings.parquet")
    assert table.schema.equals(RANKINGS)
    assert set(table["lens"].to_pylist()) == {"all", "editorial"}
    assert set(table["level"].to_pylist()) == {"domain"}
    metadata = pq.read_schema(web / "rankings.parquet").metadata
    told = json.loads(metadata[AGREEMENT_KEY.encode()])
    assert set(told) == {"all", "editorial"} == set(ranking.agreements)
    assert -1 <= told["all"]["tau"] <= 1
    assert [policy_of(raw).lens for raw in json.loads(metadata[POLICY_KEY.encode()])] == [
        LENSES["all"], LENSES["editorial"],
    ]  # fmt: skip
    written = json.loads(pq.read_schema(web / "domains.parquet").metadata[POLICY_KEY.encode()])
    assert policy_of(written) == replace(Policy(), nofollow="drop")


@pytest.mark.parametrize("level", ["page", "host", "icann"])
def test_another_level_leaves_the_ranking_of_domains_alone(web, level):
    rank(web)
    before = (web / "domains.parquet").read_bytes()
    (policy,) = policies_of(Asked(level=level))
    table = rank(web, policy)
    assert (web / "domains.parquet").read_bytes() == before
    nodes = pq.read_table(web / "rankings.parquet")["node"].to_pylist()
    assert nodes == table["domain"].to_pylist()
    expected = {"page": "one.com/0", "host": "one.com", "icann": "github.io"}[level]
    assert expected in nodes


@pytest.mark.parametrize("method", METHODS)
def test_each_method_gives_authorities_from_0_to_100_in_its_own_order(web, method):
    table = rank(web, method=method)
    authorities = table["authority"].to_pylist()
    assert authorities == sorted(authorities, reverse=True)
    assert authorities[0] == 100
    assert 0 <= authorities[-1] < 100
    assert method in table["authority_method"][0].as_py()


def test_a_measure_without_values_ranks_nothing(web, monkeypatch):
    def fails(adjacency):
        raise LinkCrawlerError("HITS does not converge on this graph")

    monkeypatch.setattr("analysis.scores.hits", fails)
    assert np.isnan(rank(web)["hits"].to_numpy()).all()
    before = (web / "domains.parquet").read_bytes()
    with pytest.raises(UsageError, match="hits does not converge on this graph; take another"):
        rank(web, method="hits")
    assert (web / "domains.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "planet"}, "no level 'planet'; take one of page, host"),
        ({"lenses": ("rose",)}, "no lens 'rose'; take one of followed"),
        ({"without": ("www", "gravity")}, "no rule 'gravity'; take one of redirects"),
        ({"method": "luck"}, "no method 'luck'; take one of pagerank"),
        ({"nofollow": "maybe"}, "nofollow is 'maybe'; take one of drop"),
        ({"damping": 1.0}, "must be at least 0 and below 1"),
        ({"damping": float("nan")}, "must be at least 0 and below 1"),
        ({"level": "entity"}, "needs --entities FILE"),
    ],
)
def test_an_option_that_means_nothing_is_refused_with_what_does(options, message):
    with pytest.raises(UsageError, match=message):
        policies_of(Asked(**options))


def test_agreement_is_one_with_itself_and_unknown_where_nothing_differs():
    scores = np.arange(50.0)
    same = agreement(scores, scores)
    assert (same.tau, same.top, same.shared) == (pytest.approx(1), 10, 10)
    assert agreement(scores, -scores).shared == 0
    assert np.isnan(agreement(scores, np.zeros(50)).tau)


def test_crawls_of_different_suffix_lists_are_refused_before_anything_is_written(tmp_path, make):
    one = make.crawl(tmp_path / "one", make.pages, make.links)
    two = make.crawl(tmp_path / "two", make.pages, make.links, crawl_id="c2", suffix_list="list-2")
    with pytest.raises(DatasetError, match="their domains are not the same") as caught:
        merge([one, two], tmp_path / "out")
    assert caught.value.exit_code == 5
    assert not (tmp_path / "out").exists()
