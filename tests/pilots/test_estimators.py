"""Estimators, intervals and tests on counts: published cases, other implementations, and brute force."""

import dataclasses
from itertools import combinations, product

import numpy as np
import pytest
from pilot_files import ONE, counts, ways
from scipy import stats

import kik_analysis as kik
from kik_analysis.errors import ModelError
from kik_analysis.pilots import assignment
from kik_analysis.pilots import estimators as est
from kik_analysis.pilots.analysis import analyse
from kik_analysis.pilots.assignment import DRAWN


def two(x1, n1, x0, n0):
    return counts(("control", n0, x0), ("less", n1, x1))


def analysed(design, data, interval, test):
    said = design.document.answer.model_copy(update={"interval": interval, "test": test})
    one = dataclasses.replace(design, document=design.document.model_copy(update={"answer": said}))
    found = {name: float(part[0, 0]) for name, part in est.answer(one, data).items()}
    return est.ESTIMATORS[said.estimator](data, one), found["low"], found["high"], found["p"]


def people(data):
    """Return one row per person: outcome, and the cell."""
    cell = np.repeat(np.arange(len(data.arm)), data.n[0].astype(int))
    y = np.concatenate(
        [np.r_[np.ones(int(x)), np.zeros(int(n - x))] for n, x in zip(data.n[0], data.x[0], strict=True)]
    )
    return y, cell


def dense(design, data):
    """The regression of estimators.py, written out per person with dummies, first column the treatment."""
    y, cell = people(data)
    treated = np.array([one != "control" for one in data.arm])[cell].astype(float)
    columns = [treated, np.ones_like(y)]
    axes = (data.cluster, data.period) if design.kind == "stepped_wedge" else (data.block,)
    for axis in axes:
        columns += [(axis[cell] == k).astype(float) for k in range(1, axis.max() + 1)]
    return y, np.column_stack(columns), data.cluster[cell]


def test_least_squares_with_hc2_as_statsmodels_has_it(design):
    sm = pytest.importorskip("statsmodels.api")
    one = design(
        swap={"{claim: L056}": "90"},
        model="blocks: {a: 100, b: 157}, base_rate: 0.1, effect: 0.05",
        estimator="regression",
    )
    data = counts(
        ("control", 60, 9), ("control", 107, 30), ("less", 40, 11), ("less", 50, 20), block=[0, 1, 0, 1]
    )
    y, x, _ = dense(one, data)
    other = sm.OLS(y, x).fit(cov_type="HC2")
    fit = est.regression(data, one)
    assert float(fit.estimate[0, 0]) == pytest.approx(other.params[0], rel=1e-9)
    assert float(fit.se[0, 0]) == pytest.approx(other.bse[0], rel=1e-9)


def cr2(y, x, cluster):
    """Bell and McCaffrey (2002) from matrices of persons: variance and degrees of freedom."""
    bread = np.linalg.pinv(x.T @ x)
    hat = x @ bread @ x.T
    e = y - hat @ y
    rest, variance, lead = np.eye(len(y)) - hat, 0.0, []
    for g in np.unique(cluster):
        mine = np.flatnonzero(cluster == g)
        values, vectors = np.linalg.eigh(rest[np.ix_(mine, mine)])
        adjust = vectors @ np.diag([v**-0.5 if v > 1e-9 else 0.0 for v in values]) @ vectors.T
        score = bread[0] @ x[mine].T @ adjust
        variance += float(score @ e[mine]) ** 2
        lead.append(rest[:, mine] @ score)
    inner = np.array(lead) @ np.array(lead).T
    return variance, np.trace(inner) ** 2 / (inner**2).sum()


