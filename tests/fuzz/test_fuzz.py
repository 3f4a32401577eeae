"""A few hundred inputs for each target, the same each time."""

from __future__ import annotations

import time
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings

from fuzz.corpus import mutated
from fuzz.targets import TARGETS

MAX_SECS = 1.0
"""Processor time that any one input may take."""
EXAMPLES = {"files": 12, "rows": 60, "seeds": 60, "answers": 120}
MUTATIONS = 250
GRAMMARS = [target for target in TARGETS if target.strategy is not None]
CORPORA = [target for target in TARGETS if target.corpus is not None]


def checked(target, given_input):
    """Check one input, and that it takes no time."""
    begun = time.thread_time()
    target.check(given_input)
    took = time.thread_time() - begun
    assert took < MAX_SECS, f"{target.name}: {took:.1f} s for {given_input!a}"


@pytest.mark.timing
@pytest.mark.parametrize("target", GRAMMARS, ids=lambda target: target.name)
def test_what_is_made_by_grammar(target):
    @settings(
        max_examples=EXAMPLES.get(target.name, 150),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(target.strategy)
    def check(one):
        checked(target, one)

    check()


@pytest.mark.timing
@pytest.mark.parametrize("target", CORPORA, ids=lambda target: target.name)
def test_what_is_made_by_mutation(target):
    for number, one in enumerate(islice(target.mutations(seed=7), MUTATIONS)):
        try:
            checked(target, one)
        except BaseException as error:
            error.add_note(f"input {number}: {one!a}")
            raise


@pytest.mark.parametrize("target", CORPORA, ids=lambda target: target.name)
def test_a_seed_gives_the_same_mutations_each_time(target):
    first, again, other = (list(islice(target.mutations(seed), 20)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(map(repr, first))) > 10


def test_mutations_are_bounded():
    from random import Random

    big = b"x" * 100_000
    assert all(len(mutated(big, (big,), Random(seed))) <= 60_000 for seed in range(50))
