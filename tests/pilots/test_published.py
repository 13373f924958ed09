"""Published numbers that a design or a statistic of ours can declare, each at its printed precision."""

import math
from itertools import combinations

import numpy as np
import pytest
from pilot_files import LOTS, ONE, counts, rows

import kik_analysis as kik
from kik_analysis.pilots import estimators as est
from kik_analysis.statistics.power import cluster_trials


@pytest.fixture(scope="session")
def cases(design):
    """Published cases by name, each a function without arguments."""

    def answered(data, swap, interval="wald", test="wald"):
        one = design(swap={**swap, "interval: wald, test: wald": f"interval: {interval}, test: {test}"})
        fit = est.ESTIMATORS[one.document.answer.estimator](data, one)
        found = {name: float(part[0, 0]) for name, part in est.answer(one, data).items()}
        return found | {"se": float(fit.se[0, 0])}

    def two(x1, n1, x0, n0, **more):
        return answered(counts(("control", n0, x0), ("less", n1, x1)), {}, **more)

    def villages(treated, outcomes=None):
        """Seven villages whose outcomes are shares of a hundred people."""
        y0, y1 = (10, 15, 20, 20, 10, 15, 15), (15, 15, 30, 15, 20, 15, 30)
        y = outcomes or [y1[k] if k in treated else y0[k] for k in range(7)]
        cells = [("less" if k in treated else "control", 100, y[k]) for k in range(7)]
        swap = {ONE: "people: 700, clusters: 7, base_rate: 0.1, effect: 0.05",
                LOTS: "{kind: cluster, arms: {control: rest, less: 2}}"}  # fmt: skip
        return answered(counts(*cells, cluster=range(7)), swap, test="permutation")

    every = [100 * villages(way)["estimate"] for way in combinations(range(7), 2)]
    seen = villages((0, 6), [15, 15, 20, 20, 10, 15, 30])
    greater = kik.estimates.permutation_test([15, 30], [15, 20, 20, 10, 15], alternative="greater")

    y, arm = [14, 2, 4, 2, 4, 1, 2, 6, 2], ["less", "control", "less", "control", "less", "less", "control"]
    cells = [(a, 20, x) for a, x in zip([*arm, "less", "control"], y, strict=True)]
    blocks = {ONE: "blocks: {a: 40, b: 60, c: 80}, clusters: 9, base_rate: 0.3, effect: 0",
              LOTS: "{kind: blocked_cluster, arms: {control: rest, less: 5}}"}  # fmt: skip
    nine_of = counts(*cells, block=[0, 0, 1, 1, 1, 2, 2, 2, 2], cluster=range(9))
    nine = answered(nine_of, blocks, test="permutation")
    in_blocks = design(swap={**blocks, "test: wald": "test: permutation"})

    voted = counts(("less", 395, 215), ("less", 1050, 383), ("control", 5645, 2119), took=np.array([1, 0, 0]))
    haven = answered(voted, {"difference_in_means": "cace", "itt_difference": "cace"})
    aspirin = two(189, 11_034, 104, 11_037)
    odds = design(model=f"people: 1257, base_rate: {104 / 11_037:.6f}, effect: 1.83, scale: odds_ratio").rates

    known = kik.power.type_s_m
    one_sided = lambda h, se: (found := known(h, se, alpha=0.1)).power * (1 - found.type_s)  # noqa: E731
    cups = lambda *x: 70 * kik.estimates.fisher(x[0], 4, x[1], 4, alternative="greater").p_value  # noqa: E731
    arms = lambda n1, n2: math.sqrt(1 / n1 + 1 / n2)  # noqa: E731
    shares = lambda n: kik.power.two_proportions(0.75, 0.5, n, n)  # noqa: E731
    t_power = lambda shift, df: float(cluster_trials.noncentral_t_power(shift, df, 0.05))  # noqa: E731

    def hussey(p):
        return known(0.015, math.sqrt(cluster_trials.wedge_variance(6, 4, p * (1 - p) / 120, 1e-4))).power

    crt = 0.25 * kik.power.design_effect(10, 0.1) / 373  # 37.3 clusters of 10 per arm
    return locals()


NEWCOMBE = {  # Newcombe (1998), table II, method 10
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
    (0, 10, 0, 20): (-0.1611, 0.2775),
    (0, 10, 0, 10): (-0.2775, 0.2775),
    (10, 10, 0, 20): (0.6791, 1.0),
    (10, 10, 0, 10): (0.6075, 1.0),
}


@pytest.mark.parametrize("table", NEWCOMBE)
def test_newcombes_table(cases, table):
    found = cases["two"](*table, interval="newcombe", test="z")
    assert (round(found["low"], 4), round(found["high"], 4)) == NEWCOMBE[table]


PUBLISHED = rows("published.txt")


@pytest.mark.parametrize(("case", "ours", "printed"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_published(cases, case, ours, printed):
    found = eval(ours, {**globals(), **cases})
    assert abs(float(found) - float(printed)) <= 0.5 * 10.0 ** -len(printed.partition(".")[2]) + 1e-9


def test_published_sizes_give_the_published_power(design):
    """clusterPower's crtpwr.2prop: 38 clusters of 10 per arm for .1 against .2, ICC .1, power .8; and R's
    power.prop.test: 50 per arm, .50 against .75, power .7401659."""
    swap = {
        ONE: "people: 760, clusters: 76, icc: 0.1, base_rate: 0.1, effect: 0.1",
        LOTS: "{kind: cluster, arms: {control: rest, less: 38}}",
    }
    assert kik.diagnose(design(swap=swap), draws=10_000, seed=1).value("power") == pytest.approx(
        0.8, abs=0.02
    )
    swap = {ONE: "people: 100, base_rate: 0.5, effect: 0.25", "{claim: L056}": "50", "test: wald": "test: z"}
    one = kik.diagnose(design(swap=swap), draws=10_000, seed=1)
    assert one.value("power") == pytest.approx(0.7401659, abs=0.02)