def test_cr2_from_cells_is_cr2_from_persons(design):
    rng = np.random.default_rng(4)
    team = design(
        model="people: 90, clusters: 6, base_rate: 0.3, effect: 0.1",
        lots="{kind: cluster, arms: {control: rest, less: 2}}",
        estimator="regression",
    )
    sizes = [9, 14, 20, 11, 16, 20]
    cells = [("less" if k < 2 else "control", n, rng.integers(1, n)) for k, n in enumerate(sizes)]
    teams = counts(*cells, cluster=range(6))
    wedge = design(
        model="people: 120, clusters: 4, base_rate: 0.3, effect: 0.1",
        lots="{kind: stepped_wedge, steps: 4}",
        estimator="regression",
    )
    grid = [(c, t) for c in range(4) for t in range(5)]
    cells = [("treated" if t > c else "control", 5 + (c + t) % 3, rng.integers(0, 5)) for c, t in grid]
    steps = counts(*cells, cluster=[c for c, _ in grid], period=[t for _, t in grid])
    for one, data in ((team, teams), (wedge, steps)):
        y, x, cluster = dense(one, data)
        variance, df = cr2(y, x, cluster)
        fit = est.regression(data, one)
        assert float(fit.estimate[0, 0]) == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0][0], rel=1e-9)
        assert float(fit.se[0, 0]) ** 2 == pytest.approx(variance, rel=1e-7)
        assert float(fit.df[0, 0]) == pytest.approx(df, rel=1e-6)


def test_clusters_are_compared_by_the_t_test_on_their_shares(design):
    one = design(
        model="people: 90, clusters: 6, base_rate: 0.3, effect: 0.1",
        lots="{kind: cluster, arms: {control: rest, less: 2}}",
    )
    cells = [("less", 10, 5), ("less", 20, 8)]
    cells += [("control", n, x) for n, x in ((15, 2), (15, 4), (20, 5), (10, 1))]
    fit, low, high, p = analysed(one, counts(*cells, cluster=range(6)), "wald", "wald")
    shares = [x / n for _, n, x in cells]
    other = stats.ttest_ind(shares[:2], shares[2:])
    assert p == pytest.approx(float(other.pvalue), rel=1e-9)
    assert (low, high) == pytest.approx(tuple(other.confidence_interval(0.95)), rel=1e-9)
    assert int(fit.df[0, 0]) == 4


def test_the_permutation_interval_is_the_inverted_test(design):
    one = design(
        swap={"alpha: 0.05": "alpha: 0.1"},
        model="people: 120, clusters: 8, base_rate: 0.3, effect: 0.1",
        lots="{kind: cluster, arms: {control: rest, less: 3}}",
    )
    shares = np.array([0.6, 0.5, 0.45, 0.3, 0.35, 0.2, 0.4, 0.1])
    cells = [("less" if k < 3 else "control", 100, 100 * s) for k, s in enumerate(shares)]
    _, low, high, _ = analysed(one, counts(*cells, cluster=range(8)), "permutation", "permutation")
    treated = np.arange(8) < 3

    def p(shift):
        y = shares - shift * treated
        gaps = [abs(y[list(way)].mean() - np.delete(y, way).mean()) for way in combinations(range(8), 3)]
        return np.mean(np.array(gaps) >= gaps[0] - 1e-12)

    for limit, inside in ((low, 1e-7), (high, -1e-7)):
        assert p(limit + inside) > 0.1
        assert p(limit - inside) <= 0.1


def test_blocked_permutation_goes_through_all_pairs_of_tables(design):
    one = design(
        swap={"kind: complete": "kind: blocked", "{claim: L056}": "11"},
        model="blocks: {a: 12, b: 10}, base_rate: 0.3, effect: 0",
    )
    data = counts(("control", 6, 1), ("control", 5, 2), ("less", 6, 4), ("less", 5, 3), block=[0, 1, 0, 1])
    *_, p = analysed(one, data, "newcombe", "permutation")
    weights, seen, total = (12 / 22, 10 / 22), 12 / 22 * 3 / 6 + 10 / 22 * 1 / 5, 0.0
    for a, b in product(range(6), range(6)):
        gap = weights[0] * (a - (5 - a)) / 6 + weights[1] * (b - (5 - b)) / 5
        chance = stats.hypergeom.pmf(a, 12, 5, 6) * stats.hypergeom.pmf(b, 10, 5, 5)
        total += chance * (abs(gap) >= seen - 1e-9)
    assert p == pytest.approx(total, rel=1e-9)


def test_fisher_as_scipy_has_it(design):
    for table in ((8, 20, 2, 22), (0, 10, 5, 12), (7, 9, 7, 30), (12, 40, 30, 50)):
        *_, p = analysed(design(), two(*table), "wald", "fisher")
        x1, n1, x0, n0 = table
        assert p == pytest.approx(float(stats.fisher_exact([[x1, n1 - x1], [x0, n0 - x0]]).pvalue), rel=1e-9)


