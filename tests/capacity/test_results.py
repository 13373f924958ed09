"""Frames, errors, waits, stories: that they say what the records say."""

import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.capacity import measures
from kik_analysis.capacity.compiled import Compiled, Queue
from kik_analysis.capacity.engine import BINS, Totals, bins_from, replay
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.layers import Layers
from kik_analysis.capacity.results import LOG, Result, published
from kik_analysis.capacity.simulate import simulate
from kik_analysis.errors import DataError, InputError
from kik_analysis.evidence import reads
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity.cases import in_segments, small_case, summed
from tests.capacity.records import records

RUNS = 60
COLUMNS = ["scenario", "week", "segment", "measure", "unit", "layer", "mean", "mean_error",
           "q05", "q10", "q50", "q90", "q95"]  # fmt: skip


@pytest.fixture(scope="module")
def case() -> Compiled:
    return in_segments(small_case(weeks=30, people=90), "a", "b")


@pytest.fixture(scope="module")
def result(case: Compiled) -> Result:
    return summed(case, replications=RUNS, seed=9)


@pytest.fixture(scope="module")
def stacked(case: Compiled) -> Any:
    return np.stack([replay(case, seed=9, replication=r)[0] for r in range(RUNS)])


def test_names_match_the_kernel() -> None:
    assert (measures.WIDTH_PEOPLE, measures.WIDTH_TEAM) == (at.PEOPLE_COLUMNS, at.TEAM_COLUMNS)
    assert (len(measures.EVENTS), len(measures.TASKS)) == (at.FLOWS, at.TASKS)
    assert len(LOG) == at.L_MAIL + 1
    column = {m.name: m.column for m in (*measures.PEOPLE, *measures.TEAM)}
    assert column["mean_wait_weeks"] == at.C_MEAN_WAIT
    assert column["conversations"] == at.C_FLOWS + at.TALKS
    assert column["minutes_initiative"] == at.C_TASKS + at.T_INITIATIVE


def test_weekly_is_of_the_whole_group_unless_segments_are_asked_for(result: Result) -> None:
    frame = result.weekly()
    assert frame.columns == [*COLUMNS, "label"]
    assert frame["week"].dtype == pl.Date
    assert frame["week"].min() == datetime.date(2019, 10, 7)
    assert set(frame["segment"]) == {"all"}
    assert set(frame["layer"]) == {"chance"}
    assert set(frame["label"]) == {"small case"}
    assert frame["measure"].unique(maintain_order=True).sort().to_list() == sorted(measures.PUBLISHED)
    assert not frame.select("week", "measure").is_duplicated().any()
    assert set(result.weekly(segment="a")["segment"]) == {"a"}
    assert set(result.weekly(segment=None)["segment"]) == {"all", "a", "b"}
    every = result.weekly(segment=None, measures=[m.name for m in (*measures.PEOPLE, *measures.TEAM)])
    assert every.height == 30 * (3 * len(measures.PEOPLE) + len(measures.TEAM))
    units = dict(every.select("measure", "unit").unique().iter_rows())
    assert (units["spoken_52_weeks"], units["hours_used"]) == ("share", "hours")


def test_the_published_table_is_the_weekly_one_rounded(result: Result) -> None:
    frame = published(result)
    assert frame.columns == COLUMNS
    assert frame["measure"].unique(maintain_order=True).to_list() == list(measures.PUBLISHED)
    assert set(frame.filter(pl.col("segment") != "all")["measure"]) == set(measures.BY_SEGMENT)
    assert frame.filter(pl.col("measure") == "overdue")["segment"].to_list() == ["all", "a", "b"] * 30
    for name in ("overdue", "hours_used"):
        mine = frame.filter((pl.col("measure") == name) & (pl.col("segment") == "all"))
        assert mine["mean"].equals(result.weekly(measures=[name])["mean"].round(4))
    assert published(result, by="quarter").columns == [c.replace("week", "quarter") for c in COLUMNS]


