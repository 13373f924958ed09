"""Looking while a pilot runs: the level holds at every look, and its price is known."""

import numpy as np
import pytest
from pilot_files import ONE

import kik_analysis as kik
from kik_analysis.figures.pilots import pilot_looking
from kik_analysis.pilots import diagnosis
from kik_analysis.pilots.assignment import DRAWN
from kik_analysis.pilots.design import load_design
from kik_analysis.pilots.estimators import answer

RUNS = 20_000


@pytest.mark.long(every=3)
@pytest.mark.parametrize("share", [0.3, 0.1, 0.5])
def test_the_level_holds_over_every_look_of_twenty_thousand_null_runs(design, share):
    swap = {ONE: f"people: 1000, base_rate: {share}, effect: 0", "test: wald": "test: e_process, looks: 52"}
    one = design(swap=swap)
    looks = DRAWN["complete"](one, np.random.default_rng(2), RUNS)
    assert (answer(one, looks)["p"] <= 0.05).mean() < 0.05
    n, x = (looks.summed(looks.arms(("less", "control")), looks.period, of=part).cumsum(axis=2)
            for part in (looks.n, looks.x))  # fmt: skip
    (n1, n0), (x1, x0) = (part.transpose(1, 0, 2) for part in (n, x))
    assert (n1[:, -1] == 500).all()
    limits = kik.estimates.confidence_sequence(x1, n1, x0, n0, planned=500)
    assert ((limits.low > 0) | (limits.high < 0)).any(axis=1).mean() < 0.05
    naive = np.abs(x1 / n1 - x0 / n0) / np.sqrt(
        np.maximum(x1 + x0, 1) / (n1 + n0) * (1 - (x1 + x0) / (n1 + n0)) * (1 / n1 + 1 / n0)
    )
    assert (naive[:, 3:] > 1.96).any(axis=1).mean() > 0.15  # what looking with the plain test does


def test_looking_costs_width_and_power(design):
    one = design(swap={ONE: "people: 1000, base_rate: 0.5, effect: 0", "{claim: L056}": "500"})
    once, always = diagnosis.price(one)
    assert once == pytest.approx(0.062, abs=0.0005)
    assert always == pytest.approx(0.097, abs=0.003)
    assert always / once == pytest.approx(1.57, abs=0.05)
    looked = kik.diagnose(design(swap={"test: wald": "test: e_process, looks: 26"}), draws=4_000, seed=1)
    assert 0.3 < looked.value("power") < kik.diagnose(design(), draws=4_000, seed=1).value("power") - 0.1


def test_limits_of_the_sequence_hold_at_the_end(design):
    one = kik.diagnose(design(swap={"interval: wald": "interval: confidence_sequence"}), draws=4_000, seed=1)
    assert one.value("coverage") > 0.98
    assert one.value("interval_width") > 1.4 * kik.diagnose(design(), draws=500).value("interval_width")


def test_ordinary_looks_raise_false_alarms_and_safe_ones_do_not():
    found = diagnosis.alarms(load_design("p2_blocked"), draws=1_000)
    error = np.sqrt(0.05 * 0.95 / 1_000)
    assert abs(found["once"] - 0.05) < 4 * error
    assert found["weekly"] > 0.15
    assert found["safe"] < 0.05 + 3 * error
    assert diagnosis.alarms(load_design("p2_blocked"), draws=1_000) == found


def test_the_last_look_is_the_price_of_the_whole_pilot():
    design = load_design("p2_blocked")
    table = pilot_looking(design).table.frame
    assert table["persons"][-1] == sum(design.arms.values())
    found = [round(one * 100, 2) for one in diagnosis.price(design)]
    assert found == [table["once"][-1], table["always"][-1]]
    assert (table["always"] > table["once"]).all()
    assert table["once"].is_sorted(descending=True)
