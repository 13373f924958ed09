"""No deliberate mistake in the kernel goes unnoticed (``mutants.py`` lists them)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.capacity.mutant_list import MUTANTS, Mutant
from tests.capacity.mutants import caught_by

TABLE = Path(__file__).parents[2] / "docs" / "mutants.md"
ROW = re.compile(r"^\| (.+) \| (\w+) \| (test_\w+)( \(does not end\))? \|$", re.MULTILINE)
NOTICED = {
    what: (module, test, bool(hangs)) for what, module, test, hangs in ROW.findall(TABLE.read_text("utf-8"))
}


def test_there_are_enough_mistakes_and_each_is_made_once() -> None:
    assert len(MUTANTS) >= 50
    assert len({m.what for m in MUTANTS}) == len(MUTANTS)
    assert len({(m.module, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)


def test_the_published_table_lists_every_mistake() -> None:
    assert {m.what: m.module for m in MUTANTS}.items() <= {k: v[0] for k, v in NOTICED.items()}.items()


@pytest.mark.slow
def test_no_mistake_no_alarm() -> None:
    assert caught_by(None) is None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.what)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_mistake_is_noticed(mutant: Mutant, proof: bool) -> None:
    """By the test that the table names; in the long form it is the first of all that notices."""
    _, test, hangs = NOTICED[mutant.what]
    if proof:
        assert caught_by(mutant) == test + " (does not end)" * hangs
    else:
        assert caught_by(mutant, only=test, seconds=4 if hangs else 60) is not None
