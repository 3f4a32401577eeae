import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.agreement import agreement
from analysis.asked import Asked, policies_of
from analysis.chosen import chosen, read_lines
from analysis.entities import entities_of, read_entities
from analysis.fold import fold
from analysis.lenses import LENSES
from analysis.levels import Level
from analysis.merge import merge
from analysis.policy import POLICY_KEY, Policy, policy_of
from analysis.rankings import AGREEMENT_KEY, rank, rank_all
from analysis.rules import RULES, Rules
from analysis.scores import METHODS
from linkcrawler.exceptions import DatasetError, UsageError
from pipelines.dataset import open_dataset
from pipelines.schema import RANKINGS


@pytest.fixture(scope="module")
def web(tmp_path_factory, make):
    """Redirects, tenants, a shortener, a footer on every page, a niche and a stranger."""
    sites = ["seed.com", "one.com", "two.com", "far.com", "farther.com"]
    pages = [make.page(f"https://{site}/{n}") for site in sites for n in range(4)]
    follow = [
        ("https://seed.com/0", "https://one.com/0"), ("https://seed.com/1", "https://two.com/0"),
        ("https://one.com/0", "https://two.com/1"), ("https://two.com/0", "https://seed.com/0"),
        ("https://far.com/0", "https://farther.com/0"), ("https://farther.com/0", "https://far.com/"),
        ("https://seed.com/0", "https://old.com/"), ("https://one.com/2", "https://bit.ly/x"),
        ("https://ann.github.io/", "https://far.com/"), ("https://bob.github.io/", "https://far.com/"),
        *((f"https://one.com/{n}", "https://far.com/") for n in range(4)),
    ]  # fmt: skip
    links = [make.link(*ends, position=n) for n, ends in enumerate(follow)]
    for row in links[-4:]:
        row["placement"] = "footer"
    links += [
        make.link("https://old.com/", "https://new.com/", kind="redirect", position=90),
        make.link("https://two.com/3", "https://far.com/", follow=False, position=91),
        make.link("https://www.one.com/0", "https://one.com/0", position=92),
    ]
    return make.crawl(
        tmp_path_factory.mktemp("web") / "web", pages, links, seeds=["https://seed.com/"]
    )


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


def test_entities_of_a_file_are_ranked_under_their_names(web, tmp_path):
    rules = tmp_path / "entities.toml"
    rules.write_text(
        'platforms = ["two.com"]\n[entities]\n"The pair" = ["seed.com", "one.com/2"]\n'
    )
    (policy,) = policies_of(Asked(level="entity", entities=rules))
    names = set(rank(web, policy)["domain"].to_pylist())
    assert {"The pair", "two.com/0", "one.com", "far.com"} <= names
    assert "seed.com" not in names


@pytest.mark.parametrize(
    ("prefix", "inside"),
    [
        ("gov.uk", {"gov.uk", "www.gov.uk", "dvla.gov.uk"}),
        ("www.gov.uk", {"www.gov.uk"}),
        ("dvla.gov.uk", {"dvla.gov.uk"}),
        ("ann.github.io", {"ann.github.io"}),
        ("o'neill.com", {"o'neill.com"}),
    ],
)
def test_an_entity_holds_every_host_under_its_prefix_though_it_be_a_suffix(
    tmp_path, make, prefix, inside
):
    hosts = (
        "gov.uk", "www.gov.uk", "dvla.gov.uk", "notgov.uk", "ann.github.io", "bob.github.io",
        "o'neill.com",
    )  # fmt: skip
    links = [make.link(f"https://{host}/", "https://far.com/") for host in hosts]
    folder = make.crawl(tmp_path / "c", [], links)
    policy = Policy(level=Level.entity, entities=entities_of({"entities": {"it": [prefix]}}))
    names = set(rank(folder, policy)["domain"].to_pylist())
    assert names == {"it", "far.com", *hosts} - inside


def test_tenants_of_a_suffix_stay_apart_where_it_is_named_as_a_platform(tmp_path, make):
    links = [
        make.link(f"https://{name}.github.io/x", "https://far.com/") for name in ("ann", "bob")
    ]
    folder = make.crawl(tmp_path / "c", [], links)
    rules = entities_of({"platforms": ["github.io"]})
    table = rank(folder, Policy(level=Level.entity, entities=rules))
    assert set(table["domain"].to_pylist()) == {"ann.github.io", "bob.github.io", "far.com"}
    assert rules.of("https://ann.github.io/x") == "ann.github.io"


