import pytest

from analysis.merge import merge
from analysis.rankings import rank
from linkcrawler.exceptions import CorruptPartError, DatasetError, NotADatasetError, UsageError
from pipelines.check import check_dataset
from pipelines.dataset import open_dataset
from pipelines.manifest import read_manifest

A, B, C = "https://a.com/", "https://b.com/", "https://c.com/"


def merged(tmp_path, *folders):
    out = tmp_path / "merged"
    merge(list(folders), out)
    return open_dataset(out)


def pages_of(dataset):
    rows = dataset.pages(["url", "outcome", "title", "crawl_id"]).to_pylist()
    return [(row["url"], row["outcome"], row["title"], row["crawl_id"]) for row in rows]


def links_of(dataset):
    rows = dataset.links(["source", "target", "crawl_id"]).to_pylist()
    return [(row["source"], row["target"], row["crawl_id"]) for row in rows]


@pytest.fixture
def old(tmp_path, make):
    pages = [make.page(A, hour=1, title="old"), make.page(B, hour=1)]
    links = [make.link(A, B, hour=1), make.link(A, C, hour=1, position=1), make.link(B, C, hour=1)]
    return make.crawl(tmp_path / "old", pages, links, crawl_id="c-old", seeds=[A])


def test_the_latest_fetch_wins_and_only_its_links_are_kept(tmp_path, make, old):
    links = [make.link(A, C, hour=9)]
    new = make.crawl(
        tmp_path / "new", [make.page(A, hour=9, title="new")], links, crawl_id="c-new", seeds=[A, B]
    )
    dataset = merged(tmp_path, old, new)
    assert pages_of(dataset) == [(A, "ok", "new", "c-new"), (B, "ok", None, "c-old")]
    # a.com's old link to b.com is gone, its link to c.com stands once.
    assert links_of(dataset) == [(A, C, "c-new"), (B, C, "c-old")]
    assert dataset.manifest.seeds == [A, B]


@pytest.mark.parametrize("outcome", ["failed", "http_error", "robots", "excluded"])
def test_a_later_failure_does_not_displace_what_was_seen(tmp_path, make, old, outcome):
    new = make.crawl(tmp_path / "new", [make.page(A, outcome, hour=9)], crawl_id="c-new")
    dataset = merged(tmp_path, old, new)
    assert pages_of(dataset)[0] == (A, "ok", "old", "c-old")
    assert len(links_of(dataset)) == 3


@pytest.mark.parametrize("outcome", ["redirect", "not_html"])
def test_a_later_answer_of_another_kind_displaces_a_page(tmp_path, make, old, outcome):
    new = make.crawl(tmp_path / "new", [make.page(A, outcome, hour=9)], crawl_id="c-new")
    dataset = merged(tmp_path, old, new)
    assert pages_of(dataset)[0] == (A, outcome, None, "c-new")
    assert links_of(dataset) == [(B, C, "c-old")]


def test_of_failures_alone_the_latest_stands(tmp_path, make):
    folders = [
        make.crawl(tmp_path / f"c{hour}", [make.page(A, outcome, hour=hour)], crawl_id=f"c{hour}")
        for hour, outcome in ((3, "failed"), (5, "http_error"), (4, "robots"))
    ]
    assert pages_of(merged(tmp_path, *folders)) == [(A, "http_error", None, "c5")]


def test_the_order_of_the_folders_does_not_matter(tmp_path, make, old):
    same_time = make.crawl(
        tmp_path / "new", [make.page(A, hour=1, title="rival")], [make.link(A, B)], crawl_id="c-x"
    )
    first = merge([old, same_time], tmp_path / "one")
    second = merge([same_time, old], tmp_path / "two")
    assert first.crawl_id == second.crawl_id
    for table in ("links", "pages"):
        one, two = (open_dataset(tmp_path / name).table(table) for name in ("one", "two"))
        assert one.to_pandas().equals(two.to_pandas())


def test_the_same_crawl_given_twice_counts_once(tmp_path, make, old):
    rows = (open_dataset(old).pages().to_pylist(), open_dataset(old).links().to_pylist())
    copy = make.crawl(tmp_path / "copy", *rows, crawl_id="c-old", seeds=[A])
    dataset = merged(tmp_path, old, old, copy)
    assert len(pages_of(dataset)) == 2
    assert len(links_of(dataset)) == 3
    assert dataset.manifest.crawl_id == merge([old], tmp_path / "single").crawl_id


def test_an_earlier_state_of_a_resumed_crawl_adds_nothing(tmp_path, make, old):
    early = make.crawl(
        tmp_path / "early", [make.page(A, hour=1, title="old")],
        [make.link(A, B, hour=1), make.link(A, C, hour=1, position=1)], crawl_id="c-old", raw=True,
    )  # fmt: skip
    dataset = merged(tmp_path, early, old)
    assert len(pages_of(dataset)) == 2
    assert len(links_of(dataset)) == 3