def test_bounds_are_those_of_the_statistics(design):
    one = design(
        swap={"effect: 0.05": "effect: 0.05, seen: {control: 0.3, less: 0.5}"}, answer="lee, test: none"
    )
    for (s1, x1), (s0, x0) in (((20, 13), (12, 5)), ((9, 2), (20, 16)), ((10, 10), (10, 0))):
        data = dataclasses.replace(two(x1, 40, x0, 40), seen=np.array([[float(s0), float(s1)]]))
        fit = est.difference_in_means(data, one)
        # every way to fill in the unseen; every way to drop as many of the arm where more is seen
        filled = [(x1 + a) / 40 - (x0 + b) / 40 for a in range(41 - s1) for b in range(41 - s0)]
        kept = min(s1, s0)
        ends = [(max(0, kept - (s - x)) / kept, min(x, kept) / kept) for s, x in ((s1, x1), (s0, x0))]
        trimmed = [one - other for one, other in product(*ends)]
        for name, all_there_are in (("manski", filled), ("lee", trimmed)):
            low, high = est.INTERVALS[name](data, one, fit)
            assert float(low[0, 0]) == pytest.approx(min(all_there_are), abs=1e-12)
            assert float(high[0, 0]) == pytest.approx(max(all_there_are), abs=1e-12)


def test_a_series_is_read_as_segmented_regression(design):
    sm = pytest.importorskip("statsmodels.api")
    one = design(
        swap={"itt_difference": "change", "base_rate: 0.1": "base_rate: 0.1, before: 0.1"},
        lots="{kind: none, before: 6, after: 5, arms: {less: 500}}",
        estimator="change",
    )
    x = np.array([50, 55, 49, 60, 62, 58, 90, 85, 99, 97, 102])
    data = counts(*(("less", 500, k) for k in x), period=range(11))
    time = np.arange(11.0)
    after = (time >= 6).astype(float)
    other = sm.OLS(x / 500, np.column_stack([np.ones(11), time, after, after * (time - 6)])).fit()
    fit, low, high, p = analysed(one, data, "wald", "wald")
    assert float(fit.estimate[0, 0]) == pytest.approx(other.params[2], rel=1e-9)
    assert float(fit.se[0, 0]) == pytest.approx(other.bse[2], rel=1e-9)
    assert p == pytest.approx(other.pvalues[2], rel=1e-6)
    assert (low, high) == pytest.approx(tuple(other.conf_int()[2]), rel=1e-6)


STRATA = [  # penicillin and rabbits (Mantel 1963): cured and died, at once and after 1.5 hours, by dose
    (0, 0, 6, 5), (3, 0, 3, 6), (6, 2, 0, 4), (5, 6, 1, 0), (2, 5, 0, 0),
]  # fmt: skip


def in_blocks(design, test, sizes, more="", kind="blocked", base="base_rate: 0.1"):
    blocks = ", ".join(f"{name}: {n}" for name, n in sizes.items())
    treated = sum(sizes.values()) // 2
    swap = {
        "people: 1257": f"blocks: {{{blocks}}}",
        "effect: 0.05": f"effect: 0.05{more}",
        "base_rate: 0.1": base,
        "kind: complete": f"kind: {kind}",
        "{claim: L056}": str(treated),
        "wald, test: wald": test,
    }
    return design(swap=swap)


