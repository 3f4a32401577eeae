"""Who is let into the niche: by text where it is clear, else by links."""

import numpy as np
import pytest
from scipy import sparse

from analysis.measures.pagerank import pagerank
from analysis.niche import in_niche, niche_lift

NAN = float("nan")
CAMP = 40


@pytest.fixture(scope="module")
def camps():
    """Two camps of 40 domains: 8 links inside each camp for one to the other."""
    chance = np.random.default_rng(3)
    inside = chance.random((2 * CAMP, 2 * CAMP)) < 0.16
    across = chance.random((2 * CAMP, 2 * CAMP)) < 0.02
    same = np.arange(2 * CAMP) < CAMP
    cells = np.where(same[:, None] == same[None, :], inside, across)
    np.fill_diagonal(cells, False)
    return sparse.csr_array(cells.astype(float))


def lifted(camps, *seeds):
    chosen = np.isin(np.arange(2 * CAMP), seeds)
    return niche_lift(camps, chosen, pagerank(camps))


@pytest.mark.parametrize("camp", [0, 1])
def test_five_seeds_lift_their_camp_and_not_the_other(camps, camp):
    inside = in_niche(lifted(camps, *range(CAMP * camp + 3, CAMP * camp + 8)))
    mine = (np.arange(2 * CAMP) >= CAMP) == bool(camp)
    assert inside[mine].mean() > 0.75
    assert inside[~mine].mean() < 0.15


def test_who_links_to_the_niche_is_lifted_as_well_as_whom_it_links_to(camps):
    grown = sparse.lil_array((2 * CAMP + 2, 2 * CAMP + 2))
    grown[: 2 * CAMP, : 2 * CAMP] = camps
    for other in range(1, 9):
        grown[2 * CAMP, other] = 1  # links to the first camp, nobody links to it
        grown[2 * CAMP + 1, CAMP + other] = 1
    grown = sparse.csr_array(grown)
    seeds = np.isin(np.arange(2 * CAMP + 2), [3, 7])
    found = niche_lift(grown, seeds, pagerank(grown))
    assert found[2 * CAMP] > 1 > found[2 * CAMP + 1]


def test_no_seed_lifts_nobody(camps):
    assert not lifted(camps).any()


def test_links_decide_where_nothing_is_known_of_texts():
    assert in_niche(np.array([0.0, 1.0, 1.01])).tolist() == [False, False, True]
    assert in_niche(np.array([0.0, 1.0, 1.01]), np.full(3, NAN)).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("lift", "relevance", "is_in"),
    [(0.2, 0.7, True), (0.2, 0.2, False), (5.0, 0.2, True), (5.0, 0.05, False), (0.2, 0.5, True)],
)
def test_a_clear_text_decides_against_links(lift, relevance, is_in):
    assert in_niche(np.array([lift]), np.array([relevance])).tolist() == [is_in]


def test_what_counts_as_relevant_can_be_said():
    assert in_niche(np.array([0.0]), np.array([0.7]), relevant=0.8).tolist() == [False]
