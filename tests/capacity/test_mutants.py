"""No deliberate mistake in the kernel goes unnoticed (``mutants.py`` lists them)."""

from __future__ import annotations

import pytest

from tests.capacity.mutant_list import MUTANTS, Mutant
from tests.capacity.mutants import caught_by


def test_there_are_enough_mistakes_and_each_is_made_once() -> None:
    assert len(MUTANTS) >= 50
    assert len({m.what for m in MUTANTS}) == len(MUTANTS)
    assert len({(m.module, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)


@pytest.mark.slow
def test_no_mistake_no_alarm() -> None:
    assert caught_by(None) is None


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.what)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_mistake_is_noticed(mutant: Mutant) -> None:
    assert caught_by(mutant) is not None
