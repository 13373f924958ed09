"""Looking every week: false alarms of an ordinary test, none too many of the safe one, and wider limits."""

import numpy as np

from kik_analysis.pilots import looking
from kik_analysis.pilots.design import load_design
from kik_analysis.pilots.monitoring import price


def test_ordinary_looks_raise_false_alarms_and_safe_ones_do_not():
    found = looking.alarms(load_design("p2_blocked"), draws=1_000)
    error = np.sqrt(0.05 * 0.95 / 1_000)
    assert abs(found["once"] - 0.05) < 4 * error
    assert found["weekly"] > 0.15
    assert found["safe"] < 0.05 + 3 * error
    assert looking.alarms(load_design("p2_blocked"), draws=1_000) == found


def test_the_last_look_is_the_price_of_the_whole_pilot():
    design = load_design("p2_blocked")
    table = looking.looking_table(design).frame
    assert table["persons"][-1] == sum(design.arms.values())
    assert round(price(design).once * 100, 2) == table["once"][-1]
    assert round(price(design).anytime * 100, 2) == table["always"][-1]
    assert (table["always"] > table["once"]).all()
    assert table["once"].is_sorted(descending=True)
