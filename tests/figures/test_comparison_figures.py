"""Figures of a comparison: bars are the differences, names are the titles, both languages fit."""

import pytest

from kik_analysis import project
from kik_analysis.capacity import comparison
from kik_analysis.figures import comparison as figures
from kik_analysis.figures import style
from kik_analysis.parameters.catalogue import names
from kik_analysis.parameters.scenario import load_scenario


@pytest.fixture(scope="module")
def found():
    base = load_scenario(None, {"run.weeks": 60})
    plans = [
        plan for plan in comparison.plans(base) if plan.name in ("backlog_first", "extra_six", "extra_one")
    ]
    twelve = base.replace({"team.fte": 12})
    object.__setattr__(twelve, "name", "twelve")
    (six,) = (plan for plan in plans if plan.name == "extra_six")
    mixed = six.replace({"policy.lead_weeks": 4}).named("mixed", ("deels tijdelijk", "in part for a while"))
    return comparison.run(base, [*plans, mixed, twelve], replications=3, segments=True, most=9)


@pytest.mark.parametrize("measure", figures.SHOWN)
def test_the_rows_are_the_differences_in_readers_units_the_largest_first(found, measure):
    shown = figures.effect(found, measure)
    frame = shown.table.frame
    assert frame["difference"].to_list() == sorted(frame["difference"].to_list(), reverse=True)
    scale = 100 if measure.endswith("weeks") else 1
    for row in frame.to_dicts():
        source = (
            found.windows if row["row"].startswith("extra") else found.frame.filter(found.frame["year"] == 0)
        )
        (own,) = source.filter((source["scenario"] == row["row"]) & (source["measure"] == measure)).to_dicts()
        assert row["difference"] == pytest.approx(own["difference"] * scale, abs=1e-4)
        assert row["range_low"] <= row["range_high"]
        assert row["range_high"] == pytest.approx(own["high"] * scale, abs=1e-4)
    text = shown.text("title", "nl")
    assert {number.split("/")[0] for number in text.numbers} == {
        f"{shown.name}.{frame['row'][k]}" for k in (-1, 0)
    }


def test_the_backlog_is_dated_future_by_future(found):
    shown = figures.backlog_gone(found)
    base, weeks = found.base.events["backlog_gone"], found.base.compiled.weeks
    for row in shown.table.frame.to_dicts():
        (other,) = [one for one in found.others if one.scenario.name == row["row"]]
        assert row["difference"] == pytest.approx((other.events["backlog_gone"] - base).mean(), abs=1e-4)
        assert row["base"] <= weeks
    assert shown.table.frame["difference"].is_sorted()


def test_every_word_of_a_figure_fits_also_on_a_phone(found):
    pairs = figures.pairs(found, "spoken_52_weeks")
    parts = figures.by_segment(found, "twelve", "spoken_52_weeks", "who_pays")
    assert pairs.table.frame.height == 2
    assert parts.table.frame.height == len(found.base.compiled.segments) + 1
    for shown in (figures.effect(found, "spoken_52_weeks"), figures.backlog_gone(found), pairs, parts):
        for lang in ("nl", "en"):
            assert style.whole(shown.draw(lang)), (shown.name, lang)
            assert style.whole(shown.draw(lang, bare=True, width=style.NARROW)), (shown.name, lang)


def test_a_title_with_a_digit_gives_way_to_the_name(found):
    own = {one.scenario.name: figures.named(one.scenario, 1) for one in (found.base, *found.others)}
    assert own["base"] == {"nl": "base", "en": "base"}
    assert own["extra_six"] == {"nl": "Zes fte extra", "en": "Six FTE extra"}
    twelve = found.others[-1].scenario
    object.__setattr__(twelve, "name", "plan12")
    assert figures.named(twelve, 1)["nl"] == "scenario b"
    object.__setattr__(twelve, "name", "twelve")


def test_the_table_of_changes_names_old_new_and_place(found):
    others = [one.scenario for one in found.others]
    frame = figures.changes(found.base.scenario, others).table.frame
    row = frame.filter(frame["scenario"] == "backlog_first").to_dicts()[0]
    assert row["path"] == "policy.priority"
    words = names(project.params())["queue"]
    assert row["new_nl"].startswith(f"{words['never_invited'][0]}, {words['follow_up'][0]}")
    assert row["new_en"].startswith(f"{words['never_invited'][1]}, {words['follow_up'][1]}")
    assert row["where"].startswith("backlog_first.yml:")
    assert set(frame["scenario"]) == {one.name for one in others}
