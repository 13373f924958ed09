"""Frames, errors, waits, stories: that they say what the records say."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kik_analysis.capacity import measures
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.individuals import replay
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.results import EVENTS, Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.capacity.totals import BINS, Totals, bins_from
from kik_analysis.errors import DataError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from tests.capacity.cases import in_segments, small_case
from tests.capacity.records import records, summed

REPLICATIONS = 60
COLUMNS = ["scenario", "week", "segment", "measure", "unit", "layer", "mean", "mean_error",
           "q05", "q10", "q50", "q90", "q95"]  # fmt: skip


@pytest.fixture(scope="module")
def case() -> Compiled:
    return in_segments(small_case(weeks=30, people=90), "a", "b")


@pytest.fixture(scope="module")
def result(case: Compiled) -> Result:
    return simulate(case, replications=REPLICATIONS, seed=9)


@pytest.fixture(scope="module")
def stacked(case: Compiled) -> Any:
    return np.stack([replay(case, seed=9, replication=r)[0] for r in range(REPLICATIONS)])


def one(frame: pl.DataFrame, measure: str, segment: str = "all") -> pl.DataFrame:
    return frame.filter((pl.col("measure") == measure) & (pl.col("segment") == segment))


def test_names_match_the_kernel() -> None:
    assert measures.WIDTH_PEOPLE == at.PEOPLE_COLUMNS
    assert measures.WIDTH_TEAM == at.TEAM_COLUMNS
    assert len(measures.EVENTS) == at.FLOWS
    assert len(measures.TASKS) == at.TASKS
    assert len(EVENTS) == at.L_SUPPORT_END + 1
    by_name = {m.name: m.column for m in measures.PEOPLE}
    assert by_name["mean_wait_weeks"] == at.C_MEAN_WAIT
    assert by_name["conversations"] == at.C_FLOWS + at.TALKS
    team = {m.name: m.column for m in measures.TEAM}
    assert team["minutes_initiative"] == at.C_TASKS + at.T_INITIATIVE


def test_weekly_has_the_published_columns(result: Result, case: Compiled) -> None:
    frame = result.weekly()
    assert frame.columns == COLUMNS
    assert frame["week"].dtype == pl.Date
    assert frame["week"].min() == datetime.date(2019, 10, 7)
    assert set(frame["segment"]) == {"all", "a", "b"}
    assert set(frame["layer"]) == {"chance"}
    assert frame.height == 30 * (3 * len(measures.PEOPLE) + len(measures.TEAM))
    units = dict(frame.select("measure", "unit").unique().iter_rows())
    assert units["reached_52_weeks"] == "share"
    assert units["hours_used"] == "hours"


CHOSEN = [("overdue", "all", 1), ("group_size", "b", 1), ("minutes_used", "all", 1),
          ("hours_used", "all", 1 / 60), ("reached_52_weeks", "a", 1e-6)]  # fmt: skip


def test_means_errors_and_quantiles_are_those_of_the_records(
    result: Result, case: Compiled, stacked: Any
) -> None:
    for measure, segment, scale in CHOSEN:
        frame = one(result.weekly(), measure, segment)
        values = stacked[:, :30, measures.place(case, measure, segment)] * scale
        assert np.allclose(frame["mean"], values.mean(axis=0))
        assert np.allclose(frame["mean_error"], values.std(axis=0, ddof=1) / np.sqrt(REPLICATIONS))
        for name, q in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
            exact = np.quantile(values, q, axis=0, method="inverted_cdf")
            width = np.ptp(values, axis=0) / 12 + scale
            assert np.all(np.abs(frame[name].to_numpy() - exact) <= width), (measure, name)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.floats(0.01, 0.99))
def test_quantiles_are_exact_where_every_number_has_a_bin(values: list[int], q: float) -> None:
    column = np.array(values, dtype=np.int64)[:, None, None]
    bins = np.array([[[0, 0, 0]]], dtype=np.int64)
    totals = Totals.empty(bins, (1, 1, 1)).with_records(column)
    assert totals.quantile(q)[0, 0] == np.quantile(values, q, method="inverted_cdf")
    assert totals.mean()[0, 0] == pytest.approx(np.mean(values))
    assert totals.quantile_errors([q])[0][0, 0] >= 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=40), st.integers(1, 39))
def test_adding_up_does_not_depend_on_the_order(values: list[int], cut: int) -> None:
    records_ = np.array(values, dtype=np.int64)[:, None, None]
    bins = bins_from(records_)
    assert ((records_[:, 0, 0] - bins[0, 0, 1]) >> bins[0, 0, 2]).max() < BINS
    whole = Totals.empty(bins, (1, 1, 1)).with_records(records_)
    first, second = (
        Totals.empty(bins, (1, 1, 1)).with_records(part) for part in (records_[:cut], records_[cut:])
    )
    for merged in (first.plus(second), second.plus(first)):
        assert merged.replications == len(values)
        assert np.array_equal(merged.sums, whole.sums)
        assert np.array_equal(merged.histogram, whole.histogram)
    assert whole.mean()[0, 0] == pytest.approx(np.mean(values))


def test_totals_with_other_bins_do_not_add() -> None:
    a, b = (Totals.empty(np.full((1, 1, 3), k), (1, 1, 1)) for k in (0, 1))
    with pytest.raises(ValueError, match="different bins"):
        a.plus(b)


def test_memory_does_not_grow_with_replications(case: Compiled) -> None:
    few, many = (simulate(case, replications=n, seed=1).totals for n in (33, 99))
    assert few is not None
    assert many is not None
    assert few.histogram.nbytes == many.histogram.nbytes
    assert few.sums.nbytes == many.sums.nbytes


def test_monte_carlo_error_of_quantiles() -> None:
    """The stated error covers the spread of the median between independent runs."""
    c = small_case(weeks=12, people=400, exit_probability=np.full((7, 1), 0.05))
    medians, errors = [], []
    for seed in range(30):
        totals = simulate(c, replications=80, seed=seed).totals
        assert totals is not None
        column = measures.place(c, "group_size")
        medians.append(totals.quantile(0.5)[11, column])
        errors.append(totals.quantile_errors([0.5])[0][11, column])
    assert 0.6 < np.std(medians) / np.mean(errors) < 1.6


def test_quarters_add_up_events(result: Result) -> None:
    weekly, quarterly = one(result.weekly(), "letters"), one(result.quarterly(), "letters")
    assert quarterly.columns[1] == "quarter"
    assert quarterly["mean"].sum() == pytest.approx(weekly["mean"].sum())
    last = one(result.quarterly(), "group_size")["mean"][-1]
    assert last == pytest.approx(one(result.weekly(), "group_size")["mean"][-1])


def test_summary_is_an_average_over_time(result: Result) -> None:
    assert one(result.summary(), "overdue")["mean"][0] == pytest.approx(
        one(result.weekly(), "overdue")["mean"].mean()
    )


def test_tasks_add_up_to_what_was_used(result: Result) -> None:
    frame = result.tasks()
    assert frame["share_of_used"].sum() == pytest.approx(1)
    assert frame["mean"].sum() == pytest.approx(one(result.summary(), "minutes_used")["mean"][0])


def test_utilisation_and_coverage(result: Result) -> None:
    frame = result.utilisation()
    assert ((frame["used_share"] >= 0) & (frame["used_share"] <= 1.2)).all()
    coverage = result.coverage()
    assert set(coverage["segment"]) == {"all", "a", "b"}
    assert ((coverage["mean"] >= 0) & (coverage["mean"] <= 1)).all()


def test_waits_are_those_of_the_log(case: Compiled, result: Result) -> None:
    counted: dict[tuple[str, int], int] = {}
    for r in range(REPLICATIONS):
        for _, _, _, event, value, _ in replay(case, seed=9, replication=r)[1]:
            if event == at.L_LETTER:
                counted["letter", int(value)] = counted.get(("letter", int(value)), 0) + 1
    frame = result.waits()
    everybody = frame.filter(pl.col("segment") == "all")
    letters = everybody.filter(pl.col("queue") != "appointment").group_by("weeks").agg(pl.col("number").sum())
    assert {("letter", w): n for w, n in letters.iter_rows()} == counted
    shares = everybody.group_by("queue").agg(pl.col("share").sum())["share"]
    assert np.allclose(shares, 1)
    parts = frame.filter(pl.col("segment") != "all")["number"].sum()
    assert parts == everybody["number"].sum()


def test_story_of_one_synthetic_person(result: Result) -> None:
    events = result.events(replication=3)
    assert events.columns == ["week", "entry_week", "index", "event", "detail", "state"]
    someone = events.filter((pl.col("event") == "conversation") & (pl.col("entry_week") == 0))["index"][0]
    story = result.person(int(someone), replication=3)
    assert story["week"].is_sorted()
    assert "letter" in story["event"].to_list()
    assert set(story["index"]) == {someone}
    with pytest.raises(DataError, match="nobody has number"):
        result.person(10**6)


def test_nothing_is_shown_about_people_from_an_extract(case: Compiled) -> None:
    real = simulate(case.replace(synthetic=False), replications=2, seed=1)
    for ask in (lambda: real.person(0), lambda: real.events()):
        with pytest.raises(DataError, match="register extract"):
            ask()
    assert real.weekly(("group_size",)).height == 30 * 3


def test_records_from_counts_are_the_kernels_records(case: Compiled, stacked: Any) -> None:
    """The layout that the process model fills is the kernel's: counts taken apart and laid out again."""
    people, team = {}, {}
    alias = {"reached_persons": "reached_52_weeks", "offered_persons": "offered_52_weeks"}
    for m in measures.PEOPLE:
        if m.scale == 1:
            columns = [measures.place(case, m.name, s) for s in case.segments]
            people[alias.get(m.name, m.name)] = stacked[:, :30][..., columns]
    for m in measures.TEAM:
        if m.scale == 1:
            team[m.name] = stacked[:, :30, measures.place(case, m.name)]
    assert np.array_equal(records(case, people, team), stacked)
    assert summed(case)[measures.place(case, "letters", "a")]
    assert not summed(case)[measures.place(case, "overdue", "b")]


def test_a_simulation_is_noted_as_read(case: Compiled) -> None:
    with reads.recording() as recorder:
        simulate(case, replications=2, seed=1)
    assert recorder.evidence == Evidence.SIMULATED
    assert [(r.kind, r.name) for r in recorder.reads] == [("simulation", "small case")]


def test_unknown_measure_is_named(result: Result) -> None:
    with pytest.raises(DataError, match="no measure happiness; known: never_invited"):
        result.weekly(("happiness",))