def test_a_run_and_the_command_write_one_table() -> None:
    """What ``kik simulate`` writes of a scenario is, row by row, a layer of what ``kik run`` does."""
    scenario = load_scenario(None, {"run.weeks": 6, "run.replications": 5})
    alone = simulate(scenario)
    wide = simulate(scenario, uncertain=True)
    both = Layers(scenario, alone, wide).table("week").frame
    assert both.filter(pl.col("layer") == "chance").equals(published(alone))
    assert both.filter(pl.col("layer") == "chance_and_parameters").equals(published(wide))


CHOSEN = [("overdue", "all", 1), ("group_size", "b", 1), ("minutes_used", "all", 1),
          ("hours_used", "all", 1 / 60), ("spoken_52_weeks", "a", 1e-6)]  # fmt: skip


@pytest.mark.parametrize(("measure", "segment", "scale"), CHOSEN)
def test_means_errors_and_quantiles_are_those_of_the_records(
    result: Result, case: Compiled, stacked: Any, measure: str, segment: str, scale: float
) -> None:
    frame = result.weekly(segment=segment, measures=[measure])
    values = stacked[:, :30, measures.place(case, measure, segment)] * scale
    assert np.allclose(frame["mean"], values.mean(axis=0))
    assert np.allclose(frame["mean_error"], values.std(axis=0, ddof=1) / np.sqrt(RUNS))
    for name, q in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        exact = np.quantile(values, q, axis=0, method="inverted_cdf")
        width = np.ptp(values, axis=0) / 12 + scale
        assert np.all(np.abs(frame[name].to_numpy() - exact) <= width), name
    each = result.replications(segment=segment, measures=[measure])
    assert each.columns == [*COLUMNS[:1], "replication", *COLUMNS[1:6], "value", "label"]
    assert each["value"].dtype == pl.Float64
    assert np.allclose(each["value"].to_numpy().reshape(RUNS, 30), values)
    assert each["replication"].to_list() == [r for r in range(RUNS) for _ in range(30)]


def test_bins_that_reach_below_zero_give_no_quantile_there() -> None:
    """Few people who come all at once or not at all: wide bins, and nobody below zero."""
    c = small_case(weeks=8, people=4000, exit_probability=0.9)
    frame = summed(c, replications=40, seed=1).weekly()
    assert frame.select(pl.min_horizontal("q05", "q10").min()).item() >= 0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.floats(0.01, 0.99))
def test_quantiles_are_exact_where_every_number_has_a_bin(values: list[int], q: float) -> None:
    column = np.array(values, dtype=np.int64)[:, None, None]
    totals = Totals.empty(np.zeros((1, 1, 3), dtype=np.int64), (1, 1, 1)).with_records(column)
    assert totals.quantiles([q])[0][0, 0] == np.quantile(values, q, method="inverted_cdf")
    assert totals.mean()[0, 0] == pytest.approx(np.mean(values))


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=40), st.integers(1, 39))
def test_adding_up_does_not_depend_on_the_order(values: list[int], cut: int) -> None:
    found = np.array(values, dtype=np.int64)[:, None, None]
    bins = bins_from(found)
    assert ((found[:, 0, 0] - bins[0, 0, 1]) >> bins[0, 0, 2]).max() < BINS
    whole, first, second = (
        Totals.empty(bins, (1, 1, 1)).with_records(part) for part in (found, found[:cut], found[cut:])
    )
    for merged in (first.plus(second), second.plus(first)):
        assert merged.replications == len(values)
        assert np.array_equal(merged.sums, whole.sums)
        assert np.array_equal(merged.histogram, whole.histogram)
    assert whole.mean()[0, 0] == pytest.approx(np.mean(values))


