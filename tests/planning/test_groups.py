"""The answer for whom and how, and what it rests on: properties on a short run, and the plain sum."""

import math

import numpy as np
import pytest

import kik_analysis as kik
from kik_analysis.capacity import engine
from kik_analysis.capacity.compilation import compile_scenario, posts
from kik_analysis.capacity.compiled import Channel, Kind
from kik_analysis.capacity.measures import place
from kik_analysis.errors import ModelError
from kik_analysis.figures import staff, style
from kik_analysis.planning import answer, drivers, groups
from kik_analysis.planning.promise import promise
from kik_analysis.planning.staff import Question

SHORT = {"run.weeks": 60, "statistics.coverage": 0.9}


@pytest.fixture(scope="module")
def scenario():
    """A year and some weeks; the contact stop leaves no visits in its last ones."""
    return kik.load_scenario("params/scenarios/no_stop.yml", SHORT)


@pytest.fixture(scope="module")
def town():
    """A place of a few hundred people, where a future is run in no time."""
    return kik.load_scenario("params/examples/waterbroek/waterbroek.yml", {"statistics.coverage": 0.99})


@pytest.fixture(scope="module")
def cells(scenario, proof):
    asked, names = Question(scenario), groups.GROUPS if proof else ("spoken", "in_contact", "offered")
    return {(one["group"], one["channel"]): one for one in groups.answers(asked, names, draws=0)}


def test_visits_and_more_people_need_more_staff_and_the_mix_lies_between(cells):
    for group in dict.fromkeys(group for group, _ in cells):
        visit, phone, mix = (cells[group, channel]["fte"] for channel in ("visit", "phone", "mix"))
        assert phone < mix < visit, group
    for channel in groups.CHANNELS:
        spoken, contact, offered = (cells[g, channel] for g in ("spoken", "in_contact", "offered"))
        assert spoken["fte"] < contact["fte"] < offered["fte"]
        assert spoken["people"] < offered["people"]


def test_the_break_even_share_of_visits(scenario, cells):
    """With the staff that the mix needs, the break-even share is about that of the mix; with more, more."""
    asked = Question(scenario)
    kept, _ = groups.promises(asked, ["in_contact"])["in_contact"]
    mix, phone = (cells["in_contact", channel]["fte"] for channel in ("mix", "phone"))
    few, own, more = (groups.break_even(asked, kept, "in_contact", x) for x in (phone - 1, mix, mix + 1))
    assert few is None
    assert 0.3 < own < 0.95
    assert own < more <= 1


def test_yearly_contact_is_made_as_asked_where_visits_go_on(scenario):
    c = compile_scenario(scenario)
    visit = groups.mixed(c, 0)
    assert (visit.channel[:, 1, :, Channel.HOME] == 1).all()
    assert (visit.channel[:, 0] == c.channel[:, 0]).all()
    stop = compile_scenario(kik.load_scenario(overrides=SHORT))
    shut = stop.channel[:, 1, :, Channel.HOME] == 0
    assert shut.any()
    assert (groups.mixed(stop, 0).channel[:, 1][shut] == stop.channel[:, 1][shut]).all()


def test_a_group_that_is_the_question_has_its_answer(town):
    asked = Question(town, promise(town, coverage=0.7))
    *_, mine = groups.answers(asked, ("offered",), draws=0)
    assert (mine["fte"], mine["coverage"]) == (asked.found.fte, 0.7)


def test_the_most_that_any_staff_reaches_is_that_of_a_fine_grid(town):
    """Whatever the own posts; it is the ceiling of a promise to everybody, and some staff keeps a part."""
    asked, fine = Question(town), np.arange(0.25, 6, 0.25)
    promised = groups.promises(asked)
    assert promised == groups.promises(Question(town.replace({"team.fte": 40})))
    for group, (kept, _) in promised.items():
        runs = groups.futures(asked, group)
        grid = max(kept.sure(kept.shares(runs.some(float(fte)), runs.stock)) for fte in fine)
        assert grid - 0.01 < kept.coverage / 0.99 < grid + 0.005, group
    ceiling = kik.required_fte(town, of="all").ceiling.share
    assert promised["everybody"][0].coverage == pytest.approx(0.99 * ceiling)
    *_, mix = groups.answers(Question(town.replace({"statistics.coverage": 0.95})), ("everybody",), draws=0)
    assert np.isfinite(mix["fte"])


