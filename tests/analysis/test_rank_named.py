"""Whom a person names for a ranking: entities, sites trusted or not, and seeds."""

import time

import pytest

from analysis.asked import Asked, policies_of
from analysis.chosen import chosen, read_lines
from analysis.entities import entities_of, read_entities
from analysis.fold import fold
from analysis.levels import Level
from analysis.policy import Policy
from analysis.rankings import rank
from analysis.rules import Rules
from linkcrawler.exceptions import UsageError
from pipelines.dataset import open_dataset


def test_entities_of_a_file_are_ranked_under_their_names(web, tmp_path):
    rules = tmp_path / "entities.toml"
    rules.write_text(
        'platforms = ["two.com"]\n[entities]\n"The pair" = ["seed.com", "one.com/2"]\n'
    )
    (policy,) = policies_of(Asked(level="entity", entities=rules))
    names = set(rank(web, policy)["domain"].to_pylist())
    assert {"The pair", "two.com/0", "one.com", "far.com"} <= names
    assert "seed.com" not in names


def test_files_of_sites_and_entities_may_begin_with_a_byte_order_mark(tmp_path):
    sites, rules = tmp_path / "sites.txt", tmp_path / "entities.toml"
    sites.write_text("https://one.com/\ntwo.com\t# a remark\n", encoding="utf-8-sig")
    rules.write_text('platforms = ["two.com"]\n', encoding="utf-8-sig")
    assert read_lines(sites) == ("https://one.com/", "two.com")
    assert read_entities(rules).platforms == {"two.com"}


def test_tenants_of_a_platform_of_the_file_have_one_vote_together(tmp_path, make):
    users = [f"https://git.example/{name}/x" for name in ("ann", "bob", "cyd")]
    links = [make.link(user, "https://far.com/") for user in users]
    links += [make.link(user, users[0]) for user in users[1:]]
    folder = open_dataset(make.crawl(tmp_path / "c", [], links))
    rules = entities_of({"platforms": ["git.example"]})

    def shares(**options):
        policy = Policy(level=Level.entity, entities=rules, **options)
        graph = fold(folder, policy, write=False).graph
        cells = graph.shares.tocoo()
        return {
            (graph.names[row], graph.names[column]): share
            for row, column, share in zip(cells.row, cells.col, cells.data, strict=True)
        }

    together = shares()
    assert together["git.example/ann", "far.com"] == pytest.approx(1 / 3)
    assert together["git.example/bob", "far.com"] == pytest.approx(1 / 2 / 3)
    assert together["git.example/bob", "git.example/ann"] == pytest.approx(1 / 2 / 2)
    assert shares(rules=Rules(platforms=False))["git.example/ann", "far.com"] == 1


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


def test_a_rule_holds_what_is_below_its_prefix_however_deep():
    rules = entities_of({"entities": {"deep": ["a.com/1/2/3"]}, "platforms": ["b.com"]})
    below = "/x" * 4000
    assert rules.of(f"http://a.com/1/2/3{below}") == rules.of("http://a.com/1/2/3/") == "deep"
    assert rules.of(f"http://a.com/1/2{below}") == rules.of("http://a.com/1/2") == "a.com"
    assert rules.of(f"http://b.com/1{below}") == "b.com/1"


@pytest.mark.timing
def test_urls_of_thousands_of_segments_take_no_time():
    """Each took a second while all their parts were put together, and a page may link to thousands."""
    rules = entities_of({"entities": {"pair": ["a.com/1"]}, "platforms": ["b.com"]})
    began = time.process_time()
    assert rules.of("http://a.com" + "/x" * 4000) == "a.com"
    assert rules.of("http://b.com" + "/x" * 4000) == "b.com/x"
    assert time.process_time() - began < 0.5


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