def test_memory_does_not_grow_with_replications(case: Compiled) -> None:
    few, many = (summed(case, replications=n, seed=1).totals for n in (33, 99))
    assert few is not None
    assert many is not None
    assert few.histogram.nbytes == many.histogram.nbytes
    assert few.sums.nbytes == many.sums.nbytes


def test_quarters_add_up_events_and_the_summary_is_an_average(result: Result) -> None:
    weekly, quarterly = (f(measures=["letters", "group_size"]) for f in (result.weekly, result.quarterly))
    assert quarterly.columns[1] == "quarter"
    letters = pl.col("measure") == "letters"
    assert quarterly.filter(letters)["mean"].sum() == pytest.approx(weekly.filter(letters)["mean"].sum())
    assert quarterly.filter(~letters)["mean"][-1] == pytest.approx(weekly.filter(~letters)["mean"][-1])
    mean = result.summary(measures=["overdue"])["mean"][0]
    assert mean == pytest.approx(result.weekly(measures=["overdue"])["mean"].mean())


def test_waits_are_those_of_the_log(case: Compiled, result: Result) -> None:
    counted: dict[int, int] = {}
    for r in range(RUNS):
        for _, _, _, event, value, _ in replay(case, seed=9, replication=r)[1]:
            if event == at.L_LETTER:
                counted[int(value)] = counted.get(int(value), 0) + 1
    frame = result.waits()
    everybody = frame.filter(pl.col("segment") == "all")
    letters = everybody.filter(pl.col("queue") != "appointment").group_by("weeks").agg(pl.col("number").sum())
    assert dict(letters.iter_rows()) == counted
    assert np.allclose(everybody.group_by("queue").agg(pl.col("share").sum())["share"], 1)
    assert frame.filter(pl.col("segment") != "all")["number"].sum() == everybody["number"].sum()


def test_story_of_one_synthetic_person(result: Result) -> None:
    events = result.events(replication=3)
    assert events.columns == ["week", "entry_week", "index", "event", "detail", "state"]
    someone = events.filter((pl.col("event") == "conversation") & (pl.col("entry_week") == 0))["index"][0]
    story = result.person(int(someone), replication=3)
    assert story["week"].is_sorted()
    assert "letter" in story["event"].to_list()
    assert set(story["index"]) == {someone}
    details = dict(events.select("event", "detail").iter_rows())
    assert details["joins_queue"].upper() in Queue.__members__
    assert details["letter"].endswith("weeks waited")
    with pytest.raises(DataError, match="nobody has number"):
        result.person(10**6)


def test_records_from_counts_are_the_kernels_records(case: Compiled, stacked: Any) -> None:
    """The layout that the process model fills is the kernel's: counts taken apart and laid out again."""
    week, whole = stacked[:, :30], [m.name for m in measures.PEOPLE if m.scale == 1]
    people = {n: week[..., [measures.place(case, n, s) for s in case.segments]] for n in whole}
    team = {m.name: week[..., measures.place(case, m.name)] for m in measures.TEAM if m.scale == 1}
    assert np.array_equal(records(case, people, team), stacked)


def test_a_simulation_is_noted_as_read(case: Compiled) -> None:
    with reads.recording() as recorder:
        summed(case, replications=2, seed=1)
    assert recorder.evidence == Evidence.SIMULATED
    assert [(r.kind, r.name) for r in recorder.reads] == [("simulation", "small case")]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"measures": ["happiness"]}, "no measure happiness; known: never_invited"),
        ({"measures": "overdue"}, r"expected a list of names .* write \['overdue'\]"),
        ({"segment": "c"}, "no segment c; known: all, a, b"),
        ({"segment": "a", "measures": ["hours_used"]}, "hours_used: of the whole team, not of segment a"),
    ],
)
def test_what_is_not_recorded_cannot_be_asked_for(result: Result, asked: Any, message: str) -> None:
    for ask in (result.weekly, result.quarterly, result.summary, result.replications):
        with pytest.raises(InputError, match=message):
            ask(**asked)
