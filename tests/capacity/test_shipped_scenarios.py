"""The shipped scenarios: none does nothing, and each is comparable with its baseline where the days are."""

import numpy as np
import polars as pl
import pytest

from kik_analysis.capacity import comparison, engine, verification
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import place
from kik_analysis.capacity.simulate import simulate
from kik_analysis.parameters import files
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.scenario import load_scenario

FILES, HEADERS = files.shipped(), files.headers()
NAMES = [name for name in FILES if name != "base"]


def test_there_are_about_twenty():
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_each_changes_an_output(name):
    base, other = load_scenario(FILES[HEADERS[name].baseline]), load_scenario(name)
    assert differences(base, other)
    if (base.start, base.end) == (other.start, other.end):
        frame = comparison.compare(base, other, replications=2, seed=1)
        moved = frame.filter(frame["difference"].abs() > 0)["measure"].unique().to_list()
        assert any(not one.startswith("euros") for one in moved), moved
    else:
        compiled = map(compile_scenario, (base, other))
        runs = [engine.samples(one, slice(None), replications=2, seed=1) for one in compiled]
        assert not np.array_equal(*runs)


def test_a_colleague_takes_over_only_while_somebody_is_absent() -> None:
    """The rule of the fixed contact person: it holds, it has something to check, and it can fail."""
    scenario = load_scenario("fixed_person")
    result = simulate(scenario, replications=1)
    (row,) = verification.check_rules(scenario, result).filter(rule="fixed_contact_person").to_dicts()
    assert row["checked"] > 5000
    assert row["violations"] == 0
    c = result.compiled
    record = engine.replay(c, seed=result.seed, replication=0)[0]
    weekly = pl.DataFrame(
        {"week": c.mondays(), **{name: record[: c.weeks, place(c, name)] for name in verification.MEASURES}}
    )
    taken = weekly.with_columns(by_colleague=pl.lit(1))
    assert verification.fixed_contact_person(verification.Run(scenario, c, pl.DataFrame(), taken))[1]
    missed = weekly["by_colleague"].sum()
    assert missed > 0, "colleagues do take over in other weeks"
