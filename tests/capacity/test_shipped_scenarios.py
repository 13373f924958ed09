"""The shipped scenarios: none does nothing, and each is comparable with its baseline where the days are."""

import numpy as np
import pytest

from kik_analysis.capacity import comparison, engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.parameters import shipped
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.scenario import load_scenario

FILES = shipped.files()
NAMES = [name for name in FILES if name != "base"]


def baseline(name):
    return load_scenario(FILES[shipped.headers()[name].baseline])


def test_there_are_about_twenty():
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_each_changes_an_output(name):
    base, other = baseline(name), load_scenario(name)
    assert differences(base, other)
    runs = [
        engine.samples(compile_scenario(one), slice(None), replications=2, seed=1) for one in (base, other)
    ]
    assert not np.array_equal(*runs)
    days = [(one.start, one.end) for one in (base, other)]
    if days[0] == days[1]:
        frame = comparison.compare(base, other, replications=2, seed=1)
        moved = frame.filter(frame["difference"].abs() > 0)["measure"].unique().to_list()
        assert any(not one.startswith("euros") for one in moved), moved
