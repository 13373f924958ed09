"""The stored posterior keeps its promises, says when it is stale, and is made the same way again."""

import ast
import json

import numpy as np
import polars as pl
import pytest

import kik_analysis as kik
from benchmarks import calibration as benchmark
from benchmarks import distance, weights
from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.planning import calibration, measurement, posterior, search, staff
from kik_analysis.planning.history import PATHS

BASE = kik.load_scenario()
DRAWS = posterior.table("draws")


def test_a_thousand_weighted_draws_by_parameter_path():
    assert DRAWS.height == 1000
    assert DRAWS["weight"].sum() == pytest.approx(1, abs=1e-4)
    assert (DRAWS["weight"] > 0).all()
    paths = DRAWS.columns[3:]
    assert set(paths) <= set(BASE.paths)
    assert not [path for path in paths if path.startswith(("team.", "work.", "policy."))]
    assert sum(path.stat().st_size for path in posterior.folder().iterdir()) <= 10**6


def test_every_unselected_start_agrees_and_holds_both_modes():
    modes = posterior.table("modes")
    assert modes.height == 4
    for mode in ("mostly_new", "mostly_old"):
        pooled = (modes[mode] * modes["weight"]).sum()
        assert pooled > 0.05
        assert (modes[mode] - pooled).abs().max() < 0.08
    assert posterior.table("assumptions")["rhat"].max() < 1.01
    assert posterior.about()["rhat"] < 1.01


def test_the_posterior_is_near_what_was_published():
    rows = posterior.table("prediction").filter(pl.col("fitted"))
    assert rows.height == 9
    assert rows["residual"].abs().max() < 1
    inside = (rows["q05"] <= rows["high"]) & (rows["q95"] >= rows["low"])
    assert inside.all()


def test_what_the_history_needs_and_what_it_does_not():
    rows = {row["alternative"]: row for row in posterior.table("alternatives").iter_rows(named=True)}
    assert set(rows) == {"main", *(one.name for one in calibration.alternatives(BASE))}
    for needed in ("no_reinvitation", "no_follow_ups"):
        assert rows[needed]["log_evidence"] < -4  # fifty times less likely, at the least
        assert abs(rows[needed]["residual"]) > 1
    for free in ("rho_1", "no_wij", "equal_exits", "contractor"):
        assert rows[free]["log_evidence"] > -4
    # "slightly fewer": the closer unique people must be to invitations, the older the 1,757
    assert rows["footnote_invited_0.7"]["mostly_old"] > rows["main"]["mostly_old"]
    assert rows["footnote_invited_0.9"]["log_evidence"] < rows["footnote_invited_0.7"]["log_evidence"]
    # a requirement rules out and never adds: its evidence is not that of a better fit
    assert max(row["log_evidence"] for row in rows.values() if row["kind"] == "footnote") < 0


def test_a_requirement_that_is_met_costs_nothing():
    problem, place = calibration.Problem(BASE), np.zeros((1, len(PATHS)))
    for name, (_, ratio) in measurement.measurement().quantities("sequence", "footnote").items():
        own = float(np.exp(measurement.logs(problem.outputs(place), {name: ratio}))[0, 0])
        asked = (calibration.Alternative("own", "footnote", required=(name, x)) for x in (own, own / 1.1))
        met, missed = (calibration.Problem(BASE, one)(place) for one in asked)
        assert met == pytest.approx(problem(place))
        assert missed[0] < problem(place)[0] - 1


def test_later_figures_are_confronted_with_both_dates_with_and_without_wij():
    rows = posterior.table("confronted")
    assert rows.select("claims", "count", "wij").unique().height == 8
    assert (rows["q05"] <= rows["q50"]).all()
    ahead = rows.filter(pl.col("claims") == "D009").pivot("wij", index="count", values="q50")
    assert (ahead["with"] >= ahead["without"]).all()


def test_the_shipped_posterior_belongs_to_the_shipped_claims_and_priors():
    assert posterior.stale() == (), f"make it anew: {posterior.COMMAND}, then record notebook 35"


def test_words_and_places_of_the_model_do_not_make_it_stale_and_other_code_does(tmp_path):
    text = "import far\nA, B = 1, 2\ndef f(x):\n    return far.g(x + A)\n"
    told = '"""A module."""\nimport near\n\n\ndef f(x):\n  """Say."""\n  return far.g((x+A))  # so\n'
    texts = (text, told, "A, B = 1, 2\n", text.replace("x + A", "x - A"), text + "C = B\n")
    for k, one in enumerate(texts):
        (tmp_path / f"{k}.py").write_text(one, encoding="utf-8")

    def code(*some):
        return search.code(*(str(tmp_path / f"{k}.py") for k in some))

    assert code(0) == code(1, 2)
    assert len({code(k) for k in (0, 3, 4)}) == 3