def test_fisher_over_blocks_is_the_exact_test_of_mantel_and_haenszel(design):
    sizes = {f"dose_{chr(97 + k)}": sum(row) for k, row in enumerate(STRATA)}
    one = in_blocks(design, "newcombe, test: fisher", sizes)
    cells = [(arm, sum(row[k::2]), row[k]) for row in STRATA for k, arm in enumerate(("less", "control"))]
    data = counts(*cells, block=[k // 2 for k in range(10)])
    p = est.TESTS["fisher"](data, one, est.difference_in_means(data, one))
    assert round(float(p[0, 0]), 3) == 0.040  # R, help page of mantelhaen.test, exact = TRUE


def test_bounds_over_blocks_weigh_what_holds_in_each(design):
    seen = ", seen: {control: 0.5, less: 0.6}"
    n, s, x = np.array([[30, 20], [10, 12]]), np.array([[12, 9], [6, 4]]), np.array([[7, 3], [2, 4]])
    cells = [(arm, n[b, a], x[b, a]) for b in range(2) for a, arm in enumerate(("control", "less"))]
    data = dataclasses.replace(counts(*cells, block=[0, 0, 1, 1]), seen=s.reshape(1, -1).astype(float))
    found = {}
    for name in ("manski", "lee"):
        one = in_blocks(design, f"{name}, test: none", {"a": 50, "b": 22}, seen)
        low, high = est.INTERVALS[name](data, one, est.difference_in_means(data, one))
        found[name] = float(low[0, 0]), float(high[0, 0])
    least, most = x / n, (x + n - s) / n
    share = np.array([50, 22]) / 72
    by_hand = share @ (least[:, 1] - most[:, 0]), share @ (most[:, 1] - least[:, 0])
    assert found["manski"] == pytest.approx(by_hand)
    # seen either way: 12 of 30 in a (less loses 1 of its 9), 4 of 12 in b (control loses 2 of its 6)
    trim_a = ((3 - 1) / 8, 3 / 8), (7 / 12, 7 / 12)
    trim_b = (1.0, 1.0), (0.0, 2 / (6 - 8 / 3))
    either = share * np.array([12 / 30, 4 / 12])
    ends = [(t[0][0] - t[1][1], t[0][1] - t[1][0]) for t in (trim_a, trim_b)]
    assert found["lee"] == pytest.approx(tuple(either @ np.array(ends) / either.sum()), abs=1e-9)


def test_looking_every_week_within_blocks_keeps_the_level(design):
    rates = {"base_rate: 0.1": "base_rate: {a: 0.1, b: 0.5}", "effect: 0.05": "effect: 0"}
    swap = {
        "people: 1257": "blocks: {a: 300, b: 300}", "kind: complete": "kind: blocked", "{claim: L056}": "300",
        "wald, test: wald": "confidence_sequence, test: e_process, looks: 12", **rates,
    }  # fmt: skip
    one = design(swap=swap)
    found = kik.diagnose(one, draws=4_000, seed=3)
    assert found.value("power") < 0.05
    assert found.value("coverage") > 0.95
    moved = kik.diagnose(design(swap={**swap, "effect: 0.05": "effect: 0.2"}), draws=500, seed=3)
    assert moved.value("power") > 0.9
    assert 0.19 < 0.2 + moved.value("bias") < 0.21


def test_one_block_says_what_no_blocks_say(design):
    for kind, name in (("interval", "confidence_sequence"), ("test", "e_process"), ("test", "fisher")):
        how = f"{name}, test: wald" if kind == "interval" else f"newcombe, test: {name}"
        how += ", looks: 1" if name == "e_process" else ""
        plain = in_blocks(design, how, {"a": 400, "b": 400}, kind="complete")
        blocked = in_blocks(design, how, {"a": 400, "b": 400})
        data = counts(("control", 400, 60), ("less", 400, 90))
        apart = dataclasses.replace(blocked, blocks={"a": 800})
        part = est.TESTS if kind == "test" else est.INTERVALS
        fit = est.difference_in_means(data, plain)
        for one, other in zip(
            *(np.atleast_2d(part[name](data, d, fit)) for d in (plain, apart)), strict=True
        ):
            assert one == pytest.approx(other)


def redrawn(design, tolerance, more=""):
    """A pilot without an effect in two blocks that differ, its lots drawn anew until shares are alike."""
    base, kind = "base_rate: {a: 0.1, b: 0.8}" + more, f"rerandomised, tolerance: {tolerance}"
    one = in_blocks(design, "wald, test: permutation", {"a": 120, "b": 80}, kind=kind, base=base)
    return one.replace({"model.effect": 0.0, "data.assignment.arms.less": 90})


@pytest.mark.parametrize(("more", "runs"), [("", 4_000), (", attrition: 0.2", 1_000)])
def test_lots_drawn_anew_by_the_rule_of_the_design_keep_the_level(design, more, runs):
    """A test that goes through lots that could not be finds far too little (Morgan and Rubin 2012)."""
    kept = redrawn(design, 0.02, more)
    data = DRAWN["rerandomised"](kept, np.random.default_rng(1), runs)
    assert more or assignment.gaps(data.n.reshape(-1, 2, 2)).max() <= 0.02
    fit = est.difference_in_means(data, kept)
    p, other = est.TESTS["permutation"](data, kept, fit), est.given_margins(data, kept, fit, by_chance=False)
    assert abs((p <= 0.05).mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / runs)
    assert (other <= 0.05).mean() < 0.02
    assert (p == est.TESTS["permutation"](data, kept, fit)).all()


def test_lots_that_cannot_be_or_are_too_many_are_refused(design, monkeypatch):
    monkeypatch.setattr(assignment, "PATIENCE", 100)
    kept = redrawn(design, 0.02)
    never = kept.replace({"data.assignment.tolerance": 0.0, "data.assignment.arms.less": 91})
    with pytest.raises(ModelError, match=r"p2.yml:7: data.assignment.tolerance: no lot of 100 .*got 0;"):
        assignment.lots(never, np.random.default_rng(1))
    kind, said = "{kind: cluster, arms: {control: rest, less: 12}}", "wald, test: permutation"
    one = design(swap={"people: 1257": "people: 1200, clusters: 24"}, lots=kind, answer=said)
    with pytest.raises(
        ModelError, match=r"p2.yml:8: answer.test: at most 20000 .*got 2704156; expected wald"
    ):
        est.answer(one, assignment.expected(one))


def test_a_rule_that_accepts_every_lot_gives_the_ordinary_permutation_test(design):
    cells = ("control", 70, 9), ("control", 40, 30), ("less", 50, 11), ("less", 40, 38)
    one, data = redrawn(design, 1), counts(*cells, block=[0, 1, 0, 1])
    fit = est.difference_in_means(data, one)
    known = float(est.given_margins(data, one, fit, by_chance=False)[0, 0])
    p = float(est.TESTS["permutation"](data, one, fit)[0, 0])
    assert abs(p - known) < 4 * np.sqrt(known * (1 - known) / 9_999) + 1e-4


def test_least_squares_on_blocks_need_nobody_in_a_cell(design):
    lost = "blocks: {a: 8, b: 4}, base_rate: {a: 0.2, b: 0.6}, effect: 0.2, attrition: 0.2"
    lots = "{kind: blocked, arms: {control: 6, less: 6}}"
    one = kik.diagnose(design(model=lost, lots=lots, estimator="regression"), draws=20_000).table
    for name in ("power", "interval_width"):
        assert abs(one.filter(diagnosand=name)["z"][0]) < 4


def test_where_few_are_left_for_a_second_letter_no_bias_is_called_exact(design):
    few = {one: new.replace("250", "19") for one, new in ways("ways")["two_stage"].items()}
    few["effect: 0.05"] = "base_rate: 0.5, second_rate: 0.1, effect: {less: 0.1, firm: 0}"
    one = kik.diagnose(design(swap={"base_rate: 0.1, ": "", **few}), draws=2_000)
    assert one.value("failed_fits") > 0
    assert one.table.filter(diagnosand="bias")["exact"].to_list() == [None] * 3


@pytest.mark.parametrize(
    ("rest", "known"),
    [("220", [90.9, 7.0, 83.6]), ("219\nless_noncommittal>same,1,0", [90.5, 7.1]), ("100", [36.4, 7.0])],
)
def test_where_nobody_is_left_for_a_second_letter_the_rest_is_told(tmp_path, rest, known):
    """A path on which the first letter reaches everybody is known without a second."""
    file, second = tmp_path / "counts.csv", "control>same,100,8\ncontrol>firmer,100,15"
    file.write_text(f"arm,people,outcome\ncontrol,220,20\n{second}\nless_noncommittal,220,{rest}\n")
    found = analyse(kik.load_design("p2_two_stage"), file)
    assert [100 * one.estimate for one in found.lines] == pytest.approx(known, abs=0.05)
    assert any("too few people were left" in one for one in found.text("en")) == (len(known) == 2)


@pytest.mark.parametrize("people", [11, 22, 110])
def test_drawn_sizes_of_clusters_are_on_average_those_of_the_file(design, people):
    some = f"people: {people}, clusters: 11, icc: 0.03, base_rate: 0.3, effect: 0.15, size_cv: 0.7"
    one = design(swap={**ways("ways")["cluster"], ONE: some})
    n = DRAWN["cluster"](one, np.random.default_rng(1), 4_000).n
    assert n.mean() == pytest.approx(people / 11, rel=0.03)
    assert people < 110 or n.std() == pytest.approx(7, rel=0.03)