@pytest.mark.parametrize("need", [np.inf, 12.0])
def test_no_way_in_which_the_own_staff_suffices_needs_more(scenario, monkeypatch, need):
    """A search may pass by a narrow peak; that the own staff keeps it up to half visits stands beside it."""
    found = {2: [1, 9], 18: [0.9, 5000, need, 8, 12, 0] * 3, 1: [0.5]}
    monkeypatch.setattr(groups.search, "known", lambda _, number, __: np.array(found[number]))
    cells = groups.answers(Question(scenario), ("offered",), draws=0)
    assert [one["fte"] for one in cells] == [need, scenario["team.fte"], need]


def test_the_share_of_visits_is_the_same_in_figure_and_sheet(scenario, monkeypatch):
    """A share up to which visits suffice is rounded down, 15.6% to 15%, and nowhere up to 16%."""
    held = dict.fromkeys(groups.NUMBERS, 0.9) | {"visits": 10 / 64}
    cells = [{"group": one, "channel": way, **held} for one in groups.GROUPS for way in groups.CHANNELS]
    monkeypatch.setattr(groups, "answers", lambda *_, **__: cells)
    shown = staff.staff_groups(scenario, staff.group_table(scenario))
    assert shown.table.at("offered/mix", "visits").value == shown.numbers["visits_offered"].value == 15


NONE = ("known_to_wij", "inflow_per_week", "exit_rate", "in_services_at_start", "overdue_at_start")
NEVER = ("no_answer_per_attempt", "missed_follow_up_share", "missed_office_share", "missed_phone_share")
PLAIN = {
    "run.weeks": 150,
    "run.replications": 8,
    "people.stock": {"spoken": 4000, "never_invited": 0, "declined_or_wij": 0, "not_reached": 0},
    "people.in_support": {"programme": 0, "social_help": 0},
    **{f"people.{name}": 0 for name in (*NONE, "letters_out", "appointments_made")},
    **{f"contact.{name}": 0 for name in NEVER},
    "contact.acceptance_follow_up": 1,
    **dict.fromkeys(("outcomes.services_outside", "outcomes.support_inside"), 0),
    "work.own_initiative_per_year": 0,
}


def test_against_the_plain_sum():
    """Ample and without exits: people times minutes, over client minutes, is what a year's round takes.

    That staff holds the whole round in the 52 weeks that the promise looks back on, lean weeks and all, so it
    is enough; with less than nine tenths of it, fewer than nine in ten can have been met.
    """
    given = kik.load_scenario("params/scenarios/no_stop.yml", PLAIN)
    found = kik.required_fte(given, of="willing", contact="any", coverage=0.9, probability=0.8)
    one = posts(given)
    c, year = one.compiled, slice(one.compiled.weeks - 52, one.compiled.weeks)
    minutes = 0.0
    now = c.period[-1, 0]
    for channel, share in enumerate(c.channel[now, 1].mean(axis=0)):
        letter = float(c.letter_minutes[Kind.FOLLOW_UP, channel, 0])
        # who answers by return is due again sooner: invitations go out as early as a visit needs
        way = int(c.answer_weeks[now, Kind.FOLLOW_UP, channel, 0] + c.appointment_weeks[now, channel])
        rounds = 52 / (int(c.interval[now, 0]) - int(c.lead[now, 0]) + way)
        minutes += rounds * share * (letter + float(c.promise_minutes[now, 0, 1, channel].mean()))
    ample = one.at(8 * found.fte)
    used = engine.samples(ample, np.s_[year, [place(ample, "minutes_used")]], replications=4, seed=1)
    assert used.sum(axis=1).mean() == pytest.approx(found.people * minutes, rel=0.05)
    plain = found.people * minutes / float(sum(one.each[year]))
    assert found.promise.coverage * plain <= found.fte <= plain