def test_another_version_of_python_reads_the_same_code(monkeypatch):
    """Each adds parts that stay empty here: with `type_params` of 3.12 every stored answer was unknown."""
    before = search.code.__wrapped__(*posterior.MODEL)
    for kind in (ast.FunctionDef, ast.Constant):
        monkeypatch.setattr(kind, "_fields", (*kind._fields, "later"))
        monkeypatch.setattr(kind, "later", [], raising=False)
    assert search.code.__wrapped__(*posterior.MODEL) == before


def test_without_a_posterior_the_way_to_make_one_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(posterior, "folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"draws\.csv: not there \(make it with python -m"):
        posterior.table("draws")


def test_a_damaged_posterior_is_noticed(monkeypatch, tmp_path):
    """A number changed, a row gone, another separator, a file cut off: nothing of it is taken for the fit."""
    for name in ("draws.csv", "about.json"):
        (tmp_path / name).write_bytes((posterior.folder() / name).read_bytes())
    monkeypatch.setattr(posterior, "folder", lambda: tmp_path)
    whole = (tmp_path / "draws.csv").read_text()
    first, row, rest = whole.split("\n", 2)
    weight = row.partition(",")[0]
    rows = (row.replace(weight, other, 1) for other in ("NaN", "-0.001", "1e9", "0.0010001", ""))
    texts = [f"{first}\n{one}\n{rest}" for one in rows]
    for text in (*texts, f"{first}\n{rest}", whole.replace(",", ";"), whole[:-9], ""):
        (tmp_path / "draws.csv").write_text(text)
        with pytest.raises(DataError, match=r"draws\.csv: damaged \(make it again with python -m"):
            staff.calibrated(BASE, [{}] * 5)
    said = (tmp_path / "about.json").read_text()
    changed = said.replace('"rhat": 1.002', '"rhat": 1.001'), said.replace('"seed": 2019', '"seed": 2018')
    assert said not in changed
    for text in ("[]", '{"digests": {}}', *changed, said[:-9], ""):
        (tmp_path / "about.json").write_text(text)
        with pytest.raises(DataError, match=r"about\.json: damaged"):
            staff.calibrated(BASE, [{}] * 5)


@pytest.mark.long
def test_made_again_it_is_the_same_whatever_the_workers(tmp_path, monkeypatch):
    some = [one for one in calibration.alternatives(BASE) if one.name in ("october", "rho_1")]
    monkeypatch.setattr(calibration, "alternatives", lambda _: some)
    made = []
    for workers in (1, 2):
        out = tmp_path / str(workers)
        size, other = ({"starts": 2, "particles": 20 * k, "sweeps": k, "workers": workers} for k in (2, 1))
        said = posterior.calibrate(out, size, other, draws=4)
        assert said["misfit"]["fits"]
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert made[0] == made[1]
    assert {f"{name}.csv" for name in (*posterior.TABLES, "draws")} | {"about.json"} == set(made[0])
    assert json.loads(made[0]["about.json"])["digests"] == posterior.digests(BASE)


def test_draws_go_to_their_places_in_the_ranges_of_the_engine():
    at = posterior.places(BASE, DRAWS)
    assert {"contact.refusal_not_definitive", "people.overdue_at_start"} <= set(at)
    assert all(len(column) == 1000 and np.isfinite(column).all() for column in at.values())


def test_simulation_based_calibration_is_uniform():
    found = benchmark.stored()
    assert found.shape == (benchmark.TRUTHS, len(benchmark.FREE))
    assert min(benchmark.report(found).values()) > 0.01 / len(benchmark.FREE)


def test_the_page_tells_how_far_mean_model_and_engine_are_apart():
    """The stored distances are those of the page; a few draws run now hold as many conversations in both."""
    page, stored = (project.root() / "docs" / "calibration.md").read_text(encoding="utf-8"), distance.stored()
    names = {"spoken": "spoken to", "group": "in the group", "not_reached": "not reached"}
    for name in (*names, "invitations"):
        q = {key: f"{value:.3f}" for key, value in stored[name].items()}
        shown = f"| {q['q50']} | {q['q25']} to {q['q75']} | {q['q05']} to {q['q95']} |"
        assert f"| {'people ' + names[name] if name in names else name} {shown}" in page
    for row in weights.stored():
        size, largest = (100 * float(row[name]) for name in ("discrepancy", "largest"))
        which = "the others" if row["left_out"] else "all"
        assert f"| {size:g}% | {which} | {row['draws']} | {row['effective']} | {largest:.0f}% |" in page
    found = distance.distances(4)
    assert (np.abs(found[:, distance.COUNTS.index("conversations")]) < 0.05).all()
    assert (np.abs(found[:, distance.COUNTS.index("group")]) < 0.1).all()
