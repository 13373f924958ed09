"""Exhibits of the caseload: traced words, a closed palette, sentences that hold, for several scenarios."""

import datetime

import numpy as np
import polars as pl
import pytest
from exhibits import exhibit, runs
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from kik_analysis.capacity import layers
from kik_analysis.facts.numbers import number
from kik_analysis.figures import caseload, charts
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.report import publish
from kik_analysis.report.publish import draw


def test_the_result_says_on_what_it_rests():
    shown = exhibit("coverage_by_segment")
    assert {"parameter:work.minutes_talk_home_first", "parameter:team.client_time_share"} <= set(
        shown.table.reads
    )
    assert any(read.startswith("simulation:") for read in shown.table.reads)
    assert str(shown.numbers["spoken"].evidence) == "assumed"


def test_courses_begin_with_the_published_stock_and_say_what_is_assumed_of_it():
    numbers, published = exhibit("trajectories").numbers, number("figure1.not_yet_approached")
    start = numbers["never_invited_first"]
    assert start.value == published.value
    assert (start.reads, str(start.evidence)) == (("parameter:people.stock",), "recomputed")
    assert "1.757" in exhibit("trajectories").text("title", "nl").plain
    assert str(numbers["overdue_first"].evidence) == "assumed"
    assert numbers["overdue_first"].value == runs().chance.before()["overdue"]


def test_the_long_tables_have_the_fixed_columns():
    weekly = runs().table("week")
    assert weekly.csv().startswith("scenario,week,segment,measure,unit,layer,mean,mean_error,q05,q10,q50,")
    assert set(weekly.frame["layer"]) == {"chance", "chance_and_parameters"}
    quarterly = caseload.capacity_quarterly(runs()).table
    assert quarterly.frame.columns == ["quarter" if one == "week" else one for one in weekly.frame.columns]
    states = ("never_invited", "invited", "appointment", "in_contact", "overdue", "declined", "not_reached",
              "known_to_wij")  # fmt: skip
    rows = weekly.frame.rows(named=True)
    week = rows[0]["week"]
    means = {r["measure"]: r["mean"] for r in rows
             if (r["week"], r["segment"], r["layer"]) == (week, "all", "chance")}  # fmt: skip
    assert sum(means[state] for state in states) == pytest.approx(means["group_size"], abs=1e-3)


def told(name, **overrides):
    """Return the note of an exhibit of another scenario, in English."""
    other = load_scenario(None, {"run.weeks": 30, "run.replications": 2, **overrides})
    return getattr(caseload, name)(layers.run(other, draws=2))


def test_sentences_hold_for_the_scenario_at_hand():
    order = ["never_invited", "follow_up", "not_reached", "declined"]
    later = datetime.date(2021, 8, 2)
    open_ = told("trajectories", **{"run.start": later, "policy.priority": order})
    assert "corona" not in "".join(open_.text(part, "en").plain for part in ("subtitle", "alt", "note"))
    assert "Grey" in exhibit("trajectories").text("subtitle", "en").plain
    assert "from 10.5 to 15.5 FTE" in exhibit("echo").text("note", "en").plain  # half posts are not rounded


def test_a_wait_that_is_not_over_at_the_end_is_longer_than_the_run():
    """With one post few are invited: the quickest of those are not what people wait."""
    few = {"team.fte": 1, "run.weeks": 60, "run.replications": 4}
    made = layers.run(load_scenario(None, few), draws=2)
    waits, chance = made.waiting(), made.chance
    end = chance.weekly(measures=["never_invited"])["mean"][-1]
    first = chance.waits().filter(queue="first", segment="all")
    done, (row,) = first["number"].sum() / 4, waits.filter(queue="first").to_dicts()
    assert end > done > 0
    year = first.filter(pl.col("weeks") <= 52)["number"].sum() / 4
    assert row["longer"] == pytest.approx(1 - year / (done + end))
    assert (row["q50"], row["q90"]) == (None, None)
    shown = caseload.waiting_times(made)
    assert shown.text("title", "en").plain == "Not every waiting time is known within the run"
    for lang, said in (("nl", "pas na het eind"), ("en", "longer than the run")):
        assert draw(shown, lang)["svg"].decode().count(said) >= 2
    many = layers.run(load_scenario(None, few | {"team.fte": 40}), draws=2)
    assert many.waiting()["q90"].null_count() == 0
    assert "invited again within" in caseload.waiting_times(many).text("title", "en").plain


def test_parts_with_rules_of_their_own_are_not_called_alike():
    """With the same rules for all seven rows would be equal but for chance: no page shows them."""
    alike = told("coverage_by_segment")
    assert "everybody has the same rules" in alike.text("note", "en").plain
    assert (alike.picture, alike.table.place) == (None, "workbook")
    other = exhibit("coverage_by_segment")
    assert "rules of their own" in other.text("note", "en").plain
    assert (other.table.frame.height, other.table.place) == (7, "page")


def test_the_title_gives_the_range_and_a_single_number_where_there_is_none():
    shown = exhibit("coverage_by_segment")
    assert shown.numbers["spoken"].low < shown.numbers["spoken"].high
    assert shown.text("title", "en").numbers[:2] == 2 * ("caseload.coverage.spoken",)
    later = {"run.start": datetime.date(2021, 8, 2), "run.weeks": 60}
    nobody = told("coverage_by_segment", **{"team.fte": 0, **later})
    assert " to " not in nobody.text("title", "en").plain.replace("spoken to", "")


@given(st.lists(st.floats(-5, 5, width=16), min_size=2, max_size=60))
def test_a_thinned_line_passes_close_to_every_point(y):
    ax = Figure(figsize=(6, 3)).add_subplot(xlim=(0, len(y)), ylim=(-6, 6))
    line, drawn = (
        ax.transData.transform(np.column_stack(both)) / ax.figure.dpi
        for both in ((range(len(y)), y), charts.needed(ax, range(len(y)), y))
    )
    begin, step = drawn[:-1, None], np.diff(drawn, axis=0)[:, None]
    along = ((line - begin) * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-12)
    off = np.hypot(*np.moveaxis(begin + np.clip(along, 0, 1)[..., None] * step - line, -1, 0)).min(axis=0)
    assert off.max() <= 2 * charts.HAIR


def test_a_long_table_goes_to_its_file_and_not_to_the_page():
    shown = exhibit("trajectories")
    assert len(publish.as_json(shown, "31_scenario", 1, {}, {})) < 200_000
    assert shown.table.cells() == []


@pytest.mark.parametrize(
    "overrides",
    [
        {"team.fte": 0, "run.weeks": 20, "run.start": datetime.date(2021, 8, 2)},
        {"team.fte": 40, "run.weeks": 12, "run.start": datetime.date(2021, 8, 2)},
        {"policy.channel": "phone", "run.weeks": 12},
    ],
)
def test_other_scenarios_can_be_shown(overrides):
    other = load_scenario(None, {"run.replications": 2, **overrides})
    made = layers.run(other, draws=2)
    for name in ("trajectories", "task_hours", "waiting_times"):
        shown = getattr(caseload, name)(made)
        assert shown.text("alt", "nl").plain
        assert draw(shown, "nl")["svg"]