def test_the_merge_is_a_dataset_that_says_what_it_was_made_of(tmp_path, make, old):
    new = make.crawl(
        tmp_path / "new", [make.page(C, hour=9)], crawl_id="c-new", seeds=[C], raw=True
    )
    dataset = merged(tmp_path, old, new)
    manifest = dataset.manifest
    assert (manifest.state, manifest.suffix_list) == ("finished", "list-1")
    assert manifest.counts == {"rows_links": 3, "rows_pages": 3}
    assert [(part.path, part.rows) for part in manifest.parts] == [
        ("links.parquet", 3), ("pages.parquet", 3),
    ]  # fmt: skip
    assert [(origin["crawl_id"], origin["folder"], origin["counts"]) for origin in manifest.merged_from] == [
        ("c-new", "new", {"rows_links": 0, "rows_pages": 1}), ("c-old", "old", {"rows_links": 3, "rows_pages": 2}),
    ]  # fmt: skip
    targets = dataset.links(["target_domain"])["target_domain"].to_pylist()
    assert targets == sorted(targets)
    assert rank(dataset.folder)["domain"].to_pylist() == ["c.com", "b.com", "a.com"]


def test_a_ranked_merge_passes_the_check_of_datasets(tmp_path, make, small_crawl):
    rows = ([make.page(make.pages[0]["url"], hour=9)], [make.link(make.pages[0]["url"], A, hour=9)])
    new = make.crawl(tmp_path / "new", *rows, crawl_id="c-new", raw=True)
    dataset = merged(tmp_path, small_crawl, new)
    rank(dataset.folder)
    assert check_dataset(dataset.folder)[0] == []


def test_the_links_of_a_merge_keep_all_their_columns(tmp_path, small_crawl):
    dataset = merged(tmp_path, small_crawl)
    original = open_dataset(small_crawl)
    assert dataset.links().equals(original.links())
    assert (
        dataset.pages().drop_columns("relevance").equals(original.pages().drop_columns("relevance"))
    )


def test_merging_crawls_without_rows_gives_a_dataset_without_rows(tmp_path, empty_crawl):
    dataset = merged(tmp_path, empty_crawl)
    assert dataset.links().num_rows == dataset.pages().num_rows == 0


def test_an_earlier_merge_is_replaced_with_its_ranking(tmp_path, make, old):
    out = merged(tmp_path, old).folder
    rank(out)
    (out / "report.html").write_text("of the earlier merge")
    new = make.crawl(tmp_path / "new", [make.page(C, hour=9)], crawl_id="c-new")
    merge([old, new], out)
    assert open_dataset(out).pages().num_rows == 3
    assert sorted(path.name for path in out.iterdir()) == [
        "links.parquet",
        "pages.parquet",
        "run.json",
    ]


def test_a_merge_can_be_merged_again(tmp_path, make, old):
    first = merged(tmp_path, old)
    new = make.crawl(tmp_path / "new", [make.page(A, hour=9, title="new")], crawl_id="c-new")
    merge([first.folder, new], tmp_path / "again")
    again = open_dataset(tmp_path / "again")
    assert pages_of(again) == [(A, "ok", "new", "c-new"), (B, "ok", None, "c-old")]
    assert links_of(again) == [(B, C, "c-old")]


def test_a_folder_that_holds_a_crawl_is_never_overwritten(tmp_path, make, old, small_crawl):
    before = (small_crawl / "run.json").read_bytes()
    with pytest.raises(UsageError, match="holds a crawl"):
        merge([old], small_crawl)
    assert (small_crawl / "run.json").read_bytes() == before
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "frontier.sqlite").write_bytes(b"")
    with pytest.raises(UsageError, match="holds a crawl"):
        merge([old], begun)


def test_an_input_is_never_the_output(tmp_path, old):
    out = merged(tmp_path, old).folder
    with pytest.raises(UsageError, match="one of the crawls to merge"):
        merge([old, out], out)


def test_a_file_is_no_output(tmp_path, old):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        merge([old], tmp_path / "file")


def test_crawls_with_different_suffix_lists_do_not_merge(tmp_path, make, old):
    new = make.crawl(tmp_path / "new", [make.page(A)], suffix_list="list-2", crawl_id="c-new")
    with pytest.raises(DatasetError, match="'list-2'"):
        merge([old, new], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_crawl_is_named(tmp_path, old):
    with pytest.raises(NotADatasetError, match="nothing is no crawl"):
        merge([old, tmp_path / "nothing"], tmp_path / "out")


def test_a_damaged_input_leaves_the_earlier_merge_as_it_was(tmp_path, make, old):
    out = merged(tmp_path, old).folder
    new = make.crawl(tmp_path / "new", [make.page(C, hour=9)], [make.link(C, A)], crawl_id="c-new")
    path = new / "links.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    before = read_manifest(out)
    with pytest.raises(CorruptPartError, match=r"new/links\.parquet is damaged"):
        merge([old, new], out)
    assert read_manifest(out) == before
    assert open_dataset(out).links().num_rows == 3