def test_a_study_sees_each_task_as_often_as_the_team_does_it(scenario):
    """Minutes that the engine records of a task, over minutes of one: so many are done a week."""
    found, c = drivers.tasks(scenario), compile_scenario(scenario)
    year, names = slice(0, c.weeks), ("travel", "handover")
    cells = np.s_[year, [place(c, f"minutes_{name}") for name in names]]
    spent = engine.samples(c, cells, replications=drivers.RUNS, seed=scenario["run.seed"]).mean(axis=(0, 1))
    for name, minutes in zip(("travel", "warm_handover"), spent, strict=True):
        assert found[f"work.minutes_{name}"] == pytest.approx(minutes / scenario[f"work.minutes_{name}"])


def test_exhibits_of_staff_say_what_they_show(town, monkeypatch):
    shown = staff.staff_groups(town, staff.group_table(town, draws=2))
    parts = ("title", "subtitle", "alt", "note")
    assert all(shown.text(part, lang).plain for lang in ("nl", "en") for part in parts)
    ends = [row[end] for row in shown.table.frame.to_dicts() for end in ("low", "high") if row[end]]
    assert not any(end % 0.5 for end in ends)
    found = groups.answers(staff.Question(town), draws=2)
    # fewer posts than those of its line; as many; more, beside a line that has an end and one that has none
    for fte, high, told in ((1.0, 3.0, True), (2.5, 3.0, False), (9.0, 3.0, True), (9.0, math.inf, False)):
        cells = [{**one, "fte": fte, "low": 2.0, "high": high} for one in found]
        monkeypatch.setattr(groups, "answers", lambda *_, cells=cells, **__: cells)
        shown = staff.staff_groups(town, staff.group_table(town, draws=2))
        assert ("A dot beside its line" in shown.text("note", "en").plain) == told
        assert style.whole(shown.draw("nl"))


@pytest.mark.long
def test_what_the_answer_rests_on(scenario, monkeypatch):
    monkeypatch.setattr(drivers, "FEWEST", 30)
    found = staff.drivers(scenario, draws=40)
    assert found.drivers[0].share >= found.drivers[-1].share >= 0
    best = [found.loss(found.price(end)).best() for end in ("low", "central", "high")]
    assert best == sorted(best)
    right = found.just_right(9.0)
    assert found.loss(right * 0.8).best() <= 9.6
    assert found.loss(right * 1.25).best() >= 8.4
    monkeypatch.setattr(drivers, "MATTERS", 0.0)
    told = " ".join(answer.draw_lines(found.staff, "en"))  # every weak assumption, not the first few
    assert len([one for one in found.weak if one.path in told]) == len(found.weak) > 3
    worth = found.worth(found.price("central"))
    assert all(0 <= one <= worth["all"] * 1.001 for one in worth.values())
    assert [one["weeks"] for one in found.studies()] == [1, 4, 1, 4]
    monkeypatch.setattr(drivers, "REPEATS", 1)  # below not what they are worth, but which there are
    fixed = {"home": 0.1, "office": 0.1, "phone": 0.8}
    for ways in (fixed, {"per_segment": {"unknown": fixed, "other": fixed}}):  # by a dated change, by segment
        values = {"run.weeks": 100, "policy.channel_follow_up": ways}
        found.scenario = kik.load_scenario("params/base.yml", values)
        assert [one["weeks"] for one in found.studies()] == [1, 4, 1, 4]
    monkeypatch.undo()
    with pytest.raises(ModelError, match="too few draws"):
        drivers.Drivers(found.staff)
