from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import sparse
from support.ranked import link, page, write_dataset

from analysis.earlier import marked
from analysis.fold import folding
from analysis.levels import Level
from analysis.policy import Policy
from analysis.rankings import rank, rank_all
from pipelines.dataset import open_dataset

START = datetime(2026, 1, 2, tzinfo=UTC)


def at(second):
    return START + timedelta(seconds=second)


def crawl(folder, votes, pages=True):
    """Write a crawl in which page k, fetched in second k, has the links of ``votes[k]``."""
    links, rows = [], []
    for second, (source, targets) in enumerate(votes):
        url = f"https://{source}/{second}"
        links += [
            link(source, target, fetched_at=at(second)) | {"source": url} | values
            for target, values in targets
        ]
        rows.append(page(url, source, fetched_at=at(second)))
    return write_dataset(folder, links=links, pages=rows if pages else [])


VOTES = [
    ("a.com", [("b.com", {})]),
    ("b.com", [("c.com", {"follow": False, "follow_cause": "rel:nofollow", "rel": "nofollow"})]),
    ("a.com", [("b.com", {}), ("c.com", {})]),
    ("c.com", [("d.com", {})]),
]


def known_after(folder, share, policy=None):
    with folding(open_dataset(folder), policy or Policy()) as folded:
        names, then = folded.graph.names, folded.earlier(share)
        ends = zip(*(axis[then.edges] for axis in folded.graph.shares.tocoo().coords), strict=True)
        votes = {(names[a], names[b]) for a, b in ends}
        return votes, {name for name, known in zip(names, then.nodes, strict=True) if known}


@pytest.mark.parametrize("pages", [True, False])
def test_a_vote_counts_from_the_first_page_that_holds_it(tmp_path, pages):
    folder = crawl(tmp_path, VOTES, pages)
    assert known_after(folder, 0.25) == ({("a.com", "b.com")}, {"a.com", "b.com"})
    # A link that asks not to be followed makes its target known, and is no vote.
    assert known_after(folder, 0.5) == ({("a.com", "b.com")}, {"a.com", "b.com", "c.com"})
    votes, nodes = known_after(folder, 0.75)
    assert votes == {("a.com", "b.com"), ("a.com", "c.com")}
    assert nodes == {"a.com", "b.com", "c.com"}
    assert known_after(folder, 0.2) == (set(), set())
    votes, _ = known_after(folder, 0.5, Policy(nofollow="keep"))
    assert votes == {("a.com", "b.com"), ("b.com", "c.com")}


def test_a_crawl_without_a_url_left_has_nothing_to_come_and_one_that_grows_no_end(tmp_path):
    def left(votes):
        folder = crawl(tmp_path / str(len(votes)), votes)
        with folding(open_dataset(folder)) as folded:
            return folded.earlier(0.5).left

    # Of 4 pages two were fetched since; four of the URLs linked to wait, two of them found since.
    assert left(VOTES) == 1.0
    inside = [("b.com", {"target": f"https://b.com/{number}"}) for number in range(1, 5)]
    first = ("a.com", [*inside, ("c.com", {}), ("d.com", {})])
    assert left([first, *[("b.com", [])] * 4]) == pytest.approx(2 / 7)
    assert left([("a.com", []), ("b.com", [])]) == 0.0


def test_of_pages_of_one_instant_a_share_counts(tmp_path):
    sites = [f"s{number}.com" for number in range(40)]
    links = [link(site, "z.com") for site in sites]
    pages = [page(f"https://{site}/", site) for site in sites]
    folder = write_dataset(tmp_path, links=links, pages=pages)
    votes, nodes = known_after(folder, 0.5)
    assert len(votes) == 20
    assert len(nodes) == 41


def test_marks_come_in_batches_in_any_order_and_may_name_what_is_no_edge():
    shares = sparse.csr_array(np.array([[0, 1.0, 0], [0.5, 0, 0.5], [0, 0, 0]]))
    pairs = [(np.array([2, 1]), np.array([2, 2])), (np.array([0]), np.array([1]))]
    assert marked(shares, pairs).tolist() == [True, False, True]
    assert marked(sparse.csr_array((0, 0)), []).size == 0


def test_a_ranking_has_intervals_at_every_level_and_under_every_lens(tmp_path):
    rng = np.random.default_rng(5)
    sites = [f"s{number}.com" for number in range(30)]
    drawn = rng.integers(0, 30, (200, 2)) ** 2 // 30
    folder = crawl(tmp_path, [(sites[a], [(sites[b], {})]) for a, b in drawn.tolist() if a != b])
    table = rank(folder)
    low, high, place = (table[name].to_numpy() for name in ("rank_low", "rank_high", "rank"))
    assert ((low <= place) & (place <= high)).all()
    assert (high - low)[:5].max() < 28, "movement is known of enough nodes to say something"
    rank_all(folder, [Policy(level=Level.host)])
    others = pq.read_table(folder / "rankings.parquet")
    assert others["rank_low"].to_pylist() == low.tolist()
    assert others["tier"].to_pylist() == table["tier"].to_pylist()
