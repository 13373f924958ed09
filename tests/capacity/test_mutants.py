"""No deliberate mistake in the kernel goes unnoticed (``docs/mutants.md`` lists them)."""

import pytest

from tests.capacity.mutants import MUTANTS, Mutant, caught_by

BY_TEST = sorted(MUTANTS, key=lambda mutant: mutant.test)  # those of every day are noticed by other tests


def test_there_are_enough_mistakes_and_each_is_made_once() -> None:
    assert len(MUTANTS) >= 73
    assert len({m.what for m in MUTANTS}) == len(MUTANTS)
    assert len({(m.module, m.function, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)


def test_no_mistake_no_alarm(proof: bool) -> None:
    assert caught_by(None, only=() if proof else {m.test for m in BY_TEST[::8]}) is None


@pytest.mark.long(every=8)
@pytest.mark.parametrize("mutant", BY_TEST, ids=lambda m: m.what)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_mistake_is_noticed(mutant: Mutant) -> None:
    """By the test that the table names, which sees it alone."""
    assert caught_by(mutant, only={mutant.test}) == mutant.test
