import pyarrow as pa
import pytest

from analysis.blind_spots import COLUMNS, blind_spots, in_words
from pipelines.schema import DOMAINS


def domains(*rows):
    """Return ``domains``: PageRank, followed backlinks, pages crawled, refused and failed of each."""
    names = ("pagerank", "follow_backlinks", "pages_crawled", "pages_refused", "pages_failed")
    filled = [
        dict.fromkeys(COLUMNS, 0)
        | {"domain": f"d{place}.com", "rank": place}
        | dict(zip(names, row, strict=True))
        for place, row in enumerate(rows, start=1)
    ]
    schema = pa.schema([DOMAINS.field(name) for name in COLUMNS])
    return pa.Table.from_pylist(filled, schema)


def test_each_domain_counts_once_with_the_weight_that_stands_on_it():
    spots = blind_spots(
        domains((0.5, 6, 1, 1, 1), (0.2, 2, 0, 1, 1), (0.2, 1, 0, 0, 1), (0.1, 1, 0, 0, 0))
    )
    rows = {row["state"]: row for row in spots.states.to_pylist()}
    assert [(name, row["domains"]) for name, row in rows.items()] == [
        ("fetched", 1), ("refused", 1), ("failed", 1), ("not_tried", 1),
    ]  # fmt: skip
    assert [row["pagerank_share"] for row in rows.values()] == pytest.approx([0.5, 0.2, 0.2, 0.1])
    assert [row["link_share"] for row in rows.values()] == pytest.approx([0.6, 0.2, 0.1, 0.1])
    assert [row["follow_backlinks"] for row in rows.values()] == [6, 2, 1, 1]
    assert spots.named["domain"].to_pylist() == ["d2.com", "d3.com", "d4.com"]
    assert spots.named["state"].to_pylist() == ["refused", "failed", "not_tried"]
    assert in_words(spots) == (
        "blind spots: 3 of 4 domains not fetched (50.0% of PageRank, 40.0% of followed links lead "
        "there): 1 refused, 1 failed, 1 not tried"
    )


def test_a_ranking_of_nothing_has_no_blind_spots():
    spots = blind_spots(domains())
    assert spots.states["domain_share"].to_pylist() == [0, 0, 0, 0]
    assert spots.named.num_rows == 0
    assert in_words(spots).startswith("blind spots: 0 of 0 domains not fetched (0.0% of PageRank")