@pytest.mark.parametrize("method", METHODS)
def test_each_method_gives_authorities_from_0_to_100_in_its_own_order(web, method):
    table = rank(web, method=method)
    authorities = table["authority"].to_pylist()
    assert authorities == sorted(authorities, reverse=True)
    assert authorities[0] == 100
    assert 0 <= authorities[-1] < 100
    assert method in table["authority_method"][0].as_py()


def test_trusted_and_distrusted_sites_come_from_files(web, tmp_path):
    (tmp_path / "good").write_text("# known\nhttps://www.far.com/about # why\n\nnowhere.net\n")
    (tmp_path / "bad").write_text("farther.com\n")
    (policy,) = policies_of(Asked(trusted=tmp_path / "good", distrusted=tmp_path / "bad"))
    rows = {row["domain"]: row for row in rank(web, policy).to_pylist()}
    assert rows["seed.com"]["trust"] == 0 < rows["farther.com"]["trust"]
    assert rows["far.com"]["distrust"] > 0 == rows["new.com"]["distrust"]
    assert rows["far.com"]["spam_mass"] < 0 < rows["seed.com"]["spam_mass"] == 1


@pytest.mark.parametrize("without", [[], ["redirects"]])
def test_what_a_seed_redirects_to_is_a_seed_as_it_is_for_the_crawl(tmp_path, make, without):
    links = [
        make.link("http://old.com/", "https://old.com/", kind="redirect"),
        make.link("https://old.com/", "https://new.com/", kind="redirect"),
        make.link("https://new.com/", "https://old.com/", kind="redirect", hour=1),
        make.link("https://new.com/", "https://one.com/", position=1),
        make.link("https://far.com/", "https://one.com/", kind="redirect"),
        make.link("https://far.com/", "https://two.com/", position=1),
    ]
    folder = make.crawl(tmp_path / "c", [], links, seeds=["http://old.com/"])
    rows = rank(folder, Policy(rules=Rules().without(without))).to_pylist()
    assert {row["domain"] for row in rows if row["is_seed"]} == {"old.com", "new.com"}
    trust = {row["domain"]: row["trust"] for row in rows}
    assert trust["one.com"] > 0 == trust["two.com"]


@pytest.mark.parametrize("option", ["trusted", "distrusted"])
def test_sites_that_are_not_in_the_crawl_are_refused_and_nothing_is_written(tmp_path, make, option):
    folder = make.crawl(tmp_path / "c", make.pages, make.links)
    (tmp_path / "sites").write_text("nowhere.net\n")
    (policy,) = policies_of(Asked(**{option: tmp_path / "sites"}))
    before = sorted(folder.iterdir())
    with pytest.raises(UsageError, match=f"none of the 1 sites of --{option} is in") as caught:
        rank(folder, policy)
    assert caught.value.exit_code == 2
    assert sorted(folder.iterdir()) == before


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 1", "is no TOML"),
        ("colour = 1", "'colour' is unknown"),
        ('platforms = "x.com"', "list of hosts"),
        ("[entities]\na = 1", "'a' is no list"),
        ('[entities]\na = ["http://"]', "is no host"),
        ('[entities]\n"\\n" = ["x.com"]', "has no name"),
        ('[entities]\na = ["x.com"]\nb = ["https://www.x.com/"]', "x.com is in two entities"),
    ],
)
def test_a_file_of_entities_that_says_nothing_is_refused_by_name(tmp_path, text, message):
    path = tmp_path / "entities.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        read_entities(path)
    assert str(path) in str(caught.value)


def test_the_name_of_an_entity_is_text_as_a_dataset_may_hold_it(web):
    rules = entities_of({"entities": {"one\n\u202etwo  three": ["one.com"]}})
    table = rank(web, Policy(level=Level.entity, entities=rules))
    assert "one two three" in table["domain"].to_pylist()


def test_a_file_that_is_missing_or_names_no_site_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        read_lines(tmp_path / "missing")
    (tmp_path / "blank").write_text("\n# nothing\n")
    with pytest.raises(UsageError, match="names no site"):
        read_lines(tmp_path / "blank")
    with pytest.raises(UsageError, match="cannot read"):
        read_entities(tmp_path / "missing")


def test_lines_mean_nodes_of_the_level():
    lines = ["https://www.a.com/x", "b.github.io"]
    pages = Policy(level=Level.page)
    assert chosen(["a.com/x", "b.github.io/"], lines, pages).tolist() == [True, True]
    hosts = Policy(level=Level.host)
    assert chosen(["a.com", "b.github.io"], lines, hosts).tolist() == [True, True]
    assert chosen(["github.io"], lines, Policy(level=Level.icann)).tolist() == [True]
    assert chosen(["github.io"], lines, Policy()).tolist() == [False]


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
